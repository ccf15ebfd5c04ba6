"""Write each sample flight's expected.json from what the product makes of it today.

    python tools/make_expected.py

Look at the difference before committing it: tests/test_sample_flights.py holds these files against
the truth that the flights were rendered from, and against the live pipeline.
"""

from __future__ import annotations

import msgspec

from alerts.placing import Placer
from alerts.watch import Rules
from detect.manifest import load_model
from detect.onnx import OnnxDetector
from geo.premises import PremisesIndex, read_geojson
from plumeline.flights import load_flight, sample_names, samples_folder
from plumeline.judges import Judges
from plumeline.replay import analyse_flight


def main() -> None:
    """One file per flight, and a line per flight on the screen."""
    register = samples_folder() / "premises.geojson"
    premises = PremisesIndex(read_geojson(register.read_text("utf-8"), register.name))
    judges = Judges(
        detector=OnnxDetector(load_model()), placer=Placer(premises=premises), rules=Rules()
    )
    for name in sample_names():
        found = analyse_flight(load_flight(name), judges)
        text = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
        (samples_folder() / name / "expected.json").write_bytes(text)
        print(name, found.looks, [i.premises_id for i in found.incidents])


if __name__ == "__main__":
    main()
