"""An evidence bundle: everything of one incident or flight in one zip that proves itself.

docs/evidence.md describes the files and the proof.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from alerts.review import check_evidence, pictures_of
from plumeline.bundle_contents import Making, contents
from plumeline.bundle_seal import Declared, Listed, Manifest, Proof, seal
from plumeline.checkpoints import Notary, known_checkpoints
from plumeline.config import Config
from plumeline.version import version_line
from store.evidence import Subject, entry_at, gather
from store.reviews import SqlReviews
from store.store import Store, open_store


def export_bundle(
    config: Config,
    subject: Subject,
    declared: Declared,
    out: Path,
    *,
    coarse: bool = False,
    force: bool = False,
) -> Listed:
    """Write the bundle of one incident or flight of the station's record.

    ``coarse`` makes everything outside of the detections unrecognisable and leaves the originals,
    the pictures inside of messages, and brought files at home. Returns the bundle's name, sha256
    and size.

    Raises:
        BundleError: reason, unit or name is lacking, nobody has approved that the pictures leave as
            they are, or the ledger could not be signed.
        NotReviewed: it is to prove an offence, and its pictures may not.
        UnknownIncident, UnknownFlight: there is none of this name.
        MissingExtra: the extra ``evidence`` is not installed.
        CannotWrite: the file is there and not to be overwritten, or the disk refuses.
        StoreError: the record or the signing key cannot be opened.
    """
    declared.check()
    own, witness = config.checkpoints()
    store = open_store(Path(config.data.folder), config.data.database)
    try:
        station = config.station.name_en
        notary = Notary(store, own, station=station, now_s=time.time, witness=witness)
        return write_bundle(
            store,
            notary,
            subject,
            declared,
            out,
            config=config,
            coarse=coarse,
            force=force,
            t_s=time.time(),
        )
    finally:
        store.close()


def write_bundle(
    store: Store,
    notary: Notary,
    subject: Subject,
    declared: Declared,
    out: Path,
    *,
    config: Config,
    t_s: float,
    coarse: bool = False,
    force: bool = False,
) -> Listed:
    """The same with a record that is open, at a time of the station's clock.

    Raises:
        As `export_bundle`.
    """
    if not coarse:
        declared.check_approval()
    case = gather(store.engine, subject)
    evidence = pictures_of(one.event for one in case.events)
    reviews = SqlReviews(store.engine).of(evidence | {frame.sha256 for frame in case.frames})
    if declared.penalty:
        check_evidence((reviews[name] for name in evidence), declared.name)
    making = Making(
        store=store,
        case=case,
        declared=declared,
        config=config,
        key=notary.public_key,
        t_s=t_s,
        coarse=coarse,
        reviews=reviews,
    )
    manifest = Manifest(
        program=version_line(),
        station=config.station.name_en,
        about=subject,
        t0_s=case.t0_s,
        t1_s=case.t1_s,
        t_made_s=t_s,
        pictures="coarse" if coarse else "original",
    )
    proof = Proof(
        store=store,
        notary=notary,
        known=partial(known_checkpoints, *config.checkpoints()),
        t_s=t_s,
        first_i=entry_at(store.engine, case.first_n),
    )
    return seal(out, contents(making), manifest, declared, proof, force=force)
