"""Texts that can match no origin: found, explained, and mended."""

from __future__ import annotations

import pytest

from aiohttp_cors._checks.unusable_origins import Unusable, _is_one_typo, unusable_origin
from aiohttp_cors._core.origins import is_serialized_origin, is_wildcard

USABLE = [
    "https://example.com",
    "http://localhost:3000",
    "https://xn--bcher-kva.example",
    "https://example.com.",
    "https://a_b.example",
    "https://*.example.com",
    "http://localhost:*",
    "https://*.example.com:8443",
    "http://127.0.0.1:8080",
    "http://1.2.3.example",
    "http://1.2.3.0xg",
    "http://[::1]:8080",
    "http://[fe80::1:0:0:1]",
    "http://[1:2:3:4:5:6:7:8]",
    "chrome-extension://abcdefghijklmnop",
    "capacitor://localhost",
    "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
    "app://MyApp:443",
    "app://*.MyApp",
    "app://127.1",
    "app://[::a]",
    "app://",
    "file://",
    "tauri://localhost",
    "ssh://host",
    "sftp://host",
    "http+unix://host",
    "https-app://host",
    "shop://host",
    "null",
]

UNUSABLE = [
    # text, id, what was meant
    ("", "origin-scheme", ()),
    ("localhost:3000", "origin-scheme", ("http://localhost:3000",)),
    ("example.com", "origin-scheme", ("https://example.com",)),
    ("*.example.com", "origin-scheme", ("https://*.example.com",)),
    ("//example.com", "origin-scheme", ("https://example.com",)),
    ("http:example.com", "origin-scheme", ("http://example.com",)),
    ("https//app.example.com", "origin-scheme", ("https://app.example.com",)),
    ("HTTPS:/app.example.com", "origin-scheme", ("https://app.example.com",)),
    ("::1", "origin-scheme", ("http://[::1]",)),
    ("[::1]", "origin-scheme", ("http://[::1]",)),
    ("[::1]:3000", "origin-scheme", ("http://[::1]:3000",)),
    ("http//app.example.com", "origin-scheme", ("http://app.example.com",)),
    ("X.example", "origin-scheme", ("https://x.example",)),
    ("://app.example.com", "origin-scheme", ("https://app.example.com",)),
    ("NULL", "origin-case", ("null",)),
    ("https://straße.example", "origin-non-ascii", ()),
    ("ws://example.com", "origin-scheme", ("http://example.com",)),
    ("wss://example.com", "origin-scheme", ("https://example.com",)),
    ("file:///index.html", "origin-path", ("file://",)),
    ("file://host/index.html", "origin-path", ("file://",)),
    (" https://example.com", "origin-space", ("https://example.com",)),
    ("https://example.com\n", "origin-space", ("https://example.com",)),
    (
        "https://a.example, https://b.example",
        "origin-list",
        ("https://a.example", "https://b.example"),
    ),
    ("https://a.example,", "origin-list", ("https://a.example",)),
    ("https://a.example b", "origin-list", ()),
    ("https://example.com/", "origin-path", ("https://example.com",)),
    ("https://*.example.com/", "origin-path", ("https://*.example.com",)),
    ("https://example.com/app?x#y", "origin-path", ("https://example.com",)),
    ("https://example.com?x", "origin-path", ("https://example.com",)),
    ("https://user:word@example.com", "origin-user-info", ("https://example.com",)),
    ("HTTPS://Example.COM", "origin-case", ("https://example.com",)),
    ("https://example.com:443", "origin-default-port", ("https://example.com",)),
    ("http://Example.com:80/", "origin-path", ("http://example.com",)),
    ("https://bücher.example", "origin-non-ascii", ("https://xn--bcher-kva.example",)),
    ("https://Xücher.example", "origin-non-ascii", ("https://xn--xcher-kva.example",)),
    ("https://a..bücher.example", "origin-non-ascii", ()),
    ("https://foo.*.example.com", "origin-pattern", ()),
    ("https://*", "origin-pattern", ()),
    ("https://*example.com", "origin-pattern", ()),
    ("https://*.[::1]", "origin-pattern", ()),
    ("https://example.com:8*", "origin-pattern", ()),
    ("https://*.Example.com", "origin-case", ("https://*.example.com",)),
    ("https://Example.com:*", "origin-case", ("https://example.com:*",)),
    ("https://*.example.com:443", "origin-default-port", ("https://*.example.com",)),
    ("http://*.1.2.3.4", "origin-address", ()),
    ("http://*.1.2.3.4:8080", "origin-address", ()),
    ("http://127.1", "origin-address", ("http://127.0.0.1",)),
    ("http://0x7f.0.0.01:8080", "origin-address", ("http://127.0.0.1:8080",)),
    ("http://2130706433", "origin-address", ("http://127.0.0.1",)),
    ("http://0.0.0.00", "origin-address", ("http://0.0.0.0",)),
    ("http://255.16777215", "origin-address", ("http://255.255.255.255",)),
    ("http://1.2.65535", "origin-address", ("http://1.2.255.255",)),
    ("http://4294967295", "origin-address", ("http://255.255.255.255",)),
    ("http://1.2.3.0x", "origin-address", ("http://1.2.3.0",)),
    ("http://010.017.0x10.0xff", "origin-address", ("http://8.15.16.255",)),
    ("http://127.0.0.1.", "origin-address", ("http://127.0.0.1",)),
    ("http://0xa.", "origin-address", ("http://0.0.0.10",)),
    ("http://256.1.1.1", "origin-address", ()),
    ("http://1.256.1", "origin-address", ()),
    ("http://1.2.256.1", "origin-address", ()),
    ("http://1.2.3.256", "origin-address", ()),
    ("http://1.2.65536", "origin-address", ()),
    ("http://1.16777216", "origin-address", ()),
    ("http://4294967296", "origin-address", ()),
    ("http://1.2.3.4.0", "origin-address", ()),
    ("http://1.2.3.09", "origin-address", ()),
    ("http://1.2.3.4.5", "origin-address", ()),
    ("http://0x.example.08", "origin-address", ()),
    ("http://[::0001]", "origin-address", ("http://[::1]",)),
    ("http://[0:0:0:1:0:0:0:0]", "origin-address", ("http://[0:0:0:1::]",)),
    ("http://[::1:0:0:0:0]", "origin-address", ("http://[0:0:0:1::]",)),
    ("http://[2001:db8:0:0:1:0:0:1]", "origin-address", ("http://[2001:db8::1:0:0:1]",)),
    ("http://[2001:0:0:1:0:0:0:1]", "origin-address", ("http://[2001:0:0:1::1]",)),
    ("http://[1:0:2:3:4:5:6:07]", "origin-address", ("http://[1:0:2:3:4:5:6:7]",)),
    ("http://[::ffff:1.2.3.4]", "origin-address", ("http://[::ffff:102:304]",)),
    ("http://[nonsense]", "origin-address", ()),
    ("http://::1", "origin-address", ("http://[::1]",)),
    ("https://example.com:", "origin-port", ("https://example.com",)),
    ("https://example.com:080", "origin-port", ("https://example.com:80",)),
    ("https://example.com:99999", "origin-port", ()),
    ("https://example.com:http", "origin-port", ()),
    ("https://", "origin-malformed", ()),
    ("https://exam^ple.com", "origin-malformed", ()),
    ("htpps://app.example.com", "origin-scheme", ("https://app.example.com",)),
    ("HTPPS://App.example.com/x", "origin-scheme", ("https://app.example.com",)),
    ("htps://*.example.com:*", "origin-scheme", ("https://*.example.com:*",)),
    ("hhtp://localhost:3000", "origin-scheme", ("http://localhost:3000",)),
    ("htttp://localhost:80", "origin-scheme", ("http://localhost",)),
    ("httsp://a.example", "origin-scheme", ("https://a.example",)),
    ("hppts://a.example", "origin-scheme", ("https://a.example",)),
    ("ttp://a.example", "origin-scheme", ("http://a.example",)),
    ("htt://a.example", "origin-scheme", ("http://a.example",)),
    ("httpx://a.example", "origin-scheme", ("http://a.example",)),
    ("hrtp://a.example", "origin-scheme", ("http://a.example",)),
    ("https1://a.example", "origin-scheme", ("https://a.example",)),
    ("http:s//a.example", "origin-scheme", ("https://a.example",)),
    ("https;//a.example", "origin-scheme", ("https://a.example",)),
    ("http//:a.example", "origin-scheme", ("http://a.example",)),
    ("https:\\\\a.example", "origin-scheme", ("https://a.example",)),
    ("htps:a.example", "origin-scheme", ("https://a.example",)),
    ("http://https://a.example", "origin-scheme", ("https://a.example",)),
    ("https://https//a.example", "origin-scheme", ("https://a.example",)),
    ("https ://a.example", "origin-space", ("https://a.example",)),
    ("https: //a.example", "origin-space", ("https://a.example",)),
    ("https:// a.example", "origin-space", ("https://a.example",)),
    ("a.example b.example", "origin-list", ()),
    ("a.example,b.example", "origin-list", ()),
    (",", "origin-list", ()),
    (" ", "origin-space", ()),
    ("ftp://example.com", "origin-scheme", ()),
    ("about:blank", "origin-scheme", ()),
    ("data:text/html,x y", "origin-scheme", ()),
    ("javascript://example.com", "origin-scheme", ()),
    ("blob:https://Example.com/0b1c", "origin-scheme", ("https://example.com",)),
    ("blob:null/0b1c", "origin-scheme", ()),
    ("data:3000", "origin-scheme", ("https://data:3000",)),
    ("ws://*.example.com", "origin-scheme", ("http://*.example.com",)),
    ("FILE://", "origin-path", ("file://",)),
    ("file://host", "origin-path", ("file://",)),
    ("App://MyApp", "origin-case", ("app://MyApp",)),
    ("App://*.MyApp", "origin-case", ("app://*.MyApp",)),
    ("app://MyApp/", "origin-path", ("app://MyApp",)),
    ("app://user@MyApp", "origin-user-info", ("app://MyApp",)),
    ("app://bücher", "origin-non-ascii", ("app://b%C3%BCcher",)),
    ("app://b\udcffcher", "origin-non-ascii", ()),
    ("app://\u0100\uffff", "origin-non-ascii", ("app://%C4%80%EF%BF%BF",)),
    ("app://a~\x7f", "origin-malformed", ("app://a~%7F",)),
    ("https://\udcff.example", "origin-non-ascii", ()),
    ("app://[::0A]", "origin-address", ("app://[::a]",)),
    ("app://host:080", "origin-port", ("app://host:80",)),
    ("app://:80", "origin-malformed", ()),
    ("chrome-extension://*", "origin-pattern", ()),
    ("https://*:*", "origin-pattern", ()),
    ("http://::1:", "origin-port", ()),
    ("http://1::1", "origin-address", ("http://[1::1]",)),
    ("http://a:b:c", "origin-port", ()),
    ("http://-1.1.1.1", "origin-address", ()),
    ("http://+1.1", "origin-address", ()),
    ("http://1_0.1", "origin-address", ()),
    ("http://1..1", "origin-address", ()),
    ("https://example.com:" + "9" * 5_000, "origin-port", ()),
    ("https://exam%ple.com", "origin-malformed", ()),
]


def found_in(text: str) -> Unusable:
    unusable = unusable_origin(text)
    assert unusable is not None
    return unusable


@pytest.mark.parametrize("text", USABLE)
def test_origin_that_browsers_send_has_no_finding(text: str) -> None:
    assert unusable_origin(text) is None


@pytest.mark.parametrize(("text", "id", "meant"), UNUSABLE)
def test_origin_that_no_browser_sends_is_found_and_mended(
    text: str, id: str, meant: tuple[str, ...]
) -> None:
    unusable = found_in(text)

    assert (unusable.id, unusable.meant) == (id, meant)


@pytest.mark.parametrize("text", [text for text, _, meant in UNUSABLE if meant])
def test_what_to_write_instead_is_usable_and_in_the_hint(text: str) -> None:
    unusable = found_in(text)

    for written in unusable.meant:
        assert unusable_origin(written) is None
        assert written == "null" or is_serialized_origin(written) or is_wildcard(written)
    assert unusable.hint.startswith(f"Write {' and '.join(map(repr, unusable.meant))}")


@pytest.mark.parametrize("text", [text for text, *_ in UNUSABLE])
def test_message_and_hint_are_sentences(text: str) -> None:
    unusable = found_in(text)

    for sentence in (unusable.message, unusable.hint):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


SHOWN = "Write what location.origin shows in the page's console."


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "An origin cannot be empty.", "Write an origin such as 'https://app.example.com'."),
        (
            "localhost:3000",
            "Browsers always send an origin with its scheme.",
            "Write 'http://localhost:3000'.",
        ),
        (
            "http://https://a.example",
            "An origin has one scheme only.",
            "Write 'https://a.example'.",
        ),
        ("NULL", "Browsers send null in lower case.", "Write 'null'."),
        (
            "ws://a.example",
            "Pages never have a ws origin; theirs starts with http.",
            "Write 'http://a.example'.",
        ),
        (
            "wss://a.example",
            "Pages never have a wss origin; theirs starts with https.",
            "Write 'https://a.example'.",
        ),
        (
            "htpps://a.example",
            "Browsers do not know the scheme htpps.",
            "Write 'https://a.example'.",
        ),
        (
            "ftp://a.example",
            "Pages never have an ftp origin, because browsers do not open it.",
            SHOWN,
        ),
        (
            "data:text/html,x",
            "Pages of data: URLs send null as their origin.",
            "Serve the page over https, and list the origin that it then has.",
        ),
        (
            "blob:https://a.example/0b1c",
            "The origin of a blob: URL is that of the page that made it.",
            "Write 'https://a.example'.",
        ),
        (
            "file:///index.html",
            "Web views send file:// for every file, and browsers send null.",
            "Write 'file://'.",
        ),
        (
            " https://a.example",
            "An origin cannot contain white space.",
            "Write 'https://a.example'.",
        ),
        (
            "https://a.example,https://b.example",
            "Each origin must be an entry of its own.",
            "Write 'https://a.example' and 'https://b.example', each with its options.",
        ),
        (
            "https://a.example,",
            "Each origin must be an entry of its own.",
            "Write 'https://a.example'.",
        ),
        (
            "https://a.example b",
            "Each origin must be an entry of its own.",
            "Write one entry for each origin.",
        ),
        (
            "https://a.example/",
            "Browsers send an origin without path, slash, query or fragment.",
            "Write 'https://a.example'.",
        ),
        (
            "https://user@a.example",
            "Browsers send an origin without user name and password.",
            "Write 'https://a.example'.",
        ),
        (
            "https://b\u00fccher.example",
            "Browsers send a host in ASCII, as punycode.",
            "Write 'https://xn--bcher-kva.example'.",
        ),
        (
            "app://b\u00fccher",
            "Browsers send a host in ASCII, percent-encoded.",
            "Write 'app://b%C3%BCcher'.",
        ),
        (
            "https://A.example",
            "Browsers send an origin in lower case.",
            "Write 'https://a.example'.",
        ),
        ("App://A", "Browsers send a scheme in lower case.", "Write 'app://A'."),
        (
            "http://127.1",
            "Browsers write this IP address in another way.",
            "Write 'http://127.0.0.1'.",
        ),
        ("http://1.2.3.256", "This is not a valid IP address.", SHOWN),
        ("http://::1", "An IPv6 address must be in brackets.", "Write 'http://[::1]'."),
        (
            "https://a.example:443",
            "Browsers leave out port 443 of https.",
            "Write 'https://a.example'.",
        ),
        (
            "https://a.*.example",
            "Only a whole first label '*.' and a whole port ':*' can be wild.",
            "Write a compiled regular expression.",
        ),
        (
            "https://*",
            "Only a whole first label '*.' and a whole port ':*' can be wild.",
            'Write a compiled regular expression, or "*" to allow any origin.',
        ),
        (
            "https://a.example:080",
            "A port is a number from 0 to 65535, without leading zeros.",
            "Write 'https://a.example:80'.",
        ),
        ("https://", "An origin must have a host.", SHOWN),
        ("https://a^b(c", "A host cannot contain '^'.", SHOWN),
    ],
)
def test_sentences_say_why_and_what_to_write(text: str, message: str, hint: str) -> None:
    unusable = found_in(text)

    assert (unusable.message, unusable.hint) == (message, hint)


@pytest.mark.parametrize(
    ("written", "meant", "expected"),
    [
        pytest.param("http", "http", True, id="nothing"),
        pytest.param("htp", "http", True, id="one missing"),
        pytest.param("ttp", "http", True, id="first missing"),
        pytest.param("htt", "http", True, id="last missing"),
        pytest.param("httpp", "http", True, id="one too much"),
        pytest.param("xhttp", "http", True, id="first too much"),
        pytest.param("hxtp", "http", True, id="another"),
        pytest.param("thtp", "http", True, id="exchanged"),
        pytest.param("httsp", "https", True, id="exchanged at the end"),
        pytest.param("hp", "http", False, id="two missing"),
        pytest.param("hxyp", "http", False, id="two others"),
        pytest.param("htxyp", "http", False, id="one other and one too much"),
        pytest.param("tthp", "http", False, id="exchanged over three"),
        pytest.param("", "http", False, id="empty"),
        pytest.param("app", "http", False, id="another word"),
        pytest.param("ftp", "http", False, id="ftp"),
    ],
)
def test_slip_of_the_fingers_is_one_letter(written: str, meant: str, expected: bool) -> None:
    assert _is_one_typo(written, meant) is expected
