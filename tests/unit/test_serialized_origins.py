"""Serialized origins: what browsers, extensions and web views write, and what they never do."""

from __future__ import annotations

import tracemalloc

import pytest

from aiohttp_cors._core.origins import is_serialized_origin


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://example.com", id="https"),
        pytest.param("http://example.com", id="http"),
        pytest.param("ws://example.com", id="ws"),
        pytest.param("wss://example.com", id="wss"),
        pytest.param("ftp://example.com", id="ftp"),
        pytest.param("chrome-extension://abcdefghijklmnop", id="Chrome extension"),
        pytest.param("moz-extension://0b1c-2d3e", id="Firefox extension"),
        pytest.param("capacitor://localhost", id="scheme of a mobile shell"),
        pytest.param("web+app.v1-2://x", id="scheme with marks and digits"),
        pytest.param("x://y", id="one letter each"),
        pytest.param("http://localhost", id="one label"),
        pytest.param("http://localhost:3000", id="one label with port"),
        pytest.param("https://a.b.c.d.e.example.com", id="many labels"),
        pytest.param("https://xn--bcher-kva.example", id="punycode"),
        pytest.param("https://my_app.example.com", id="underscore"),
        pytest.param("https://a--b.example.com", id="hyphens"),
        pytest.param("https://123.example.com", id="label of digits"),
        pytest.param("https://example.com.", id="trailing dot"),
        pytest.param("https://example.com.:8443", id="trailing dot and port"),
        pytest.param("http://127.0.0.1", id="IPv4"),
        pytest.param("http://127.0.0.1:8080", id="IPv4 with port"),
        pytest.param("http://[::1]", id="IPv6"),
        pytest.param("http://[::1]:3000", id="IPv6 with port"),
        pytest.param("https://[2001:db8::a:b]", id="IPv6 with letters"),
        pytest.param("https://[2001:db8:1:2:3:4:5:6]:8443", id="IPv6 in full"),
        pytest.param("https://example.com:0", id="port 0"),
        pytest.param("https://example.com:1", id="port 1"),
        pytest.param("https://example.com:80", id="http port with https"),
        pytest.param("http://example.com:443", id="https port with http"),
        pytest.param("https://example.com:4430", id="port that begins like the default"),
        pytest.param("ws://example.com:443", id="wss port with ws"),
        pytest.param("wss://example.com:80", id="ws port with wss"),
        pytest.param("ftp://example.com:80", id="http port with ftp"),
        pytest.param("app://example.com:443", id="https port with another scheme"),
        pytest.param("https://example.com:65535", id="last port"),
    ],
)
def test_serialized_origin_is_scheme_host_and_port_that_is_not_implied(text: str) -> None:
    assert is_serialized_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("*", id="star"),
        pytest.param("null", id="opaque"),
        pytest.param("example.com", id="host alone"),
        pytest.param("localhost:3000", id="host and port alone"),
        pytest.param("//example.com", id="no scheme"),
        pytest.param("://example.com", id="empty scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///", id="empty host and path"),
        pytest.param("https://:8080", id="port without host"),
        pytest.param("https:example.com", id="no slashes"),
        pytest.param("https:/example.com", id="one slash"),
        pytest.param("https:///example.com", id="three slashes"),
        pytest.param("https:\\\\example.com", id="backslashes"),
        pytest.param("https//example.com", id="no colon"),
        pytest.param("1http://example.com", id="scheme with a digit first"),
        pytest.param("-x://example.com", id="scheme with a hyphen first"),
        pytest.param("ht_tp://example.com", id="scheme with an underscore"),
        pytest.param("ht tp://example.com", id="scheme with a space"),
        pytest.param("Https://example.com", id="scheme in upper case"),
        pytest.param("https://Example.com", id="host in upper case"),
        pytest.param("https://EXAMPLE.COM", id="host in upper case throughout"),
        pytest.param("http://[2001:DB8::1]", id="IPv6 in upper case"),
        pytest.param("https://example.com:443", id="default port of https"),
        pytest.param("http://example.com:80", id="default port of http"),
        pytest.param("ws://example.com:80", id="default port of ws"),
        pytest.param("wss://example.com:443", id="default port of wss"),
        pytest.param("ftp://example.com:21", id="default port of ftp"),
        pytest.param("http://[::1]:80", id="default port of an address"),
        pytest.param("https://example.com:", id="empty port"),
        pytest.param("https://example.com:65536", id="port too big by one"),
        pytest.param("https://example.com:99999", id="biggest port of five digits"),
        pytest.param("https://example.com:100000", id="port of six digits"),
        pytest.param("https://example.com:" + "9" * 10_000, id="huge port"),
        pytest.param("https://example.com:08443", id="port with a zero first"),
        pytest.param("https://example.com:00", id="port of zeros"),
        pytest.param("https://example.com:-1", id="negative port"),
        pytest.param("https://example.com:+1", id="port with a sign"),
        pytest.param("https://example.com:8a", id="port with a letter"),
        pytest.param("https://example.com:*", id="port star"),
        pytest.param("https://example.com:8443:8443", id="two ports"),
        pytest.param("https://example.com:\u0661", id="port digit beyond ASCII"),
        pytest.param("https://*.example.com", id="star label"),
        pytest.param("https://*", id="star host"),
        pytest.param("https://example.com/", id="trailing slash"),
        pytest.param("https://example.com/path", id="path"),
        pytest.param("https://example.com:8443/", id="port and slash"),
        pytest.param("https://example.com?", id="empty query"),
        pytest.param("https://example.com?a=b", id="query"),
        pytest.param("https://example.com#a", id="fragment"),
        pytest.param("https://user@example.com", id="user"),
        pytest.param("https://user:secret@example.com", id="user and password"),
        pytest.param("https://@example.com", id="empty user"),
        pytest.param("https://example.com@evil.example", id="user that looks like a host"),
        pytest.param("https://example%2ecom", id="encoded dot"),
        pytest.param("https://example%2Ecom", id="encoded dot in upper case"),
        pytest.param("https://%65xample.com", id="encoded letter"),
        pytest.param("https://example.com%00", id="encoded null character"),
        pytest.param("https://example.com\n", id="newline"),
        pytest.param("https://example.com:8443\n", id="newline after a port"),
        pytest.param("\nhttps://example.com", id="newline before"),
        pytest.param("https://example.com\r\n", id="line break"),
        pytest.param("https://exam\nple.com", id="newline inside"),
        pytest.param("https://example.com ", id="space after"),
        pytest.param(" https://example.com", id="space before"),
        pytest.param("https://exam ple.com", id="space inside"),
        pytest.param("https://example.com\t", id="tab"),
        pytest.param("https://example.com\x00", id="null character"),
        pytest.param("https://example.com\x7f", id="delete"),
        pytest.param("https://b\xfccher.example", id="letter beyond ASCII"),
        pytest.param("https://example\u3002com", id="full stop beyond ASCII"),
        pytest.param("https://\uff45xample.com", id="full-width letter"),
        pytest.param("https://example.com\udcff", id="byte that is not UTF-8"),
        pytest.param("https://a.example,https://b.example", id="two origins"),
        pytest.param("https://a.example, https://b.example", id="two lines joined"),
        pytest.param("https://https://example.com", id="two schemes"),
        pytest.param("blob:https://example.com", id="blob"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("http://::1", id="IPv6 without brackets"),
        pytest.param("http://[::1", id="IPv6 that is not closed"),
        pytest.param("http://::1]", id="IPv6 that is not opened"),
        pytest.param("http://[]", id="IPv6 that is empty"),
        pytest.param("http://[::g]", id="IPv6 with another letter"),
        pytest.param("http://[::1%25eth0]", id="IPv6 with a zone"),
        pytest.param("http://[[::1]]", id="IPv6 in two brackets"),
        pytest.param("http://[::1].example.com", id="IPv6 as a label"),
        pytest.param("http://[::1]3000", id="IPv6 with a port without colon"),
        pytest.param("http://[localhost]", id="name in brackets"),
    ],
)
def test_what_no_browser_writes_is_not_a_serialized_origin(text: str) -> None:
    assert not is_serialized_origin(text)


def test_long_hosts_are_read() -> None:
    assert is_serialized_origin("https://" + "a." * 500_000 + "example")
    assert not is_serialized_origin("https://" + "a." * 500_000 + "example/")
    assert not is_serialized_origin("a" * 1_000_000)


# Extensions and web views: the hosts of their schemes are opaque (URL §3.5).


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E", id="Safari extension"
        ),
        pytest.param(
            "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", id="Firefox extension"
        ),
        pytest.param("chrome-extension://gighmmpiobklfepjocnamgkkbiglidom", id="Chrome extension"),
        pytest.param("ms-browser-extension://EdgeExtension_AdBlock_c1", id="Edge extension"),
        pytest.param("app://obsidian.md", id="Electron"),
        pytest.param("app://.", id="host that is a dot"),
        pytest.param("capacitor://localhost", id="Capacitor"),
        pytest.param("ionic://localhost", id="Ionic"),
        pytest.param("tauri://localhost", id="Tauri"),
        pytest.param("vscode-webview://0AJ7", id="editor"),
        pytest.param("ms-appx-web://Contoso.App_8wekyb3d8bbwe", id="Windows application"),
        pytest.param("file://", id="file in a web view"),
        pytest.param("app://", id="no host"),
        pytest.param("app://MyApp:8080", id="upper case and port"),
        pytest.param("app://host:80", id="port that is http's default"),
        pytest.param("app://[::1]:80", id="IPv6 address"),
        pytest.param("app://127.1", id="numbers, not an address"),
        pytest.param("app://a%2Fb", id="percent-encoded slash"),
        pytest.param("app://b%C3%BCcher", id="percent-encoded letter"),
        pytest.param("httpss://example.com", id="scheme that begins like https"),
    ],
)
def test_origin_of_an_extension_or_a_web_view_is_one(text: str) -> None:
    assert is_serialized_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Safari-Web-Extension://140BB581", id="upper case in the scheme"),
        pytest.param("APP://host", id="scheme in upper case"),
        pytest.param("app:host", id="no slashes"),
        pytest.param("app:/host", id="one slash"),
        pytest.param("app:///", id="no host and a path"),
        pytest.param("file:///", id="file and a slash"),
        pytest.param("file:///index.html", id="file and its path"),
        pytest.param("file://:80", id="file and a port"),
        pytest.param("app://:80", id="port without host"),
        pytest.param("app://host:", id="empty port"),
        pytest.param("app://host:080", id="port with a zero first"),
        pytest.param("app://host:65536", id="port too big"),
        pytest.param("app://host/", id="slash"),
        pytest.param("app://host\n", id="newline"),
        pytest.param("app://b\xfccher", id="letter beyond ASCII"),
        pytest.param("app://host\udcff", id="byte that is not UTF-8"),
        pytest.param("app://[::A]", id="IPv6 in upper case"),
        pytest.param("app://[::1", id="IPv6 that is not closed"),
        pytest.param("app://a, app://b", id="two lines joined"),
        pytest.param("chrome-extension://*", id="star"),
        pytest.param("about://blank", id="about"),
        pytest.param("blob://example.com", id="blob"),
        pytest.param("data://example.com", id="data"),
        pytest.param("javascript://example.com", id="javascript"),
    ],
)
def test_what_no_extension_or_web_view_sends_is_not_a_serialized_origin(text: str) -> None:
    assert not is_serialized_origin(text)


def test_opaque_host_has_the_characters_that_the_standard_allows_and_no_star_or_comma() -> None:
    found = {chr(code) for code in range(256) if is_serialized_origin(f"app://a{chr(code)}b")}

    # "Forbidden host code point" (URL §3.1); "*" and "," are of patterns and lists.
    assert found == {chr(code) for code in range(0x21, 0x7F)} - set("#/:<>?@[\\]^|*,")


@pytest.mark.parametrize("scheme", ["ftp", "http", "https", "ws", "wss"])
def test_domain_has_the_characters_that_browsers_leave_as_they_are(scheme: str) -> None:
    hosts = {chr(code): f"{scheme}://a{chr(code)}b" for code in range(256)}

    found = "".join(character for character, host in hosts.items() if is_serialized_origin(host))

    assert found == "-.0123456789_abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("length", [pytest.param(n, id=str(n)) for n in (199, 200, 201)])
@pytest.mark.parametrize("scheme", ["https", "app"])
def test_origins_of_about_the_length_that_is_cached_are_read_alike(
    scheme: str, length: int
) -> None:
    host = "a" * (length - len(f"{scheme}://"))

    assert is_serialized_origin(f"{scheme}://{host}")
    assert not is_serialized_origin(f"{scheme}://{host[1:]}/")
    assert is_serialized_origin(f"{scheme}://{host[1:]}A") is (scheme == "app")


@pytest.mark.parametrize("length", [pytest.param(1, id="short"), pytest.param(1_000, id="long")])
def test_origins_that_clients_make_up_do_not_fill_the_memory(length: int) -> None:
    def read(numbers: range) -> None:
        for number in numbers:
            is_serialized_origin(f"https://{'a' * length}{number}.example")

    tracemalloc.start()
    try:
        read(range(1_000))
        before = tracemalloc.get_traced_memory()[0]
        read(range(1_000, 5_000))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 50_000
