"""What takes no preflight: the tables of Fetch §2.2."""

from __future__ import annotations

import pytest

from aiohttp_cors._browser.safelist import is_safelisted_request_header, unsafe_request_header_names
from aiohttp_cors._core.headers import is_forbidden_request_header, is_header_value
from aiohttp_cors._core.methods import is_safelisted_method, is_usable_method, normalize_method


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", True), ("HEAD", True), ("POST", True), ("PUT", False), ("get", False)],
)
def test_method_is_safelisted_or_not(method: str, expected: bool) -> None:
    assert is_safelisted_method(method) is expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Accept", "text/html, */*;q=0.1", True),
        ("accept", "a" * 128, True),
        ("accept", "a" * 129, False),
        ("accept", "text/html (x)", False),
        ("accept", "a\tb", True),
        ("Accept-Language", "de-CH, *;q=0.5", True),
        ("Accept-Language", "de_CH", False),
        ("content-language", "en", True),
        ("content-language", "en@", False),
        ("Content-Type", "text/plain", True),
        ("Content-Type", "Text/Plain;charset=utf-8", True),
        ("Content-Type", " text/plain ", True),
        ("Content-Type", "multipart/form-data; boundary=x", True),
        ("Content-Type", "application/x-www-form-urlencoded", True),
        ("Content-Type", "application/json", False),
        ("Content-Type", 'text/plain; charset="utf-8"', False),
        ("Content-Type", "", False),
        ("Content-Type", "Xtext/plain", False),
        ("Content-Type", "\xa0text/plain", False),
        ("Range", "bytes=0-", True),
        ("Range", "bytes=5-10", True),
        ("Range", "bytes=5-5", True),
        ("Range", "bytes=10-5", False),
        ("Range", "bytes=-5", False),
        ("Range", "bytes=0-1,3-4", False),
        ("Range", "bytes= 0-1", False),
        ("X-Token", "", False),
        ("Authorization", "x", False),
    ],
)
def test_header_is_safelisted_or_not(name: str, value: str, expected: bool) -> None:
    assert is_safelisted_request_header(name, value) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([("Accept", "*/*")], [], id="safelisted"),
        pytest.param(
            [("X-B", ""), ("Accept", "*/*"), ("x-a", ""), ("X-B", "2")],
            ["x-a", "x-b"],
            id="sorted-lower-case-once",
        ),
        pytest.param([("Accept", "a" * 128)] * 8, [], id="safelisted-1024-bytes"),
        pytest.param(
            [("Accept", "a" * 128)] * 8 + [("Accept-Language", "e")],
            ["accept", "accept-language"],
            id="safelisted-1025-bytes",
        ),
    ],
)
def test_names_that_a_preflight_announces(
    headers: list[tuple[str, str]], expected: list[str]
) -> None:
    assert unsafe_request_header_names(headers) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Cookie", "", True),
        ("host", "", True),
        ("Sec-Fetch-Site", "", True),
        ("Proxy-Authorization", "", True),
        ("X-HTTP-Method-Override", "PUT, trace", True),
        ("X-HTTP-Method-Override", "PUT", False),
        ("X-HTTP-Method-Override", "PUT,trace", True),
        ("X-HTTP-Method", "TRACK", True),
        ("X-Method-Override", "connect", True),
        ("X-Method-Override", "no trace", False),
        ("Authorization", "", False),
        ("X-Secret", "", False),
    ],
)
def test_header_can_be_set_by_scripts_or_not(name: str, value: str, expected: bool) -> None:
    assert is_forbidden_request_header(name, value) is expected


@pytest.mark.parametrize(
    "name",
    [
        "Accept-Charset",
        "Accept-Encoding",
        "Access-Control-Request-Headers",
        "Access-Control-Request-Method",
        "Access-Control-Request-Private-Network",
        "Connection",
        "Content-Length",
        "Cookie",
        "Cookie2",
        "Date",
        "Dnt",
        "Expect",
        "Host",
        "Keep-Alive",
        "Origin",
        "Referer",
        "Set-Cookie",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
    ],
)
def test_header_that_browsers_set_themselves_can_not_be_set_by_scripts(name: str) -> None:
    assert is_forbidden_request_header(name)
    assert not is_forbidden_request_header(f"{name}-x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", True),
        ("text\t\x01\xff", True),
        ("text\u0100", False),
        ("a\x00", False),
        ("a\r", False),
        ("a\nb", False),
    ],
)
def test_value_can_be_sent_by_scripts_or_not(value: str, expected: bool) -> None:
    assert is_header_value(value) is expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [("put", "PUT"), ("Delete", "DELETE"), ("patch", "patch"), ("PATCH", "PATCH"), ("x", "x")],
)
def test_method_is_written_as_browsers_send_it(method: str, expected: str) -> None:
    assert normalize_method(method) == expected


@pytest.mark.parametrize(
    ("method", "expected"), [("PUT", True), ("x", True), ("Track", False), ("G T", False)]
)
def test_method_can_be_used_by_scripts_or_not(method: str, expected: bool) -> None:
    assert is_usable_method(method) is expected
