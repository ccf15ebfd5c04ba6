"""Plumeline's packages have plain names: another distribution could bring its own ``geo``."""

from __future__ import annotations

import importlib
import importlib.metadata
from pathlib import Path

PACKAGES = ("alerts", "casework", "detect", "geo", "ingest", "plumeline", "store")


class PackageClash(Exception):
    """Two distributions bring a package of one name, and one of them is ours."""


def check_packages() -> None:
    """Make sure that every package of ours is ours.

    Raises:
        PackageClash: names the other distributions and what to do.
    """
    owners = importlib.metadata.packages_distributions()
    rivals = {o for name in PACKAGES for o in owners.get(name, ()) if o != "plumeline"}
    homes = {Path(importlib.import_module(name).__file__ or "").parents[1] for name in PACKAGES}
    if rivals or len(homes) > 1:
        others = ", ".join(sorted(rivals)) or ", ".join(sorted(map(str, homes)))
        reason = (
            f"Plumeline shares this environment with packages of the same names ({others}): "
            "install it in an environment of its own (a fresh venv, pipx, a container)"
        )
        raise PackageClash(reason)
