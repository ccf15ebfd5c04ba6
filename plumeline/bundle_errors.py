"""Why no evidence bundle was made, or none could be read."""

from __future__ import annotations

from pathlib import Path

from alerts.export.errors import ExportError, MissingExtra

EXTRA = "evidence"


class BundleError(ExportError):
    """Base of everything a bundle raises on purpose."""


class NotDeclared(BundleError):
    """Footage leaves the house only for a reason, a unit and a person."""

    def __init__(self, lacking: str) -> None:
        super().__init__(
            f"evidence bundle: no {lacking} was given. Who takes footage out says why, for which"
            " unit, and who he is (--reason, --unit, --name); the ledger keeps it (Regulations on"
            " Public Security Video and Image Information Systems, article 16)"
        )
        self.lacking = lacking


class NotApproved(BundleError):
    """Pictures in which people can be recognised leave only when a second person agrees."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"evidence bundle: the pictures as they were taken leave only when a second person"
            f" approves (--approved-by): {reason}; without --originals they are made coarse"
        )
        self.reason = reason


class NotSigned(BundleError):
    """The ledger was not signed as far as the export's own entry."""

    def __init__(self, i: int) -> None:
        super().__init__(
            f"evidence bundle: no checkpoint reaches entry {i} of the ledger, so that nothing was"
            " written; export again"
        )
        self.i = i


class NoBundle(BundleError):
    """A file that is no evidence bundle."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class MissingEvidenceExtra(MissingExtra):
    """A package that only evidence needs is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__("evidence bundle", package, EXTRA)


class NoTimeStamp(BundleError):
    """The time-stamping authority gave none."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"time stamp from {url}: {reason}; the bundle itself was written")
        self.url = url
        self.reason = reason
