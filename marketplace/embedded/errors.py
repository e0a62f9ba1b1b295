"""The way the embedded server can fail its user: with a sentence that says what to do."""


class EmbeddedPostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be had; the message names the reason and the way out."""
