"""Alembic's entry: migrations run on the connection that ``store.engine.migrate`` hands over."""

from alembic import context

from store import schema_casework, schema_patrol, schema_people  # noqa: F401 - their tables
from store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
