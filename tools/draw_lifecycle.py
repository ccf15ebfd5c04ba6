"""Write the table of the life cycle into docs/lifecycle.md, between its two marks.

python -m tools.draw_lifecycle
"""

from __future__ import annotations

import re
from pathlib import Path

from alerts.lifecycle import as_table

PAGE = Path(__file__).parents[1] / "docs" / "lifecycle.md"
BETWEEN = re.compile(r"(<!-- table -->\n).*?(<!-- /table -->)", re.DOTALL)


def main() -> None:
    """Put today's table into the page."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(BETWEEN.sub(lambda m: m[1] + as_table() + m[2], page), "utf-8")


if __name__ == "__main__":
    main()
