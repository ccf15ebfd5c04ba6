"""The door: signing in and out, slower after each wrong password, all of it in the ledger.

Five wrong passwords are free. After that a login must wait before the next one is looked at, twice
as long each time up to five minutes; nobody is locked out. A browser that was let in before waits
by itself: a stranger's guessing delays strangers only (OWASP's "device cookies").
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil
from zlib import crc32

import msgspec

from plumeline.passwords import hashed, matches, nobodys
from store.ledger import SqlLedger
from store.people import NOBODY, Account, Role, SqlPeople

FREE_TRIES = 5
LONGEST_WAIT_S = 300.0
IDLE_S = 1800.0
COMMAND_IDLE_S = LASTS_S = 12 * 3600.0
"""The command seat watches a wall for a whole shift; nobody's session lasts longer."""
SEEN_EVERY_S = 60.0
"""How exactly it is known when somebody was last there."""
STRANGERS = 1024
"""Logins that do not exist wait too, in so many rows: none can fill the memory."""


class WrongPassword(Exception):
    """Or no such login, or a disabled account: which one is nobody's business."""


class TooSoon(Exception):
    """Too many wrong passwords: this one was not even looked at."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = ceil(wait_s)
        super().__init__(f"too many wrong passwords: try again in {self.wait_s} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Wrong passwords in a row from one place."""

    failed: int = 0
    next_s: float = 0.0
    unseen: int = 0
    """Those that came too soon and were not looked at, since the last that was."""


def wait_s(failed: int) -> float:
    """How long after so many wrong passwords the next one must wait."""
    return min(2.0 ** (failed - FREE_TRIES), LONGEST_WAIT_S) if failed >= FREE_TRIES else 0.0


class StationDoor:
    """Who is in, by the record. `sign_in` and `set_password` are called one at a time."""

    def __init__(
        self,
        people: SqlPeople,
        ledger: SqlLedger,
        *,
        now_s: Callable[[], float],
        matches: Callable[[str, str], bool] = matches,
    ) -> None:
        self.people = people
        self._ledger = ledger
        self._now_s = now_s
        self._matches = matches
        self._tries: dict[tuple[str, str], Tries] = {}
        self._seen_s: dict[str, float] = {}

    def is_set_up(self) -> bool:
        """Whether anybody can sign in."""
        return self.people.any()

    def who(self, token: str) -> Account | None:
        """Whose session or token it is, None where it is nobody's any more."""
        return self.people.of_session(_hash(token), self._now_s())

    def active(self, token: str) -> None:
        """Somebody has done something with it."""
        t_s = self._now_s()
        if t_s - self._seen_s.get(token, 0.0) > SEEN_EVERY_S:
            self._seen_s = {k: v for k, v in self._seen_s.items() if t_s - v < IDLE_S}
            self._seen_s[token] = t_s
            self.people.touch(_hash(token), t_s)

    def refused(self, account: Account, what: str) -> None:
        """They asked for what they may not."""
        body = msgspec.json.encode({"role": account.role, "district": account.district}).decode()
        self._ledger.say(
            t_s=self._now_s(), actor=account.name, verb="refused", subject=what[:256], body=body
        )

    def sign_in(self, login: str, password: str, former: str = "") -> str:
        """A new session's token. ``former`` is what the browser held, if it held any.

        Raises:
            TooSoon: not looked at.
            WrongPassword: it was.
        """
        login = normal_login(login)
        account = self._checked(login, password, former)
        if former:
            self.people.end_session(_hash(former), self._now_s())
        return self.let_in(account)

    def let_in(self, account: Account) -> str:
        """A session without a password: for the demonstration, and after it was asked for."""
        idle_s = COMMAND_IDLE_S if account.role is Role.COMMAND else IDLE_S
        return self._open(account.login, idle_s, LASTS_S)

    def give_token(self, login: str, lasts_s: float) -> str:
        """For a script, which is never idle.

        Raises:
            NoSuchAccount: there is none, or it is disabled.
        """
        return self._open(login, None, lasts_s)

    def sign_out(self, token: str) -> None:
        """The session is over."""
        self.people.end_session(_hash(token), self._now_s())

    def set_password(self, account: Account, old: str, new: str, token: str) -> str:
        """Their own; every session of theirs ends, and a new one's token comes back.

        Raises:
            TooSoon, WrongPassword: of the old one.
            WeakPassword: the new one is not taken.
        """
        self._checked(account.login, old, token)
        kept = hashed(new, account.login, account.name)
        self.people.change(account.login, by=account.name, t_s=self._now_s(), password=kept)
        return self.let_in(account)

    def _checked(self, login: str, password: str, former: str) -> Account:
        found = self.people.password(login)
        place = (
            self._place(login, former) if found else ("", str(crc32(login.encode()) % STRANGERS))
        )
        tries, t_s = self._tries.get(place, Tries()), self._now_s()
        if t_s < tries.next_s:
            self._tries[place] = replace(tries, unseen=tries.unseen + 1)
            raise TooSoon(tries.next_s - t_s)
        right = self._matches(found[1] if found else nobodys(), password)
        if found is not None and right and not found[0].disabled:
            if tries.unseen:
                self._note(found[0], tries)
            self._tries.pop(place, None)
            return found[0]
        failed = tries.failed + 1
        self._note(found[0] if found else None, replace(tries, failed=failed))
        self._tries[place] = Tries(failed=failed, next_s=self._now_s() + wait_s(failed))
        raise WrongPassword

    def _place(self, login: str, former: str) -> tuple[str, str]:
        held = _hash(former)
        return (login, held if former and self.people.was_in(held, login) else "")

    def _note(self, account: Account | None, tries: Tries) -> None:
        """In the ledger; what was typed as a login that is none may be a password."""
        body = {"failed": tries.failed, "not_looked_at": tries.unseen}
        self._ledger.say(
            t_s=self._now_s(),
            actor=NOBODY,
            verb="sign_in_failed",
            subject=f"account {account.login}" if account else "no such account",
            body=msgspec.json.encode(body).decode(),
        )

    def _open(self, login: str, idle_s: float | None, lasts_s: float) -> str:
        token = secrets.token_urlsafe(16)  # 128 bits
        self.people.open_session(
            login, _hash(token), t_s=self._now_s(), idle_s=idle_s, lasts_s=lasts_s
        )
        return token


def normal_login(login: str) -> str:
    """As it is kept: without blanks around it, in small letters."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
