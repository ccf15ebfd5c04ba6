"""Passwords: which are taken, how they are kept. Length counts, not the mixture.

Argon2id with the parameters of OWASP's password storage sheet (19 MiB, two passes, one lane);
no rule of composition and no expiry, as NIST SP 800-63B asks.
"""

from __future__ import annotations

import secrets
import unicodedata
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from alerts.errors import Reasoned

MIN_LENGTH, MAX_LENGTH = 8, 256
COMMON = frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_LENGTH)
"""Those that were found most often in leaks, 11,000 of them, in small letters."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PasswordWhy(StrEnum):
    """Why a password is not taken."""

    LENGTH = "a password has {least} to {most} characters; 15 or more are good"
    COMMON = "that password is among the first that anybody tries: take several words"
    NAME = "a name is no password"


class WeakPassword(Reasoned, ValueError):
    """A password that would be guessed; says why."""

    why: PasswordWhy


def hashed(password: str, *names: str) -> str:
    """What is kept of a new password of somebody with these names.

    Raises:
        WeakPassword: too short, too long, found in every list, or one of the names.
    """
    text = _normal(password)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        raise WeakPassword(PasswordWhy.LENGTH, least=MIN_LENGTH, most=MAX_LENGTH)
    if text.casefold() in COMMON or len(set(text)) < 3:
        raise WeakPassword(PasswordWhy.COMMON)
    if text.casefold() in {_normal(name).casefold() for name in names}:
        raise WeakPassword(PasswordWhy.NAME)
    return _HASHER.hash(text)


def matches(kept: str, password: str) -> bool:
    """Whether it is the one; takes as long whatever it is."""
    try:
        return _HASHER.verify(kept, _normal(password[: 2 * MAX_LENGTH]))
    except VerificationError:
        return False


@cache
def nobodys() -> str:
    """A hash that nothing matches: unknown logins take as long as known ones."""
    return _HASHER.hash(secrets.token_hex())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
