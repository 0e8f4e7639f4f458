"""URLs as browsers read them, with the parser and without it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from aiohttp_cors._browser.urls import origin_of, read, read_location, split

BASE = "https://api.example/dir/file?query"


@pytest.fixture(params=["with the parser", "without it"])
def _parser_or_none(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without it":
        monkeypatch.setitem(sys.modules, "ada_url", None)


@pytest.fixture
def _no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ada_url", None)


#: What takes no parser.
PLAIN = [
    ("/", "https://api.example/"),
    ("/a/b.c?d=/../e&f=%27#g", "https://api.example/a/b.c?d=/../e&f=%27"),
    ("/...", "https://api.example/..."),
    ("/.a/b./..c/d..", "https://api.example/.a/b./..c/d.."),
    ("/%2E%2Ea", "https://api.example/%2E%2Ea"),
    ("/a%2fb%", "https://api.example/a%2fb%"),
    ("/a:b@c//d", "https://api.example/a:b@c//d"),
    ("/?", "https://api.example/?"),
    ("/#", "https://api.example/"),
    ("http://host", "http://host/"),
    ("http://a_b.c-d.example:8080/x", "http://a_b.c-d.example:8080/x"),
    ("http://host:80/", "http://host/"),
    ("https://host:443", "https://host/"),
    ("https://host:80/", "https://host:80/"),
    ("http://host:65535/", "http://host:65535/"),
    ("http://host:0/", "http://host:0/"),
    ("http://127.0.0.1:8080/x?y", "http://127.0.0.1:8080/x?y"),
    ("http://0.0.0.255/", "http://0.0.0.255/"),
    ("http://1.a/", "http://1.a/"),
]


@pytest.mark.usefixtures("_parser_or_none")
@pytest.mark.parametrize(("text", "expected"), [row for row in PLAIN if row[1]])
def test_plain_url_is_read_alike_with_and_without_the_parser(text: str, expected: str) -> None:
    assert read(text, BASE) == expected
    assert read_location(text, BASE) == expected


@pytest.mark.usefixtures("_parser_or_none")
def test_path_keeps_the_user_name_of_its_base() -> None:
    assert (
        read("/b", "https://user:password@api.example/a") == "https://user:password@api.example/b"
    )


#: What takes the parser: each with what it is, None for nothing that is fetched.
TAKES_PARSER = [
    ("", BASE),
    ("a", "https://api.example/dir/a"),
    ("?a", "https://api.example/dir/file?a"),
    ("#a", BASE),
    ("/a/../b", "https://api.example/b"),
    ("/a/.", "https://api.example/a/"),
    ("/a/%2e%2E/b", "https://api.example/b"),
    ("/a/.%2e?b", "https://api.example/?b"),
    ("/a/.#b", "https://api.example/a/"),
    ("/.", "https://api.example/"),
    ("/./a", "https://api.example/a"),
    ("//host/a", "https://host/a"),
    ("/\\host/a", "https://host/a"),
    ("\\a", "https://api.example/a"),
    ("/a b", "https://api.example/a%20b"),
    ("/a?b'c", "https://api.example/a?b%27c"),
    ("/a?b\\c", "https://api.example/a?b\\c"),
    ("/a{b}", "https://api.example/a%7Bb%7D"),
    ("/a|b", "https://api.example/a|b"),
    ("/a\tb\r\nc", "https://api.example/abc"),
    (" /a", "https://api.example/a"),
    ("/a\n", "https://api.example/a"),
    ("/a\x7f", "https://api.example/a%7F"),
    ("/\u00e4", "https://api.example/%C3%A4"),
    ("/a#\u00e4", "https://api.example/a"),
    ("HTTP://host/", "http://host/"),
    ("http://HOST/", "http://host/"),
    ("http:/host/", "http://host/"),
    ("http:host/", "http://host/"),
    ("https:host/", "https://api.example/dir/host/"),
    ("http:\\\\host\\a", "http://host/a"),
    ("http:///host/", "http://host/"),
    ("http://user@host/", "http://user@host/"),
    ("http://@host/", "http://host/"),
    ("http://a..b/", "http://a..b/"),
    ("http://host./", "http://host./"),
    ("http://127.1/", "http://127.0.0.1/"),
    ("http://127.0.0.01/", "http://127.0.0.1/"),
    ("http://0x7f.1/", "http://127.0.0.1/"),
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://1.2.3.4.5/", None),
    ("http://256.0.0.1/", None),
    ("http://a.1/", None),
    ("http://a.0x1/", None),
    ("http://[::1]:8080/", "http://[::1]:8080/"),
    ("http://[0:0::1]/", "http://[::1]/"),
    ("http://[::1/", None),
    ("http://xn--4ca.example/", "http://xn--4ca.example/"),
    ("http://a.xn--4ca/", "http://a.xn--4ca/"),
    ("http://\u00e4.example/", "http://xn--4ca.example/"),
    ("http://host:00080/", "http://host/"),
    ("http://host:08080/", "http://host:8080/"),
    ("http://host:/", "http://host/"),
    ("http://host:65536/", None),
    ("http://host:x/", None),
    ("http://ho st/", None),
    ("http://ho%2fst/", None),
    ("http://h%6Fst/", "http://host/"),
    ("http://", None),
    ("//", None),
    ("http://-a/", "http://-a/"),
    ("ftp://host/", None),
    ("data:,x", None),
    ("file:///x", None),
    ("javascript:x", None),
    ("about:blank", None),
    ("app://host/", None),
]


@pytest.mark.parametrize(("text", "expected"), [row for row in TAKES_PARSER if row[1] is not None])
def test_url_is_read_as_browsers_read_it(text: str, expected: str) -> None:
    assert read(text, BASE) == expected


@pytest.mark.parametrize("text", [text for text, expected in TAKES_PARSER if expected is None])
def test_what_is_not_a_url_that_is_fetched_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be (a|an absolute) URL( of http or https)?, got "):
        read(text, BASE)


@pytest.mark.usefixtures("_no_parser")
@pytest.mark.parametrize("text", [text for text, _ in TAKES_PARSER if text not in ("http://-a/",)])
def test_without_the_parser_the_error_names_the_extra(text: str) -> None:
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install 'aiohttp-cors\[testing\]'"
    ) as raised:
        read(text, BASE)

    assert raised.value.name == "ada_url"
    assert str(raised.value).isascii()


@pytest.mark.usefixtures("_parser_or_none")
@pytest.mark.parametrize("text", ["https://api.example/a", "http://host:8080"])
def test_absolute_url_needs_no_base(text: str) -> None:
    assert read(text).startswith(text)


@pytest.mark.parametrize("text", ["/a", "a", "", "//host/"])
def test_relative_url_needs_a_base(text: str) -> None:
    with pytest.raises(ValueError, match="must be a URL, got"):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/\ud83d\ude00", "https://api.example/%F0%9F%98%80"),
        ("/\ud800", "https://api.example/%EF%BF%BD"),
    ],
)
def test_text_of_a_script_has_no_lone_surrogates(text: str, expected: str) -> None:
    assert read(text, BASE) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/\u00e4?\u00e4", "https://api.example/%C3%A4?%C3%A4"),
        # A byte that is not UTF-8, as aiohttp hands it over.
        ("/\udcff", "https://api.example/%FF"),
        ("http://\u00e4.example/", "http://xn--4ca.example/"),
    ],
)
def test_bytes_of_a_location_stay_as_they_are(value: str, expected: str) -> None:
    assert read_location(value, BASE) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y", ("https", "", "a.example", None, "/x?y", "https://a.example")),
        ("http://a.example:8080/", ("http", "", "a.example", 8080, "/", "http://a.example:8080")),
        ("http://[::1]:8080/", ("http", "", "[::1]", 8080, "/", "http://[::1]:8080")),
        (
            "http://u:p%40@a.example/@",
            ("http", "u:p%40", "a.example", None, "/@", "http://a.example"),
        ),
    ],
)
def test_parts_of_a_url(url: str, expected: tuple[Any, ...]) -> None:
    found = split(url)

    assert (*found, found.origin) == expected
    assert origin_of(url) == expected[-1]


@pytest.mark.parametrize(
    "url", ["/x", "ftp://a.example/", "https://", "https:///x", "", "http://a.example", "null"]
)
def test_url_that_was_not_read_has_no_parts(url: str) -> None:
    with pytest.raises(ValueError, match="must be an absolute URL of http or https, got"):
        split(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example/", False),
        ("http://a.example:8080/", False),
        ("http://a.example:443/", False),
        ("http://a.example:22/", True),
        ("http://a.example:0/", True),
        ("http://a.example:10080/", True),
    ],
)
def test_bad_port_is_known(url: str, expected: bool) -> None:
    assert split(url).has_bad_port is expected
