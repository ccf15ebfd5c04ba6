"""`plumeline user`: the first admin, and what is refused, with its exit code."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from plumeline.cli import app
from store.people import Role
from store.store import open_store


def test_accounts_are_made_changed_and_refused_from_the_command_line(tmp_path: Path) -> None:
    def run(*words: str, password: str | None = None) -> int:
        said = None if password is None else f"{password}\n"
        return CliRunner().invoke(app, ["user", *words, "--data", str(tmp_path)], said).exit_code

    secret = ("--password-stdin",)
    assert run("list") == 1, "nobody yet"
    assert run("add", "Root", "--role", "admin", *secret, password="password") == 1
    assert run("add", "Root", "--role", "admin", *secret, password="three blind mice") == 0
    assert run("add", "root", "--role", "admin", *secret, password="three blind mice") == 1
    assert run("disable", "root") == 1, "the last admin"
    assert run("add", "li", "--role", "operator", *secret, password="see how they run") == 0
    assert run("role", "li", "partner", "--district", "320115") == 0
    assert run("disable", "li") == 0
    assert run("token", "li") == 1
    assert run("enable", "li") == 0
    assert run("token", "li", "--days", "1") == 0
    assert run("role", "nobody.here", "partner") == 1
    store = open_store(tmp_path)
    told = [(one.login, one.role, one.district) for one in store.people.accounts()]
    verbs = [entry.verb for entry in store.ledger.entries()]
    store.close()
    assert told == [("li", Role.PARTNER, "320115"), ("root", Role.ADMIN, "all")]
    assert verbs == [*["account_added"] * 2, *["account_changed"] * 3, "token_given"]
