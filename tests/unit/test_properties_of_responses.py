"""More properties of all policies: what comes back, what it depends on, and what stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import assume, example, given
from hypothesis import strategies as st
from yarl import URL

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors._checks.unusable_origins import unusable_origin
from aiohttp_cors._core.headers import is_token
from aiohttp_cors._core.origins import is_serialized_origin
from aiohttp_cors._core.policy import ALLOWED, decide, policy_of_mapping
from aiohttp_cors._core.verdict import Denial, Grant
from aiohttp_cors._explaining.dry_run import dry_run

from ..reference_policy import METHODS, ORIGINS, Added, Sent, Written, added, build, cases, configs

Headers = list[tuple[str, str]]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    own = asyncio.new_event_loop()
    yield own
    own.close()


async def handle(request: web.Request) -> web.Response:
    raise NotImplementedError


def respond(
    loop: asyncio.AbstractEventLoop,
    app: web.Application,
    method: str,
    headers: Headers,
    status: int = 200,
) -> dict[str, str]:
    """Return what CORS writes into a response that has its own ``Vary``."""
    own = web.Response(status=status, headers={"Vary": "Accept"})
    done = loop.run_until_complete(dry_run(app, method, "/", headers, own))
    return dict(done.exchange.headers.items())


def preflight_headers(method: str, origin: str, names: list[str]) -> Headers:
    fields = [("Origin", origin), ("Access-Control-Request-Method", method)]
    return [*fields, ("Access-Control-Request-Headers", ",".join(names))] if names else fields


strange = st.text(
    st.sampled_from("aA7-_.:/@%*, \t\\\"'<>(){}[];=\x1b\x7f\x80\xff\u2028"), max_size=60
)


@given(case=cases(), origin=strange, method=strange, names=st.lists(strange, max_size=3))
@example(
    case=(Written({"*": ResourceOptions(allow_headers="*")}, None, {"GET": Added({}, True)}), None),
    origin="<>",
    method="GET",
    names=["X-A", "a b"],
)
def test_nothing_of_a_request_comes_back_unless_the_policy_allows_it(
    loop: asyncio.AbstractEventLoop,
    case: tuple[Written, Any],
    origin: str,
    method: str,
    names: list[str],
) -> None:
    policy, _ = case
    assume(not is_serialized_origin(origin))
    app = build(policy, handle)

    for headers in (
        respond(loop, app, "GET", [("Origin", origin)]),
        respond(loop, app, "OPTIONS", preflight_headers(method, origin, names)),
        respond(loop, app, "OPTIONS", preflight_headers("GET", origin, names)),
    ):
        assert headers.get("Access-Control-Allow-Origin") in (None, "*")
        assert headers.get("Timing-Allow-Origin") in (None, "*")
        assert "Access-Control-Allow-Credentials" not in headers
        allowed = headers.get("Access-Control-Allow-Headers")
        requested = {name.strip(" \t").upper() for each in names for name in each.split(",")}
        if allowed is not None:
            assert set(allowed.split(",")) == requested - {""}
            assert all(map(is_token, allowed.split(",")))
        # Whatever else the policy allows, a preflight speaks for its method alone.
        assert headers.get("Access-Control-Allow-Methods") in (None, "GET")
        # What is written in the policy, and the requested names.
        assert sum(map(len, headers.values())) < 300 + sum(map(len, names))


@given(case=cases(), before=st.sampled_from(ORIGINS))
def test_response_depends_neither_on_earlier_requests_nor_on_the_order_of_add(
    loop: asyncio.AbstractEventLoop, case: tuple[Written, Sent], before: str
) -> None:
    policy, request = case
    fresh, used = build(policy, handle), build(policy, handle)
    turned = build(policy, handle, added_in=reversed)
    preflight = preflight_headers(request.method, request.origin, request.headers)

    for method in policy.routes:
        respond(loop, used, method, [("Origin", before)])
    respond(loop, used, "OPTIONS", preflight_headers(request.method, before, request.headers))

    for method, headers in (request.method, [("Origin", request.origin)]), ("OPTIONS", preflight):
        found = respond(loop, fresh, method, headers)
        assert respond(loop, used, method, headers) == found
        assert respond(loop, turned, method, headers) == found


@given(
    defaults=configs,
    of_route=st.one_of(st.none(), added),
    origin=st.sampled_from([None, *ORIGINS]),
    status=st.sampled_from([206, 304, 404, 405, 500]),
)
def test_head_and_every_status_carry_what_get_and_200_do(
    loop: asyncio.AbstractEventLoop,
    defaults: dict[Any, ResourceOptions],
    of_route: Added | None,
    origin: str | None,
    status: int,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=defaults)
    route = app.router.add_get("/", handle)
    if of_route is not None:
        cors.add(route, of_route.config, inherit=of_route.inherit)

    headers = [("Origin", origin)] if origin else []
    found = respond(loop, app, "GET", headers)

    assert found.get("Vary", "Accept").startswith("Accept")
    assert respond(loop, app, "HEAD", headers) == found
    assert respond(loop, app, "GET", headers, status) == found


# Origins

labels = st.text(st.sampled_from("abcxyz019-"), min_size=1, max_size=8).filter(
    lambda label: not label.startswith("-") and not label.endswith("-") and label[0].isalpha()
)
ports = st.one_of(st.none(), st.integers(1, 65535).filter(lambda port: port not in (80, 443)))


@st.composite
def origins(draw: st.DrawFn) -> str:
    """Serialize an origin as a browser does (HTML §7.1.1)."""
    host = ".".join(draw(st.lists(labels, min_size=1, max_size=3)))
    port = draw(ports)
    return f"{draw(st.sampled_from(['http', 'https']))}://{host}" + (f":{port}" if port else "")


@given(origin=origins())
def test_origin_that_is_read_and_written_again_is_the_same(origin: str) -> None:
    url = URL(origin)
    port = "" if url.is_default_port() else f":{url.port}"

    assert is_serialized_origin(origin)
    assert f"{url.scheme}://{url.host}{port}" == origin
    policy = policy_of_mapping({origin: ResourceOptions()}, origin, ALLOWED)
    granted = decide(policy, origin)
    assert isinstance(granted, Grant)
    assert granted.allow_origin == origin


MISTAKES = {
    "slash": lambda origin: f"{origin}/",
    "path": lambda origin: f"{origin}/app?b#c",
    "user": lambda origin: origin.replace("://", "://me@"),
    "case": lambda origin: origin.replace("http", "HTTP", 1),
    "space": lambda origin: f" {origin}",
}


@given(origin=origins(), mistake=st.sampled_from(sorted(MISTAKES)))
def test_finding_is_made_of_an_origin_if_and_only_if_it_never_matches(
    origin: str, mistake: str
) -> None:
    wrong = MISTAKES[mistake](origin)
    policy = policy_of_mapping({wrong: ResourceOptions()}, origin, ALLOWED)
    found = unusable_origin(wrong)

    assert unusable_origin(origin) is None
    assert isinstance(decide(policy, origin), Denial)
    assert found is not None
    assert repr(origin) in f"{found.message} {found.hint!r}"


# Over a socket


@pytest.fixture(scope="module")
def served(loop: asyncio.AbstractEventLoop) -> Iterator[tuple[Any, Any, Any, list[str]]]:
    """Serve a handler that counts; return what its defaults can be changed by."""
    runs: list[str] = []

    async def count(request: web.Request) -> web.Response:
        runs.append(request.method)
        return web.Response(status=418, text="short and stout", headers={"X-A": "1"})

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    for method in METHODS:
        cors.add(app.router.add_route(method, "/", count))

    async def start() -> tuple[TestServer, ClientSession]:
        server = TestServer(app)
        await server.start_server()
        return server, ClientSession()

    async def stop(server: TestServer, client: ClientSession) -> None:
        await client.close()
        await server.close()

    server, client = loop.run_until_complete(start())
    yield server, client, cors, runs
    loop.run_until_complete(stop(server, client))


@given(
    defaults=configs,
    origin=st.sampled_from(ORIGINS),
    method=st.sampled_from(METHODS),
    names=st.lists(st.sampled_from(["X-A", "x b", ""]), max_size=2),
)
def test_handler_runs_for_all_but_preflights_and_its_response_stays(
    loop: asyncio.AbstractEventLoop,
    served: tuple[Any, Any, Any, list[str]],
    defaults: dict[Any, ResourceOptions],
    origin: str,
    method: str,
    names: list[str],
) -> None:
    server, client, cors, runs = served
    cors.defaults = defaults
    runs.clear()

    async def send(method: str, headers: Headers) -> tuple[int, str, str | None]:
        async with client.request(method, server.make_url("/"), headers=headers) as reply:
            return reply.status, await reply.text(), reply.headers.get("X-A")

    status, _, _ = loop.run_until_complete(
        send("OPTIONS", preflight_headers(method, origin, names))
    )
    assert (status in (200, 403), runs) == (True, [])
    actual = loop.run_until_complete(send(method, [("Origin", origin)]))
    assert (actual, runs) == ((418, "short and stout", "1"), [method])
