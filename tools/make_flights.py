"""Render the sample flights again: a synthetic district, a known camera, a known truth.

  python tools/make_flights.py --out sample_flights                     all four, a few minutes
  python tools/make_flights.py --out sample_flights --only roof_fire    one of them

Each flight becomes a folder with flight.jsonl (one line per MQTT message, in order of arrival),
frames/*.jpg, and truth.json (where it really burns, the camera's true pose at every frame, how
many messages of each kind there are, what was spoilt on purpose). premises.geojson holds the
district's register. The same code gives the same files: nothing is drawn from a clock. Where to
change what: tools/flights/script.py the flights, district.py the premises, plume.py how smoke and
fire look, telemetry.py what the drone sends. expected.json files are left alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from flights.district import register
from flights.recording import record
from flights.script import FLIGHTS


def _progress(text: str) -> None:
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()


def main() -> None:
    """Write the register and the flights asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--only", choices=[flight.name for flight in FLIGHTS], help="one flight")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(register(), ensure_ascii=False, indent=1)
    (arguments.out / "premises.geojson").write_text(text + "\n", encoding="utf-8")
    for flight in FLIGHTS:
        if arguments.only in (None, flight.name):
            record(flight, arguments.out / flight.name, _progress)
    size = sum(file.stat().st_size for file in arguments.out.rglob("*") if file.is_file())
    _progress(f"{arguments.out}: {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
