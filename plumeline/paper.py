"""HTML on A4: the sheets and reports as PDF, Chinese and English, every font inside the file."""

from __future__ import annotations

from io import BytesIO

import pymupdf

MARGIN_PT = 42.0
CSS = """
body { font-family: sans-serif; font-size: 10.5pt; }
h1 { font-size: 17pt; margin: 0 0 8pt 0; }
h2 { font-size: 13pt; margin: 12pt 0 4pt 0; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: normal; color: #555; padding: 3pt 8pt 3pt 0;
  white-space: nowrap; }
td { padding: 3pt 0; }
code { font-size: 8.5pt; }
section + section { page-break-before: always; }
"""


def pdf(html: str, pictures: dict[str, bytes] | None = None) -> bytes:
    """The document laid out on A4 pages.

    Nothing is loaded from anywhere: ``pictures`` are the only images that an ``<img src="name">``
    can show, by name.
    """
    archive = pymupdf.Archive()
    for name, data in (pictures or {}).items():
        archive.add(data, name)
    story = pymupdf.Story(html=html, user_css=CSS, archive=archive)
    laid_out = BytesIO()
    writer = pymupdf.DocumentWriter(laid_out)
    sheet = pymupdf.paper_rect("a4")
    inside = pymupdf.Rect(MARGIN_PT, MARGIN_PT, sheet.x1 - MARGIN_PT, sheet.y1 - MARGIN_PT)
    more = True
    while more:
        device = writer.begin_page(sheet)
        more, _ = story.place(inside)
        story.draw(device)
        writer.end_page()
    writer.close()
    document = pymupdf.open("pdf", laid_out.getvalue())
    document.subset_fonts()
    smaller: bytes = document.tobytes(garbage=3, deflate=True)
    return smaller
