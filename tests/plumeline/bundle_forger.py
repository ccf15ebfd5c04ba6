"""Somebody who has a bundle, every tool, and not the station's key."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Files = dict[str, bytes]
PROOF = ("manifest.json", "ledger.jsonl", "checkpoints.jsonl")


def unpacked(file: Path) -> Files:
    with zipfile.ZipFile(file) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def pack(files: Files) -> bytes:
    """As the station writes it (docs/evidence.md)."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as bundle:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            bundle.writestr(info, data)
    return whole.getvalue()


def forged(good: Path, rng: random.Random) -> tuple[str, bytes]:
    """One forgery of a good bundle: what was done, and the bytes of the file."""
    way = rng.choice(list(WAYS))
    return way, WAYS[way](unpacked(good), rng)


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _bit_of_the_zip(files: Files, rng: random.Random) -> bytes:
    return flip(pack(files), rng)


def _bit_of_a_file(files: Files, rng: random.Random) -> bytes:
    name = rng.choice(list(files))
    return pack(files | {name: flip(files[name], rng)})


def _removed(files: Files, rng: random.Random) -> bytes:
    del files[rng.choice(list(files))]
    return pack(files)


def _added(files: Files, rng: random.Random) -> bytes:
    return pack(files | {f"frames/{rng.randbytes(32).hex()}.jpg": b"jpeg"})


def _swapped(files: Files, rng: random.Random) -> bytes:
    one, other = rng.sample(list(files), 2)
    return pack(files | {one: files[other], other: files[one]})


def _reordered(files: Files, rng: random.Random) -> bytes:
    names = list(files)
    return pack({name: files[name] for name in names[1:] + names[:1]})


def _twice(files: Files, rng: random.Random) -> bytes:
    name = rng.choice(list(files))
    whole = BytesIO(pack(files))
    with zipfile.ZipFile(whole, "a") as bundle:
        bundle.filelist.append(bundle.getinfo(name))
        bundle._didModify = True  # type: ignore[attr-defined]
    return whole.getvalue()


def _more_bytes(files: Files, rng: random.Random) -> bytes:
    return pack(files) + rng.randbytes(rng.randint(1, 30))


def _packed_otherwise(files: Files, rng: random.Random) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return whole.getvalue()


def _with_manifest(files: Files, rng: random.Random) -> bytes:
    return pack(_listed(files, _other_content(files, rng)))


def _with_manifest_alone(files: Files, rng: random.Random) -> bytes:
    listed = _listed(files, _other_content(files, rng))
    return pack(listed | {"ledger.jsonl": files["ledger.jsonl"]})


def _with_chain(files: Files, rng: random.Random) -> bytes:
    changed = _other_content(files, rng)
    return pack(_rechained(_listed(files, changed)))


def _with_another_key(files: Files, rng: random.Random) -> bytes:
    changed = _rechained(_listed(files, _other_content(files, rng)))
    return pack(_resigned(changed, rng))


def _only_another_key(files: Files, rng: random.Random) -> bytes:
    return pack(_resigned(files, rng))


def _with_a_signature_of_before(files: Files, rng: random.Random) -> bytes:
    changed = _rechained(_listed(files, _other_content(files, rng)))
    last = json.loads(changed["ledger.jsonl"].splitlines()[-1])["hash"]
    *others, line = changed["checkpoints.jsonl"].splitlines(keepends=True)
    line = line.replace(json.loads(line)["hash"].encode(), last.encode())
    return pack(changed | {"checkpoints.jsonl": b"".join([*others, line])})


def _with_another_keys_name(files: Files, rng: random.Random) -> bytes:
    points = files["checkpoints.jsonl"]
    key = json.loads(points.splitlines()[0])["key"].encode()
    return pack(
        files | {"checkpoints.jsonl": points.replace(key, rng.randbytes(32).hex().encode())}
    )


def _cut_ledger(files: Files, rng: random.Random) -> bytes:
    lines = files["ledger.jsonl"].splitlines(keepends=True)
    cut = rng.randint(1, len(lines))
    kept = rng.choice([lines[cut:], lines[:-cut], lines[: cut - 1] + lines[cut:]])
    return pack(files | {"ledger.jsonl": b"".join(kept)})


def _cut_ledger_and_points(files: Files, rng: random.Random) -> bytes:
    lines = files["ledger.jsonl"].splitlines(keepends=True)
    points = files["checkpoints.jsonl"].splitlines(keepends=True)
    return pack(
        files | {"ledger.jsonl": b"".join(lines[:-1]), "checkpoints.jsonl": b"".join(points[:-1])}
    )


def _changed_event(files: Files, rng: random.Random) -> bytes:
    return pack(_other_event(files, rng))


def _changed_event_and_chain(files: Files, rng: random.Random) -> bytes:
    return pack(_rechained(_other_event(files, rng)))


def _no_event(files: Files, rng: random.Random) -> bytes:
    return pack(_rechained(_listed(files, {"events.jsonl": b""})))


def _other_content(files: Files, rng: random.Random) -> Files:
    name = rng.choice([name for name in files if name not in PROOF])
    if name.startswith("frames/"):
        data = flip(files[name], rng)
        return {name: data}
    return {name: files[name] + b"\n"} if name != "events.jsonl" else {name: b""}


def _other_event(files: Files, rng: random.Random) -> Files:
    """An event with another time, its digest in the ledger, everything listed anew."""
    lines = files["events.jsonl"].splitlines()
    at = rng.randrange(len(lines))
    event = json.loads(lines[at])
    event["t_s"] += 1
    before = sha256(lines[at]).hexdigest().encode()
    lines[at] = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    ledger = files["ledger.jsonl"].replace(before, sha256(lines[at]).hexdigest().encode())
    assert ledger != files["ledger.jsonl"]
    changed = {"events.jsonl": b"".join(line + b"\n" for line in lines)}
    return _listed(files | {"ledger.jsonl": ledger}, changed)


def _listed(files: Files, changed: Files) -> Files:
    """With a manifest that has the changed files, and an entry that has the manifest."""
    manifest = json.loads(files["manifest.json"])
    for one in manifest["files"]:
        if one["name"] in changed:
            data = changed[one["name"]]
            one |= {"sha256": sha256(data).hexdigest(), "bytes": len(data)}
    text = json.dumps(manifest, ensure_ascii=False).encode()
    before = sha256(files["manifest.json"]).hexdigest().encode()
    ledger = files["ledger.jsonl"].replace(before, sha256(text).hexdigest().encode())
    return files | changed | {"manifest.json": text, "ledger.jsonl": ledger}


def _rechained(files: Files) -> Files:
    """The chain computed anew, from the first entry whose hash does not fit."""
    lines = files["ledger.jsonl"].splitlines()
    first = json.loads(lines[0])
    before = bytes(32)
    if first["text"][0] > 1:
        points = map(json.loads, files["checkpoints.jsonl"].splitlines())
        before = bytes.fromhex({p["i"]: p["hash"] for p in points}[first["text"][0] - 1])
    made = []
    for line in lines:
        text = line[82:-1]
        before = sha256(before + text).digest()
        made.append(b'{"hash":"%s","text":%s}\n' % (before.hex().encode(), text))
    return files | {"ledger.jsonl": b"".join(made)}


def _resigned(files: Files, rng: random.Random) -> Files:
    """Every checkpoint signed by a key of the forger's, over the hashes as they are now."""
    key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
    entries = map(json.loads, files["ledger.jsonl"].splitlines())
    hashes = {entry["text"][0]: entry["hash"] for entry in entries}
    lines = []
    for line in files["checkpoints.jsonl"].splitlines():
        one: dict[str, Any] = json.loads(line)
        one["hash"] = hashes.get(one["i"], one["hash"])
        told = "".join(f"{one[name]}\n" for name in ("station", "i", "n", "t_us", "hash"))
        one["key"] = key.public_key().public_bytes_raw().hex()
        one["signature"] = key.sign(f"plumeline checkpoint\n{told}".encode()).hex()
        lines.append(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return files | {"checkpoints.jsonl": b"".join(lines)}


WAYS: dict[str, Callable[[Files, random.Random], bytes]] = {
    way.__name__.strip("_").replace("_", " "): way
    for way in (
        _bit_of_the_zip,
        _bit_of_a_file,
        _removed,
        _added,
        _swapped,
        _reordered,
        _twice,
        _more_bytes,
        _packed_otherwise,
        _with_manifest,
        _with_manifest_alone,
        _with_chain,
        _with_another_key,
        _only_another_key,
        _with_a_signature_of_before,
        _with_another_keys_name,
        _cut_ledger,
        _cut_ledger_and_points,
        _changed_event,
        _changed_event_and_chain,
        _no_event,
    )
}
