"""A PostgreSQL for the tests that ask for one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A PostgreSQL of its own, on a socket in a folder of its own.

    Not in pytest's folder, which each new session of pytest closes to the user `postgres`.
    """
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    command = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="plumeline-pg-") as folder:
        Path(folder).chmod(0o777)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [*command, str(BINARIES[-1] / program), "-D", f"{folder}/data", *arguments],
                check=True,
                capture_output=True,
                cwd=folder,
            )

        run("initdb", "-A", "trust", "-U", "plumeline", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c max_connections=20"
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        yield f"postgresql+psycopg://plumeline@/postgres?host={folder}"
        run("pg_ctl", "-m", "fast", "-w", "stop")


@pytest.fixture
def database(cluster: str) -> Iterator[str]:
    """Its database, empty before and after."""
    yield cluster
    engine = create_engine(cluster)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
