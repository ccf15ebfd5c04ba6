"""Check an evidence bundle with nothing but Python 3.8: ``verify_bundle.py FILE.zip --key KEY``.

KEY is the station's public key (64 hexadecimal digits) as you wrote it down yourself: without it, a
forger could have signed with his own. Prints OK or each failure with its file; exits with 0 or 1.
"""

import argparse
import json
import re
import shutil
import tempfile
import zipfile
from hashlib import sha256, sha512

PROOF = ["checkpoints.jsonl", "ledger.jsonl", "manifest.json"]
LINE = re.compile(rb'\{"hash":"([0-9a-f]{64})","text":(\[.*\])\}\n')
NAMES = ["station", "i", "n", "t_us", "hash", "key", "signature"]
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


def add(a, b):  # Ed25519 as in RFC 8032, section 5.1: points are X, Y, Z, T
    m, n, t = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[3] * b[3] * D
    e, f, g, h = n - m, 2 * a[2] * b[2] - t, 2 * a[2] * b[2] + t, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(k, point):
    even = times(k >> 1, add(point, point)) if k else (0, 1, 1, 0)
    return add(even, point) if k & 1 else even


def point_of(text):
    y, sign = int.from_bytes(text, "little") % 2**255, text[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * ROOT % P
    if len(text) != 32 or y >= P or x * x % P != xx or (sign and not x):
        raise ValueError("not a point of the curve")
    return (x, y, 1, x * y % P) if x % 2 == sign else (P - x, y, 1, -x * y % P)


def is_signed(key, text, signature):
    key, r, s = bytes.fromhex(key), bytes.fromhex(signature[:64]), bytes.fromhex(signature[64:])
    k = int.from_bytes(sha512(r + key + text).digest(), "little") % L
    base, s = point_of(b"\x58" + b"\x66" * 31), int.from_bytes(s, "little")
    left, right = times(s % L, base), add(point_of(r), times(k, point_of(key)))
    same = all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))
    return same and s < L and len(signature) == 128


def wrong_files(bundle, told):
    manifest, names = json.loads(bundle.read("manifest.json")), bundle.namelist()
    listed = {one["name"]: one for one in manifest["files"]}
    if names != [*listed, *PROOF[::-1]]:
        yield "manifest.json: has not the files of the bundle, or not in their order"
    for name in sorted({n for n in names if names.count(n) > 1 or n not in {*listed, *PROOF}}):
        yield f"{name}: is not in the manifest, or stands twice"
    for name, one in listed.items():
        if name not in names:
            yield f"{name}: is missing"
        elif sha256(bundle.read(name)).hexdigest() != one["sha256"]:
            yield f"{name}: was changed"
        elif name.startswith("frames/") and name != f"frames/{one['sha256']}.jpg":
            yield f"{name}: its name is not its sha256"
    known = {one["original_sha256"] or one["sha256"] for one in manifest["files"]}
    known |= {one["sha256"] for one in manifest["left_out"]}
    for number, line in enumerate(bundle.read("events.jsonl").splitlines(), start=1):
        event = json.loads(line)
        if (event["incident_id"], sha256(line).hexdigest()) not in told:
            yield f"events.jsonl: line {number} is not in the ledger"
        picture = (event.get("evidence") or {}).get("sha256")
        if picture and picture not in known:
            yield f"events.jsonl: line {number}: its picture {picture} is missing"


def wrong_points(bundle, key, points):
    """Checkpoints that the key did not sign; ``points`` gets each place and its hash."""
    for number, line in enumerate(bundle.read("checkpoints.jsonl").splitlines(True), start=1):
        one = json.loads(line)
        key = key or one["key"]
        text = "plumeline checkpoint\n" + "".join(f"{one[name]}\n" for name in NAMES[:5])
        exact = json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" == line.decode()
        exact &= all(re.fullmatch("[0-9a-f]+", one[name]) is not None for name in NAMES[4:])
        if not exact or list(one) != NAMES or one["key"] != key:
            yield f"checkpoints.jsonl: line {number} is not one of this station's"
        elif not is_signed(key, text.encode(), one["signature"]):
            yield f"checkpoints.jsonl: line {number} is not signed by the station's key"
        points.append((one["i"], one["hash"]))


def wrong_chain(bundle, points, told):
    """The ledger between checkpoints; ``told`` gets what it tells, and of whom."""
    lines = [LINE.fullmatch(line) for line in bundle.read("ledger.jsonl").splitlines(True)]
    i = first = json.loads(lines[0][2])[0] - 1
    hashes = {i: dict(points).get(i, "") if i else "00" * 32}
    for line in lines:
        entry, before, i = json.loads(line[2]), bytes.fromhex(hashes[i]), i + 1
        hashes[i] = line[1].decode()
        if entry[0] != i or sha256(before + line[2]).hexdigest() != hashes[i]:
            yield f"ledger.jsonl: the chain breaks at entry {i}"
        body = json.loads(entry[6])
        told |= {(entry[5], body.get("event")), (entry[4], None, body.get("manifest"))}
    if [place for place, _ in points] != [first, i][not first :]:
        yield "checkpoints.jsonl: are not those of both ends of the ledger"
    if any(hashes.get(place) != digest for place, digest in points):
        yield "ledger.jsonl: is not the ledger that was signed"
    if ("export", None, sha256(bundle.read("manifest.json")).hexdigest()) not in told:
        yield "manifest.json: is not the one that the ledger tells of"


def wrong_zip(bundle, raw):
    with tempfile.TemporaryFile() as anew:
        with zipfile.ZipFile(anew, "w") as again:
            for info in bundle.infolist():
                one = zipfile.ZipInfo(info.filename)
                one.create_system, one.external_attr, one.file_size = 3, 0o644 << 16, info.file_size
                with bundle.open(info) as data, again.open(one, "w") as out:
                    shutil.copyfileobj(data, out)
        anew.seek(0)
        pieces = iter(lambda: anew.read(1 << 20), b"")
        if any(piece != raw.read(len(piece)) for piece in pieces) or raw.read(1):
            yield f"{raw.name}: has bytes that its files do not ask for"


def verify(path, key=None):
    """Each failure of a bundle, naming the file; none of a good one."""
    points, told, found = [], set(), []
    try:
        with open(path, "rb") as raw, zipfile.ZipFile(path) as bundle:  # noqa: PTH123
            proof = wrong_points(bundle, key, points), wrong_chain(bundle, points, told)
            checks = *proof, wrong_files(bundle, told), wrong_zip(bundle, raw)
            for name, check in zip([*PROOF, path], checks):  # noqa: B905 - Python 3.8
                try:
                    found += check
                except Exception as exc:  # noqa: BLE001 - what cannot be read is not good
                    found.append(f"{name}: cannot be read: {exc!r}")
    except Exception as exc:  # noqa: BLE001 - nor is this
        found.append(f"{path}: cannot be read: {exc!r}")
    return found


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("path", metavar="FILE")
    asked.add_argument("--key", help="the station's public key, from your own notes")
    failures = verify(**vars(asked.parse_args()))
    print("\n".join(failures) or "OK")
    raise SystemExit(1 if failures else 0)
