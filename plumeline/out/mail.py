"""Mail through the station's own SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from plumeline.out.post import Post, SendFailed

TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """The server, and who writes to whom."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None


class Mail:
    """Sends each message as one mail."""

    def __init__(self, address: MailAddress, *, now_s: Callable[[], float]) -> None:
        self._address = address
        self._now_s = now_s

    def open(self) -> None:
        """Nobody is told before there is something to tell."""

    def send(self, post: Post) -> None:
        """One mail to all receivers; the key is its Message-ID, so that servers drop a repeat.

        Raises:
            SendFailed: the server cannot be reached or refuses.
        """
        try:
            with self._connected() as server:
                if self._address.username is not None:
                    server.login(self._address.username, self._address.password or "")
                refused = server.send_message(self._message(post))
        except (OSError, smtplib.SMTPException) as exc:
            reason = f"{self._address.host}:{self._address.port}: {exc}"
            raise SendFailed(reason) from exc
        if refused:
            reason = f"{self._address.host} refused {', '.join(sorted(refused))}"
            raise SendFailed(reason)

    def close(self) -> None:
        """Nothing stays open."""

    def _connected(self) -> smtplib.SMTP:
        address = self._address
        context = ssl.create_default_context()
        if address.security == "tls":
            return smtplib.SMTP_SSL(address.host, address.port, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(address.host, address.port, timeout=TIMEOUT_S)
        if address.security == "starttls":
            server.starttls(context=context)
        return server

    def _message(self, post: Post) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._address.sender
        message["To"] = ", ".join(self._address.to)
        message["Subject"] = " ".join(post.subject.split())
        message["Date"] = format_datetime(datetime.fromtimestamp(self._now_s(), UTC))
        message["Message-ID"] = f"<{post.key}@{self._address.sender.rpartition('@')[2]}>"
        kind, _, subtype = post.content_type.partition(";")[0].partition("/")
        if kind == "text":
            message.set_content(post.body.decode(), subtype=subtype)
        else:
            message.set_content(post.subject)
            message.add_attachment(
                post.body, maintype=kind, subtype=subtype, filename=f"{post.incident_id}"
            )
        return message
