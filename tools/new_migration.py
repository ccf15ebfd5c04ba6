"""Write a migration that brings the newest revision to what store/schema.py says now.

    python tools/new_migration.py "what changed"

Read the file it writes before committing it: Alembic cannot guess renames or moves of data.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from store.engine import MIGRATIONS, open_engine, sqlite_url


def main() -> None:
    """Autogenerate against an empty database brought to the newest revision."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(sqlite_url(Path(folder) / "empty.db"))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            revision = f"{len(list((MIGRATIONS / 'versions').glob('0*.py'))) + 1:04d}"
            command.revision(config, sys.argv[1], autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main()
