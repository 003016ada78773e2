"""Alembic runs this for every command; the connection is handed over by the package."""

from alembic import context

from algoroom.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
