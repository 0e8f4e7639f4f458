"""Where a preflight leads, and its grant, are kept if they stay the same, and not otherwise."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, kept_preflights

from .conftest import EVIL, GOOD, OTHER, VARY_PREFLIGHT, asking, check, cors_headers, hello

# Explaining asks once more, which is what these tests count.
pytestmark = pytest.mark.unexplained

SUB_DOMAIN = "https://a.sub.example"
DEFAULTS = {
    GOOD: ResourceOptions(allow_headers=["X-A"]),
    "https://*.sub.example": ResourceOptions(),
}
PUBLIC = {"*": ResourceOptions()}

#: What is kept: matches, and grants.
Kept = tuple[int, int]
NOTHING, MATCH, GRANT = (0, 0), (1, 0), (1, 1)


class Computed(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        raise NotImplementedError

    @classmethod
    def get_request_config(cls, request: Any, request_method: str) -> Any:
        return {GOOD: ResourceOptions()}


def asks(origin: str, request: web.Request) -> bool:
    return origin == GOOD


def application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/hello", hello))
    cors.add(app.router.add_get("/items/{name}", hello))
    cors.add(app.router.add_get("/public", hello), PUBLIC, inherit=False)
    mixed = cors.add(app.router.add_resource("/mixed"))
    cors.add(mixed.add_route("GET", hello), PUBLIC, inherit=False)
    cors.add(mixed.add_route("PUT", hello))
    cors.add(app.router.add_view("/computed", Computed))
    cors.add(app.router.add_get("/asks", hello), {asks: ResourceOptions()})
    return app


def kept(app: web.Application) -> Kept:
    kept = app[aiohttp_cors.APP_CONFIG_KEY]._cors_impl._routes.kept
    return len(kept._matches), kept._grants


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        pytest.param("/hello", asking("GET"), GRANT, id="exact origin"),
        pytest.param("/items/a", asking("GET", GOOD, "x-a"), GRANT, id="path with a name"),
        pytest.param("/public", asking("GET", EVIL), GRANT, id="anybody"),
        pytest.param("/public", asking("GET", "null"), GRANT, id="anybody, opaque"),
        pytest.param("/mixed", asking("GET", EVIL), MATCH, id="anybody, but not for all methods"),
        pytest.param("/hello", asking("GET", SUB_DOMAIN), MATCH, id="wildcard"),
        pytest.param("/hello", asking("GET", EVIL), MATCH, id="refused origin"),
        pytest.param("/hello", asking("PUT"), MATCH, id="refused method"),
        pytest.param("/hello", asking("GET", GOOD, "x-b"), MATCH, id="refused header"),
        pytest.param("/hello", asking("G T"), NOTHING, id="malformed"),
        pytest.param("/hello", asking("TRACE"), NOTHING, id="method that no page may use"),
        pytest.param("/hello", asking("GET", GOOD, "x" * 300), NOTHING, id="long"),
        pytest.param("/computed", asking("GET"), NOTHING, id="computed config"),
        pytest.param("/asks", asking("GET"), NOTHING, id="function"),
        pytest.param("/nothing", asking("GET"), NOTHING, id="no route"),
    ],
)
async def test_what_stays_the_same_is_kept(
    aiohttp_client: Any, path: str, headers: dict[str, str], expected: Kept
) -> None:
    app = application()
    client = await aiohttp_client(app)

    first = await client.options(path, headers=headers)
    check(kept(app), expected)
    second = await client.options(path, headers=headers)

    check((first.status, await first.text()), (second.status, await second.text()))
    check(cors_headers(first), cors_headers(second))
    check(kept(app), expected)


async def test_kept_answers_go_by_path_origin_method_and_headers(aiohttp_client: Any) -> None:
    app = application()
    client = await aiohttp_client(app)

    for _ in range(3):
        for path, headers, status in (
            ("/items/a", asking("GET"), 200),
            ("/items/b", asking("GET"), 200),
            ("/items/a", asking("HEAD"), 200),
            ("/items/a", asking("GET", GOOD, "x-a"), 200),
            ("/items/a", asking("GET", GOOD, "x-b"), 403),
            ("/items/a", asking("GET", SUB_DOMAIN, "x-a"), 403),
            ("/items/a", asking("GET", SUB_DOMAIN), 200),
            ("/items/a", asking("GET", OTHER), 403),
            ("/items/a", asking("GET", f"{GOOD}\x80"), 403),
        ):
            response = await client.options(path, headers=headers)
            check(response.status, status)
            granted = headers["Origin"] if status == 200 else None
            check(response.headers.get("Access-Control-Allow-Origin"), granted)
    check(kept(app), (5, 4))


async def test_kept_answer_grants_the_private_network_to_those_who_ask(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    options = ResourceOptions(allow_private_network=True)
    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), {GOOD: options})
    client = await aiohttp_client(app)
    private = {**asking("GET"), "Access-Control-Request-Private-Network": "true"}

    for headers, expected in [(asking("GET"), None), (private, "true")] * 2:
        response = await client.options("/", headers=headers)
        check(response.headers.get("Access-Control-Allow-Private-Network"), expected)


async def test_new_defaults_forget_what_was_kept(aiohttp_client: Any) -> None:
    app = application()
    client = await aiohttp_client(app)
    await client.options("/hello", headers=asking("GET"))

    app[aiohttp_cors.APP_CONFIG_KEY].defaults = {OTHER: ResourceOptions()}
    check(kept(app), NOTHING)
    response = await client.options("/hello", headers=asking("GET"))

    check((response.status, cors_headers(response)), (403, {"Vary": VARY_PREFLIGHT}))


@pytest.mark.parametrize("limit", ["_MOST_MATCHES", "_MOST_GRANTS"])
async def test_kept_answers_are_bounded(
    aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(kept_preflights, limit, 10)
    app = application()
    client = await aiohttp_client(app)

    for number in range(25):
        response = await client.options(f"/items/{number}", headers=asking("GET"))
        check((response.status, max(kept(app)) <= 10), (200, True))


async def test_nothing_is_kept_where_the_host_decides(aiohttp_client: Any) -> None:
    app, inner = application(), web.Application()
    inner.router.add_put("/hello", hello)
    app.add_domain("inner.example", inner)
    client = await aiohttp_client(app)

    await client.options("/hello", headers=asking("GET"))

    check(kept(app), NOTHING)


async def test_nothing_is_kept_where_the_application_resolves_requests(
    aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = web.Application()
    resolve = app.router.resolve

    async def own(request: web.Request) -> web.UrlMappingMatchInfo:
        return await resolve(request)

    monkeypatch.setattr(app.router, "resolve", own)
    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), PUBLIC)
    client = await aiohttp_client(app)

    response = await client.options("/", headers=asking("GET"))

    check((response.status, kept(app)), (200, NOTHING))


async def test_nothing_is_kept_of_applications_around_others(aiohttp_client: Any) -> None:
    app, inner = application(), web.Application()
    inner.router.add_get("/hello", hello)
    app.add_subapp("/inner", inner)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    response = await client.options("/inner/hello", headers=asking("GET"))

    check((response.status, kept(app)), (200, NOTHING))


async def test_middlewares_see_no_preflight_that_is_kept(aiohttp_client: Any) -> None:
    @web.middleware
    async def refuses(request: web.Request, handler: Any) -> web.StreamResponse:
        raise web.HTTPUnauthorized

    app = web.Application(middlewares=[refuses])
    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), {GOOD: ResourceOptions()})
    client = await aiohttp_client(app)

    for _ in range(3):
        check((await client.options("/", headers=asking("GET"))).status, 200)
        check((await client.options("/", headers=asking("GET", EVIL))).status, 403)


async def test_access_log_sees_application_and_route(aiohttp_client: Any) -> None:
    seen = []

    class Log(AbstractAccessLogger):
        def log(self, request: Any, response: web.StreamResponse, time: float) -> None:
            seen.append((request.app, request.match_info.route.resource.canonical))

    app = application()
    server = TestServer(app)
    await server.start_server(access_log=logging.getLogger("access"), access_log_class=Log)
    client = await aiohttp_client(server)

    for _ in range(3):
        await client.options("/hello", headers=asking("GET"))

    check(seen, [(app, "/hello")] * 3)


async def test_explain_knows_a_preflight_that_is_kept(aiohttp_client: Any) -> None:
    app = application()
    client = await aiohttp_client(app)
    await client.options("/hello", headers=asking("PUT"))
    for origin in (GOOD, EVIL):
        answer = await client.options("/hello", headers=asking("GET", origin))
        await client.options("/hello", headers=asking("GET", origin))

        explanation = await app[aiohttp_cors.APP_CONFIG_KEY].explain(
            "OPTIONS", "/hello", origin=origin, headers={"Access-Control-Request-Method": "GET"}
        )

        check(explanation.preflight.status, answer.status)
        check(explanation.preflight.headers, cors_headers(answer))
