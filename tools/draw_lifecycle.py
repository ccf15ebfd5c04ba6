"""Write the tables of the life cycles into the docs, each between its two marks.

python -m tools.draw_lifecycle
"""

from __future__ import annotations

import re
from pathlib import Path

from alerts import lifecycle
from casework import listing, orders
from casework.life import as_table

DOCS = Path(__file__).parents[1] / "docs"


def draw(page: str, mark: str, table: str) -> None:
    """Put a table into a page."""
    between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    file = DOCS / page
    file.write_text(between.sub(lambda m: m[1] + table + m[2], file.read_text("utf-8")), "utf-8")


def main() -> None:
    """Put today's tables into the pages."""
    draw("lifecycle.md", "table", lifecycle.as_table())
    draw("casework.md", "orders", as_table(orders.TABLE, orders.OrderState))
    draw("casework.md", "listing", as_table(listing.TABLE, listing.ListingState))


if __name__ == "__main__":
    main()
