"""Properties of all policies: a model of the browser is the judge, the reference policy the rule.

The responses come from the code that serves requests, of applications that are not started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from hypothesis import assume, given
from hypothesis import strategies as st

from aiohttp_cors import ResourceOptions
from aiohttp_cors._browser.cors_protocol import Failure
from aiohttp_cors._browser.fetch import fetch
from aiohttp_cors._browser.messages import HttpResponse, Readable, Request
from aiohttp_cors._browser.preflight_cache import PreflightCache
from aiohttp_cors._core.headers import is_token
from aiohttp_cors._explaining.dry_run import dry_run

from .. import reference_policy
from ..reference_policy import (
    METHODS,
    ORIGINS,
    Added,
    Sent,
    Written,
    added,
    allowing,
    cases,
    may_read,
)


async def handle(request: web.Request) -> web.Response:
    raise NotImplementedError


def build(policy: Written) -> web.Application:
    return reference_policy.build(policy, handle)


def respond(app: web.Application, method: str, headers: list[tuple[str, str]]) -> HttpResponse:
    own = web.Response(headers={"X-A": "1", "Vary": "Accept"})
    done = loop().run_until_complete(dry_run(app, method, "/", headers, own))
    # A dry run tells the headers of CORS alone.
    others = [] if method == "OPTIONS" else [("X-A", "1")]
    return HttpResponse(done.exchange.status or 200, [*done.exchange.headers.items(), *others])


_LOOPS: list[asyncio.AbstractEventLoop] = []


def loop() -> asyncio.AbstractEventLoop:
    return _LOOPS[0]


@pytest.fixture(autouse=True, scope="module")
def _own_loop() -> Iterator[None]:
    _LOOPS.append(asyncio.new_event_loop())
    yield
    _LOOPS.pop().close()


def browse(app: web.Application, request: Sent) -> tuple[bool | None, Readable | Failure]:
    """Do what a browser does; return whether the preflight passed (None: none), and the outcome."""
    steps = fetch(
        Request(
            "https://api.example/",
            request.origin,
            request.method,
            tuple((name, "1") for name in request.headers),
            credentials="include" if request.credentials else "omit",
        ),
        PreflightCache(lambda: 0.0),
    )
    sent = next(steps)
    passed = None
    while True:
        try:
            following = steps.send(respond(app, sent.method, list(sent.headers)))
        except StopIteration as stop:
            return (False if sent.preflight else passed), stop.value
        sent, passed = following, True


@given(case=cases())
def test_browser_reads_what_the_policy_allows_and_nothing_else(
    case: tuple[Written, Sent],
) -> None:
    policy, request = case

    _, outcome = browse(build(policy), request)

    assert isinstance(outcome, Readable) == may_read(policy, request)
    if isinstance(outcome, Readable):
        found = allowing(policy, request.origin, request.method)
        assert found is not None
        seen = {name for name, _ in outcome.headers}
        assert ("X-A" in seen) == bool({"X-A", "*"} & set(found.expose_headers))


@given(case=cases())
def test_request_can_be_read_if_and_only_if_its_preflight_passes(
    case: tuple[Written, Sent],
) -> None:
    policy, request = case
    app = build(policy)

    # PUT and DELETE take a preflight, GET and POST with a header.
    passed, outcome = browse(app, request)
    actual = respond(app, request.method, [("Origin", request.origin)])
    headers = dict(actual.headers)
    readable = headers.get("Access-Control-Allow-Origin") in ("*", request.origin)
    if request.credentials:
        readable = (
            headers.get("Access-Control-Allow-Origin") == request.origin
            and headers.get("Access-Control-Allow-Credentials") == "true"
        )

    if passed:
        assert isinstance(outcome, Readable)
    if passed is False and not request.headers:
        assert not readable


@given(case=cases())
def test_headers_of_a_response_keep_the_rules_of_the_protocol(
    case: tuple[Written, Sent],
) -> None:
    policy, request = case
    app = build(policy)
    preflight_headers = [
        ("Origin", request.origin),
        ("Access-Control-Request-Method", request.method),
    ]
    if request.headers:
        preflight_headers.append(("Access-Control-Request-Headers", ",".join(request.headers)))

    for response in (
        respond(app, request.method, [("Origin", request.origin)]),
        respond(app, "OPTIONS", preflight_headers),
    ):
        headers = dict(response.headers)
        assert len(headers) == len(response.headers)
        origin = headers.get("Access-Control-Allow-Origin")
        assert origin in (None, "*", request.origin)
        if "Access-Control-Allow-Credentials" in headers:
            found = allowing(policy, request.origin, request.method)
            assert headers["Access-Control-Allow-Credentials"] == "true"
            assert origin == request.origin
            assert found is not None
            assert found.allow_credentials
        for name, value in headers.items():
            if name.startswith(("Access-Control-Allow-H", "Access-Control-Allow-M")):
                assert all(map(is_token, value.split(",")))
        varied = [name.strip().lower() for name in headers.get("Vary", "").split(",")]
        assert len(varied) == len(set(varied))


@given(case=cases(), other=st.sampled_from(ORIGINS))
def test_responses_that_differ_by_origin_say_so(case: tuple[Written, Sent], other: str) -> None:
    policy, request = case
    app = build(policy)

    first = respond(app, request.method, [("Origin", request.origin)])
    second = respond(app, request.method, [("Origin", other)])
    without = respond(app, request.method, [])

    if not first.headers == second.headers == without.headers:
        for response in (first, second, without):
            assert "Origin" in dict(response.headers)["Vary"].split(", ")


@given(case=cases(), extra=added)
def test_adding_a_route_allows_no_other_method_but_those_that_it_lists(
    case: tuple[Written, Sent], extra: Added
) -> None:
    policy, request = case
    others = [method for method in METHODS if method not in policy.routes]
    assume(others)
    # A first thing that is added makes the defaults count for its path.
    anything = policy.resource is not None or any(policy.routes.values())
    more = policy._replace(routes={**policy.routes, others[0]: extra})

    # Its options open, or close, only what their allow_methods is about.
    lists = any(each.allow_methods is not None for each in extra.config.values())

    before = isinstance(browse(build(policy), request)[1], Readable)
    after = isinstance(browse(build(more), request)[1], Readable)

    assert after == before or lists or not anything


TIGHTER: list[dict[str, Any]] = [
    {"allow_headers": frozenset()},
    {"allow_credentials": False},
    {"allow_methods": frozenset()},
]


def tightened(policy: Written, layer: str, tighter: dict[str, Any]) -> Written:
    def config(loose: dict[Any, ResourceOptions]) -> dict[Any, ResourceOptions]:
        return {key: each._replace(**tighter) for key, each in loose.items()}

    def entity(loose: Added | None) -> Added | None:
        return None if loose is None else loose._replace(config=config(loose.config))

    if layer == "defaults":
        return policy._replace(defaults=config(policy.defaults))
    if layer == "resource":
        return policy._replace(resource=entity(policy.resource))
    return policy._replace(routes={name: entity(each) for name, each in policy.routes.items()})


@given(
    case=cases(),
    layer=st.sampled_from(["defaults", "resource", "routes"]),
    tighter=st.sampled_from(TIGHTER),
)
def test_tightening_an_option_grants_nothing_more(
    case: tuple[Written, Sent], layer: str, tighter: dict[str, Any]
) -> None:
    policy, request = case

    loose = isinstance(browse(build(policy), request)[1], Readable)
    tight = isinstance(browse(build(tightened(policy, layer, tighter)), request)[1], Readable)

    assert loose or not tight
