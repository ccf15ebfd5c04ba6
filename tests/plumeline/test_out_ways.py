"""Each way out against a receiver that is not ours: an HTTP server, an SMTP server, a socket."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from plumeline.out.addresses import AllowList
from plumeline.out.mail import Mail, MailAddress
from plumeline.out.post import Post, SendFailed
from plumeline.out.tak import Tak, TakAddress
from plumeline.out.webhook import Webhook

NOW_S = 1_772_352_000.0
HERE = AllowList.of(["127.0.0.1/32"])
POST = Post(
    channel="fire-119",
    key="inc-a2b3.17.fire-119",
    incident_id="inc-a2b3",
    content_type="application/json",
    subject="烟雾：青禾化工仓储",
    body='{"烟":1}'.encode(),
)


class Receiver(ThreadingHTTPServer):
    def __init__(self, answer: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=1"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answer)
        if self.server.answer in {302, 307}:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiver(answer: int = 204) -> Iterator[Receiver]:
    server = Receiver(answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(url: str, allowed: AllowList = HERE) -> Webhook:
    return Webhook(url, secret=b"s3cret", allowed=allowed, now_s=lambda: NOW_S)


def test_a_webhook_carries_its_key_and_a_signature_the_receiver_can_work_out() -> None:
    with receiver() as server:
        way = webhook(server.url)
        way.send(POST)
        way.close()
    ((path, headers, body),) = server.got
    assert (path, body) == ("/hook?a=1", POST.body)
    assert headers["Idempotency-Key"] == POST.key
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    told = b"1772352000." + POST.key.encode() + b"." + body
    expected = hmac.new(b"s3cret", told, hashlib.sha256).hexdigest()
    assert headers["Plumeline-Signature"] == f"t=1772352000,v1={expected}"


@pytest.mark.parametrize(
    ("answer", "for_good"), [(302, False), (307, False), (500, False), (422, True)]
)
def test_any_other_answer_than_2xx_is_no_arrival_and_a_redirect_is_not_followed(
    answer: int, for_good: bool
) -> None:
    with receiver(answer) as server:
        way = webhook(server.url)
        with pytest.raises(SendFailed, match=str(answer)) as caught:
            way.send(POST)
        way.close()
    assert len(server.got) == 1
    assert caught.value.for_good is for_good


def test_teeth_a_client_that_follows_redirects_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = httpx.Client

    def following(**options: Any) -> httpx.Client:
        return made(**options | {"follow_redirects": True})

    monkeypatch.setattr("plumeline.out.webhook.httpx.Client", following)
    with receiver(307) as server:
        way = webhook(server.url)
        with pytest.raises(SendFailed):
            way.send(POST)
        way.close()
    assert len(server.got) > 1


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """No name server knows partner.test: who looked it up again would find nothing."""
    with receiver() as server:
        way = Webhook(
            f"http://partner.test:{server.server_port}/hook",
            secret=b"s3cret",
            allowed=AllowList.of(["partner.test", "127.0.0.1/32"]),
            now_s=lambda: NOW_S,
            resolve=lambda _host, _port: ["127.0.0.1"],
        )
        way.send(POST)
        way.close()
    assert server.got[0][1]["Host"] == f"partner.test:{server.server_port}"


def test_an_address_that_is_not_allowed_gets_no_connection() -> None:
    with receiver() as server:
        way = webhook(server.url, AllowList.of(["partner.example.cn"]))
        with pytest.raises(SendFailed, match="allowed"):
            way.send(POST)
        way.close()
    assert server.got == []


def test_a_partner_that_is_down_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    way = webhook(f"http://127.0.0.1:{port}/")
    with pytest.raises(SendFailed, match="127"):
        way.send(POST)
    way.close()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_tak_gets_the_event_as_it_is(transport: Any) -> None:
    if transport == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.bind(("127.0.0.1", 0))
            line.settimeout(10)
            port = line.getsockname()[1]
            Tak(TakAddress(host="127.0.0.1", port=port, transport="udp")).send(POST)
            assert line.recv(4096) == POST.body
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        Tak(TakAddress(host="127.0.0.1", port=port)).send(POST)
        line, _ = server.accept()
        with line:
            assert line.recv(4096) == POST.body
    with pytest.raises(SendFailed):
        Tak(TakAddress(host="127.0.0.1", port=port)).send(POST)


def test_a_mail_arrives_with_its_key_as_message_id_and_its_words() -> None:
    controller = pytest.importorskip("aiosmtpd.controller", reason="needs the extra `dev`")

    class Box:
        def __init__(self) -> None:
            self.got: list[bytes] = []

        async def handle_DATA(  # noqa: N802 (the library's name)
            self, _server: Any, _session: Any, envelope: Any
        ) -> str:
            self.got.append(envelope.content)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Box()
    server = controller.Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        address = MailAddress(
            host="127.0.0.1",
            port=port,
            sender="station@example.cn",
            to=("119@example.cn", "police@example.cn"),
            security="none",
        )
        way = Mail(address, now_s=lambda: NOW_S)
        way.send(POST)
        text = Post(
            **{f: getattr(POST, f) for f in POST.__slots__} | {"content_type": "text/plain"}
        )
        way.send(text)
    finally:
        server.stop()
    attached, plain = (message_from_bytes(raw) for raw in box.got)
    assert attached["Message-ID"] == "<inc-a2b3.17.fire-119@example.cn>"
    assert attached["To"] == "119@example.cn, police@example.cn"
    part = [p for p in attached.walk() if p.get_content_type() == "application/json"]
    assert part[0].get_payload(decode=True) == POST.body
    assert "烟" in plain.get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_a_mail_server_that_is_down_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    address = MailAddress(
        host="127.0.0.1", port=port, sender="a@b.cn", to=("c@d.cn",), security="none"
    )
    with pytest.raises(SendFailed, match="127"):
        Mail(address, now_s=lambda: NOW_S).send(POST)
