"""Brings the third-party files of the page: the version pinned below, from npm, untouched.

Run: python tools/vendor.py            fetch (needs npm and the network), check, write
     python tools/vendor.py --check    only check what lies here against SHA256SUMS
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "maplibre-gl", "6.17.0"
TARBALL_SHA256 = "587807d8d6c99349022e027fa310c16cfaa55392131f6263df080306db6809b0"
FILES = {
    "package/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "package/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "package/dist/maplibre-gl.css": "maplibre-gl.css",
    "package/LICENSE.txt": "LICENSE.txt",
}
FOLDER = Path(__file__).parents[1] / "plumeline" / "web" / "static" / "vendor" / PACKAGE


def sums(folder: Path) -> dict[str, str]:
    """SHA-256 of everything in the folder but the list of them."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if file.name != "SHA256SUMS"
    }


def listed(folder: Path) -> dict[str, str]:
    """What SHA256SUMS says, in the form of `sha256sum`."""
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def fetch(folder: Path) -> None:
    """Replace the folder's files by those of the pinned package."""
    with tempfile.TemporaryDirectory() as name:
        wanted = f"{PACKAGE}@{VERSION}"
        subprocess.run(["npm", "pack", wanted], cwd=name, check=True, capture_output=True)
        tarball = Path(name) / f"{PACKAGE}-{VERSION}.tgz"
        found = hashlib.sha256(tarball.read_bytes()).hexdigest()
        if found != TARBALL_SHA256:
            sys.exit(f"{tarball.name} has the sha256 {found}, not {TARBALL_SHA256}: not taken")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(tarball) as package:
            for inside, outside in FILES.items():
                file = package.extractfile(inside)
                assert file is not None, inside
                (folder / outside).write_bytes(file.read())
    (folder / "VERSION").write_text(f"{VERSION}\n", "utf-8")
    lines = [f"{digest}  {name}\n" for name, digest in sums(folder).items()]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")


def main() -> None:
    """Fetch or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        fetch(FOLDER)
    if sums(FOLDER) != listed(FOLDER):
        sys.exit(f"{FOLDER}: the files are not those of SHA256SUMS")


if __name__ == "__main__":
    main()
