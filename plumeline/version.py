"""Which Plumeline this is."""

from __future__ import annotations

import importlib.metadata
import platform

VERSION = importlib.metadata.version("plumeline")


def version_line() -> str:
    """Name, version, and what it runs on."""
    return f"plumeline {VERSION} (Python {platform.python_version()}, {platform.machine()})"
