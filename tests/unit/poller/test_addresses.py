"""Addresses: what is ours to call, and in which spelling."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from dateline.errors import AddressRefused, FetchError
from dateline.poller.addresses import address_of, host_and_port, is_ours_to_call, origin_of, refuse_unresolved

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("93.184.216.34", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.88.99.1", False),
        ("240.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::a00:1", False),
        ("::ffff:0:a00:1", False),
        ("2002:a00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::5db8:d822", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("224.0.0.1", False),
        ("ff0e::1", False),
        ("::", False),
        ("2606:2800:220:1::1", True),
        ("127.0.0.5", True),
        ("::ffff:127.0.0.5", True),
    ],
)
def test_public_addresses_are_ours_to_call_and_named_networks(address: str, ours: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_ours_to_call(address, LOOPBACK) is ours


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("http://Gazette.example:80/rss#top", "http://gazette.example/rss"),
        ("https://gazette.example.:443/rss?a=b", "https://gazette.example/rss?a=b"),
        ("https://user:word@gazette.example/rss", "https://gazette.example/rss"),
        ("http://b\u00fccher.example:8080/", "http://xn--bcher-kva.example:8080/"),
        ("http://gazette\u3002example/", "http://gazette.example/"),
        ("http://127\uff0e0\uff0e0\uff0e1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://under_score.example/", "http://under_score.example/"),
    ],
)
def test_an_address_has_one_spelling_without_user_fragment_and_last_dot(url: str, spelling: str) -> None:
    assert str(address_of(url)) == spelling


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://1.2.3.4.5/",
        "http://127.0.0.1../",
        "http://gazette.example../",
        "http://%31%32%37.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://good.example\\@127.0.0.1/",
        "http://good.example\\.evil.example/",
        "http://ga zette.example/",
        "http://127.0.0.1:80:90/",
        "http://[::1/",
        "http://xn--a/",
        "http://xn--zz--.example/",
        "http://.example/",
        "http:///rss",
        "gopher://gazette.example/",
        f"http://{'a' * 64}.example/",
    ],
)
def test_a_host_in_an_odd_spelling_is_refused_before_anybody_looks_it_up(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        address_of(url)
    assert caught.value.kind == "url"


@pytest.mark.parametrize("port", [25, 22, 6, 443, 1023, 0, 65536])
def test_a_port_that_serves_no_feeds_is_refused_with_the_reason(port: int) -> None:
    with pytest.raises(FetchError, match=f"port {port} is not called.*ALLOW_PORTS") as caught:
        address_of(f"http://gazette.example:{port}/")
    assert caught.value.kind == "port"


def test_ports_of_the_web_those_from_1024_and_those_an_operator_allows_are_called() -> None:
    for url in (
        "http://gazette.example:80/",
        "https://gazette.example:443/",
        "http://gazette.example:1024/",
        "https://gazette.example:65535/",
    ):
        address_of(url)
    assert host_and_port(address_of("http://gazette.example:81/", ports=(81,))) == "gazette.example:81"


def test_an_origin_is_scheme_host_and_port() -> None:
    assert (
        origin_of(address_of("http://gazette.example/a"))
        == origin_of(address_of("http://GAZETTE.example:80/b"))
        == ("http", "gazette.example", 80)
    )
    assert origin_of(address_of("https://gazette.example/a")) != origin_of(address_of("http://gazette.example:443/a", ports=(443,)))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.8", "localhost", "feeds.localhost", "printer.local"])
def test_what_is_known_to_be_private_is_refused_without_a_look_up(host: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_unresolved(address_of(f"http://{host}:8080/"), ())


def test_names_and_allowed_networks_are_left_to_the_proxy() -> None:
    for host in ("gazette.example", "localhost.example", "93.184.216.34"):
        refuse_unresolved(address_of(f"http://{host}/"), ())
    for host in ("localhost", "127.0.0.1"):
        refuse_unresolved(address_of(f"http://{host}/"), LOOPBACK)
