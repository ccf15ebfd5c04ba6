"""``plumeline user``: who may sign in. The first admin is made here, and nowhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plumeline.config import load_config
from plumeline.passwords import WeakPassword, hashed
from plumeline.web.door import StationDoor, normal_login
from store.people import ALL, COMMAND_LINE, Account, AccountRefused, NoSuchAccount, Role
from store.store import Store, open_store

app = typer.Typer(no_args_is_help=True, help="Who may sign in at the page: accounts and tokens.")
out, err = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="A TOML file; ./plumeline.toml if there is one."),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="The record's folder, instead of the configured one.")
]
LoginArgument = Annotated[str, typer.Argument(help="What they type to sign in.")]
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password's line from standard input.")
]
RoleOption = Annotated[Role, typer.Option(help="What they are here for; docs/access.md has it.")]
DistrictOption = Annotated[str, typer.Option(help="A district's code in the register, or all.")]


@app.command()
def add(
    login: LoginArgument,
    role: RoleOption,
    name: Annotated[str, typer.Option(help="As the record calls them; the login without it.")] = "",
    seat: Annotated[str, typer.Option(help="The department's seat or unit they speak for.")] = "",
    district: DistrictOption = ALL,
    password_stdin: PasswordOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make an account. Asks for its password; there is no default one."""
    login = normal_login(login)
    new = Account(login=login, name=name or login, seat=seat, role=role, district=district)
    with _people(config, data) as store:
        kept = _password(password_stdin, new.login, new.name)
        store.people.add(new, kept, by=COMMAND_LINE, t_s=time.time())
    out.print(f"{escape(new.name)} may sign in as [bold]{escape(login)}[/], {role} of {district}")


@app.command(name="list")
def list_accounts(
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """List the accounts. Exit code 1 if there are none."""
    with _people(config, data) as store:
        accounts = store.people.accounts()
    if as_json:
        typer.echo(msgspec.json.encode({"accounts": accounts}).decode())
    else:
        table = Table("login", "name", "seat", "role", "district", "")
        for one in accounts:
            texts = (one.login, one.name, one.seat, one.role, one.district)
            table.add_row(*map(escape, texts), "disabled" if one.disabled else "")
        out.print(table)
    raise typer.Exit(0 if accounts else 1)


@app.command()
def disable(login: LoginArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Shut somebody out, at once and wherever they are signed in. Their acts stay on record."""
    _change(login, config, data, disabled=True)


@app.command()
def enable(login: LoginArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Let somebody in again."""
    _change(login, config, data, disabled=False)


@app.command()
def password(
    login: LoginArgument,
    password_stdin: PasswordOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set somebody's password anew; their sessions end."""
    login = normal_login(login)
    _change(login, config, data, password=_password(password_stdin, login))


@app.command()
def role(
    login: LoginArgument,
    role: Annotated[Role, typer.Argument(help="The new one.")],
    district: Annotated[str | None, typer.Option(help="A new district too.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give somebody another role, or another district; their sessions end."""
    moved = {} if district is None else {"district": district}
    _change(login, config, data, role=role, **moved)


@app.command()
def token(
    login: LoginArgument,
    days: Annotated[float, typer.Option(min=0.01, max=366, help="How long it is good for.")] = 90,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print a token for a script that asks as this account: Authorization: Bearer TOKEN.

    Any change of the account ends it.
    """
    with _people(config, data) as store:
        door = StationDoor(store.people, store.ledger, now_s=time.time)
        typer.echo(door.give_token(normal_login(login), days * 86_400.0))


def _change(login: str, config: Path | None, data: Path | None, **changes: str | bool) -> None:
    with _people(config, data) as store:
        one = store.people.change(normal_login(login), by=COMMAND_LINE, t_s=time.time(), **changes)
    state = "disabled" if one.disabled else f"{one.role} of {one.district}"
    out.print(f"{escape(one.login)}: {escape(state)}")


@contextmanager
def _people(config: Path | None, data: Path | None) -> Iterator[Store]:
    settings = load_config(config, data)
    store = open_store(Path(settings.data.folder), settings.data.database)
    try:
        yield store
    except (AccountRefused, NoSuchAccount, WeakPassword) as exc:
        err.print(f"[bold red]refused:[/] {escape(str(exc))}", soft_wrap=True)
        raise typer.Exit(1) from exc
    finally:
        store.close()


def _password(from_stdin: bool, *names: str) -> str:
    if from_stdin:
        return hashed(sys.stdin.readline().rstrip("\n"), *names)
    return hashed(typer.prompt("Password", hide_input=True, confirmation_prompt=True), *names)
