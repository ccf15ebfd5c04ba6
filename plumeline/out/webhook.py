"""HTTP POST to a partner: signed, to allowed addresses only, redirects never followed.

The signature is HMAC-SHA256 over "timestamp.key.body" in the header ``Plumeline-Signature:
t=<unix seconds>,v1=<hex>``; the receiver computes the same and compares in constant time, refuses
old timestamps, and drops a key it has seen (``Idempotency-Key``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from http import HTTPStatus

import httpx

from plumeline.out.addresses import AddressRefused, AllowList, Resolver, Target
from plumeline.out.post import Post, SendFailed

TIMEOUT_S = 10.0
FOR_GOOD = frozenset({400, 404, 405, 410, 413, 415, 422})
"""Answers after which the same message will not be taken either."""


def signature(secret: bytes, t_s: int, key: str, body: bytes) -> str:
    """The value of the signature header."""
    told = f"{t_s}.{key}.".encode() + body
    return f"t={t_s},v1={hmac.new(secret, told, hashlib.sha256).hexdigest()}"


class Webhook:
    """One partner's URL."""

    def __init__(
        self,
        url: str,
        *,
        secret: bytes,
        allowed: AllowList,
        now_s: Callable[[], float],
        resolve: Resolver | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._url = url
        self._secret = secret
        self._allowed = allowed
        self._now_s = now_s
        self._resolve = resolve
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT_S,
            verify=ca_file or True,
        )

    def open(self) -> None:
        """Nobody is told before there is something to tell."""

    def send(self, post: Post) -> None:
        """POST it; any 2xx is an arrival.

        Raises:
            SendFailed: refused address, no connection, no answer, or another answer than 2xx.
        """
        try:
            target = self._allowed.target(self._url, self._resolve)
        except AddressRefused as exc:
            raise SendFailed(exc.reason) from exc
        try:
            answer = self._client.send(self._request(target, post))
        except httpx.HTTPError as exc:
            reason = f"{target.host}: {exc or type(exc).__name__}"
            raise SendFailed(reason) from exc
        if not answer.is_success:
            said = HTTPStatus(answer.status_code).phrase if answer.status_code in _KNOWN else ""
            reason = f"{target.host} answered {answer.status_code} {said}".rstrip()
            raise SendFailed(reason, for_good=answer.status_code in FOR_GOOD)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _request(self, target: Target, post: Post) -> httpx.Request:
        """To the address that was looked at, in the name of its host."""
        ip = f"[{target.ip}]" if ":" in target.ip else target.ip
        t_s = int(self._now_s())
        return self._client.build_request(
            "POST",
            f"{target.scheme}://{ip}:{target.port}{target.path}",
            content=post.body,
            headers={
                "Host": target.authority,
                "Content-Type": post.content_type,
                "Idempotency-Key": post.key,
                "Plumeline-Signature": signature(self._secret, t_s, post.key, post.body),
            },
            extensions={"sni_hostname": target.host},
        )


_KNOWN = {status.value for status in HTTPStatus}
