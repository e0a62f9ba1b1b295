"""Everything that runs on one machine, under one command: `python -m marketplace.serve`.

Sets the database up, starts the web server and a job worker, starts again what dies, and stops
all of it together. Production may use it or run the same parts under its own supervisor.
"""
