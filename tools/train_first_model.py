"""Train `smoke_fire_n` 0.1.0 again: `python tools/train_first_model.py DATA START OUT`.

DATA holds one folder for each of SOURCES, with images/ and labels/ inside, as the model's card
lists them; START is the checkpoint whose hash the card names; OUT takes lists, record and weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from detect.training import export_onnx, fine_tune

SOURCES = ("cctvfire8", "liuzifan", "neg_clouds", "neg_jekhor_aerialcity", "neg_odm_nadir")
EPOCHS = 5
INPUT_PX = 512
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("start", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    sources = [args.data / name for name in SOURCES]
    best = fine_tune(args.start, sources, args.out, epochs=EPOCHS, input_px=INPUT_PX, seed=SEED)
    print(export_onnx(best, args.out / "weights.onnx"))


if __name__ == "__main__":
    main()
