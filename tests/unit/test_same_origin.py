"""Which requests with an Origin header come from the server's own pages."""

from __future__ import annotations

import pytest

from aiohttp_cors._core.origins import is_same_origin

PAGE = "https://app.example.com"
HOST = "app.example.com"


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        pytest.param("same-origin", True, id="same origin"),
        pytest.param("none", True, id="typed by the user"),
        pytest.param("same-site", False, id="same site"),
        pytest.param("cross-site", False, id="cross site"),
        pytest.param("", False, id="empty"),
        pytest.param("Same-Origin", False, id="other case"),
        pytest.param("same-origin, cross-site", False, id="two values"),
        pytest.param("SAME-ORIGIN ", False, id="white space"),
        pytest.param("x", False, id="unknown"),
    ],
)
@pytest.mark.parametrize(
    ("origin", "host"),
    [
        pytest.param(PAGE, HOST, id="origin and host agree"),
        pytest.param("https://evil.example", HOST, id="origin and host differ"),
        pytest.param("null", HOST, id="opaque origin"),
        pytest.param(PAGE, None, id="no host"),
    ],
)
def test_sec_fetch_site_decides_alone_where_the_browser_sends_it(
    origin: str, host: str | None, site: str, expected: bool
) -> None:
    assert is_same_origin(origin, site, host) is expected


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        pytest.param("http://app.example.com", "app.example.com", id="no port"),
        pytest.param("http://app.example.com", "app.example.com:80", id="http port in Host"),
        pytest.param("https://app.example.com", "app.example.com", id="https, proxy ends TLS"),
        pytest.param("https://app.example.com", "app.example.com:443", id="https port in Host"),
        pytest.param("http://app.example.com:80", "app.example.com", id="http port in Origin"),
        pytest.param("https://app.example.com:443", "app.example.com", id="https port in Origin"),
        pytest.param("http://app.example.com:8080", "app.example.com:8080", id="other port"),
        pytest.param("https://app.example.com:8443", "app.example.com:8443", id="TLS, other port"),
        pytest.param("http://localhost:3000", "localhost:3000", id="localhost"),
        pytest.param("http://127.0.0.1:3000", "127.0.0.1:3000", id="IPv4 address"),
        pytest.param("http://[::1]:3000", "[::1]:3000", id="IPv6 address"),
        pytest.param("http://[::1]", "[::1]", id="IPv6 address without port"),
        pytest.param("https://[::1]", "[::1]:443", id="IPv6 address with implied port"),
        pytest.param("https://app.example.com", "APP.Example.COM", id="Host in upper case"),
        pytest.param("https://xn--bcher-kva.example", "xn--bcher-kva.example", id="punycode"),
    ],
)
def test_origin_that_names_the_host_is_same(origin: str, host: str) -> None:
    assert is_same_origin(origin, None, host) is True


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        pytest.param("https://evil.example", HOST, id="other host"),
        pytest.param("https://api.example.com", HOST, id="sibling"),
        pytest.param("https://x.app.example.com", HOST, id="sub-domain"),
        pytest.param("https://example.com", HOST, id="parent"),
        pytest.param("https://app.example.com.evil.example", HOST, id="suffix"),
        pytest.param("https://evilapp.example.com", HOST, id="prefix"),
        pytest.param("https://app.example.com", "app.example.com:8443", id="port in Host alone"),
        pytest.param("https://app.example.com:8443", HOST, id="port in Origin alone"),
        pytest.param("https://app.example.com:8443", "app.example.com:8444", id="other port"),
        pytest.param("https://app.example.com", "app.example.com:80", id="port of http"),
        pytest.param("http://app.example.com", "app.example.com:443", id="port of https"),
        pytest.param("http://app.example.com", "app.example.com:8080", id="usual proxy port"),
        pytest.param("app://app.example.com", "app.example.com:80", id="scheme without port"),
        pytest.param("http://[::1]:3000", "127.0.0.1:3000", id="other address of the machine"),
        pytest.param("http://[::80]", "[:", id="cut off IPv6 address"),
        pytest.param("file://", "", id="file and empty Host"),
        pytest.param("file://", HOST, id="file"),
        pytest.param("app://app.example.com:None", HOST, id="port that is a word"),
        pytest.param(f"https://evil.example://{HOST}", HOST, id="scheme twice"),
        pytest.param("app://App.example.com", "App.example.com", id="opaque host in upper case"),
        pytest.param("chrome-extension://gighmmpiobklfepj", HOST, id="extension"),
        pytest.param("null", "null", id="null is never same"),
        pytest.param("null", HOST, id="null"),
        pytest.param("", "", id="both empty"),
        pytest.param("", HOST, id="empty origin"),
        pytest.param("https://", "", id="no authority"),
        pytest.param(HOST, HOST, id="no scheme"),
        pytest.param("//app.example.com", HOST, id="no scheme but slashes"),
        pytest.param("https:app.example.com", HOST, id="no slashes"),
        pytest.param("https://app.example.com/", HOST, id="slash"),
        pytest.param("https://user@app.example.com", HOST, id="user info"),
        pytest.param("https://app.example.com@evil.example", "evil.example", id="user info first"),
        pytest.param("https://app.example.com\n", HOST, id="newline"),
        pytest.param(f"{PAGE}, {PAGE}", HOST, id="two lines"),
        pytest.param(f"{PAGE}, https://evil.example", HOST, id="two lines, one other"),
        pytest.param(f"https://evil.example, {PAGE}", HOST, id="two lines, other first"),
        pytest.param("https://app.example.com", "", id="empty Host"),
        pytest.param("https://app.example.com", None, id="no Host"),
        pytest.param("https://app.example.com.", HOST, id="trailing dot"),
        pytest.param("https://аpp.example.com", HOST, id="homoglyph"),  # noqa: RUF001
    ],
)
def test_origin_that_does_not_name_host_and_port_is_another(origin: str, host: str | None) -> None:
    assert is_same_origin(origin, None, host) is False


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_several_origin_lines_are_of_no_page_whatever_sec_fetch_site_says(site: str) -> None:
    assert is_same_origin(f"{PAGE}, {PAGE}", site, HOST) is False
