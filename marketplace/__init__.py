"""The floor that every domain stands on: database, identity, errors, HTTP, jobs, clock, money."""
