"""Words to people: an inbox for each account, and short messages and e-mail as each one chooses.

Not here: what is told to whom of an order or a statement (the domain that knows it), and how a code
is sent (``marketplace/identity``).
"""
