"""Write the made-up patrol in every format of flight log that Plumeline reads.

  python -m tools.make_logs --out logs                      all of them, half a minute of flight
  python -m tools.make_logs --out logs --seconds 600        ten minutes, to measure speed

Needs the extras `logs` and `dev`. The same code gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.log_writers import binary, tables, text
from tools.log_writers.patrol import patrol


def main() -> None:
    """Write the files asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seconds", type=float, default=30.0, help="of flight")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    samples = patrol(seconds=arguments.seconds)
    for name, write in (text.WRITERS | tables.WRITERS | binary.WRITERS).items():
        (arguments.out / name).write_bytes(write(samples))


if __name__ == "__main__":
    main()
