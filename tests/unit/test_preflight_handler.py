"""Preflights on requests made by hand: what is read, decided, and said of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from aiohttp_cors import ResourceOptions
from aiohttp_cors._core.verdict import Denial, Grant, Reason, Terms
from aiohttp_cors._http.handler import Outcome
from aiohttp_cors._http.origin_functions import OriginFunctions
from aiohttp_cors._http.preflights import (
    Preflight,
    _refuse_short,
    _render_short,
    enforcement_response,
    is_preflight,
    joined,
    preflight_response,
    read_preflight,
    refusal_text,
)
from aiohttp_cors.preflight_handler import _PreflightHandler

GOOD = "https://good.example"
EVIL = "https://evil.example"

ORIGIN = ("Origin", GOOD)
METHOD = ("Access-Control-Request-Method", "PUT")
HEADERS = "Access-Control-Request-Headers"
PRIVATE_NETWORK = "Access-Control-Request-Private-Network"


def request_with(*headers: tuple[str, str]) -> web.Request:
    return make_mocked_request("OPTIONS", "/", headers=CIMultiDict(headers))


def fields(preflight: Preflight | Denial | None) -> Any:
    """Return what can be compared."""
    names = Denial._fields if isinstance(preflight, Denial) else Preflight.__slots__
    return {name: getattr(preflight, name) for name in names}


def text_of(denial: Denial, requested: Preflight | Denial) -> str:
    """Return what is said of a refusal, after the words that all begin with."""
    before, start, text = refusal_text(denial, requested).partition(
        "CORS preflight request failed: "
    )
    assert (before, bool(start)) == ("", True)
    return text


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([ORIGIN, METHOD], Preflight(GOOD, "PUT", frozenset(), False)),
        (
            [ORIGIN, METHOD, (HEADERS, "x-a"), (HEADERS, "X-B,x-a")],
            Preflight(GOOD, "PUT", frozenset({"X-A", "X-B"}), False),
        ),
        ([ORIGIN, METHOD, (PRIVATE_NETWORK, "true")], Preflight(GOOD, "PUT", frozenset(), True)),
        ([ORIGIN, METHOD, (PRIVATE_NETWORK, "True")], Preflight(GOOD, "PUT", frozenset(), False)),
        (
            [ORIGIN, ("origin", EVIL), METHOD],
            Preflight(f"{GOOD}, {EVIL}", "PUT", frozenset(), False),
        ),
        ([METHOD], Denial(Reason.NO_ORIGIN)),
        ([ORIGIN], Denial(Reason.NO_REQUEST_METHOD)),
        ([ORIGIN, METHOD, METHOD], Denial(Reason.MALFORMED_METHOD)),
        ([ORIGIN, METHOD, (HEADERS, "x a")], Denial(Reason.MALFORMED_HEADERS)),
    ],
)
def test_headers_make_a_preflight_or_none(
    headers: list[tuple[str, str]], expected: Preflight | Denial
) -> None:
    preflight = read_preflight(request_with(*headers).headers)

    assert fields(preflight) == fields(expected)


@pytest.mark.parametrize(
    ("lengths", "is_short"),
    [
        pytest.param((100, 150, 250), True, id="500 characters"),
        pytest.param((101, 150, 250), False, id="longer origin"),
        pytest.param((100, 151, 250), False, id="longer method"),
        pytest.param((100, 150, 251), False, id="longer list of headers"),
    ],
)
def test_only_a_short_preflight_is_cached(lengths: tuple[int, int, int], is_short: bool) -> None:
    names = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
    headers = [(name, "x" * length) for name, length in zip(names, lengths)]

    first, second = (read_preflight(request_with(*headers).headers) for _ in range(2))

    assert isinstance(first, Preflight)
    assert (first is second, first.is_short) == (is_short, is_short)


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        pytest.param("OPTIONS", [ORIGIN, METHOD], True, id="preflight"),
        pytest.param("OPTIONS", [ORIGIN], False, id="without a method"),
        pytest.param("OPTIONS", [METHOD], False, id="without an origin"),
        pytest.param("GET", [ORIGIN, METHOD], False, id="not OPTIONS"),
    ],
)
def test_preflight_is_known_by_its_method_and_two_headers(
    method: str, headers: list[tuple[str, str]], expected: bool
) -> None:
    request = make_mocked_request(method, "/", headers=CIMultiDict(headers))

    assert is_preflight(request) is expected


@pytest.mark.parametrize(("lines", "expected"), [([], None), (["x"], "x"), (["x", "y"], "x, y")])
def test_lines_of_a_header_are_joined(lines: list[str], expected: str | None) -> None:
    headers = CIMultiDict([("Origin", line) for line in lines])

    assert joined(headers, "Origin") == expected


PUT = Preflight(GOOD, "PUT", frozenset())


@pytest.mark.parametrize(
    ("verdict", "cached"),
    [
        pytest.param(
            Grant(GOOD, Terms(ResourceOptions(), credentials=False), GOOD),
            _render_short,
            id="granted",
        ),
        pytest.param(Denial(Reason.ORIGIN_NOT_LISTED), _refuse_short, id="refused"),
    ],
)
@pytest.mark.parametrize("is_short", [True, False])
def test_only_the_response_to_a_short_preflight_is_cached(
    verdict: Grant | Denial, cached: Any, is_short: bool
) -> None:
    preflight = Preflight(GOOD, "PUT", frozenset(), is_short=is_short)
    before = cached.cache_info()

    for _ in range(2):
        preflight_response(verdict, preflight)

    after = cached.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (is_short, is_short)


def put(*, origin: str = GOOD, method: str = "PUT") -> Preflight:
    """Return `PUT` with another origin or method."""
    return Preflight(origin, method, frozenset())


NO_METHOD = Denial(Reason.NO_REQUEST_METHOD)


@pytest.mark.parametrize(
    ("denial", "requested", "text"),
    [
        (
            Denial(Reason.NO_ORIGIN),
            Denial(Reason.NO_ORIGIN),
            "origin header is not specified in the request",
        ),
        (NO_METHOD, NO_METHOD, "'Access-Control-Request-Method' header is not specified"),
        (Denial(Reason.NO_ORIGIN_LISTED), PUT, "no origins are allowed"),
        (
            Denial(Reason.HEADERS_NOT_ALLOWED, ("X-A", "X-B")),
            PUT,
            "headers are not allowed: X-A, X-B",
        ),
        (Denial(Reason.ORIGIN_NOT_LISTED), PUT, "origin 'https://good.example' is not allowed"),
        (
            Denial(Reason.METHOD_NOT_SHARED),
            PUT,
            "request method 'PUT' is not allowed for 'https://good.example' origin",
        ),
        (Denial(Reason.MALFORMED_ORIGIN), PUT, "the Origin header is not visible ASCII text"),
        (
            Denial(Reason.MALFORMED_METHOD),
            Denial(Reason.MALFORMED_METHOD),
            "the requested method is not a token",
        ),
        (
            Denial(Reason.MALFORMED_HEADERS),
            Denial(Reason.MALFORMED_HEADERS),
            "the requested headers are not a list of tokens",
        ),
    ],
)
def test_refusal_says_why(denial: Denial, requested: Preflight | Denial, text: str) -> None:
    assert text_of(denial, requested) == text


@pytest.mark.parametrize(
    ("denial", "requested", "text"),
    [
        (
            Denial(Reason.HEADERS_NOT_ALLOWED, ("X" * 99, "Y")),
            PUT,
            f"headers are not allowed: {'X' * 99},",
        ),
        (
            Denial(Reason.ORIGIN_NOT_LISTED),
            put(origin="x" * 101),
            f"origin '{'x' * 100}' is not allowed",
        ),
        (
            Denial(Reason.METHOD_NOT_SHARED),
            put(origin="x" * 101, method="M" * 60),
            f"request method '{'M' * 60}' is not allowed for '{'x' * 40}' origin",
        ),
        (
            Denial(Reason.METHOD_NOT_SHARED),
            put(method="M" * 101),
            f"request method '{'M' * 100}' is not allowed for '' origin",
        ),
    ],
)
def test_refusal_quotes_a_hundred_characters(
    denial: Denial, requested: Preflight, text: str
) -> None:
    assert text_of(denial, requested) == text


def test_response_to_a_refused_preflight_says_why_in_its_body_and_a_header() -> None:
    response = preflight_response(Denial(Reason.ORIGIN_NOT_LISTED), PUT)

    sentence = "CORS preflight request failed: origin 'https://good.example' is not allowed"
    assert (response.status, response.body) == (403, sentence.encode())
    assert dict(response.headers) == {
        "Content-Type": "text/plain; charset=utf-8",
        "CORS-Refused": sentence,
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize(
    ("origin", "quote"),
    [(GOOD, GOOD), ("x" * 101, "x" * 100), ("\x1b[31m\xe4'", "\\x1b[31m\\xe4'")],
)
def test_response_to_a_request_that_enforcement_refuses_says_why(origin: str, quote: str) -> None:
    response = enforcement_response(origin)

    mark = '"' if "'" in quote else "'"
    sentence = f"cross-origin request refused: origin {mark}{quote}{mark} is not allowed"
    assert (response.status, response.body) == (403, sentence.encode())
    assert dict(response.headers) == {
        "Content-Type": "text/plain; charset=utf-8",
        "CORS-Refused": sentence,
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
    }


class Handler(_PreflightHandler):
    """Decides by one config, whatever is requested."""

    def __init__(self, config: Mapping[Any, ResourceOptions]) -> None:
        self.config = config
        self.calls: list[tuple[Any, ...]] = []

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        self.calls.append((request, origin, request_method))
        if request_method == "DELETE":
            raise KeyError(request_method)
        return self.config


async def decided(handler: _PreflightHandler, request: web.Request) -> Outcome:
    return await handler._decide(request, read_preflight(request.headers))


async def test_handler_gets_the_config_and_decides_by_it() -> None:
    handler = Handler({GOOD: ResourceOptions()})
    request = request_with(ORIGIN, METHOD)

    outcome = await decided(handler, request)

    assert handler.calls == [(request, GOOD, "PUT")]
    assert isinstance(outcome.verdict, Grant)
    assert (outcome.verdict.allow_origin, outcome.verdict.key) == (GOOD, GOOD)
    assert fields(outcome.preflight) == fields(PUT)
    assert outcome.policy is not None
    assert [table.config for table in outcome.policy.layers] == [handler.config]


async def test_malformed_preflight_is_refused_without_a_config() -> None:
    handler = Handler({GOOD: ResourceOptions()})
    refused = Denial(Reason.NO_ORIGIN)

    assert await decided(handler, request_with(METHOD)) == Outcome(refused, refused)
    assert handler.calls == []


async def test_handler_calls_functions_with_origin_and_request() -> None:
    calls = []

    def lists(origin: str, request: web.Request) -> bool:
        calls.append((origin, request))
        return True

    request = request_with(ORIGIN, METHOD)

    outcome = await decided(Handler({lists: ResourceOptions()}), request)

    assert calls == [(GOOD, request)]
    assert isinstance(outcome.verdict, Grant)


def test_function_may_take_a_second() -> None:
    assert OriginFunctions().timeout == 1.0


async def test_method_without_a_config_is_refused_and_named() -> None:
    request = request_with(ORIGIN, (METHOD[0], "DELETE"))

    outcome = await decided(Handler({GOOD: ResourceOptions()}), request)

    assert outcome.verdict == Denial(Reason.METHOD_NOT_SHARED)
    assert fields(outcome.preflight) == fields(put(method="DELETE"))


@pytest.mark.parametrize("method", ["CONNECT", "trace", "TRACK", "*"])
async def test_method_that_is_never_allowed_is_refused(method: str) -> None:
    request = request_with(ORIGIN, (METHOD[0], method))

    outcome = await decided(Handler({GOOD: ResourceOptions(allow_methods="*")}), request)

    assert outcome.verdict == Denial(Reason.METHOD_NOT_SHARED)


async def test_handler_without_a_config_of_its_own_says_so() -> None:
    with pytest.raises(NotImplementedError):
        await _PreflightHandler()._preflight_handler(request_with(ORIGIN, METHOD))


async def test_granted_preflight_has_the_terms_and_no_more() -> None:
    options = ResourceOptions(
        allow_credentials=True,
        allow_headers=["X-A", "X-B", "X-C"],
        max_age=60,
        allow_private_network=True,
        expose_headers="*",
    )
    request = request_with(ORIGIN, METHOD, (HEADERS, "x-b,x-a"), (PRIVATE_NETWORK, "true"))

    response = await Handler({GOOD: options})._preflight_handler(request)

    assert response.status == 200
    assert dict(response.headers) == {
        "Access-Control-Allow-Origin": GOOD,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Max-Age": "60",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Allow-Headers": "X-A,X-B",
        "Access-Control-Allow-Private-Network": "true",
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }


async def test_plain_grant_has_origin_method_and_vary() -> None:
    request = request_with(ORIGIN, METHOD, (PRIVATE_NETWORK, "true"))

    response = await Handler({GOOD: ResourceOptions()})._preflight_handler(request)

    assert dict(response.headers) == {
        "Access-Control-Allow-Origin": GOOD,
        "Access-Control-Allow-Methods": "PUT",
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }


async def test_refusal_is_an_exception_that_middlewares_see() -> None:
    request = request_with(("Origin", EVIL), METHOD)

    with pytest.raises(web.HTTPForbidden) as caught:
        await Handler({GOOD: ResourceOptions()})._preflight_handler(request)

    sentence = "CORS preflight request failed: origin 'https://evil.example' is not allowed"
    assert caught.value.text == sentence
    assert dict(caught.value.headers) == {
        "Content-Type": "text/plain; charset=utf-8",
        "CORS-Refused": sentence,
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "X-Content-Type-Options": "nosniff",
    }
