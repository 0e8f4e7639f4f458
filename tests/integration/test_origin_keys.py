"""Every kind of origin at every layer, and what happens to functions that go wrong."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors
from aiohttp_cors._http.origin_functions import OriginFunctions
from tests.integration.conftest import GOOD, VARY_PREFLIGHT, cors_headers, hello, preflight_headers

OPTIONS = ResourceOptions(
    allow_credentials=True,
    expose_headers=["X-Total"],
    allow_headers=["X-Token"],
    max_age=60,
    allow_methods=["GET", "PUT"],
)

#: The methods of a config play no part where a route is added.
ROUTE_OPTIONS = OPTIONS._replace(allow_methods=None)

#: The complete responses to an origin that is not listed.
NOTHING = {"Vary": "Origin"}
REFUSED = {"Vary": VARY_PREFLIGHT}


def granted(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "X-Total",
        "Vary": "Origin",
    }


def preflight_granted(origin: str, methods: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Max-Age": "60",
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "X-TOKEN",
        "Vary": VARY_PREFLIGHT,
    }


def sync_function(origin: str, request: web.Request) -> bool:
    return origin.endswith(".good.example")


async def async_function(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(0)
    return origin.endswith(".good.example")


class Tenants:
    """A callable object whose call is a coroutine."""

    async def __call__(self, origin: str, request: web.Request) -> bool:
        return origin.endswith(".good.example")


#: A key, an origin that it lists, and one that it does not list.
KEYS = [
    pytest.param("https://app.good.example", "https://app.good.example", GOOD, id="exact"),
    pytest.param("https://*.good.example", "https://a.b.good.example", GOOD, id="sub-domain"),
    pytest.param("http://localhost:*", "http://localhost:3000", "http://localhost.", id="port"),
    pytest.param(
        "https://*.good.example:*",
        "https://a.good.example:8443",
        "https://good.example:8443",
        id="sub-domain and port",
    ),
    pytest.param(
        re.compile(r"https://pr-[0-9]+\.good\.example"),
        "https://pr-17.good.example",
        "https://pr-17.good.example.evil.example",
        id="expression",
    ),
    pytest.param(sync_function, "https://app.good.example", GOOD, id="function"),
    pytest.param(async_function, "https://app.good.example", GOOD, id="coroutine function"),
    pytest.param(Tenants(), "https://app.good.example", GOOD, id="callable object"),
    pytest.param("null", "null", "https://null", id="null"),
]


async def served(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Total": "1"})


def defaults_layer(key: Any) -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={key: OPTIONS})
    resource = cors.add(app.router.add_resource("/probe"))
    cors.add(resource.add_route("GET", served))
    return app


def resource_layer(key: Any) -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = cors.add(app.router.add_resource("/probe"), {key: OPTIONS})
    resource.add_route("GET", served)
    return app


def route_layer(key: Any) -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_route("GET", "/probe", served), {key: OPTIONS})
    return app


def view_layer(key: Any) -> web.Application:
    class Probe(web.View, CorsViewMixin):
        cors_config = {key: OPTIONS}

        async def get(self) -> web.Response:
            return await served(self.request)

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/probe", Probe))
    return app


def method_layer(key: Any) -> web.Application:
    class Probe(web.View, CorsViewMixin):
        @custom_cors({key: OPTIONS})
        async def get(self) -> web.Response:
            return await served(self.request)

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/probe", Probe))
    return app


def application_layer(key: Any) -> web.Application:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {key: OPTIONS})
    app.router.add_route("GET", "/probe", served)
    return app


LAYERS = [
    pytest.param(defaults_layer, id="defaults"),
    pytest.param(resource_layer, id="resource"),
    pytest.param(route_layer, id="route"),
    pytest.param(view_layer, id="cors_config"),
    pytest.param(method_layer, id="custom_cors"),
    pytest.param(application_layer, id="application"),
]

Layer = Callable[[Any], web.Application]


@pytest.mark.parametrize(("key", "listed", "other"), KEYS)
@pytest.mark.parametrize("layer", LAYERS)
async def test_config_lists_the_origin_on_preflight_and_actual_request_alike(
    aiohttp_client: Any, layer: Layer, key: Any, listed: str, other: str
) -> None:
    client = await aiohttp_client(layer(key))

    actual = await client.get("/probe", headers={"Origin": listed})
    preflight = await client.options("/probe", headers=preflight_headers("GET", listed, "x-token"))

    assert (actual.status, await actual.text()) == (200, "hello")
    assert cors_headers(actual) == granted(listed)
    assert (preflight.status, await preflight.read()) == (200, b"")
    assert cors_headers(preflight) == preflight_granted(listed, "GET")


@pytest.mark.parametrize(("key", "listed", "other"), KEYS)
@pytest.mark.parametrize("layer", LAYERS)
async def test_config_lists_no_other_origin_on_preflight_and_actual_request_alike(
    aiohttp_client: Any, layer: Layer, key: Any, listed: str, other: str
) -> None:
    client = await aiohttp_client(layer(key))

    actual = await client.get("/probe", headers={"Origin": other})
    preflight = await client.options("/probe", headers=preflight_headers("GET", other, "x-token"))

    assert (actual.status, await actual.text()) == (200, "hello")
    assert cors_headers(actual) == NOTHING
    assert preflight.status == 403
    assert (
        await preflight.text() == f"CORS preflight request failed: origin '{other}' is not allowed"
    )
    assert cors_headers(preflight) == REFUSED


@pytest.mark.parametrize(("key", "listed", "other"), KEYS)
@pytest.mark.parametrize("layer", LAYERS)
async def test_request_without_origin_varies_by_it_all_the_same(
    aiohttp_client: Any, layer: Layer, key: Any, listed: str, other: str
) -> None:
    client = await aiohttp_client(layer(key))

    assert cors_headers(await client.get("/probe")) == NOTHING


async def test_keys_of_all_layers_count_for_one_route(aiohttp_client: Any) -> None:
    class Probe(web.View, CorsViewMixin):
        cors_config = {"https://*.view.example": OPTIONS}

        @custom_cors({re.compile(r"https://m[0-9]\.example"): OPTIONS})
        async def get(self) -> web.Response:
            return await served(self.request)

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"http://localhost:*": OPTIONS})
    cors.add(app, {sync_function: OPTIONS})
    cors.add(app.router.add_view("/probe", Probe), {"null": OPTIONS})
    client = await aiohttp_client(app)

    for origin in (
        "https://m1.example",
        "https://a.view.example",
        "null",
        "https://a.good.example",
        "http://localhost:3000",
    ):
        actual = await client.get("/probe", headers={"Origin": origin})
        preflight = await client.options(
            "/probe", headers=preflight_headers("GET", origin, "x-token")
        )
        assert cors_headers(actual) == granted(origin)
        assert cors_headers(preflight) == preflight_granted(origin, "GET")


async def test_null_is_listed_by_its_name_alone(aiohttp_client: Any) -> None:
    keys = ["https://*.good.example", "http://localhost:*", re.compile("(?s:.*)"), always]
    client = await aiohttp_client(route_layer_of(dict.fromkeys(keys, OPTIONS)))

    assert cors_headers(await client.get("/probe", headers={"Origin": "null"})) == NOTHING


async def test_any_gives_null_the_literal_star_without_credentials(aiohttp_client: Any) -> None:
    client = await aiohttp_client(route_layer_of({"*": ROUTE_OPTIONS}))

    response = await client.get("/probe", headers={"Origin": "null"})

    assert cors_headers(response) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "X-Total",
        "Vary": "Origin",
    }


def always(origin: str, request: web.Request) -> bool:
    return True


def route_layer_of(config: dict[Any, Any], **settings: Any) -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, **settings)
    cors.add(app.router.add_route("GET", "/probe", served), config)
    return app


# Functions that go wrong.

TIMEOUT = 0.05


def raises(origin: str, request: web.Request) -> bool:
    raise LookupError("no database")


async def raises_later(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(0)
    raise LookupError("no database")


def raises_http_error(origin: str, request: web.Request) -> bool:
    raise web.HTTPUnauthorized


def returns_none(origin: str, request: web.Request) -> Any:
    return None


def returns_text(origin: str, request: web.Request) -> Any:
    return "yes"


def returns_one(origin: str, request: web.Request) -> Any:
    return 1


async def returns_list_later(origin: str, request: web.Request) -> Any:
    return [origin]


def blocks(origin: str, request: web.Request) -> bool:
    time.sleep(2 * TIMEOUT)
    return True


async def hangs(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(60)
    return True


async def returns_coroutine(origin: str, request: web.Request) -> Any:
    return asyncio.sleep


#: A function, and the words of the one record that it causes.
WRONG = [
    pytest.param(raises, "raised LookupError", id="raises"),
    pytest.param(raises_later, "raised LookupError", id="coroutine raises"),
    pytest.param(raises_http_error, "raised HTTPUnauthorized", id="raises an HTTP exception"),
    pytest.param(returns_none, "returned NoneType instead of bool", id="None"),
    pytest.param(returns_text, "returned str instead of bool", id="text"),
    pytest.param(returns_one, "returned int instead of bool", id="number"),
    pytest.param(returns_list_later, "returned list instead of bool", id="coroutine, list"),
    pytest.param(
        returns_coroutine, "returned function instead of bool", id="coroutine, of a function"
    ),
    pytest.param(blocks, "took too long", id="blocks"),
    pytest.param(hangs, "took too long", id="coroutine hangs"),
]


@pytest.mark.parametrize(("function", "words"), WRONG)
async def test_function_that_goes_wrong_gives_what_an_unlisted_origin_gets(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Any, words: str
) -> None:
    client = await aiohttp_client(route_layer_of({function: ROUTE_OPTIONS}, origin_timeout=TIMEOUT))

    actual = await client.get("/probe", headers={"Origin": GOOD})
    preflight = await client.options("/probe", headers=preflight_headers("GET", GOOD, "x-token"))

    assert (actual.status, await actual.text()) == (200, "hello")
    assert cors_headers(actual) == NOTHING
    assert preflight.status == 403
    assert (
        await preflight.text() == f"CORS preflight request failed: origin '{GOOD}' is not allowed"
    )
    assert cors_headers(preflight) == REFUSED


@pytest.mark.parametrize(("function", "words"), WRONG)
async def test_function_that_goes_wrong_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Any, words: str
) -> None:
    client = await aiohttp_client(route_layer_of({function: ROUTE_OPTIONS}, origin_timeout=TIMEOUT))

    for number in range(3):
        await client.get("/probe", headers={"Origin": f"https://a{number}.example"})
        await client.options(
            "/probe", headers=preflight_headers("GET", f"https://b{number}.example")
        )

    records = [record for record in caplog.records if record.name == "aiohttp_cors"]
    assert [record.levelno for record in records] == [logging.ERROR]
    message = records[0].getMessage()
    assert words in message
    assert repr(function) in message
    assert "when called with origin 'https://a0.example'; the origin is refused" in message
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == records


async def test_each_kind_of_trouble_is_logged_once_per_function(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def first(origin: str, request: web.Request) -> Any:
        if "key" in origin:
            raise KeyError(origin)
        if "value" in origin:
            raise ValueError(origin)
        return 1 if "number" in origin else "text"

    def second(origin: str, request: web.Request) -> Any:
        raise KeyError(origin)

    client = await aiohttp_client(route_layer_of({first: ROUTE_OPTIONS, second: ROUTE_OPTIONS}))

    for _ in range(2):
        for name in ("key", "value", "number", "text"):
            await client.get("/probe", headers={"Origin": f"https://{name}.example"})

    problems = [
        re.sub(r"<function .*\.(first|second) at \w+> (.*) when called with.*", r"\1 \2", message)
        for message in caplog.messages
    ]
    assert problems == [
        "first raised KeyError",
        "second raised KeyError",
        "first raised ValueError",
        "first returned int instead of bool",
        "first returned str instead of bool",
    ]


async def test_traceback_of_a_function_is_in_the_log(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(route_layer_of({raises: ROUTE_OPTIONS}))

    await client.get("/probe", headers={"Origin": GOOD})

    assert "LookupError: no database" in caplog.text


async def test_long_origin_is_cut_in_the_log(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(route_layer_of({raises: ROUTE_OPTIONS}))
    origin = "https://" + "a" * 300 + ".example"

    await client.get("/probe", headers={"Origin": origin})

    assert f"when called with origin '{origin[:100]}';" in caplog.messages[0]


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://a.example\x1b[31m", id="escape"),
        pytest.param("https://a.example\x7f", id="delete"),
        pytest.param("https://a.example\x85", id="C1 control"),
        pytest.param("https://a.example\t", id="tab"),
        pytest.param("https://a.example\u2028", id="line separator"),
    ],
)
async def test_origin_shows_no_raw_control_character_in_the_log(
    caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    # Clients of aiohttp refuse to send such origins, and `decide` to call functions with
    # them: this is about what is logged if they were called.
    functions = OriginFunctions()

    assert await functions._call(raises, origin, object()) is False  # type: ignore[arg-type]

    assert f"origin {origin!a};" in caplog.messages[0]
    assert caplog.messages[0].isprintable()


async def test_later_function_and_any_decide_after_one_that_went_wrong(
    aiohttp_client: Any,
) -> None:
    config = {raises: ResourceOptions(), hangs: ResourceOptions(), async_function: ROUTE_OPTIONS}
    client = await aiohttp_client(route_layer_of(config, origin_timeout=TIMEOUT))
    origin = "https://app.good.example"

    assert cors_headers(await client.get("/probe", headers={"Origin": origin})) == granted(origin)


async def test_function_in_time_is_believed(aiohttp_client: Any) -> None:
    async def slow(origin: str, request: web.Request) -> bool:
        await asyncio.sleep(TIMEOUT)
        return True

    client = await aiohttp_client(
        route_layer_of({slow: ROUTE_OPTIONS}, origin_timeout=20 * TIMEOUT)
    )

    assert cors_headers(await client.get("/probe", headers={"Origin": GOOD})) == granted(GOOD)


@pytest.mark.unexplained
async def test_function_that_hangs_is_cancelled_at_the_timeout(aiohttp_client: Any) -> None:
    ended: list[str] = []

    async def waits(origin: str, request: web.Request) -> bool:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return True

    client = await aiohttp_client(route_layer_of({waits: ROUTE_OPTIONS}, origin_timeout=TIMEOUT))

    await client.get("/probe", headers={"Origin": GOOD})

    assert ended == ["cancelled"]


async def test_exact_origins_get_a_response_while_a_function_hangs(aiohttp_client: Any) -> None:
    entered = asyncio.Event()

    async def waits(origin: str, request: web.Request) -> bool:
        entered.set()
        await asyncio.sleep(60)
        return True

    config = {waits: ROUTE_OPTIONS, "https://app.good.example": ROUTE_OPTIONS}
    client = await aiohttp_client(route_layer_of(config, origin_timeout=0.5))
    other = asyncio.ensure_future(client.get("/probe", headers={"Origin": GOOD}))
    await entered.wait()

    response = await client.get("/probe", headers={"Origin": "https://app.good.example"})

    assert cors_headers(response) == granted("https://app.good.example")
    assert not other.done()
    assert cors_headers(await other) == NOTHING


async def test_function_whose_own_look_up_was_cancelled_breaks_no_response(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # A look-up that several requests share ends so for all of them when one cancels it.
    async def shares(origin: str, request: web.Request) -> bool:
        look_up = asyncio.ensure_future(asyncio.sleep(60, True))
        look_up.cancel()
        return await look_up

    client = await aiohttp_client(route_layer_of({shares: ROUTE_OPTIONS}))

    actual = await client.get("/probe", headers={"Origin": GOOD})
    preflight = await client.options("/probe", headers=preflight_headers("GET"))

    assert (actual.status, cors_headers(actual)) == (200, NOTHING)
    assert (preflight.status, cors_headers(preflight)) == (403, REFUSED)
    assert len(caplog.messages) == 1


@pytest.mark.unexplained
async def test_function_is_called_once_for_a_preflight(aiohttp_client: Any) -> None:
    calls: list[str] = []

    async def lists(origin: str, request: web.Request) -> bool:
        calls.append(origin)
        return True

    app = web.Application()
    resource = app.router.add_resource("/probe")
    for method in ("GET", "POST", "PUT"):
        resource.add_route(method, served)
    aiohttp_cors.setup(app).add(resource, {lists: OPTIONS})
    client = await aiohttp_client(app)

    response = await client.options("/probe", headers=preflight_headers("GET", GOOD, "x-token"))

    assert cors_headers(response) == preflight_granted(GOOD, "GET")
    assert calls == [GOOD]


# A request that is cancelled: its client went away.


def lines(method: str, *fields: str) -> bytes:
    return "\r\n".join(
        [f"{method} /probe HTTP/1.1", "Host: 127.0.0.1", f"Origin: {GOOD}", *fields, "", ""]
    ).encode("ascii")


@pytest.mark.parametrize(
    ("request_bytes", "enforce"),
    [
        pytest.param(lines("GET"), False, id="actual request"),
        pytest.param(lines("GET"), True, id="enforced request"),
        pytest.param(lines("OPTIONS", "Access-Control-Request-Method: GET"), False, id="preflight"),
    ],
)
async def test_function_is_cancelled_with_its_request(
    aiohttp_server: Any,
    caplog: pytest.LogCaptureFixture,
    request_bytes: bytes,
    enforce: bool,
) -> None:
    entered, cancelled = asyncio.Event(), asyncio.Event()

    async def waits(origin: str, request: web.Request) -> bool:
        entered.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return True

    app = web.Application()
    cors = aiohttp_cors.setup(app, origin_timeout=30)
    cors.add(app.router.add_route("GET", "/probe", served), {waits: ROUTE_OPTIONS}, enforce=enforce)
    # aiohttp's test server cancels handlers of clients that go away.
    server = await aiohttp_server(app)
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(request_bytes)
    await asyncio.wait_for(entered.wait(), 5)

    writer.close()

    await asyncio.wait_for(cancelled.wait(), 5)
    assert [record for record in caplog.records if record.name == "aiohttp_cors"] == []


# What functions can read of the request.

NAME = web.AppKey("name", str)
TENANTS: web.AppKey[dict[str, str]] = web.AppKey("tenants", dict)


async def tenant_lists(origin: str, request: web.Request) -> bool:
    # The application of the route, one around it, and the path's variables.
    inner = request.app[TENANTS]
    outer = request.config_dict[NAME]
    tenant = request.match_info["tenant"]
    return outer == "outer" and inner.get(tenant) == origin


def tenant_application(*, nested: bool, enforce: bool = False) -> web.Application:
    app = web.Application()
    inner = web.Application() if nested else app
    app[NAME] = "outer"
    inner[TENANTS] = {"a": "https://a.example", "b": "https://b.example"}
    cors = aiohttp_cors.setup(inner)
    route = inner.router.add_route("GET", "/{tenant}/probe", served)
    cors.add(route, {tenant_lists: ROUTE_OPTIONS}, enforce=enforce)
    if nested:
        app.add_subapp("/inner", inner)
    return app


@pytest.mark.parametrize(
    ("nested", "path"),
    [
        pytest.param(False, "/{}/probe", id="application"),
        pytest.param(True, "/inner/{}/probe", id="sub-application"),
    ],
)
async def test_function_reads_application_and_path(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, nested: bool, path: str
) -> None:
    client = await aiohttp_client(tenant_application(nested=nested))

    for tenant, origin, allowed in (
        ("a", "https://a.example", True),
        ("a", "https://b.example", False),
        ("b", "https://b.example", True),
        ("b", "https://a.example", False),
        ("c", "https://a.example", False),
    ):
        url = path.format(tenant)
        actual = await client.get(url, headers={"Origin": origin})
        preflight = await client.options(url, headers=preflight_headers("GET", origin, "x-token"))
        assert cors_headers(actual) == (granted(origin) if allowed else NOTHING)
        expected = preflight_granted(origin, "GET") if allowed else REFUSED
        assert cors_headers(preflight) == expected
    assert caplog.messages == []


async def test_function_that_enforcement_calls_reads_application_and_path(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await aiohttp_client(tenant_application(nested=False, enforce=True))

    allowed = await client.get("/a/probe", headers={"Origin": "https://a.example"})
    refused = await client.get("/b/probe", headers={"Origin": "https://a.example"})

    assert (allowed.status, refused.status) == (200, 403)
    assert cors_headers(allowed) == granted("https://a.example")
    assert caplog.messages == []


async def test_function_of_the_outer_application_reads_a_route_of_the_inner_one(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app, inner = web.Application(), web.Application()
    app[NAME] = "outer"
    inner[TENANTS] = {"a": "https://a.example"}
    inner.router.add_route("GET", "/{tenant}/probe", served)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, enforce=True).add(app, {tenant_lists: OPTIONS})
    client = await aiohttp_client(app)
    origin = "https://a.example"

    actual = await client.get("/inner/a/probe", headers={"Origin": origin})
    preflight = await client.options(
        "/inner/a/probe", headers=preflight_headers("GET", origin, "x-token")
    )

    assert cors_headers(actual) == granted(origin)
    assert cors_headers(preflight) == preflight_granted(origin, "GET")
    assert caplog.messages == []


async def test_function_is_given_the_request_that_came(aiohttp_client: Any) -> None:
    seen: list[tuple[str, str, str]] = []

    def lists(origin: str, request: web.Request) -> bool:
        seen.append((origin, request.method, request.headers["X-Marker"]))
        return True

    client = await aiohttp_client(route_layer_of({lists: ROUTE_OPTIONS}))

    await client.get("/probe", headers={"Origin": GOOD, "X-Marker": "actual"})
    await client.options("/probe", headers={**preflight_headers("GET"), "X-Marker": "preflight"})

    assert (GOOD, "GET", "actual") in seen
    assert (GOOD, "OPTIONS", "preflight") in seen


async def test_function_is_not_called_for_requests_without_origin(aiohttp_client: Any) -> None:
    calls: list[str] = []

    def lists(origin: str, request: web.Request) -> bool:
        calls.append(origin)
        return True

    client = await aiohttp_client(route_layer_of({lists: ROUTE_OPTIONS}))

    await client.get("/probe")

    assert calls == []


async def test_function_changes_its_mind_at_the_next_request(aiohttp_client: Any) -> None:
    listed: set[str] = set()

    def lists(origin: str, request: web.Request) -> bool:
        return origin in listed

    client = await aiohttp_client(route_layer_of({lists: ROUTE_OPTIONS}))

    before = await client.get("/probe", headers={"Origin": GOOD})
    listed.add(GOOD)
    after = await client.get("/probe", headers={"Origin": GOOD})

    assert cors_headers(before) == NOTHING
    assert cors_headers(after) == granted(GOOD)


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        pytest.param(0, ValueError, id="zero"),
        pytest.param(-1, ValueError, id="negative"),
        pytest.param(float("inf"), ValueError, id="endless"),
        pytest.param(float("nan"), ValueError, id="not a number"),
        pytest.param(True, TypeError, id="bool"),
        pytest.param("1", TypeError, id="text"),
        pytest.param(None, TypeError, id="None"),
    ],
)
def test_origin_timeout_is_positive_seconds(timeout: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="'origin_timeout' must be"):
        aiohttp_cors.setup(web.Application(), origin_timeout=timeout)


async def test_function_among_the_defaults_is_not_called_for_routes_that_were_not_added(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app, defaults={hangs: OPTIONS}, origin_timeout=30)
    app.router.add_get("/", hello)
    client = await aiohttp_client(app)

    response = await asyncio.wait_for(client.get("/", headers={"Origin": GOOD}), 5)

    assert cors_headers(response) == {}
