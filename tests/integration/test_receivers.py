"""The receiver that writes CORS headers runs last of those of its application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfig, ResourceOptions
from tests.integration.conftest import EVIL, GOOD, cors_headers, preflight_headers

# What other receivers set is not for explain() to know.
pytestmark = pytest.mark.unexplained

OPTIONS = ResourceOptions(allow_credentials=True, expose_headers="*")
DEFAULTS = {GOOD: OPTIONS}

Receiver = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


async def request_id(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Request-Id"] = "42"
    response.headers["Vary"] = "Accept-Encoding"


async def opens_to_all(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Own": "1"})


async def streams(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"X-Own": "1"})
    await response.prepare(request)
    await response.write(b"hello")
    return response


async def raises(request: web.Request) -> web.Response:
    raise web.HTTPGone(headers={"X-Own": "1"})


def names(response: Any) -> set[str]:
    return set(response.headers["Access-Control-Expose-Headers"].split(","))


# How receivers are connected: each before the server starts.


def before(app: web.Application, receiver: Receiver) -> CorsConfig:
    app.on_response_prepare.append(receiver)
    return aiohttp_cors.setup(app, defaults=DEFAULTS)


def after(app: web.Application, receiver: Receiver) -> CorsConfig:
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.append(receiver)
    return cors


def by_extend(app: web.Application, receiver: Receiver) -> CorsConfig:
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.extend([receiver])
    return cors


def by_insert(app: web.Application, receiver: Receiver) -> CorsConfig:
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.insert(len(app.on_response_prepare), receiver)
    return cors


def around(app: web.Application, receiver: Receiver) -> CorsConfig:
    async def nothing(request: web.Request, response: web.StreamResponse) -> None:
        pass

    app.on_response_prepare.append(nothing)
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.append(nothing)
    app.on_response_prepare.append(receiver)
    return cors


CONNECTED = pytest.mark.parametrize(
    "connect",
    [
        pytest.param(before, id="before-setup"),
        pytest.param(after, id="after-setup"),
        pytest.param(by_extend, id="extend"),
        pytest.param(by_insert, id="insert"),
        pytest.param(around, id="among-others"),
    ],
)


@CONNECTED
@pytest.mark.parametrize(
    ("handler", "status"),
    [
        pytest.param(hello, 200, id="response"),
        pytest.param(streams, 200, id="stream"),
        pytest.param(raises, 410, id="http-exception"),
    ],
)
async def test_headers_of_other_receivers_are_exposed_and_their_vary_is_merged(
    aiohttp_client: Any, connect: Any, handler: Any, status: int
) -> None:
    app = web.Application()
    cors = connect(app, request_id)
    cors.add(app.router.add_get("/hello", handler))
    client = await aiohttp_client(app)

    allowed = await client.get("/hello", headers={"Origin": GOOD})
    unlisted = await client.get("/hello", headers={"Origin": EVIL})

    assert (allowed.status, unlisted.status) == (status, status)
    assert {"X-Request-Id", "X-Own"} <= {name.title() for name in names(allowed)}
    assert allowed.headers.getall("Vary") == ["Accept-Encoding, Origin"]
    assert cors_headers(unlisted) == {"Vary": "Accept-Encoding, Origin"}


@CONNECTED
@pytest.mark.parametrize(
    ("origin", "allow_origin"),
    [pytest.param(GOOD, GOOD, id="listed"), pytest.param(EVIL, None, id="unlisted")],
)
async def test_verdict_replaces_what_another_receiver_wrote(
    aiohttp_client: Any, connect: Any, origin: str, allow_origin: str | None
) -> None:
    app = web.Application()
    cors = connect(app, opens_to_all)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    response = await client.get("/hello", headers={"Origin": origin})

    assert response.headers.get("Access-Control-Allow-Origin") == allow_origin
    assert response.headers.getall("Vary") == ["Origin"]


@pytest.mark.parametrize("early", [True, False], ids=["before-setup", "after-setup"])
async def test_receiver_that_wrote_first_wins_where_existing_headers_are_kept(
    aiohttp_client: Any, early: bool
) -> None:
    app = web.Application()
    if early:
        app.on_response_prepare.append(opens_to_all)
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS, existing_headers="keep")
    if not early:
        app.on_response_prepare.append(opens_to_all)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    response = await client.get("/hello", headers={"Origin": EVIL})

    assert cors_headers(response) == {"Access-Control-Allow-Origin": "*"}


@CONNECTED
async def test_other_receivers_are_called_once_each_and_see_the_response_of_the_handler(
    aiohttp_client: Any, connect: Any
) -> None:
    seen: list[dict[str, str]] = []

    async def sees(request: web.Request, response: web.StreamResponse) -> None:
        seen.append(cors_headers(response))

    app = web.Application()
    cors = connect(app, sees)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    response = await client.get("/hello", headers={"Origin": GOOD})

    assert seen == [{}]
    assert response.headers["Access-Control-Allow-Origin"] == GOOD


async def test_order_of_the_other_receivers_stays(aiohttp_client: Any) -> None:
    called: list[str] = []

    def receiver(name: str) -> Receiver:
        async def receive(request: web.Request, response: web.StreamResponse) -> None:
            called.append(name)

        return receive

    app = web.Application()
    app.on_response_prepare.append(receiver("a"))
    app.on_response_prepare.append(receiver("b"))
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.append(receiver("c"))
    app.on_response_prepare.insert(0, receiver("first"))
    app.on_response_prepare.append(receiver("d"))
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    await client.get("/hello", headers={"Origin": GOOD})

    assert called == ["first", "a", "b", "c", "d"]


@pytest.mark.parametrize("others", [0, 1, 3])
def test_freezing_moves_one_receiver_and_adds_none(others: int) -> None:
    async def other(request: web.Request, response: web.StreamResponse) -> None:
        pass

    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS)
    (ours,) = app.on_response_prepare
    app.on_response_prepare.extend([other] * others)

    app.freeze()

    assert list(app.on_response_prepare) == [other] * others + [ours]
    assert app.on_response_prepare.frozen


async def test_receiver_that_was_removed_before_the_start_stays_removed(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/hello", hello))
    app.on_response_prepare.clear()
    app.on_response_prepare.append(request_id)
    client = await aiohttp_client(app)

    response = await client.get("/hello", headers={"Origin": GOOD})

    assert cors_headers(response) == {"Vary": "Accept-Encoding"}


async def test_two_configs_of_one_application_both_write_after_the_other_receivers(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    configs = [CorsConfig(app, defaults=DEFAULTS) for _ in range(2)]
    app.on_response_prepare.append(request_id)
    for number, config in enumerate(configs):
        config.add(app.router.add_get(f"/{number}", hello))
    client = await aiohttp_client(app)

    for number in range(2):
        response = await client.get(f"/{number}", headers={"Origin": GOOD})
        assert "X-Request-Id" in names(response)
        assert response.headers.getall("Vary") == ["Accept-Encoding, Origin"]


async def test_websocket_handshake_is_written_after_the_other_receivers(
    aiohttp_client: Any,
) -> None:
    async def socket(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        return response

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.append(request_id)
    cors.add(app.router.add_get("/ws", socket))
    client = await aiohttp_client(app)

    async with client.ws_connect("/ws", origin=GOOD) as opened:
        headers = opened._response.headers

    assert headers["Access-Control-Allow-Origin"] == GOOD
    assert "X-Request-Id" in headers["Access-Control-Expose-Headers"]
    assert headers.getall("Vary") == ["Accept-Encoding, Origin"]


@pytest.mark.parametrize(
    "path", [pytest.param("/nowhere", id="404"), pytest.param("/fails", id="500")]
)
async def test_error_responses_of_the_application_are_written_after_the_other_receivers(
    aiohttp_client: Any, path: str
) -> None:
    async def fails(request: web.Request) -> web.Response:
        raise LookupError("no database")

    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app)
    app.on_response_prepare.append(request_id)
    app.router.add_get("/fails", fails)
    client = await aiohttp_client(app)

    response = await client.get(path, headers={"Origin": GOOD})

    assert "X-Request-Id" in names(response)
    assert response.headers.getall("Vary") == ["Accept-Encoding, Origin"]


async def test_preflights_never_reach_receivers(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.on_response_prepare.append(request_id)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    for origin, status in ((GOOD, 200), (EVIL, 403)):
        response = await client.options("/hello", headers=preflight_headers("GET", origin))
        assert response.status == status
        assert "X-Request-Id" not in response.headers


# Sub-applications: aiohttp calls the receivers of the applications around them first.


@pytest.mark.parametrize("early", [True, False], ids=["before-setup", "after-setup"])
async def test_receivers_of_the_outer_application_run_before_the_headers_of_a_covered_inner_one(
    aiohttp_client: Any, early: bool
) -> None:
    app, inner = web.Application(), web.Application()
    if early:
        app.on_response_prepare.append(request_id)
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    if not early:
        app.on_response_prepare.append(request_id)
    inner.router.add_get("/hello", hello)
    cors.add(app.add_subapp("/inner", inner))
    client = await aiohttp_client(app)

    response = await client.get("/inner/hello", headers={"Origin": GOOD})

    assert "X-Request-Id" in names(response)
    assert response.headers.getall("Vary") == ["Accept-Encoding, Origin"]


async def test_what_receivers_of_an_inner_application_set_stays_as_they_set_it(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    inner.on_response_prepare.append(request_id)
    inner.router.add_get("/hello", hello)
    cors.add(app.add_subapp("/inner", inner))
    client = await aiohttp_client(app)

    response = await client.get("/inner/hello", headers={"Origin": GOOD})

    assert response.headers["Access-Control-Allow-Origin"] == GOOD
    assert "X-Request-Id" not in names(response)
    assert response.headers.getall("Vary") == ["Accept-Encoding"]


@pytest.mark.parametrize("early", [True, False], ids=["before-setup", "after-setup"])
@pytest.mark.parametrize("outer_set_up", [True, False], ids=["both", "inner"])
async def test_inner_application_with_a_setup_writes_after_its_own_receivers_and_the_outer_ones(
    aiohttp_client: Any, early: bool, outer_set_up: bool
) -> None:
    async def outer_id(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["X-Outer"] = "1"

    app, inner = web.Application(), web.Application()
    if early:
        inner.on_response_prepare.append(request_id)
    cors = aiohttp_cors.setup(inner, defaults=DEFAULTS)
    if not early:
        inner.on_response_prepare.append(request_id)
    cors.add(inner.router.add_get("/hello", hello))
    app.add_subapp("/inner", inner)
    if outer_set_up:
        aiohttp_cors.setup(app, defaults={EVIL: OPTIONS})
    app.on_response_prepare.append(outer_id)
    client = await aiohttp_client(app)

    response = await client.get("/inner/hello", headers={"Origin": GOOD})

    assert {"X-Outer", "X-Request-Id"} <= names(response)
    assert response.headers.getall("Vary") == ["Accept-Encoding, Origin"]


async def test_receivers_of_an_inner_application_that_freezes_when_mounted_come_first(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    cors = aiohttp_cors.setup(inner, defaults=DEFAULTS)
    cors.add(inner.router.add_get("/hello", hello))
    (ours,) = inner.on_response_prepare
    inner.on_response_prepare.append(request_id)
    app.add_subapp("/inner", inner)

    assert list(inner.on_response_prepare) == [request_id, ours]
    client = await aiohttp_client(app)
    response = await client.get("/inner/hello", headers={"Origin": GOOD})
    assert "X-Request-Id" in names(response)
