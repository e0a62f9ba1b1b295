"""The retention command: ``python -m marketplace.retire_audit [DAYS]`` drops old audit months.

Run by the owner role; the application cannot. Law asks for six months (Cybersecurity Law,
article 21); the default keeps 400 days, and fewer than 200 are refused.
"""

import sys
from datetime import timedelta

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from config.settings import Settings
from marketplace import clock

DEFAULT_DAYS = 400
FEWEST_DAYS = 200


def retire(owner_url: str, keep_days: int) -> list[str]:
    """Drop the monthly partitions that ended more than ``keep_days`` ago; return their names."""
    if keep_days < FEWEST_DAYS:
        raise ValueError(f"audit entries are kept for at least {FEWEST_DAYS} days")
    # A month goes only when its last day is over the limit: compare with the month's first day.
    limit = (clock.today() - timedelta(days=keep_days)).replace(day=1)
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.begin() as connection:
        names = connection.scalars(
            text(
                "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
                "where i.inhparent = 'audit_entries'::regclass "
                "and c.relname ~ '^audit_entries_[0-9]{4}_[0-9]{2}$' "
                "and c.relname < :limit order by 1"
            ),
            {"limit": f"audit_entries_{limit:%Y_%m}"},
        ).all()
        for name in names:
            connection.execute(text(f'drop table "{name}"'))
    engine.dispose()
    return list(names)


def main() -> int:
    """Drop what is past retention and print it."""
    settings = Settings.from_env()
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_DAYS
    for name in retire(settings.database_owner_url, days):
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
