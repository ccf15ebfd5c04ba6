"""Why something cannot be exported."""

from __future__ import annotations


class ExportError(Exception):
    """Base of everything an export raises on purpose."""


class CannotSay(ExportError):
    """A format has no way to say what it was asked to carry."""

    def __init__(self, format_name: str, reason: str) -> None:
        super().__init__(f"{format_name}: {reason}")
        self.format_name = format_name
        self.reason = reason


class MissingExtra(ExportError):
    """A package that only this format needs is not installed."""

    def __init__(self, format_name: str, package: str, extra: str) -> None:
        super().__init__(
            f"{format_name}: needs {package}, which is not installed here;"
            f" pip install 'plumeline[{extra}]'"
        )
        self.format_name = format_name
        self.extra = extra
