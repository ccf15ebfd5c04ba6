"""What the readers of XML logs share: the elements as they come, until the end or the damage."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from xml.sax import ContentHandler, SAXParseException
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from geo.errors import BadPremises
from ingest.errors import BadLog
from ingest.logs.flight import Flight, Integrity
from ingest.logs.tally import Tally
from ingest.register.text import codec_of

_HEAD_BYTES = 512
_CHUNKS = 1000
"""Into which a file is divided: so well is known what share of it was read."""
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAYS_ENCODING = re.compile(rb"""\s*<\?xml[^>]*encoding=["']([\w.-]+)["']""")
_ROOT = re.compile(  # atomic: else a few dozen comments take hours to be told apart
    r"\s*+(?:(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)\s*+)*+"
    r"<(?:[\w.-]+:)?([A-Za-z]\w*)[\s/>]",
    re.DOTALL,
)
_NUMBER = re.compile(r"\s*[-+]?(?:\d{1,9}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,2})?\s*", re.ASCII)
COPY_AGAIN = "copy it again from where it was exported"


class Elements(ContentHandler):
    """Elements of a document, by their names without prefixes."""

    def __init__(self) -> None:
        super().__init__()
        self.above: list[str] = []
        """The names of the elements around the one at hand, outermost first."""
        self.tally = Tally()
        self._text: list[str] = []
        self._locator: Locator | None = None

    def begin(self, name: str, attributes: AttributesImpl) -> None:
        """An element begins; ``above`` ends with its parent."""

    def finish(self, name: str, text: str) -> None:
        """An element ends, with the text behind its last child; ``above`` ends with its parent."""

    def cut(self, name: str, text: str) -> None:
        """The document is damaged inside this innermost element; ``above`` ends with its parent."""

    @property
    def parent(self) -> str:
        return self.above[-1] if self.above else ""

    def where(self) -> str:
        """For people: the line at hand."""
        return f"line {self._locator.getLineNumber()}" if self._locator else "an unknown line"

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - a name of SAX
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - a name of SAX
        local = name.rpartition(":")[2]
        self.begin(local, attrs)
        self.above.append(local)
        self._text.clear()

    def characters(self, content: str) -> None:
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - a name of SAX
        self.above.pop()
        text = "".join(self._text)
        self._text.clear()
        self.finish(name.rpartition(":")[2], text)

    def stopped(self) -> None:
        """Told once, when the document ends too early."""
        if self.above:
            self.cut(self.above.pop(), "".join(self._text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Where reading stopped."""

    cut: bool
    """Whether the document just ends there."""
    reason: str
    share: float
    """Of the document, before the damage."""


def walk(path: Path, data: IO[bytes], elements: Elements) -> Damage | None:
    """Hand the elements of a document over; None if it is whole.

    Raises:
        BadLog: it has a document type or entities, which may be bombs.
    """
    size = data.seek(0, io.SEEK_END)
    data.seek(0)
    codec = _codec(data.read(_HEAD_BYTES))
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=codec, errors="replace")
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(elements)
    elements.setDocumentLocator(parser)
    done, at = 0, ""
    try:
        while at := text.read(max(64, min(size // _CHUNKS, 1 << 16))):
            parser.feed(at)
            done += len(at)
        parser.close()
    except SAXParseException as exc:
        elements.stopped()
        line, reason = exc.getLineNumber(), exc.getMessage()
        if not at:
            return Damage(cut=True, reason=f"cut in line {line}", share=1.0)
        share = done / (done + len(at) + len(text.read()))
        said = f"no XML from line {line} on: {reason}"
        return Damage(cut=False, reason=said, share=share)
    except DefusedXmlException as exc:
        reason = "has a document type or entities, which may be a trap"
        raise BadLog(path, reason, advice="export it again") from exc
    finally:
        text.detach()  # the caller closes the file
    return None


def whole(flight: Flight, elements: Elements, damage: Damage | None) -> Flight:
    """The flight with what was left out of it, and with its damage."""
    rejected = elements.tally.rejections()
    said = [f"{one.reason}, {one.where}" for one in rejected[:1]]
    share = 1.0
    if damage is not None:
        said.append(damage.reason)
        share = damage.share
    if not said:
        return flight
    count = len(flight.track) + len(flight.plan)
    return replace(
        flight,
        integrity=Integrity.TRUNCATED
        if damage and damage.cut and not rejected
        else Integrity.CORRUPT,
        damage="; ".join(said),
        recovered=share * count / (count + elements.tally.count),
        rejected=rejected,
    )


def opened(path: Path, parsed: Callable[[Path, IO[bytes]], Flight]) -> Flight:
    """What a parser makes of a file.

    Raises:
        BadLog: it cannot be opened, or the parser refuses it.
    """
    try:
        with path.open("rb") as file:
            return parsed(path, file)
    except OSError as exc:
        raise BadLog(path, f"cannot be opened: {exc.strerror}") from exc


def nothing(path: Path, what: str, elements: Elements, damage: Damage | None) -> BadLog:
    """The refusal of a document without anything to read."""
    first = next(iter(elements.tally.rejections()), None)
    if first is not None:
        return BadLog(path, f"{what}: {first.reason}", where=first.where)
    if damage is not None:
        return BadLog(path, f"{what}: {damage.reason}", advice=COPY_AGAIN)
    return BadLog(path, what)


def root(head: bytes) -> str:
    """The name of the outermost element, without its prefix; "" where it is no XML."""
    found = _ROOT.match(head.decode(_codec(head), "replace"))
    return found[1] if found else ""


def number(text: str | None) -> float:
    """A number; NaN where there is no text.

    Raises:
        ValueError: the text is no number.
    """
    if text is None or not text.strip():
        return math.nan
    if not _NUMBER.fullmatch(text):
        msg = "something else where a number belongs"
        raise ValueError(msg)
    return float(text)


def _codec(head: bytes) -> str:
    """As the document says; where it says nothing that can be, UTF-8."""
    if head.startswith(_MARKS):
        return "utf-16"
    said = _SAYS_ENCODING.match(head.removeprefix(b"\xef\xbb\xbf"))
    try:
        codec = codec_of(said[1].decode("ascii"), "") if said else "utf-8"
    except (BadPremises, ValueError):
        codec = "utf-8"
    return "utf-8-sig" if codec.startswith("utf") else codec
