"""Bar charts as SVG: for paper, where no script draws."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, BAR, GAP, LABEL, VALUE = 520, 15, 7, 130, 70


def bars(lines: Sequence[tuple[str, float]], *, colour: str = "#2166ac") -> str:
    """Horizontal bars with their names and values; the longest fills the width."""
    top = max((value for _, value in lines), default=0) or 1
    height = len(lines) * (BAR + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="10">'
    ]
    for i, (name, value) in enumerate(lines):
        y = GAP + i * (BAR + GAP)
        length = (WIDTH - LABEL - VALUE) * value / top
        parts.append(
            f'<text x="{LABEL - 8}" y="{y + 11}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LABEL + length + 6:.1f}" y="{y + 11}">{value:,.0f}</text>'
        )
    return "".join(parts) + "</svg>"
