"""`python -m marketplace.serve.loading`: migrate, then load the reference data."""

import sys

from flask.cli import ScriptInfo

from config.settings import Settings
from marketplace import migrate
from marketplace.app import create_app


def main() -> int:
    """Bring the configured database to this code; safe to repeat."""
    status = migrate.main()
    if status != 0:
        return status
    app = create_app(Settings.from_env())
    if "load-reference" in app.cli.commands:
        app.cli.main(
            args=["load-reference"],
            obj=ScriptInfo(create_app=lambda: app),
            standalone_mode=False,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
