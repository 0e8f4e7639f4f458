"""Replacing ``cors.defaults`` while requests are served."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from tests.integration.conftest import (
    EVIL,
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    cors_headers,
    preflight_headers,
)

APP = "https://app.good.example"


async def lists_app(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(0)
    return origin == APP


#: Two policies that differ in every header, and in the kind of key that lists each origin.
OLD = ResourceOptions(
    allow_credentials=True,
    expose_headers=["X-Old"],
    allow_headers=["X-Token"],
    max_age=1,
    allow_methods=["GET", "PUT"],
)
NEW = ResourceOptions(
    expose_headers=["X-New"],
    allow_headers=["X-Token"],
    max_age=2,
    allow_methods=["GET", "DELETE"],
    allow_timing=True,
)
OLD_DEFAULTS: dict[Any, Any] = {GOOD: OLD, lists_app: OLD, "https://old.example": OLD}
NEW_DEFAULTS: dict[Any, Any] = {
    re.compile(r"https://good\.example"): NEW,
    "https://*.good.example": NEW,
    "https://new.example": NEW,
}

#: The complete CORS headers of every response that the policies can give, by kind of request.
ACTUAL_OLD = {
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-Old",
    "Vary": "Origin",
}
ACTUAL_NEW = {"Access-Control-Expose-Headers": "X-New", "Vary": "Origin"}
PREFLIGHT_OLD = {
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Max-Age": "1",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "X-TOKEN",
    "Vary": VARY_PREFLIGHT,
}
PREFLIGHT_NEW = {
    "Access-Control-Max-Age": "2",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "X-TOKEN",
    "Vary": VARY_PREFLIGHT,
}


def expected(origin: str, *, preflight: bool) -> dict[str, tuple[int, dict[str, str]]]:
    """Return the status and the headers by each policy."""
    refused = (403, {"Vary": VARY_PREFLIGHT}) if preflight else (200, {"Vary": "Origin"})
    allow = {"Access-Control-Allow-Origin": origin}
    timing = {} if preflight else {"Timing-Allow-Origin": origin}
    old = {**allow, **(PREFLIGHT_OLD if preflight else ACTUAL_OLD)}
    new = {**allow, **timing, **(PREFLIGHT_NEW if preflight else ACTUAL_NEW)}
    return {
        "old": (200, old) if origin in (GOOD, APP, "https://old.example") else refused,
        "new": (200, new) if origin in (GOOD, APP, "https://new.example") else refused,
    }


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(0.001)
    return web.Response(text="hello")


def application() -> tuple[web.Application, aiohttp_cors.CorsConfig]:
    app = web.Application()
    # On a busy machine a function may wait for its turn for long.
    cors = aiohttp_cors.setup(app, defaults=OLD_DEFAULTS, origin_timeout=60)
    resource = cors.add(app.router.add_resource("/resource"))
    for method in ("GET", "PUT", "DELETE"):
        resource.add_route(method, slow)
    cors.add(app.router.add_resource("/{name}/dynamic")).add_route("*", slow)
    return app, cors


CLIENTS = 200
ROUNDS = 5
ORIGINS = [GOOD, APP, "https://old.example", "https://new.example", EVIL]


@pytest.mark.unexplained
async def test_each_response_to_200_clients_is_by_the_old_or_by_the_new_policy(
    aiohttp_server: Any,
) -> None:
    app, cors = application()
    server = await aiohttp_server(app)
    seen: Counter[str] = Counter()
    wrong: list[Any] = []
    done = asyncio.Event()

    async def send_one(session: ClientSession, number: int, turn: int) -> None:
        origin = ORIGINS[(number + turn) % len(ORIGINS)]
        preflight = bool((number // len(ORIGINS) + turn) % 2)
        method = "OPTIONS" if preflight else "GET"
        headers = preflight_headers("GET", origin, "x-token") if preflight else {"Origin": origin}
        async with session.request(method, server.make_url("/resource"), headers=headers) as reply:
            got = (reply.status, cors_headers(reply))
        by = [name for name, each in expected(origin, preflight=preflight).items() if each == got]
        seen["either" if len(by) == 2 else "".join(by)] += 1
        if not by:
            wrong.append((origin, method, got))

    async def client(session: ClientSession, number: int) -> None:
        for turn in range(ROUNDS):
            await send_one(session, number, turn)

    async def swap() -> None:
        while not done.is_set():
            for defaults in (NEW_DEFAULTS, OLD_DEFAULTS):
                cors.defaults = defaults
                await asyncio.sleep(0.002)

    swapping = asyncio.ensure_future(swap())
    # limit=0: every client has its own connection.
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        await asyncio.gather(*(client(session, number) for number in range(CLIENTS)))
    done.set()
    await swapping

    assert wrong == []
    assert sum(seen.values()) == CLIENTS * ROUNDS
    assert seen["old"] > 0
    assert seen["new"] > 0


@pytest.mark.parametrize("origin", [*ORIGINS, OTHER])
@pytest.mark.parametrize("path", ["/resource", "/a/dynamic"])
async def test_new_defaults_decide_from_the_next_request_on(
    aiohttp_client: Any, path: str, origin: str
) -> None:
    app, cors = application()
    client = await aiohttp_client(app)

    for name, defaults in (("old", OLD_DEFAULTS), ("new", NEW_DEFAULTS), ("old", OLD_DEFAULTS)):
        cors.defaults = defaults
        actual = await client.get(path, headers={"Origin": origin})
        wanted = expected(origin, preflight=False)[name]
        assert (actual.status, cors_headers(actual)) == wanted


@pytest.mark.unexplained
async def test_request_whose_function_is_being_called_gets_the_verdict_of_the_old_policy(
    aiohttp_client: Any,
) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def waits(origin: str, request: web.Request) -> bool:
        entered.set()
        await go_on.wait()
        return True

    app, cors = application()
    cors.defaults = {waits: OLD}
    client = await aiohttp_client(app)

    for method, headers in (
        ("GET", {"Origin": GOOD}),
        ("OPTIONS", preflight_headers("GET", GOOD, "x-token")),
    ):
        cors.defaults = {waits: OLD}
        entered.clear()
        go_on.clear()
        request = asyncio.ensure_future(client.request(method, "/resource", headers=headers))
        await entered.wait()
        cors.defaults = {GOOD: NEW}
        go_on.set()
        reply = await request
        wanted = expected(GOOD, preflight=method == "OPTIONS")["old"]
        assert (reply.status, cors_headers(reply)) == wanted


@pytest.mark.parametrize(
    "invalid",
    [
        pytest.param({GOOD: {"max_age": -1}}, id="option"),
        pytest.param({GOOD: NEW, EVIL: {"unheard_of": 1}}, id="field after a valid origin"),
        pytest.param({GOOD: None}, id="options"),
        pytest.param({None: NEW}, id="origin"),
        pytest.param({lambda origin: True: NEW}, id="function of one argument"),
        pytest.param([GOOD], id="list"),
        pytest.param(GOOD, id="text"),
    ],
)
async def test_invalid_defaults_are_an_error_and_change_nothing(
    aiohttp_client: Any, invalid: Any
) -> None:
    app, cors = application()
    client = await aiohttp_client(app)

    with pytest.raises(ValueError, match="'defaults'"):
        cors.defaults = invalid

    assert dict(cors.defaults) == OLD_DEFAULTS
    for preflight, method in ((False, "GET"), (True, "OPTIONS")):
        headers = preflight_headers("GET", GOOD, "x-token") if preflight else {"Origin": GOOD}
        reply = await client.request(method, "/resource", headers=headers)
        wanted = expected(GOOD, preflight=preflight)["old"]
        assert (reply.status, cors_headers(reply)) == wanted


async def test_none_takes_all_defaults_away(aiohttp_client: Any) -> None:
    app, cors = application()
    client = await aiohttp_client(app)

    cors.defaults = None

    assert dict(cors.defaults) == {}
    reply = await client.get("/resource", headers={"Origin": GOOD})
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("before_start", [True, False], ids=["before start", "while serving"])
async def test_view_and_application_follow_the_defaults(
    aiohttp_client: Any, before_start: bool
) -> None:
    class Probe(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OLD})
    cors.add(app)
    cors.add(app.router.add_view("/view", Probe))
    if before_start:
        cors.defaults = {GOOD: NEW}
    client = await aiohttp_client(app)
    cors.defaults = {GOOD: NEW}

    for path in ("/view", "/nowhere"):
        reply = await client.get(path, headers={"Origin": GOOD})
        assert cors_headers(reply) == expected(GOOD, preflight=False)["new"][1]


async def test_enforcement_follows_the_defaults(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OLD})
    cors.add(app.router.add_get("/", slow), enforce=True)
    client = await aiohttp_client(app)

    assert (await client.get("/", headers={"Origin": OTHER})).status == 403
    cors.defaults = {OTHER: OLD}
    assert (await client.get("/", headers={"Origin": OTHER})).status == 200
    assert (await client.get("/", headers={"Origin": GOOD})).status == 403


async def test_entity_that_does_not_inherit_keeps_clear_of_new_defaults(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/", slow), {GOOD: OLD}, inherit=False)
    client = await aiohttp_client(app)

    cors.defaults = {"*": NEW, OTHER: NEW}

    assert cors_headers(await client.get("/", headers={"Origin": OTHER})) == {"Vary": "Origin"}


# The attribute.


def test_defaults_are_a_read_only_mapping() -> None:
    cors = aiohttp_cors.setup(web.Application(), defaults={GOOD: {"max_age": 1}})
    defaults: Any = cors.defaults

    assert isinstance(defaults, Mapping)
    assert dict(defaults) == {GOOD: ResourceOptions(max_age=1)}
    with pytest.raises(TypeError):
        defaults[OTHER] = ResourceOptions()
    with pytest.raises(TypeError):
        del defaults[GOOD]
    for name in ("update", "pop", "clear", "setdefault", "popitem"):
        assert not hasattr(defaults, name)
    assert dict(cors.defaults) == {GOOD: ResourceOptions(max_age=1)}


async def test_changing_the_mapping_that_was_given_changes_nothing(aiohttp_client: Any) -> None:
    given: dict[Any, Any] = {GOOD: OLD}
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=given)
    cors.add(app)
    assigned: dict[Any, Any] = {OTHER: OLD}
    cors.defaults = assigned
    client = await aiohttp_client(app)

    given[EVIL] = assigned[EVIL] = OLD

    assert dict(cors.defaults) == {OTHER: OLD}
    assert cors_headers(await client.get("/", headers={"Origin": EVIL})) == {"Vary": "Origin"}


def test_defaults_read_before_are_not_changed_by_an_assignment() -> None:
    cors = aiohttp_cors.setup(web.Application(), defaults={GOOD: OLD})
    before = cors.defaults

    cors.defaults = {OTHER: NEW}

    assert dict(before) == {GOOD: OLD}
    assert dict(cors.defaults) == {OTHER: NEW}
