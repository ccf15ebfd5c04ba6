"""The evidence bundle's side of ``plumeline export``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from plumeline.bundle import export_bundle
from plumeline.bundle_seal import Declared
from plumeline.bundle_stamp import stamp, write_request
from plumeline.config import Config
from store.evidence import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    subject: Subject
    declared: Declared
    coarse: bool
    tsa: str | None
    request: Path | None


def write(settings: Config, wanted: Wanted, out: Path, *, force: bool) -> None:
    """Write the bundle, and what stamps its time.

    Raises:
        BundleError, StoreError, ExportError: as `export_bundle` and `stamp`.
        OSError: the time stamp's request cannot be written.
    """
    console = Console(stderr=True)
    with console.status("gathering and sealing"):
        listed = export_bundle(
            settings, wanted.subject, wanted.declared, out, coarse=wanted.coarse, force=force
        )
        stamped = stamp(out, listed, wanted.tsa) if wanted.tsa else None
        if wanted.request is not None:
            wanted.request.write_bytes(write_request(out, listed))
    console.print(
        f"{escape(str(out))}: {listed.bytes / 1e6:.1f} MB, sha256 {listed.sha256}",
        soft_wrap=True,
        highlight=False,
    )
    if stamped is not None:
        console.print(f"its time stamp is in {escape(str(stamped))}")
    console.print("check it anywhere: python3 tools/verify_bundle.py, or plumeline verify --bundle")
