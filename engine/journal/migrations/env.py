"""Alembic's own entry: it runs the revisions on the connection that `upgrade` hands it, in one transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
