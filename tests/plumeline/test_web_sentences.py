"""What readers of logs say of a file is in Chinese on the Chinese page: every sentence of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumeline.web.pages import STATIC

ROOT = Path(__file__).parents[2]
READERS = sorted(
    [
        *(ROOT / "ingest" / "logs").glob("*.py"),
        *(ROOT / "ingest").glob("video*.py"),
        *(
            ROOT / "plumeline" / f"{name}.py"
            for name in ("brought", "card", "isolated", "video_apart")
        ),
    ]
)
SENTENCES = json.loads((STATIC / "sentences.zh.json").read_text("utf-8"))
SLOTS = re.compile(r"\{([abcn])\}")
NAMED = {
    "reason",
    "notes",
    "why",
    "COPY_AGAIN",
    "_ADVICE",
    "_REPAIR",
    "INSTALL",
    "CUT",
    "NO_JSON",
    "_EMPTY",
}
TOLD = {"add", "reject", "append"}
"""Methods of what counts and collects: `tally.add`, `losses.reject`, `notes.append`."""


def pattern(template: str) -> re.Pattern[str]:
    """As `sentences.js` reads a template."""
    parts = SLOTS.split(template)
    return re.compile("".join("(.*?)" if i % 2 else re.escape(p) for i, p in enumerate(parts)))


PATTERNS = [pattern(template) for template in SENTENCES if re.search("[a-z]{2}", template)]


def texts(node: ast.AST | None) -> Iterator[str]:
    """The sentences of an expression, 7 for each value in them."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "7" for v in values)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            for one in elts:
                yield from texts(one)
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)


def sentences(file: Path) -> Iterator[str]:
    """What a reader may say, by the places in which sentences stand."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="BadLog"), args=[_, reason, *_]):
                yield from texts(reason)
            case ast.Call(func=ast.Attribute(attr=name, value=of), args=[said, *_]) if name in TOLD:
                if re.search("tally|losses|notes", ast.unparse(of)):
                    yield from texts(said)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in NAMED:
                yield from texts(value)
            case ast.keyword(arg="advice" | "notes", value=value):
                yield from texts(value)
            case ast.FunctionDef(name=name) if name.endswith("_notes"):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Yield):
                        yield from texts(inner.value)


@pytest.mark.parametrize("file", READERS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_sentence_of_a_reader_has_its_chinese(file: Path) -> None:
    said = {text for text in sentences(file) if re.search("[a-z]{2} ", text)}
    assert [text for text in sorted(said) if not any(p.fullmatch(text) for p in PATTERNS)] == []


def test_each_keeps_what_stands_in_it() -> None:
    for english, chinese in SENTENCES.items():
        assert set(SLOTS.findall(chinese)) == set(SLOTS.findall(english)), english
        assert re.search("[\u4e00-\u9fff\uff00-\uffef]", chinese) or english.startswith("pip ")
