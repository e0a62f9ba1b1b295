"""Alembic's environment: one connection of the owner role, one transaction a revision."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from marketplace import capabilities
from marketplace.database import Model

for _module in ("models", "audit", "idempotency"):
    capabilities.modules(_module)

engine = create_engine(context.config.attributes["owner_url"], poolclass=NullPool)
with engine.connect() as connection:
    # A migration that cannot get its lock quickly gives way instead of stalling every sale.
    connection.execute(text("set lock_timeout = '5s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
