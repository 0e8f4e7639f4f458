"""Preflights on requests made by hand: what is read, answered, and said of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from aiohttp_cors import ResourceOptions
from aiohttp_cors._core.verdict import Denial, Grant, Reason
from aiohttp_cors.mixin import view_rule
from aiohttp_cors.preflight_handler import Answer, _PreflightHandler
from aiohttp_cors._http.preflights import Preflight, preflight_response, read_preflight

GOOD = "https://good.example"
EVIL = "https://evil.example"

ORIGIN = ("Origin", GOOD)
METHOD = ("Access-Control-Request-Method", "PUT")
HEADERS = "Access-Control-Request-Headers"
PRIVATE_NETWORK = "Access-Control-Request-Private-Network"


def request_with(*headers: tuple[str, str]) -> web.Request:
    return make_mocked_request("OPTIONS", "/", headers=CIMultiDict(headers))


def body_of(answer: Answer) -> str:
    """Return the text of a refusal, after the words that all begin with."""
    response = preflight_response(answer)
    assert response.status == 403
    return (response.text or "").partition("CORS preflight request failed: ")[2]


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
    assert read_preflight(request_with(*headers)) == expected


def test_headers_of_a_plain_mapping_are_read_in_any_case() -> None:
    class Double:
        headers = {"origin": GOOD, METHOD[0].lower(): "PUT"}

    double: Any = Double()

    assert read_preflight(double) == Preflight(GOOD, "PUT", frozenset(), False)


@pytest.mark.parametrize(
    ("denial", "asked", "text"),
    [
        (Denial(Reason.NO_ORIGIN), False, "origin header is not specified in the request"),
        (
            Denial(Reason.NO_REQUEST_METHOD),
            False,
            "'Access-Control-Request-Method' header is not specified",
        ),
        (Denial(Reason.NO_ORIGIN_LISTED), True, "no origins are allowed"),
        (
            Denial(Reason.HEADERS_NOT_ALLOWED, ("X-A", "X-B")),
            True,
            "headers are not allowed: X-A, X-B",
        ),
        (
            Denial(Reason.ORIGIN_NOT_LISTED),
            True,
            "origin 'https://good.example' is not allowed",
        ),
        (
            Denial(Reason.METHOD_NOT_SHARED),
            True,
            "request method 'PUT' is not allowed for 'https://good.example' origin",
        ),
        (
            Denial(Reason.MALFORMED_ORIGIN),
            True,
            "the Origin header is not one visible ASCII text",
        ),
        (Denial(Reason.MALFORMED_METHOD), False, "the requested method is no token"),
    ],
)
def test_refusal_says_why(denial: Denial, asked: bool, text: str) -> None:
    preflight = Preflight(GOOD, "PUT", frozenset())

    assert body_of(Answer(denial, preflight if asked else None)) == text


@pytest.mark.parametrize(
    ("denial", "asked", "text"),
    [
        (
            Denial(Reason.HEADERS_NOT_ALLOWED, ("X" * 99, "Y")),
            Preflight(GOOD, "PUT", frozenset()),
            f"headers are not allowed: {'X' * 99},",
        ),
        (
            Denial(Reason.ORIGIN_NOT_LISTED),
            Preflight("x" * 101, "PUT", frozenset()),
            f"origin '{'x' * 100}' is not allowed",
        ),
        (
            Denial(Reason.METHOD_NOT_SHARED),
            Preflight("x" * 101, "M" * 60, frozenset()),
            f"request method '{'M' * 60}' is not allowed for '{'x' * 40}' origin",
        ),
    ],
)
def test_refusal_quotes_a_hundred_characters(denial: Denial, asked: Preflight, text: str) -> None:
    assert body_of(Answer(denial, asked)) == text


class Handler(_PreflightHandler):
    """Answers by one config, whatever is asked."""

    def __init__(self, config: Mapping[Any, ResourceOptions]) -> None:
        self.config = config
        self.asked: list[tuple[Any, ...]] = []

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        self.asked.append((request, origin, request_method))
        if request_method == "DELETE":
            raise KeyError(request_method)
        return self.config


async def test_handler_asks_for_the_config_and_answers_by_it() -> None:
    handler = Handler({GOOD: ResourceOptions()})
    request = request_with(ORIGIN, METHOD)

    answer = await handler._answer(request)

    assert handler.asked == [(request, GOOD, "PUT")]
    assert isinstance(answer.verdict, Grant)
    assert (answer.verdict.allow_origin, answer.verdict.key) == (GOOD, GOOD)
    assert answer.asked == Preflight(GOOD, "PUT", frozenset())
    assert answer.methods == ("PUT",)
    assert answer.policy is not None
    assert [table.config for table in answer.policy.layers] == [handler.config]


async def test_malformed_preflight_is_answered_without_a_config() -> None:
    handler = Handler({GOOD: ResourceOptions()})

    assert await handler._answer(request_with(METHOD)) == Answer(Denial(Reason.NO_ORIGIN))
    assert handler.asked == []


async def test_handler_asks_functions_about_origin_and_request() -> None:
    asked = []

    def lists(origin: str, request: web.Request) -> bool:
        asked.append((origin, request))
        return True

    request = request_with(ORIGIN, METHOD)

    answer = await Handler({lists: ResourceOptions()})._answer(request)

    assert asked == [(GOOD, request)]
    assert isinstance(answer.verdict, Grant)


async def test_method_without_a_config_is_refused_and_named() -> None:
    request = request_with(ORIGIN, (METHOD[0], "DELETE"))

    answer = await Handler({GOOD: ResourceOptions()})._answer(request)

    asked = Preflight(GOOD, "DELETE", frozenset())
    assert answer == Answer(Denial(Reason.METHOD_NOT_SHARED), asked)


class HandlerOfView(Handler):
    """Answers by the rule of views: what ``allow_methods`` says of the method counts."""

    _method_rule = staticmethod(view_rule)


@pytest.mark.parametrize(
    ("method", "expected"), [("PUT", None), ("PATCH", Denial(Reason.METHOD_NOT_SHARED))]
)
async def test_rule_of_a_view_is_about_the_method(method: str, expected: Denial | None) -> None:
    config = {GOOD: ResourceOptions(allow_methods=["PUT"])}

    answer = await HandlerOfView(config)._answer(request_with(ORIGIN, (METHOD[0], method)))

    assert (answer.verdict if expected else isinstance(answer.verdict, Grant)) == (expected or True)


@pytest.mark.parametrize("method", ["CONNECT", "trace"])
async def test_method_that_no_page_can_use_is_refused(method: str) -> None:
    answer = await Handler({GOOD: ResourceOptions()})._answer(
        request_with(ORIGIN, (METHOD[0], method))
    )

    assert answer.verdict == Denial(Reason.METHOD_NOT_SHARED)


async def test_answer_to_a_preflight_has_the_terms_and_no_more() -> None:
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


async def test_plain_answer_has_origin_methods_and_vary() -> None:
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

    assert caught.value.text == (
        "CORS preflight request failed: origin 'https://evil.example' is not allowed"
    )
    assert dict(caught.value.headers) == {
        "Content-Type": "text/plain; charset=utf-8",
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "X-Content-Type-Options": "nosniff",
    }
