"""The migration command: ``python -m marketplace.migrate`` brings the database to this code."""

import sys

from config.settings import Settings
from marketplace import migrating


def main() -> int:
    """Upgrade with the owner role; print what is wrong with an unfit server."""
    settings = Settings.from_env()
    if not settings.database_owner_url:
        sys.stderr.write("DATABASE_OWNER_URL is needed to migrate.\n")
        return 2
    try:
        migrating.upgrade(settings.database_owner_url, settings.database_url)
    except migrating.ServerUnfit as unfit:
        sys.stderr.write(f"{unfit}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
