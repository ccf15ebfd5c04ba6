"""Write the matrix of roles and routes into docs/access.md, between its two marks.

python -m tools.draw_access
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from plumeline.config import Config
from plumeline.sections import DataSection
from plumeline.web.bell import Bell
from plumeline.web.desk import Desk
from plumeline.web.door import StationDoor
from plumeline.web.inbox import Inbox
from plumeline.web.may import Declared, declared
from plumeline.web.station import make_app
from store.people import Role
from store.store import open_store

PAGE = Path(__file__).parents[1] / "docs" / "access.md"
BETWEEN = re.compile(r"(<!-- matrix -->\n).*?(<!-- /matrix -->)", re.DOTALL)


class NoUploads:
    """No routes are added by what takes the files."""

    def take(self, path: object, *, name: str, on_progress: object) -> object:
        raise NotImplementedError

    def list(self) -> list[object]:
        return []

    def report(self, sha256: str) -> None:
        return None


def routes() -> list[Declared]:
    """Every route of a station."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(folder)
        app = make_app(
            Config(data=DataSection(folder=name)),
            store,
            Bell(),
            Desk(Inbox(folder / "inbox", now_s=lambda: 0.0), NoUploads()),
            StationDoor(store.people, store.ledger, now_s=lambda: 0.0),
            now_s=lambda: 0.0,
            health=list,
            ring=lambda: None,
        )
        store.close()
        return list(declared(app.routes))


def matrix(routes: list[Declared]) -> str:
    """One row a route: who may use it, and whether accounts of one district may."""
    head = ["route", "nobody", *Role, "one district"]
    rows = [head, ["---"] * len(head)]
    for one in sorted(routes, key=lambda one: (one.path, one.method)):
        assert one.rule is not None, one
        marks = ["x" if role in one.rule.who else "" for role in (None, *Role)]
        rows.append(
            [
                f"`{one.method} {one.path}`",
                *marks,
                "x" if one.rule.scoped or None in one.rule.who else "",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Put today's matrix into the page."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(BETWEEN.sub(lambda m: m[1] + matrix(routes()) + m[2], page), "utf-8")


if __name__ == "__main__":
    main()
