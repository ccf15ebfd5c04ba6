"""Where the station may connect to: named hosts and networks, resolved once, nothing else.

Server-side request forgery: whoever can set a webhook's URL must not reach what only this machine
can reach. A URL's host has to be on the list; each address it resolves to has to be public, or in
a network that is on the list itself; and the connection goes to the address that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

PORTS = {"http": 80, "https": 443}


class AddressRefused(Exception):
    """A URL the station does not connect to, with the reason."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect, and under which name to speak."""

    scheme: str
    host: str
    ip: str
    port: int
    path: str
    """With its query."""

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """Hosts by name, and networks by address."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, entries: Iterable[str]) -> AllowList:
        """Read "partner.example.cn", "10.2.0.0/16" or "192.168.1.7"."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        return cls(hosts=frozenset(hosts), networks=tuple(networks))

    def target(self, url: str, resolve: Resolver | None = None) -> Target:
        """The one address a URL leads to.

        Raises:
            AddressRefused: the scheme, the host or one of its addresses is not allowed, or the
                name cannot be resolved.
        """
        parts = _split(url)
        host = parts.hostname or ""
        port = parts.port or PORTS[parts.scheme]
        literal = _literal(host)
        if literal is None and host not in self.hosts:
            raise AddressRefused(url, f"{host} is not on the list of allowed hosts")
        found = [literal] if literal else self._resolved(url, host, port, resolve or _resolve)
        for ip in found:
            self._check(url, ip, named=literal is None)
        query = f"?{parts.query}" if parts.query else ""
        return Target(
            scheme=parts.scheme,
            host=host,
            ip=str(found[0]),
            port=port,
            path=(parts.path or "/") + query,
        )

    def _resolved(self, url: str, host: str, port: int, resolve: Resolver) -> list[Ip]:
        try:
            found = [ipaddress.ip_address(ip) for ip in resolve(host, port)]
        except (OSError, ValueError) as exc:
            raise AddressRefused(url, f"{host} cannot be resolved: {exc}") from exc
        if not found:
            raise AddressRefused(url, f"{host} has no address")
        return found

    def _check(self, url: str, ip: Ip, *, named: bool) -> None:
        plain = _unwrapped(ip)
        if any(plain in network for network in self.networks if network.version == plain.version):
            return
        if not named:
            raise AddressRefused(url, f"{ip} is in no allowed network")
        if not plain.is_global or plain.is_multicast:
            raise AddressRefused(url, f"it leads to {ip}, which is not public nor in the list")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise AddressRefused(url, str(exc)) from exc
    if parts.scheme not in PORTS:
        raise AddressRefused(url, "only http and https")
    if not parts.hostname or port == 0:
        raise AddressRefused(url, "it names no host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(url, "names and passwords do not belong into a URL")
    if any(ord(c) <= 32 or ord(c) > 126 or c == "\\" for c in url):
        raise AddressRefused(url, "blanks, control or other than ASCII characters")
    return parts


def _literal(host: str) -> Ip | None:
    """An address written as one; 127.1, 0x7f000001 and 2130706433 are refused as names."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unwrapped(ip: Ip) -> Ip:
    """What an IPv6 address with an IPv4 one inside really leads to."""
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        return inside or ip
    return ip


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
