"""Where a kill or a reset falls is chance: a mistake has five tries to show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

TRIES = 5


def found_out(attempt: Callable[[Path, int], bool], folder: Path) -> bool:
    """Whether one of the tries shows the fault; each gets a folder of its own and its number."""
    for number in range(TRIES):
        (mine := folder / str(number)).mkdir()
        if attempt(mine, number):
            return True
    return False
