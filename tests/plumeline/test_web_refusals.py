"""Whatever the page's routes refuse is told in both languages: found in the code, none left out.

The list is made from the sources: every ``raise`` of `plumeline.web`, every class that a route
catches to refuse because of it with all classes below, every reason of those with several.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from string import Formatter
from textwrap import dedent
from typing import get_type_hints

import msgspec
import pytest

import plumeline.web
from alerts.errors import Reasoned
from alerts.lifecycle import State, Verb
from casework import life
from casework.errors import StepWhy
from ingest.trouble import LineWhy
from plumeline.notifier import PartWhy
from plumeline.web.pages import STATIC
from plumeline.web.refusals import MISASKED, MISREAD, UploadRefused, reason_of

ROOT = Path(__file__).parents[2]
WEB = Path(plumeline.web.__file__).parent
NOT_THE_PAGE = {"exchange.py"}
"""The interface between stations: machines speak there, in English."""
APART = {
    "BadShare": "of the interface between stations",
    "OtherContents": "of the interface between stations",
    "NoSuchPartner": "of a route that a partner's own program calls",
    "CaseworkError": "a base",
    "UploadRefused": "a base",
}
TROUBLE = {"LineWhy", "PartWhy"}
"""What is wrong with the station (`ingest.trouble`): the page shows it at its foot."""
PREFIX = "refusal."
ZH, EN = (json.loads((STATIC / f"{one}.json").read_text("utf-8")) for one in ("zh", "en"))


def sources(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield file, ast.parse(file.read_text("utf-8"))


def named(node: ast.expr | None) -> list[str]:
    """The names of the classes that an ``except`` catches."""
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    return [ast.unparse(one) for one in nodes if one is not None]


def raises_http(node: ast.AST) -> Iterator[ast.Raise]:
    for one in ast.walk(node):
        call = one.exc if isinstance(one, ast.Raise) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "HTTPException":
            assert isinstance(one, ast.Raise)
            yield one


def causes(file: Path, tree: ast.Module) -> set[type]:
    """What a route catches to refuse because of it."""
    module = import_module(f"plumeline.web.{file.stem}")
    found = set()
    for handler in ast.walk(tree):
        if isinstance(handler, ast.ExceptHandler) and any(raises_http(handler)):
            for name in named(handler.type):
                found.add(eval(name, vars(module)))
    return found


def below(cls: type) -> set[type]:
    return {cls}.union(*(below(one) for one in cls.__subclasses__()))


def refusals() -> list[type]:
    """Every class whose message may reach a reader of the page."""
    found = {import_module("plumeline.web.refusals").Refused, *below(UploadRefused)}
    for file, tree in sources("plumeline/web"):
        if file.name not in NOT_THE_PAGE:
            found |= causes(file, tree)
    for cls in list(found):
        found |= below(cls)
    ours = (cls for cls in found if not issubclass(cls, msgspec.DecodeError))
    return sorted((cls for cls in ours if cls.__name__ not in APART), key=lambda cls: cls.__name__)


def slots(text: str) -> set[str]:
    """The facts that words ask for, without the list of words that one is taken from."""
    fields = {field for _, field, _, _ in Formatter().parse(text) if field}
    return {field.rpartition(".")[2] for field in fields}


def facts_of(cls: type) -> set[str]:
    """The public names that an exception's constructor sets, and those above it."""
    kept: set[str] = set()
    for one in cls.__mro__:
        if "__init__" in vars(one) and one.__module__ != "builtins":
            tree = ast.parse(dedent(inspect.getsource(vars(one)["__init__"])))
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    kept.add(node.attr)
    return kept


def reasons(cls: type) -> type[StrEnum]:
    why = get_type_hints(cls)["why"]
    assert issubclass(why, StrEnum)
    assert why is not StrEnum, f"{cls.__name__} says not which reasons it has"
    assert len(why.__members__) == len(why), f"{why.__name__} says the same twice"
    return why


def log_codes() -> Iterator[str]:
    """The reasons of files that are not taken, as far as they have a code."""
    for _, tree in sources("ingest", "plumeline"):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "BadLog":
                for keyword in call.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)


def codes() -> Iterator[tuple[str, set[str]]]:
    """Every code that an answer may carry, and the facts that come with it."""
    for cls in refusals():
        if issubclass(cls, Reasoned):
            more = {"verb"} if "verb" in inspect.signature(cls).parameters else set()
            more |= {"power_id"} if "power_id" in inspect.signature(cls).parameters else set()
            for why in reasons(cls):
                yield f"{cls.__name__}.{why.name.lower()}", slots(why.value) | more
        else:
            yield cls.__name__, facts_of(cls)
    for why in (*LineWhy, *PartWhy):
        yield f"Trouble.{why.name.lower()}", {"about"}
    for code in log_codes():
        yield f"BadLog.{code}", set()
    yield MISASKED, {"where"}
    yield MISREAD, set()
    yield "InternalError", set()
    yield "NoWords", {"status"}


ALL = dict(codes())


def test_there_are_refusals_of_every_kind() -> None:
    assert {"WrongPassword", "ActRefused.second_person", "StepRefused.same_person"} <= ALL.keys()
    assert {"DiskFull", "NoPower.unpublished", "Refused.not_for_you", "NoSuchWork"} <= ALL.keys()
    assert len(ALL) > 100


@pytest.mark.parametrize("code", ALL)
def test_a_refusal_has_words_in_both_languages_that_ask_only_for_what_comes_along(
    code: str,
) -> None:
    for words in (ZH, EN):
        assert words.get(PREFIX + code), f"{PREFIX}{code} is in no dictionary"
        assert slots(words[PREFIX + code]) <= ALL[code]


def test_no_words_are_left_of_a_refusal_that_is_no_more() -> None:
    lists = ("what", "part", "field")
    told = {key for key in ZH if key.startswith(PREFIX)}
    own = {key for key in told if key.split(".")[1] not in lists}
    assert own == {PREFIX + code for code in ALL}


def test_what_the_routes_refuse_is_a_refusal_by_name_or_has_one_as_its_cause() -> None:
    for file, tree in sources("plumeline/web"):
        for one in raises_http(tree):
            assert one.cause is not None, f"{file.name}:{one.lineno}: refuse with Refused"
        for handler in ast.walk(tree):
            if isinstance(handler, ast.ExceptHandler) and any(raises_http(handler)):
                too_wide = {"Exception", "ValueError"} & set(named(handler.type))
                assert not too_wide, f"{file.name}:{handler.lineno}: catch a refusal by name"


def test_every_reason_is_given_with_exactly_the_facts_in_its_words() -> None:
    seen = 0
    for file, tree in sources("alerts", "casework", "store", "plumeline"):
        module = None
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            for given in call.args:
                name = ast.unparse(given)
                owner = name.partition(".")[0]
                if isinstance(given, ast.Attribute) and owner.endswith("Why"):
                    if owner in TROUBLE:
                        continue
                    dotted = ".".join(file.relative_to(ROOT).with_suffix("").parts)
                    module = module or import_module(dotted)
                    why = eval(name, vars(module))
                    facts = {keyword.arg for keyword in call.keywords}
                    assert facts == slots(why.value), f"{file.name}:{call.lineno}"
                    seen += 1
    assert seen > 70


def test_what_is_wrong_with_the_station_is_of_a_list_that_has_words() -> None:
    given = set()
    for _, tree in sources("ingest", "plumeline"):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Trouble":
                given.add(ast.unparse(call.args[0]).partition(".")[0])
    assert given - {"otherwise"} == TROUBLE


def test_what_the_words_take_from_lists_is_in_the_lists() -> None:
    lists = {
        "state": State,
        "verb": Verb,
        "do": life.Verb,
        "refusal.part": life.Part,
        "refusal.what": ("work order", "listing"),
    }
    asked = {f"{prefix}.{one}" for prefix, ones in lists.items() for one in ones}
    assert asked - {"verb.escalate"} <= ZH.keys()
    assert all(f"LACKS_{need.name}" in StepWhy.__members__ for need in life.Need)


class _Asked(msgspec.Struct):
    name: str


@pytest.mark.parametrize(
    ("body", "code", "facts"),
    [
        (b'{"name": 1}', "Misasked", {"where": "name"}),
        (b"{}", "Misasked", {"where": "name"}),
        (b"[]", "Misread", {}),
        (b'{"na', "Misread", {}),
    ],
)
def test_another_body_than_was_asked_for_is_told_by_the_field(
    body: bytes, code: str, facts: dict[str, str]
) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        msgspec.json.decode(body, type=_Asked)
    assert reason_of(refused.value) == (code, facts)
