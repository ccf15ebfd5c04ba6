"""Write the tables of the life cycles into the docs, each between its two marks.

python -m tools.draw_lifecycle
"""

from __future__ import annotations

import re
from pathlib import Path

from alerts.lifecycle import TABLE, State, Verb
from casework import listing, orders
from casework.life import as_table

DOCS = Path(__file__).parents[1] / "docs"


def draw(page: str, mark: str, table: str) -> None:
    """Put a table into a page."""
    between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    file = DOCS / page
    file.write_text(between.sub(lambda m: m[1] + table + m[2], file.read_text("utf-8")), "utf-8")


def of_alarms() -> str:
    """The table of the alarms as Markdown."""
    lines = ["| what | when it is | then it is | asks for |", "|---|---|---|---|"]
    for rule in TABLE:
        before = ", ".join(state for state in State if state in rule.before)
        asks = [
            *(["a reason"] if rule.needs_reason else []),
            *(["a second person"] if rule.second_person else []),
        ]
        after = rule.after or ("as before" if rule.verb is Verb.UNDO else "the same")
        lines.append(f"| {rule.verb} | {before} | {after} | {', '.join(asks)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Put today's tables into the pages."""
    draw("lifecycle.md", "table", of_alarms())
    draw("casework.md", "orders", as_table(orders.TABLE, orders.OrderState))
    draw("casework.md", "listing", as_table(listing.TABLE, listing.ListingState))


if __name__ == "__main__":
    main()
