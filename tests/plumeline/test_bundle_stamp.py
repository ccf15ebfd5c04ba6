"""A time stamp over a bundle, by a time-stamping authority of OpenSSL's."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import which

import pytest

from plumeline.bundle_errors import NoTimeStamp
from plumeline.bundle_seal import Listed
from plumeline.bundle_stamp import stamp, write_request

pytest.importorskip("rfc3161_client", reason="needs the extra `evidence`")
pytestmark = pytest.mark.skipif(which("openssl") is None, reason="needs the program openssl")

CONFIG = """
[tsa]
default_tsa = t
[t]
serial = serial
signer_cert = tsa.pem
certs = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
"""


def openssl(folder: Path, *arguments: str) -> str:
    command = ["openssl", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    extensions = ["-addext", "extendedKeyUsage=critical,timeStamping", "-subj", "/CN=test TSA"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem"]
    openssl(folder, "req", "-x509", "-days", "30", *made, *extensions)
    return folder


@contextmanager
def served(folder: Path, *, other: bytes | None = None, code: int = 200) -> Iterator[str]:
    """The authority on loopback; with ``other`` it stamps that request whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"]))
            (folder / "asked.tsq").write_bytes(other or asked)
            query = ["-queryfile", "asked.tsq", "-out", "told.tsr", "-config", "tsa.cnf"]
            openssl(folder, "ts", "-reply", *query)
            self.send_response(code)
            self.end_headers()
            self.wfile.write((folder / "told.tsr").read_bytes())

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "case.zip"
    file.write_bytes(b"a bundle")
    return file


def listed(bundle: Path) -> Listed:
    data = bundle.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    return Listed(name=bundle.name, sha256=sha256, bytes=len(data), role="bundle")


def test_openssl_verifies_the_stamp_and_sha256sum_the_bundle(authority: Path, bundle: Path) -> None:
    with served(authority) as url:
        token = stamp(bundle, listed(bundle), url)
    folder = bundle.parent
    checked = ["-data", "case.zip.sha256", "-in", token.name]
    assert "Verification: OK" in openssl(
        folder, "ts", "-verify", *checked, "-CAfile", str(authority / "tsa.pem")
    )
    sums = subprocess.run(
        ["sha256sum", "-c", "case.zip.sha256"], cwd=folder, capture_output=True, check=False
    )
    assert sums.returncode == 0


def test_a_request_can_be_carried_to_an_authority_by_hand(bundle: Path) -> None:
    write_request(bundle, listed(bundle))
    told = openssl(bundle.parent, "ts", "-query", "-in", "case.zip.tsq", "-text")
    assert "Hash Algorithm: sha256" in told and "Certificate required: yes" in told


def test_a_stamp_of_something_else_or_none_is_refused(authority: Path, bundle: Path) -> None:
    other = bundle.with_name("other.zip")
    other.write_bytes(b"another bundle")
    request = write_request(other, listed(other))
    with served(authority, other=request) as url, pytest.raises(NoTimeStamp, match="else"):
        stamp(bundle, listed(bundle), url)
    with served(authority, code=503) as url, pytest.raises(NoTimeStamp, match="503"):
        stamp(bundle, listed(bundle), url)
    with pytest.raises(NoTimeStamp):
        stamp(bundle, listed(bundle), "http://127.0.0.1:9/")
    assert not bundle.with_name("case.zip.tsr").exists()
