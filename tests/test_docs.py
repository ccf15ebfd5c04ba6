"""The documentation says what the code does: every key and topic is in it, every link leads on."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from ingest.wire.table import Decoders
from plumeline.config import Config

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def config_keys() -> list[tuple[str, str]]:
    """(section, key) of everything that can be set."""
    keys: list[tuple[str, str]] = []
    for section in msgspec.structs.fields(Config):
        kind = section.type
        if section.name == "devices":
            kind = kind.__args__[1]
        try:
            inner = msgspec.inspect.type_info(kind).fields  # type: ignore[union-attr]
        except AttributeError:
            keys.append(("", section.name))
            continue
        keys += [(section.name, field.name) for field in inner]
    return keys


@pytest.mark.parametrize(("section", "key"), config_keys())
def test_every_configuration_key_is_documented_and_in_the_example(section: str, key: str) -> None:
    assert f"`{key}`" in text("docs/configuration.md")
    if key not in ("database", "share", "mappings", "ellipsoid_m", "mount_yaw_deg"):
        assert re.search(rf"^#? ?{key} = ", text("docs/plumeline.example.toml"), re.MULTILINE)


@pytest.mark.parametrize("topic", Decoders().subscriptions())
def test_every_topic_is_documented(topic: str) -> None:
    device, gateway = topic.replace("+", "{device_id}"), topic.replace("+", "{gateway}")
    page = text("docs/wire.md")
    assert device in page or gateway in page or topic.replace("+", "{sn}") in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_both_readmes_are_there_and_know_each_other() -> None:
    assert "README.zh-CN.md" in text("README.md")
    assert "README.md" in text("README.zh-CN.md")


def test_contributing_is_short() -> None:
    assert len(text("CONTRIBUTING.md").splitlines()) <= 30
