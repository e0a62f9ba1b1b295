"""Commands of the operator: the first administrator has nobody to be made by."""

import click
from flask.cli import with_appcontext

from marketplace.database import transaction
from marketplace.errors import Problem
from marketplace.identity import accounts, memberships, passwords
from marketplace.identity.actor import SYSTEM
from marketplace.permissions import Role


@click.command("create-administrator")
@click.argument("login_name")
@click.password_option(help="Twelve characters or more.")
@with_appcontext
def create_administrator(login_name: str, password: str) -> None:
    """Make an account that administers the platform."""
    try:
        passwords.check_strength(password, login_name)
        password_hash = passwords.hash_password(password)
        with transaction():
            account = accounts.create_staff_account(login_name, password_hash, actor=SYSTEM)
            memberships.give_membership(
                account_id=account.id, role=Role.PLATFORM_ADMIN, scope_id=None, granted_by=SYSTEM
            )
    except Problem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{login_name} may sign in and bind an authenticator.")


COMMANDS = [create_administrator]
