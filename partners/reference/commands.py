"""The command that loads the reference data: ``flask --app wsgi load-reference``."""

import click
from flask.cli import with_appcontext

from marketplace.database import transaction
from partners.reference.service import load_reference


@click.command("load-reference")
@with_appcontext
def load_reference_command() -> None:
    """Load divisions, former codes and known pairings; safe to run again."""
    with transaction():
        load_reference()


COMMANDS = [load_reference_command]
