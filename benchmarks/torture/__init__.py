"""Kills parts of the running product during sales and counts what was lost: `make torture`.

Everything runs for real: PostgreSQL with fsync, the web server, the job worker and the sandbox
provider, over HTTP. What was acknowledged is written down outside the system before it is judged.
"""
