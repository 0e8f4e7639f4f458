"""Where the library reaches into aiohttp: requests, match infos, routers and signals."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import mock

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request
from aiohttp.web_urldispatcher import MatchInfoError

from aiohttp_cors._core.policy import ALLOWED, Policy
from aiohttp_cors._core.verdict import Denial, Reason
from aiohttp_cors._http.early_match_info import EarlyMatchInfo
from aiohttp_cors._http.hooks import (
    announced,
    plainly,
    provisional_match,
    resolve_last,
    resolver_of,
    ruling_of,
    set_match_info,
    steps_aside,
    store_ruling,
)
from aiohttp_cors._http.response_signal import DONE, connect_responses

POLICY = Policy((), ALLOWED)


async def handler(request: web.Request) -> web.Response:
    return web.Response()


def match_of(*apps: web.Application) -> web.UrlMappingMatchInfo:
    """Return where a request leads, in the applications from the innermost to the outermost."""
    route = web.UrlDispatcher().add_get("/{name}", handler)
    match = web.UrlMappingMatchInfo({"name": "value"}, route)
    for app in apps:
        match.add_app(app)
    return match


# Requests


@pytest.mark.parametrize("read_before", [False, True], ids=["not read before", "read before"])
@pytest.mark.parametrize("to_clone", [False, True], ids=["as it is", "to be cloned"])
def test_announced_request_has_its_own_method(read_before: bool, to_clone: bool) -> None:
    request = make_mocked_request("OPTIONS", "/path")
    if read_before:
        assert request.method == "OPTIONS"

    copy = announced(request, "PUT", to_clone=to_clone)

    assert type(copy) is type(request)
    assert (copy.method, request.method) == ("PUT", "OPTIONS")
    assert repr(copy) == "<Request PUT /path >"
    assert (copy.path, copy.headers) == (request.path, request.headers)


def test_clone_of_an_announced_request_has_its_method() -> None:
    copy = announced(make_mocked_request("OPTIONS", "/path"), "PUT", to_clone=True)

    clone = copy.clone(rel_url="/other")

    assert (clone.method, clone.path) == ("PUT", "/other")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_announced_request_has_what_routers_stored_in_the_first() -> None:
    request = make_mocked_request("OPTIONS", "/path")

    announced(request, "PUT")["seen"] = True

    assert request["seen"] is True


async def test_request_is_announced_once_its_body_was_read() -> None:
    body = StreamReader(mock.Mock(_reading_paused=False), 2**16, loop=asyncio.get_running_loop())
    body.feed_data(b"x")
    body.feed_eof()
    request = make_mocked_request("OPTIONS", "/path", payload=body)

    assert await request.read() == b"x"
    assert announced(request, "PUT").method == "PUT"


def test_announced_request_gets_no_attribute_that_aiohttp_warns_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def set_attribute(self: web.Request, name: str, value: object) -> None:
        if name not in web.Request.ATTRS:
            raise AttributeError(name)
        object.__setattr__(self, name, value)

    # As aiohttp's own in the development mode of Python.
    monkeypatch.setattr(web.Request, "__setattr__", set_attribute)
    request = make_mocked_request("OPTIONS", "/path")

    assert announced(request, "PUT").method == "PUT"


def test_match_info_that_is_set_is_read_from_the_request() -> None:
    request, match = make_mocked_request("GET", "/value"), match_of(web.Application())
    assert request.match_info is not match

    set_match_info(request, match)

    assert request.match_info is match


def test_provisional_match_has_the_applications_around_the_route() -> None:
    outer, middle, inner = (web.Application() for _ in range(3))
    request, match = make_mocked_request("GET", "/value"), match_of(inner, middle)

    with provisional_match(request, match, outer):
        assert request.match_info.apps == (outer, middle, inner)
        assert (request.app, request.match_info["name"]) == (inner, "value")
    # The match info of the router is left alone: aiohttp adds the applications to it itself.
    assert match.apps == (middle, inner)


def test_provisional_match_is_gone_after_an_error() -> None:
    app = web.Application()
    request, match = make_mocked_request("GET", "/value"), match_of(app)
    set_match_info(request, None)

    with pytest.raises(KeyError), provisional_match(request, match, app):
        raise KeyError

    assert request._match_info is None


def test_match_info_of_a_routed_request_is_back_after_a_provisional_match() -> None:
    app = web.Application()
    request, match = make_mocked_request("GET", "/value"), match_of(app)
    set_match_info(request, match)

    with provisional_match(request, match, app):
        assert request.match_info is not match

    assert request.match_info is match


# Rulings


def test_ruling_is_for_one_route() -> None:
    request, match = make_mocked_request("GET", "/value"), match_of(web.Application())
    set_match_info(request, match)
    assert ruling_of(request) is None

    store_ruling(request, match.route, "ruling")
    assert ruling_of(request) == "ruling"

    # A middleware has sent the request on.
    set_match_info(request, match_of(web.Application()))
    assert ruling_of(request) is None


def test_ruling_is_found_in_a_clone_of_the_request() -> None:
    request, match = make_mocked_request("GET", "/value"), match_of(web.Application())
    store_ruling(request, match.route, "ruling")
    clone = request.clone()

    set_match_info(clone, match)

    assert ruling_of(clone) == "ruling"


# Match infos of requests that the library responds to


def early(match: web.UrlMappingMatchInfo) -> EarlyMatchInfo:
    return EarlyMatchInfo(match, handler, "server", POLICY, None, Denial(Reason.ORIGIN_NOT_LISTED))


def test_early_match_info_shows_no_application_until_it_is_responded() -> None:
    inner, outer = web.Application(), web.Application()
    match = early(match_of(inner))
    match.add_app(outer)
    assert match.apps == ()

    match.is_responding = True

    assert match.apps == (outer, inner)
    assert match.current_app is inner


def test_early_match_info_leads_where_the_router_said() -> None:
    found = match_of(web.Application())
    match = early(found)

    assert (match.route, dict(match)) == (found.route, {"name": "value"})
    assert match.handler is handler
    assert (match.server, match.policy) == ("server", POLICY)


async def test_early_match_info_expects_nothing_of_the_route() -> None:
    async def fails(request: web.Request) -> None:
        raise NotImplementedError

    route = web.UrlDispatcher().add_route("GET", "/", handler, expect_handler=fails)
    match: Any = early(web.UrlMappingMatchInfo({}, route))

    assert await match.expect_handler(make_mocked_request("GET", "/")) is None


def test_early_match_info_keeps_attributes_of_match_infos_of_other_classes() -> None:
    class Own(web.UrlMappingMatchInfo):
        tenant = "none"

    found = Own({}, web.UrlDispatcher().add_get("/", handler))
    found.tenant = "one"

    assert early(found).tenant == "one"  # type: ignore[attr-defined]


class _OwnMatchInfo(web.UrlMappingMatchInfo):
    """As a router of the application's own may return it."""


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(match_of(), id="aiohttp's"),
        pytest.param(MatchInfoError(web.HTTPNotFound()), id="that of a 404"),
        pytest.param(_OwnMatchInfo({}, match_of().route), id="of another class"),
    ],
)
def test_signals_of_no_application_see_a_response_to_an_early_match_info(
    found: web.UrlMappingMatchInfo,
) -> None:
    found.add_app(web.Application())
    match = early(found)
    match.add_app(web.Application())

    # `Request._prepare_hook` reads them, whatever `apps` says.
    assert match._apps == []


# Routers


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the method of routers, as monitoring does; return the methods that it sees."""
    seen: list[str] = []
    resolve = web.UrlDispatcher.resolve

    async def observed(self: web.UrlDispatcher, request: web.Request) -> Any:
        seen.append(request.method)
        return await resolve(self, request)

    monkeypatch.setattr(web.UrlDispatcher, "resolve", observed)
    return seen


async def test_function_that_replaces_resolve_later_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = web.UrlDispatcher()
    resolver = resolver_of(router)

    async def resolve(self: web.UrlDispatcher, request: web.Request) -> Any:
        return self, request

    monkeypatch.setattr(web.UrlDispatcher, "resolve", resolve)

    request = make_mocked_request("GET", "/")
    assert await resolver.resolve(router, request) == (router, request)


async def test_function_that_was_put_on_a_router_is_called() -> None:
    router: Any = web.UrlDispatcher()

    async def resolve(request: web.Request) -> Any:
        return request

    router.resolve = resolve

    request = make_mocked_request("GET", "/")
    assert await resolver_of(router).resolve(router, request) is request


async def test_other_code_resolves_a_request_last(replaced: list[str]) -> None:
    await resolve_last(web.UrlDispatcher(), make_mocked_request("OPTIONS", "/"))

    assert replaced == ["OPTIONS"]


async def test_own_code_of_aiohttp_resolves_no_request_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router: Any = web.UrlDispatcher()
    calls: list[Any] = []
    monkeypatch.setattr(router, "resolve", calls.append)

    await resolve_last(router, make_mocked_request("OPTIONS", "/"))

    assert calls == []


async def test_hooks_step_aside_while_a_request_is_resolved_plainly() -> None:
    async def resolve(request: web.Request) -> Any:
        return steps_aside()

    assert await plainly(resolve, make_mocked_request("GET", "/")) is True
    assert steps_aside() is False


async def test_hooks_step_aside_no_more_once_resolving_failed() -> None:
    async def resolve(request: web.Request) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await plainly(resolve, make_mocked_request("GET", "/"))

    assert steps_aside() is False


# Responses


async def test_what_is_done_is_awaited_any_number_of_times() -> None:
    assert [await DONE for _ in range(3)] == [None] * 3


def connected(app: web.Application) -> tuple[list[Any], list[str]]:
    """Connect an application; return what responds, and what happens when it is complete."""
    responded: list[Any] = []
    frozen: list[str] = []

    def respond(signal: object, request: Any, response: Any) -> Any:
        responded.append((request, response))
        return DONE

    connect_responses(app, respond, lambda: frozen.append("frozen"))
    return responded, frozen


async def test_only_receiver_is_called_for_each_response() -> None:
    app = web.Application()
    responded, _ = connected(app)
    app.freeze()

    await app.on_response_prepare.send("request", "response")  # type: ignore[arg-type]

    assert responded == [("request", "response")]
    assert len(app.on_response_prepare) == 1


async def test_receiver_is_called_after_those_that_were_appended_later() -> None:
    app = web.Application()
    responded, _ = connected(app)
    before: list[int] = []

    async def later(request: Any, response: Any) -> None:
        before.append(len(responded))

    app.on_response_prepare.append(later)
    app.freeze()
    await app.on_response_prepare.send("request", "response")  # type: ignore[arg-type]

    assert (before, len(responded)) == ([0], 1)


async def test_receiver_that_was_removed_is_not_called() -> None:
    app = web.Application()
    responded, frozen = connected(app)
    app.on_response_prepare.clear()
    app.freeze()

    await app.on_response_prepare.send("request", "response")  # type: ignore[arg-type]

    assert (responded, frozen) == ([], ["frozen"])


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside another"])
def test_signal_is_frozen_once(alone: bool) -> None:
    app = web.Application()
    _, frozen = connected(app)
    if not alone:
        app.on_response_prepare.append(handler)  # type: ignore[arg-type]

    app.on_response_prepare.freeze()
    app.on_response_prepare.freeze()

    assert frozen == ["frozen"]
    assert app.on_response_prepare.frozen


async def test_signal_of_another_class_sends_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Own(type(web.Application().on_response_prepare)):  # type: ignore[misc]
        async def send(self, *arguments: Any) -> None:
            sent.append(arguments)
            await super().send(*arguments)

    app = web.Application()
    signal = Own(app)
    monkeypatch.setattr(app, "_on_response_prepare", signal)
    responded, _ = connected(app)
    signal.freeze()

    await app.on_response_prepare.send("request", "response")  # type: ignore[arg-type]

    assert sent == responded == [("request", "response")]
