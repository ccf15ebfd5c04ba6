"""Cursor on Target to a TAK server or a multicast group: TCP, UDP or TLS."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Literal

from plumeline.out.post import Post, SendFailed

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakAddress:
    """Where a TAK server listens."""

    host: str
    port: int
    transport: Literal["tcp", "udp", "tls"] = "tcp"
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class Tak:
    """Writes events to one TAK address. UDP and TAK itself confirm nothing: sent is all we know."""

    def __init__(self, address: TakAddress) -> None:
        self._address = address

    def open(self) -> None:
        """Nobody is told before there is something to tell."""

    def send(self, post: Post) -> None:
        """One event, in a connection of its own.

        Raises:
            SendFailed: no connection.
        """
        to = self._address.host, self._address.port
        try:
            if self._address.transport == "udp":
                family, _, _, _, where = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
                with socket.socket(family, socket.SOCK_DGRAM) as line:
                    line.sendto(post.body, where)
                return
            with self._connected() as line:
                line.sendall(post.body)
        except OSError as exc:
            reason = f"{to[0]}:{to[1]}: {exc}"
            raise SendFailed(reason) from exc

    def close(self) -> None:
        """Nothing stays open."""

    def _connected(self) -> socket.socket:
        address = self._address
        line = socket.create_connection((address.host, address.port), timeout=TIMEOUT_S)
        if address.transport == "tcp":
            return line
        context = ssl.create_default_context(cafile=address.ca_file)
        if address.cert_file is not None:
            context.load_cert_chain(address.cert_file, address.key_file)
        return context.wrap_socket(line, server_hostname=address.host)
