"""Every reason of a refusal has its words: in the response, from ``explain``, and documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, Reason, ResourceOptions
from aiohttp_cors._core.verdict import Denial
from aiohttp_cors._explaining.reasons import WORDS
from aiohttp_cors._http.preflights import Preflight, refusal_text

ROOT = Path(__file__).parents[2]
PAGE = "https://app.example.com"
METHOD, HEADERS = "Access-Control-Request-Method", "Access-Control-Request-Headers"
PREFLIGHT = {METHOD: "PUT"}
REASONS = [pytest.param(each, id=each.name) for each in Reason]

#: Of each reason, a request that is refused for it: method, path, origin, and the rest.
REFUSED: dict[Reason, tuple[str, str, str, dict[str, Any]]] = {
    Reason.MALFORMED_ORIGIN: ("PUT", "/hello", f"{PAGE} x", {}),
    Reason.MALFORMED_METHOD: ("OPTIONS", "/hello", PAGE, {"headers": {METHOD: "P T"}}),
    Reason.MALFORMED_HEADERS: (
        *("OPTIONS", "/hello", PAGE),
        {"headers": {**PREFLIGHT, HEADERS: "x token"}},
    ),
    Reason.NO_ORIGIN_LISTED: ("GET", "/closed", PAGE, {}),
    Reason.ORIGIN_NOT_LISTED: ("GET", "/hello", "https://other.example.com", {}),
    Reason.METHOD_NOT_SHARED: ("DELETE", "/hello", PAGE, {}),
    Reason.HEADERS_NOT_ALLOWED: ("GET", "/hello", PAGE, {"headers": ["X-Token"]}),
    Reason.CREDENTIALS_NOT_ALLOWED: ("GET", "/hello", PAGE, {"credentials": True}),
    Reason.NOT_ADDED: ("GET", "/plain", PAGE, {}),
}
#: What explain() is given always has an origin, and is no preflight without a method.
NEVER_EXPLAINED = {Reason.NO_ORIGIN, Reason.NO_REQUEST_METHOD}


async def hello(request: web.Request) -> web.Response:
    return web.Response()


def application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={PAGE: ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    cors.add(app.router.add_put("/hello", hello))
    cors.add(app.router.add_get("/closed", hello), {}, inherit=False)
    app.router.add_get("/plain", hello)
    return app


def test_every_reason_has_a_request_that_is_refused_for_it() -> None:
    assert {*REFUSED} == {*Reason} - NEVER_EXPLAINED


@pytest.mark.parametrize("reason", REASONS)
def test_refusal_has_a_text_of_its_own(reason: Reason) -> None:
    preflight = Preflight(PAGE, "PUT", frozenset())
    texts = {each: refusal_text(Denial(each, ("X-TOKEN",)), preflight) for each in Reason}

    assert texts[reason].startswith("CORS preflight request failed: ")
    assert list(texts.values()).count(texts[reason]) == 1


@pytest.mark.parametrize("reason", [pytest.param(each, id=each.name) for each in REFUSED])
async def test_explain_has_a_sentence_and_a_hint(reason: Reason) -> None:
    method, path, origin, more = REFUSED[reason]

    found = await application()[APP_CONFIG_KEY].explain(method, path, origin=origin, **more)

    assert found.reason is reason
    for sentence in (found.why, found.hint):
        assert sentence is not None
        assert sentence.endswith(".")
        assert len(sentence) > len("Write it.")


@pytest.mark.parametrize("reason", REASONS)
async def test_explain_knows_the_words_of_every_reason(reason: Reason) -> None:
    assert reason in WORDS


@pytest.mark.parametrize("reason", [pytest.param(each, id=each.name) for each in NEVER_EXPLAINED])
async def test_reason_that_is_never_explained_has_words_too(reason: Reason) -> None:
    nothing: Any = None

    words = await WORDS[reason](nothing)

    assert words.why.endswith("not a cross-origin request of a page.") or words.why.endswith(
        "not a preflight."
    )
    assert "curl -H" in words.hint


@pytest.mark.parametrize("reason", REASONS)
def test_documentation_has_an_entry(reason: Reason) -> None:
    page = (ROOT / "docs/reference/reasons.rst").read_text(encoding="utf-8")

    assert page.count(f"\n\n``{reason.name}``\n    ") == 1
