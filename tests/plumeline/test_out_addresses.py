"""Sixty ways to write an address that nobody outside may make the station connect to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

import pytest

from plumeline.out.addresses import AddressRefused, AllowList

PUBLIC = "93.184.216.34"
LIST = AllowList.of(["partner.example.cn", "rebinding.example.cn", "10.2.0.0/16"])

FORBIDDEN = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f.0.0.1/",
    "http://127.0.0.1.nip.io/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://ip6-localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://169.254.169.254/",
    "http://169.254.169.254/latest/",
    "http://[::ffff:169.254.169.254]/",
    "http://metadata.google.internal/",
    "http://10.0.0.1/",
    "http://10.1.255.9/",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://evil.example.com/",
    "http://partner.example.cn.evil.com/",
    "http://partner.example.cn@127.0.0.1/",
    "http://partner.example.cn:80@127.0.0.1/",
    "http://127.0.0.1#@partner.example.cn/",
    "http://127.0.0.1\\@partner.example.cn/",
    "http://user:pw@partner.example.cn/",
    "ftp://partner.example.cn/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_PING",
    "javascript:alert(1)",
    "//partner.example.cn/",
    "http:///path",
    "http:partner.example.cn",
    "http://partner.example.cn:0/",
    "http://partner.example.cn:99999/",
    "http://ⓛocalhost/",
    "http://１２７.0.0.1/",
    "http://partner.example。cn/",
    "http://[::1%25eth0]/",
    "http://8.8.8.8/",
    "http://127。0。0。1/",
]


def never(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host}:{port} was looked up")


def public(_host: str, _port: int) -> Sequence[str]:
    return [PUBLIC]


def test_there_are_sixty_forms() -> None:
    assert len(set(FORBIDDEN)) >= 60


INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "fe80::1",
    "0.0.0.0",
]


def let_in(allowed: AllowList = LIST) -> list[str]:
    """The forms that are connected to or looked up, and the inside addresses a name may have."""
    through: list[str] = []
    for url in FORBIDDEN:
        try:
            allowed.target(url, never)
        except AddressRefused:
            continue
        except AssertionError:
            pass
        through.append(url)
    for ip in INSIDE:
        for answer in ([ip], [PUBLIC, ip]):
            with suppress(AddressRefused):
                target = allowed.target(
                    "https://rebinding.example.cn/hook", lambda _h, _p, a=answer: a
                )
                through.append(target.ip)
    return through


def test_no_forbidden_form_is_connected_to_nor_looked_up_and_no_name_leads_inside() -> None:
    assert let_in() == []


class Everything(frozenset[str]):
    def __contains__(self, _: object) -> bool:
        return True


def test_teeth_a_list_that_holds_every_name_lets_forms_in() -> None:
    assert let_in(AllowList(hosts=Everything(), networks=LIST.networks))


@pytest.mark.parametrize(
    ("rule", "mutant"),
    [
        ("AllowList._check", lambda *_, **__: None),
        ("_unwrapped", lambda ip: ip),
        ("_literal", lambda host: ip_address(PUBLIC) if host[0].isdigit() else None),
    ],
)
def test_teeth_without_one_of_the_rules_something_gets_in(
    rule: str, mutant: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"plumeline.out.addresses.{rule}", mutant)
    networks = [PUBLIC] if rule == "_literal" else []
    assert let_in(AllowList.of(["rebinding.example.cn", *networks]))


def test_a_name_is_looked_up_once_and_the_answer_is_what_is_connected_to() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    target = LIST.target("https://rebinding.example.cn/hook?x=1", lambda _h, _p: next(answers))
    assert (target.ip, target.host, target.port) == (PUBLIC, "rebinding.example.cn", 443)
    assert target.path == "/hook?x=1"
    assert next(answers) == ["127.0.0.1"], "nobody asked again"


def test_a_private_network_on_the_list_is_reached_by_address_and_by_name() -> None:
    assert LIST.target("http://10.2.7.7:8080/in", never).authority == "10.2.7.7:8080"
    named = LIST.target("http://partner.example.cn/in", lambda _h, _p: ["10.2.0.9"])
    assert named.ip == "10.2.0.9"


def test_a_name_that_cannot_be_resolved_is_refused() -> None:
    def fails(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such host")

    for resolver in (fails, lambda _h, _p: [], lambda _h, _p: ["not an address"]):
        with pytest.raises(AddressRefused):
            LIST.target("https://partner.example.cn/", resolver)
    assert LIST.target("https://partner.example.cn/", public).ip == PUBLIC
