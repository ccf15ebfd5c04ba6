"""Pictures that show what no picture may: deleted as soon as that is known, and never silently.

Source: Interim Regulations on Unmanned Aircraft Flight (2024), article 34: no unlawful pictures of
military and other classified places.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, select

from alerts.look import Look
from store import schema
from store.ledger import Said, append
from store.once import take_numbers

DROPPED = "drop"
"""The verb of an entry that names such pictures, and the area."""


def tell_dropped(connection: Connection, looks: Iterable[Look], t_s: float) -> frozenset[str]:
    """Tell the ledger of the pictures that are to go; returns the blobs, to be deleted after that.

    A brought file that such a picture is part of goes with it: nothing in it can go alone.
    """
    areas = {look.frame_n: look.no_image for look in looks if look.no_image is not None}
    frame, upload = schema.frame, schema.upload
    query = (
        select(frame.c.n, frame.c.sha256, upload.c.sha256.label("file"))
        .outerjoin_from(frame, upload, upload.c.n == frame.c.raw_n)
        .where(frame.c.n.in_(areas))
        .order_by(frame.c.n)
    )
    blobs: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(query) if areas else ():
        blobs[areas[row.n]] |= {row.sha256, *([row.file] if row.file else [])}
    for area, names in blobs.items():
        body = json.dumps({"blobs": sorted(names)})
        n = take_numbers(connection, 1)
        said = Said(n=n, t_s=t_s, actor="system", verb=DROPPED, subject=area[:256], body=body)
        append(connection, [said])
    return frozenset().union(*blobs.values())
