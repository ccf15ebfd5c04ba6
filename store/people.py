"""Accounts and their sessions: who may come in, until when. Every change is in the ledger."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from alerts.errors import Reasoned
from alerts.lifecycle import DUTY, SYSTEM
from store.engine import reading
from store.errors import StoreError
from store.ledger import Said, append
from store.once import take_numbers
from store.schema_people import account, session

ALL = "all"
"""The district of those who see every one."""
NOBODY, COMMAND_LINE = "nobody", "command line"
NO_NAMES = frozenset({SYSTEM, DUTY, NOBODY, COMMAND_LINE})
"""What the record calls those who are no person."""
KEPT_S = 90 * 86_400.0
"""So long a session that is over still tells that its browser was let in once."""


class Role(StrEnum):
    """What a person is here for."""

    OPERATOR = "operator"
    INSPECTOR = "inspector"
    COMMAND = "command"
    AUDITOR = "auditor"
    PARTNER = "partner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in, or might once."""

    login: str
    name: str
    """What the record calls them: one person's alone, for ever."""
    seat: str = ""
    """The department's seat, or the unit, they speak for."""
    role: Role
    district: str = ALL
    """A district's code as the register has it, or `ALL`."""
    disabled: bool = False

    def sees(self, districts: Collection[str]) -> bool:
        """Whether something that belongs to these districts is theirs to see."""
        return self.district == ALL or self.district in districts


class AccountWhy(StrEnum):
    """Why an account cannot be."""

    TAKEN = "another account has the login {login!r} or the name {name!r}"
    LAST_ADMIN = "{login!r} is the last admin: make another one first"
    BAD_LOGIN = "the login {login!r}: 2 to 64 letters, digits or . _ - @, no capitals"
    NO_NAME = "{name!r} is not the name of a person"


class AccountRefused(Reasoned, StoreError):
    """An account that cannot be, or cannot be changed so; says why."""

    why: AccountWhy


class NoSuchAccount(StoreError):
    """No account has this login."""

    def __init__(self, login: str) -> None:
        super().__init__(f"no account {login!r}")
        self.login = login


class SqlPeople:
    """Accounts and sessions in the record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accounts(self) -> Sequence[Account]:
        """All of them, by login."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(account).order_by(account.c.login)).all()
        return [_account(row) for row in rows]

    def any(self) -> bool:
        """Whether there is an account at all."""
        with reading(self._engine) as connection:
            return connection.execute(select(account.c.login).limit(1)).first() is not None

    def password(self, login: str) -> tuple[Account, str] | None:
        """An account with its argon2id hash; None where there is none of this login."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.login == login)).one_or_none()
        return None if row is None else (_account(row), row.password)

    def add(self, new: Account, password: str, *, by: str, t_s: float) -> None:
        """A new account with the argon2id hash of its password.

        Raises:
            AccountRefused: nothing was added.
        """
        _check(new)
        values = {name: getattr(new, name) for name in _FIELDS}
        with self._engine.begin() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(insert(account).values(**values, password=password))
            except IntegrityError as exc:
                raise AccountRefused(AccountWhy.TAKEN, login=new.login, name=new.name) from exc
            _say(connection, t_s, by, "account_added", (new.login, values))

    def change(self, login: str, *, by: str, t_s: float, **changes: str | bool) -> Account:
        """Set a seat, role, district, ``disabled``, or ``password`` to a hash; sessions end.

        A name stays: it is what the record calls them.

        Raises:
            NoSuchAccount, AccountRefused: nothing was changed.
        """
        with self._engine.begin() as connection:
            take_numbers(connection, 1)  # from here on nobody else changes any
            old = connection.execute(select(account).where(account.c.login == login)).one_or_none()
            if old is None:
                raise NoSuchAccount(login)
            mine = account.c.account_n == old.account_n
            connection.execute(update(account).where(mine).values(**changes))
            new = connection.execute(select(account).where(account.c.login == login)).one()
            if _is_admin(old) and not _is_admin(new) and not _admins(connection):
                raise AccountRefused(AccountWhy.LAST_ADMIN, login=login)
            _end_all(connection, old.account_n, t_s)
            _say(connection, t_s, by, "account_changed", (login, _told(changes)))
            return _account(new)

    def open_session(
        self, login: str, token_hash: str, *, t_s: float, idle_s: float | None, lasts_s: float
    ) -> None:
        """Let somebody in; ``idle_s`` is how long they may be quiet, None for a script's token.

        Raises:
            NoSuchAccount: there is none of this login that is not disabled.
        """
        with self._engine.begin() as connection:
            enabled = (account.c.login == login) & ~account.c.disabled
            row = connection.execute(select(account).where(enabled)).one_or_none()
            if row is None:
                raise NoSuchAccount(login)
            connection.execute(delete(session).where(session.c.t_over_s < t_s - KEPT_S))
            connection.execute(
                insert(session).values(
                    token_hash=token_hash,
                    account_n=row.account_n,
                    t_begin_s=t_s,
                    t_seen_s=t_s,
                    idle_s=idle_s,
                    t_over_s=t_s + lasts_s,
                )
            )
            verb = "token_given" if idle_s is None else "sign_in"
            _say(connection, t_s, row.name, verb, (login, {"lasts_s": lasts_s}))

    def of_session(self, token_hash: str, t_s: float) -> Account | None:
        """Whose session it is, None where it is over or the account is disabled."""
        quiet_s = t_s - session.c.t_seen_s
        standing = (
            select(account)
            .join_from(session, account)
            .where(session.c.token_hash == token_hash, session.c.t_over_s > t_s)
            .where(session.c.idle_s.is_(None) | (quiet_s < session.c.idle_s))
            .where(~account.c.disabled)
        )
        with reading(self._engine) as connection:
            row = connection.execute(standing).one_or_none()
        return None if row is None else _account(row)

    def was_in(self, token_hash: str, login: str) -> bool:
        """Whether a session of theirs had this token, even if it is over."""
        query = select(account.c.login).join_from(session, account)
        with reading(self._engine) as connection:
            return connection.scalar(query.where(session.c.token_hash == token_hash)) == login

    def touch(self, token_hash: str, t_s: float) -> None:
        """The person is still there."""
        with self._engine.begin() as connection:
            mine = session.c.token_hash == token_hash
            connection.execute(update(session).where(mine).values(t_seen_s=t_s))

    def end_session(self, token_hash: str, t_s: float) -> None:
        """They go."""
        with self._engine.begin() as connection:
            mine = (session.c.token_hash == token_hash) & (session.c.t_over_s > t_s)
            query = select(account.c.login, account.c.name).join_from(session, account).where(mine)
            row = connection.execute(query).one_or_none()
            if row is not None:
                connection.execute(update(session).where(mine).values(t_over_s=t_s))
                _say(connection, t_s, row.name, "sign_out", (row.login, {}))


_LOGIN = re.compile(r"\w[\w.@-]{1,63}")
_About = tuple[str, object]
_FIELDS = tuple(one.name for one in fields(Account))


def _check(new: Account) -> None:
    if not _LOGIN.fullmatch(new.login) or new.login != new.login.casefold():
        raise AccountRefused(AccountWhy.BAD_LOGIN, login=new.login)
    if not new.name.isprintable() or not 1 <= len(new.name) <= 128 or new.name in NO_NAMES:
        raise AccountRefused(AccountWhy.NO_NAME, name=new.name)


def _account(row: Row[tuple[object, ...]]) -> Account:
    return msgspec.convert({name: getattr(row, name) for name in _FIELDS}, Account)


def _is_admin(row: Row[tuple[object, ...]]) -> bool:
    return bool(row.role == Role.ADMIN and not row.disabled)


def _admins(connection: Connection) -> int:
    admins = (account.c.role == Role.ADMIN) & ~account.c.disabled
    return connection.scalar(select(func.count()).select_from(account).where(admins)) or 0


def _end_all(connection: Connection, account_n: int, t_s: float) -> None:
    theirs = (session.c.account_n == account_n) & (session.c.t_over_s > t_s)
    connection.execute(update(session).where(theirs).values(t_over_s=t_s))


def _told(changes: dict[str, str | bool]) -> dict[str, str | bool]:
    """Without the hash: the ledger is for many eyes."""
    return {name: "changed" if name == "password" else to for name, to in changes.items()}


def _say(connection: Connection, t_s: float, actor: str, verb: str, about: _About) -> None:
    login, body = about
    told = msgspec.json.encode(body).decode()
    n = take_numbers(connection, 1)
    said = Said(n=n, t_s=t_s, actor=actor, verb=verb, subject=f"account {login}", body=told)
    append(connection, [said])
