"""Runs migrations on the connection that ``data.database`` hands over. There is no offline mode."""

from alembic import context

from data.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
