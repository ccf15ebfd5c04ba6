"""A time stamp over a bundle (RFC 3161): a third party says that it was there by then.

What is stamped is ``FILE.zip.sha256``, a line as ``sha256sum -c`` reads it. Request and answer lie
beside the bundle as ``FILE.zip.tsq`` and ``FILE.zip.tsr``, for ``openssl ts -verify``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

from plumeline.bundle_errors import MissingEvidenceExtra, NoTimeStamp
from plumeline.bundle_seal import Listed
from plumeline.export import write_file

TIMEOUT_S = 30.0


def write_request(bundle: Path, listed: Listed) -> bytes:
    """Write what is to be stamped, and the request for it; returns the request.

    Raises:
        MissingEvidenceExtra: the package rfc3161-client is not installed.
        CannotWrite: the disk refuses.
    """
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as exc:
        package = "rfc3161-client"
        raise MissingEvidenceExtra(package) from exc
    text = f"{listed.sha256}  {bundle.name}\n".encode()
    made = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    request: bytes = made.as_bytes()
    write_file(_beside(bundle, "sha256"), [text], force=True)
    write_file(_beside(bundle, "tsq"), [request], force=True)
    return request


def stamp(bundle: Path, listed: Listed, url: str) -> Path:
    """Ask an authority for a time stamp, and keep it; who the authority is, its reader checks.

    Raises:
        NoTimeStamp: no answer, a refusal, or a stamp of something else.
        MissingEvidenceExtra, CannotWrite: as `write_request`.
    """
    request = write_request(bundle, listed)
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - an extra

    text = _beside(bundle, "sha256").read_bytes()
    headers = {"content-type": "application/timestamp-query"}
    try:
        answer = httpx.post(url, content=request, headers=headers, timeout=TIMEOUT_S)
        answer.raise_for_status()
        told = decode_timestamp_response(answer.content)
        imprint = told.tst_info.message_imprint.message
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as exc:
        raise NoTimeStamp(url, str(exc)) from exc
    if imprint != hashlib.sha256(text).digest():
        raise NoTimeStamp(url, "it stamped something else")
    file = _beside(bundle, "tsr")
    write_file(file, [answer.content], force=True)
    return file


def _beside(bundle: Path, ending: str) -> Path:
    return bundle.with_name(f"{bundle.name}.{ending}")
