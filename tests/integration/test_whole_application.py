"""``cors.add(app)``: every route, every error, every application inside, in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter
from tests.integration.conftest import (
    EVIL,
    GOOD,
    VARY_PREFLIGHT,
    cors_headers,
    hello,
    preflight_headers,
)

OTHER = "https://other.example"
OPTIONS = ResourceOptions(expose_headers=["X-Total"], max_age=60)

NOTHING = {"Vary": "Origin"}
REFUSED = {"Vary": VARY_PREFLIGHT}


def granted(origin: str = GOOD) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "X-Total",
        "Vary": "Origin",
    }


def preflight_granted(method: str, origin: str = GOOD) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Max-Age": "60",
        "Access-Control-Allow-Methods": method,
        "Vary": VARY_PREFLIGHT,
    }


async def fails(request: web.Request) -> web.Response:
    raise RuntimeError("a bug of the application")


async def forbids(request: web.Request) -> web.Response:
    raise web.HTTPForbidden


async def own_options(request: web.Request) -> web.Response:
    return web.Response(text="own options")


async def streams(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"hello")
    return response


class PlainView(web.View):
    async def get(self) -> web.Response:
        return web.Response(text="view")

    async def put(self) -> web.Response:
        return web.Response(text="view")


class OptionsView(web.View):
    async def get(self) -> web.Response:
        return web.Response(text="view")

    async def options(self) -> web.Response:
        return web.Response(text="own options")


class CorsView(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(text="view")


class ForeignResource(web.AbstractResource):
    """A resource of a third party: it resolves in its own way, and has a "*" route."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix
        self._route = web.ResourceRoute(hdrs.METH_ANY, hello, self)

    @property
    def canonical(self) -> str:
        return self._prefix

    def add_prefix(self, prefix: str) -> None:
        self._prefix = prefix + self._prefix

    def raw_match(self, path: str) -> bool:
        return path == self._prefix

    def url_for(self, *args: str, **kwargs: str) -> Any:
        raise NotImplementedError

    def get_info(self) -> Any:
        return {"prefix": self._prefix}

    async def resolve(self, request: web.Request) -> Any:
        if not request.rel_url.raw_path.startswith(self._prefix):
            return None, set()
        return web.UrlMappingMatchInfo({}, self._route), {"GET"}

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter([self._route])


def whole(config: Mapping[Any, Any] | None = None, **settings: Any) -> web.Application:
    """Make an application of every sort of route, with CORS for the whole of it."""
    app = web.Application(
        middlewares=[web.normalize_path_middleware(append_slash=True, merge_slashes=True)]
    )
    cors = aiohttp_cors.setup(app, **settings)
    cors.add(app, {GOOD: OPTIONS} if config is None else config)
    router = app.router
    router.add_get("/route", hello)
    router.add_post("/route", hello)
    router.add_route("PUT", "/put", hello)
    router.add_get("/500", fails)
    router.add_get("/403", forbids)
    router.add_get("/stream", streams)
    router.add_get("/slash/", hello)
    router.add_get("/{name}/dynamic", hello)
    router.add_route("*", "/any", hello)
    router.add_view("/view", PlainView)
    router.add_view("/options-view", OptionsView)
    router.add_view("/cors-view", CorsView)
    router.add_get("/options", hello)
    router.add_route("OPTIONS", "/options", own_options)
    router.add_get("/get-view", PlainView)
    router.register_resource(ForeignResource("/foreign"))
    inner = web.Application()
    inner.router.add_get("/route", hello)
    deeper = web.Application()
    deeper.router.add_get("/route", hello)
    deeper.router.add_view("/view", PlainView)
    inner.add_subapp("/deeper", deeper)
    app.add_subapp("/inner", inner)
    return app


# method, path, status
ACTUAL = [
    pytest.param("GET", "/route", 200, id="route"),
    pytest.param("HEAD", "/route", 200, id="HEAD of a GET route"),
    pytest.param("POST", "/route", 200, id="route of another method"),
    pytest.param("PUT", "/put", 200, id="method that takes a preflight"),
    pytest.param("GET", "/a/dynamic", 200, id="dynamic path"),
    pytest.param("GET", "/stream", 200, id="stream"),
    pytest.param("GET", "/nowhere", 404, id="404"),
    pytest.param("PUT", "/nowhere", 404, id="404 of another method"),
    pytest.param("DELETE", "/nowhere", 404, id="404 of DELETE"),
    pytest.param("PURGE", "/nowhere", 404, id="404 of a method unheard of"),
    pytest.param("DELETE", "/route", 405, id="405"),
    pytest.param("PURGE", "/route", 405, id="405 of a method unheard of"),
    pytest.param("OPTIONS", "/route", 405, id="405 of OPTIONS that is no preflight"),
    pytest.param("GET", "/500", 500, id="500"),
    pytest.param("GET", "/403", 403, id="HTTP exception"),
    pytest.param("GET", "/slash", 308, id="redirect that appends a slash"),
    pytest.param("GET", "/a//dynamic", 308, id="redirect that merges slashes"),
    pytest.param("PUT", "/any", 200, id="'*' route"),
    pytest.param("OPTIONS", "/any", 200, id="OPTIONS of a '*' route"),
    pytest.param("PURGE", "/any", 200, id="method unheard of, '*' route"),
    pytest.param("GET", "/view", 200, id="plain view"),
    pytest.param("PUT", "/view", 200, id="plain view, method that takes a preflight"),
    pytest.param("DELETE", "/view", 405, id="405 of a plain view"),
    pytest.param("GET", "/get-view", 200, id="plain view by add_get"),
    pytest.param("GET", "/options-view", 200, id="view with OPTIONS"),
    pytest.param("OPTIONS", "/options-view", 200, id="OPTIONS of a view"),
    pytest.param("GET", "/cors-view", 200, id="view with the mixin"),
    pytest.param("DELETE", "/cors-view", 405, id="405 of a view with the mixin"),
    pytest.param("GET", "/options", 200, id="route beside an OPTIONS handler"),
    pytest.param("OPTIONS", "/options", 200, id="OPTIONS handler of the application"),
    pytest.param("GET", "/foreign/x", 200, id="resource of a third party"),
    pytest.param("GET", "/inner/route", 200, id="sub-application"),
    pytest.param("GET", "/inner/nowhere", 404, id="404 of a sub-application"),
    pytest.param("DELETE", "/inner/route", 405, id="405 of a sub-application"),
    pytest.param("GET", "/inner/deeper/route", 200, id="sub-application of a sub-application"),
    pytest.param("GET", "/inner/deeper/view", 200, id="view two applications deep"),
    pytest.param("GET", "/inner/deeper/x", 404, id="404 two applications deep"),
]


@pytest.fixture
async def client(aiohttp_client: Any) -> Any:
    return await aiohttp_client(whole())


@pytest.mark.parametrize(("method", "path", "status"), ACTUAL)
async def test_response_is_allowed_for_the_listed_origin(
    client: Any, method: str, path: str, status: int
) -> None:
    headers = {"Origin": GOOD}
    response = await client.request(method, path, headers=headers, allow_redirects=False)

    assert response.status == status
    assert cors_headers(response) == granted()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": EVIL}, id="unlisted"),
        pytest.param({"Origin": "null"}, id="opaque"),
        pytest.param({}, id="no origin"),
    ],
)
@pytest.mark.parametrize(("method", "path", "status"), ACTUAL)
async def test_response_is_allowed_for_nobody_else_and_says_that_it_varies(
    client: Any, method: str, path: str, status: int, headers: dict[str, str]
) -> None:
    response = await client.request(method, path, headers=headers, allow_redirects=False)

    assert response.status == status
    assert cors_headers(response) == NOTHING


# path, requested method
PREFLIGHTS = [
    pytest.param("/route", "GET", id="route"),
    pytest.param("/route", "DELETE", id="405"),
    pytest.param("/route", "PURGE", id="405 of a method unheard of"),
    pytest.param("/put", "PUT", id="method that takes a preflight"),
    pytest.param("/a/dynamic", "GET", id="dynamic path"),
    pytest.param("/nowhere", "GET", id="404"),
    pytest.param("/nowhere", "DELETE", id="404 of another method"),
    pytest.param("/500", "GET", id="500"),
    pytest.param("/slash", "GET", id="redirect that appends a slash"),
    pytest.param("/slash", "PUT", id="405 after a redirect"),
    pytest.param("/a//dynamic", "GET", id="redirect that merges slashes"),
    pytest.param("/any", "PUT", id="'*' route"),
    pytest.param("/view", "PUT", id="plain view"),
    pytest.param("/view", "DELETE", id="405 of a plain view"),
    pytest.param("/get-view", "GET", id="plain view by add_get"),
    pytest.param("/options-view", "GET", id="view with OPTIONS"),
    pytest.param("/cors-view", "GET", id="view with the mixin"),
    pytest.param("/options", "GET", id="OPTIONS handler of the application"),
    pytest.param("/foreign/x", "GET", id="resource of a third party"),
    pytest.param("/inner/route", "GET", id="sub-application"),
    pytest.param("/inner/nowhere", "GET", id="404 of a sub-application"),
    pytest.param("/inner/route", "DELETE", id="405 of a sub-application"),
    pytest.param("/inner/deeper/route", "GET", id="two applications deep"),
    pytest.param("/inner/deeper/view", "PUT", id="view two applications deep"),
]


@pytest.mark.parametrize(("path", "method"), PREFLIGHTS)
async def test_preflight_from_the_listed_origin_is_granted(
    client: Any, path: str, method: str
) -> None:
    response = await client.options(path, headers=preflight_headers(method), allow_redirects=False)

    assert (response.status, await response.read()) == (200, b"")
    assert cors_headers(response) == preflight_granted(method)


@pytest.mark.parametrize(("path", "method"), PREFLIGHTS)
async def test_preflight_from_another_origin_is_refused(
    client: Any, path: str, method: str
) -> None:
    response = await client.options(
        path, headers=preflight_headers(method, EVIL), allow_redirects=False
    )

    assert response.status == 403
    assert await response.text() == f"CORS preflight request failed: origin '{EVIL}' is not allowed"
    assert cors_headers(response) == REFUSED


async def test_own_options_handlers_get_options_that_is_not_a_preflight(client: Any) -> None:
    for path in ("/options", "/options-view"):
        for headers in ({}, {"Origin": GOOD}, {"Access-Control-Request-Method": "GET"}):
            response = await client.options(path, headers=headers)
            assert (response.status, await response.text()) == (200, "own options")


async def test_response_names_the_methods_of_a_405_as_ever(client: Any) -> None:
    response = await client.delete("/route", headers={"Origin": GOOD})

    assert response.headers["Allow"] == "GET,HEAD,POST"


async def test_body_and_status_are_those_without_cors(client: Any) -> None:
    response = await client.get("/nowhere", headers={"Origin": GOOD})

    assert await response.text() == "404: Not Found"


async def test_static_files_are_allowed(aiohttp_client: Any, tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("hello")
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS})
    app.router.add_static("/static", tmp_path)
    client = await aiohttp_client(app)

    for method, path, headers, status in (
        ("GET", "/static/a.txt", {}, 200),
        ("HEAD", "/static/a.txt", {}, 200),
        ("GET", "/static/a.txt", {"Range": "bytes=0-1"}, 206),
        ("GET", "/static/a.txt", {"Range": "bytes=900-"}, 416),
        ("GET", "/static/none.txt", {}, 404),
        ("POST", "/static/a.txt", {}, 405),
    ):
        response = await client.request(method, path, headers={"Origin": GOOD, **headers})
        assert response.status == status
        assert cors_headers(response) == granted()
        refused = await client.request(method, path, headers={"Origin": EVIL, **headers})
        assert cors_headers(refused) == NOTHING


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_preflight_for_a_static_file_is_granted(
    aiohttp_client: Any, tmp_path: Any, method: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS})
    app.router.add_static("/static", tmp_path)
    client = await aiohttp_client(app)

    response = await client.options("/static/a.txt", headers=preflight_headers(method))

    assert cors_headers(response) == preflight_granted(method)


async def test_defaults_are_the_policy_where_none_is_given(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OPTIONS})
    cors.add(app)
    app.router.add_get("/", hello)
    client = await aiohttp_client(app)

    for path in ("/", "/nowhere"):
        assert cors_headers(await client.get(path, headers={"Origin": GOOD})) == granted()


async def test_defaults_come_below_the_config(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={OTHER: OPTIONS, GOOD: ResourceOptions()})
    cors.add(app, {GOOD: OPTIONS})
    client = await aiohttp_client(app)

    for origin in (GOOD, OTHER):
        response = await client.get("/", headers={"Origin": origin})
        assert cors_headers(response) == granted(origin)


async def test_inherit_false_cuts_the_defaults_off(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={OTHER: OPTIONS})
    cors.add(app, {GOOD: OPTIONS}, inherit=False)
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/", headers={"Origin": GOOD})) == granted()
    assert cors_headers(await client.get("/", headers={"Origin": OTHER})) == NOTHING


async def test_anonymous_any_is_one_response_for_every_path(aiohttp_client: Any) -> None:
    client = await aiohttp_client(whole({"*": ResourceOptions()}))

    for path in ("/route", "/nowhere", "/500", "/inner/route", "/view"):
        for headers in ({}, {"Origin": EVIL}, {"Origin": "null"}):
            response = await client.get(path, headers=headers)
            assert cors_headers(response) == {"Access-Control-Allow-Origin": "*"}


async def test_allow_methods_of_the_config_say_what_is_allowed(aiohttp_client: Any) -> None:
    options = OPTIONS._replace(allow_methods=["GET"])
    client = await aiohttp_client(whole({GOOD: options}))

    assert cors_headers(await client.get("/route", headers={"Origin": GOOD})) == granted()
    assert (await client.options("/route", headers=preflight_headers("POST"))).status == 403
    refused = await client.post("/route", headers={"Origin": GOOD})
    assert "Access-Control-Allow-Origin" not in refused.headers


# Before and after, and whom else it meets.


async def test_routes_and_sub_applications_before_and_after_are_covered(
    aiohttp_client: Any,
) -> None:
    app, before, after = web.Application(), web.Application(), web.Application()
    app.router.add_get("/before", hello)
    before.router.add_get("/route", hello)
    app.add_subapp("/before-app", before)
    cors = aiohttp_cors.setup(app)
    cors.add(app, {GOOD: OPTIONS})
    app.router.add_get("/after", hello)
    after.router.add_get("/route", hello)
    app.add_subapp("/after-app", after)
    client = await aiohttp_client(app)

    for path in ("/before", "/after", "/before-app/route", "/after-app/route"):
        actual = await client.get(path, headers={"Origin": GOOD})
        preflight = await client.options(path, headers=preflight_headers("GET"))
        assert cors_headers(actual) == granted()
        assert cors_headers(preflight) == preflight_granted("GET")


async def test_routes_of_others_never_make_start_up_fail(aiohttp_client: Any) -> None:
    third_party = web.Application()
    third_party.router.add_get("/options", hello)
    third_party.router.add_route("OPTIONS", "/options", own_options)
    third_party.router.add_view("/view", PlainView)
    third_party.router.register_resource(ForeignResource("/foreign"))
    app = web.Application()
    app.add_subapp("/docs", third_party)
    cors = aiohttp_cors.setup(app)
    for resource in third_party.router.resources():
        if not isinstance(resource, ForeignResource):
            with pytest.raises(ValueError, match=r"call cors\.add\(app\), which takes any route"):
                cors.add(resource)

    cors.add(app, {GOOD: OPTIONS})
    client = await aiohttp_client(app)

    for path in ("/docs/options", "/docs/view"):
        assert cors_headers(await client.get(path, headers={"Origin": GOOD})) == granted()


async def test_entities_added_one_by_one_keep_their_own_config(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/before", hello), {OTHER: OPTIONS})
    cors.add(app, {GOOD: OPTIONS})
    cors.add(app.router.add_get("/after", hello), {OTHER: OPTIONS})
    app.router.add_get("/plain", hello)
    client = await aiohttp_client(app)

    for path in ("/before", "/after"):
        for origin in (GOOD, OTHER):
            response = await client.get(path, headers={"Origin": origin})
            assert cors_headers(response) == granted(origin)
    assert cors_headers(await client.get("/plain", headers={"Origin": OTHER})) == NOTHING


def inner_with(config: Mapping[Any, Any] | None, *, everything: bool) -> web.Application:
    inner = web.Application()
    cors = aiohttp_cors.setup(inner)
    route = inner.router.add_get("/added", hello)
    inner.router.add_get("/other", hello)
    cors.add(inner if everything else route, config)
    return inner


@pytest.mark.parametrize(
    ("path", "decided_by"),
    [
        pytest.param("/inner/added", OTHER, id="route that the inner one added"),
        pytest.param("/inner/other", GOOD, id="route that it did not add"),
        pytest.param("/inner/nowhere", GOOD, id="404 of the inner one"),
        pytest.param("/added", GOOD, id="404 of the outer one"),
    ],
)
async def test_inner_application_decides_alone_about_what_it_added(
    aiohttp_client: Any, path: str, decided_by: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS})
    app.add_subapp("/inner", inner_with({OTHER: OPTIONS}, everything=False))
    client = await aiohttp_client(app)

    for origin in (GOOD, OTHER):
        actual = await client.get(path, headers={"Origin": origin})
        preflight = await client.options(path, headers=preflight_headers("GET", origin))
        listed = origin == decided_by
        assert cors_headers(actual) == (granted(origin) if listed else NOTHING)
        assert preflight.status == (200 if listed else 403)


@pytest.mark.parametrize(
    ("path", "decided_by"),
    [
        pytest.param("/inner/added", OTHER, id="route"),
        pytest.param("/inner/other", OTHER, id="another route"),
        pytest.param("/inner/nowhere", OTHER, id="404 of the inner one"),
        pytest.param("/nowhere", GOOD, id="404 of the outer one"),
    ],
)
async def test_inner_application_that_was_added_whole_decides_alone(
    aiohttp_client: Any, path: str, decided_by: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS})
    app.add_subapp("/inner", inner_with({OTHER: OPTIONS}, everything=True))
    client = await aiohttp_client(app)

    for origin in (GOOD, OTHER):
        actual = await client.get(path, headers={"Origin": origin})
        preflight = await client.options(path, headers=preflight_headers("GET", origin))
        listed = origin == decided_by
        assert cors_headers(actual) == (granted(origin) if listed else NOTHING)
        assert preflight.status == (200 if listed else 403)


async def test_inner_application_that_lists_nobody_stays_closed(aiohttp_client: Any) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {"*": ResourceOptions()})
    app.add_subapp("/inner", inner_with(None, everything=True))
    client = await aiohttp_client(app)

    for path in ("/inner/added", "/inner/nowhere"):
        assert cors_headers(await client.get(path, headers={"Origin": GOOD})) == NOTHING
        assert (await client.options(path, headers=preflight_headers("GET"))).status == 403


async def test_inner_application_with_cors_set_up_but_nothing_added_is_covered(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS})
    aiohttp_cors.setup(inner, defaults={OTHER: OPTIONS})
    inner.router.add_get("/route", hello)
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/inner/route", headers={"Origin": GOOD})) == granted()
    assert cors_headers(await client.get("/inner/route", headers={"Origin": OTHER})) == NOTHING


async def test_walking_all_routes_as_well_changes_nothing(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OPTIONS})
    cors.add(app)
    app.router.add_get("/route", hello)
    for route in app.router.routes():
        cors.add(route)
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/route", headers={"Origin": GOOD})) == granted()
    preflight = await client.options("/route", headers=preflight_headers("GET"))
    assert cors_headers(preflight) == preflight_granted("GET")


# What is stricter than the application stays so.


def stricter(**arguments: Any) -> web.Application:
    """Make an application that is open to all but for what is closed one by one."""
    app = web.Application(
        middlewares=[web.normalize_path_middleware(append_slash=True, merge_slashes=True)]
    )
    cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
    cors.add(app, {"*": ResourceOptions()})
    app.router.add_get("/open", hello)
    resource = cors.add(app.router.add_resource("/resource"), **arguments)
    resource.add_route("GET", hello)
    resource.add_route("POST", hello)
    cors.add(app.router.add_get("/route", hello), **arguments)
    app.router.add_post("/route", hello)
    cors.add(app.router.add_view("/view", CorsView), **arguments)
    cors.add(app.router.add_route("*", "/any", hello), **arguments)
    inner = web.Application()
    inner.router.add_get("/route", hello)
    cors.add(app.add_subapp("/inner", inner), **arguments)
    return app


CLOSED = [
    pytest.param("GET", "/resource", id="resource"),
    pytest.param("HEAD", "/resource", id="HEAD of a resource without one: 405"),
    pytest.param("POST", "/resource", id="other method of a resource"),
    pytest.param("DELETE", "/resource", id="405 of a resource"),
    pytest.param("PURGE", "/resource", id="405 of a resource, method unheard of"),
    pytest.param("GET", "/route", id="route"),
    pytest.param("HEAD", "/route", id="HEAD of a GET route"),
    pytest.param("GET", "/view", id="view"),
    pytest.param("DELETE", "/view", id="405 of a view"),
    pytest.param("GET", "/any", id="'*' route"),
    pytest.param("DELETE", "/any", id="'*' route, another method"),
    pytest.param("PURGE", "/any", id="'*' route, method unheard of"),
    pytest.param("GET", "/inner/route", id="sub-application"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_entity_closed_by_an_empty_config_is_closed_to_everybody(
    aiohttp_client: Any, method: str, path: str
) -> None:
    client = await aiohttp_client(stricter(config={}, inherit=False))

    for origin in (GOOD, EVIL, "null"):
        actual = await client.request(method, path, headers={"Origin": origin})
        preflight = await client.options(path, headers=preflight_headers(method, origin))
        assert cors_headers(actual) in (NOTHING, {})
        assert preflight.status == 403
        assert cors_headers(preflight) == REFUSED


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_stricter_entity_is_allowed_for_its_own_origins_alone(
    aiohttp_client: Any, method: str, path: str
) -> None:
    options = OPTIONS._replace(allow_methods="*")
    client = await aiohttp_client(stricter(config={OTHER: options}, inherit=False))

    for origin in (GOOD, EVIL, "null"):
        actual = await client.request(method, path, headers={"Origin": origin})
        preflight = await client.options(path, headers=preflight_headers(method, origin))
        assert cors_headers(actual) == NOTHING
        assert preflight.status == 403


async def test_what_is_not_closed_beside_it_stays_open(aiohttp_client: Any) -> None:
    client = await aiohttp_client(stricter(config={}, inherit=False))

    for method, path, status in (
        ("GET", "/open", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/open", 405),
        ("POST", "/route", 200),
    ):
        actual = await client.request(method, path, headers={"Origin": GOOD})
        preflight = await client.options(path, headers=preflight_headers(method))
        assert actual.status == status
        assert cors_headers(actual) == {"Access-Control-Allow-Origin": "*"}
        assert preflight.status == 200


async def test_closed_resource_does_not_open_by_a_route_added_to_it(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
    cors.add(app)
    resource = cors.add(app.router.add_resource("/closed"), {}, inherit=False)
    cors.add(resource.add_route("GET", hello))
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/closed", headers={"Origin": GOOD})) == NOTHING


@pytest.mark.parametrize("first", ["GET", "POST"])
async def test_405_between_an_open_and_a_closed_resource_on_one_path_is_closed(
    aiohttp_client: Any, first: str
) -> None:
    # Which of the two would have served the method nobody knows: the stricter one decides.
    second = "POST" if first == "GET" else "GET"
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {"*": ResourceOptions()})
    app.router.add_route(first, "/{name}", hello)
    closed = app.router.add_resource("/path")
    closed.add_route(second, hello)
    cors.add(closed, {}, inherit=False)
    client = await aiohttp_client(app)

    response = await client.delete("/path", headers={"Origin": GOOD})

    assert response.status == 405
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_405_between_two_resources_on_one_path_is_decided_by_the_one_with_the_options_route(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app)
    first = app.router.add_resource("/path")
    first.add_route("PUT", hello)
    app.router.add_get("/between", hello)
    second = app.router.add_resource("/path")
    second.add_route("GET", hello)
    cors.add(first, {GOOD: OPTIONS})
    cors.add(second, {OTHER: OPTIONS})
    client = await aiohttp_client(app)

    response = await client.delete("/path", headers={"Origin": GOOD})

    assert (response.status, cors_headers(response)) == (405, granted())


# Adding it again, and what can't be added.


def test_adding_it_again_with_an_equal_config_changes_nothing() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    assert cors.add(app, {GOOD: OPTIONS}) is app
    assert cors.add(app, {GOOD: OPTIONS._asdict()}) is app


@pytest.mark.parametrize(
    ("again", "words"),
    [
        pytest.param({"config": {OTHER: OPTIONS}}, OTHER, id="config"),
        pytest.param({"config": None}, "with {}", id="no config"),
        pytest.param({"config": {GOOD: OPTIONS}, "inherit": False}, "inherit=False", id="inherit"),
        pytest.param({"config": {GOOD: OPTIONS}, "enforce": True}, "enforce=True", id="enforce"),
    ],
)
async def test_adding_it_again_with_another_config_is_an_error_that_shows_both(
    aiohttp_client: Any, again: dict[str, Any], words: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {GOOD: OPTIONS})

    with pytest.raises(ValueError, match="already configured for the application") as caught:
        cors.add(app, **again)

    assert GOOD in str(caught.value)
    assert words in str(caught.value)
    client = await aiohttp_client(app)
    assert cors_headers(await client.get("/", headers={"Origin": GOOD})) == granted()
    assert cors_headers(await client.get("/", headers={"Origin": OTHER})) == NOTHING


def test_another_application_is_an_error_that_says_so() -> None:
    app, other = web.Application(), web.Application()
    cors = aiohttp_cors.setup(app)

    with pytest.raises(ValueError, match="Application") as caught:
        cors.add(other, {GOOD: OPTIONS})

    assert "add_subapp" in str(caught.value)


def test_sub_application_itself_is_an_error_that_names_what_to_add() -> None:
    app, inner = web.Application(), web.Application()
    app.add_subapp("/inner", inner)
    cors = aiohttp_cors.setup(app)

    with pytest.raises(ValueError, match="add_subapp"):
        cors.add(inner, {GOOD: OPTIONS})


def test_preflights_first_false_is_an_error_that_names_the_argument() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, preflights_first=False)

    with pytest.raises(ValueError, match="leave out preflights_first=False"):
        cors.add(app, {GOOD: OPTIONS})


class OwnAdapter(AbstractRouterAdapter):
    """An adapter as users wrote it for 0.8.1: it takes whatever it is given."""

    def __init__(self) -> None:
        self.configs: dict[Any, Any] = {}

    def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None:
        pass

    def is_preflight_request(self, request: web.Request) -> bool:
        return False

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return False

    def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None:
        self.configs[routing_entity] = config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Any:
        return {}

    def get_non_preflight_request_config(self, request: web.Request) -> Any:
        return {}


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    pass


@pytest.mark.parametrize("derived", [False, True], ids=["own", "derived"])
def test_router_adapter_is_an_error_that_names_the_argument(derived: bool) -> None:
    app = web.Application()
    adapter = DerivedAdapter(app.router, {}) if derived else OwnAdapter()
    cors = aiohttp_cors.setup(app, router_adapter=adapter)

    with pytest.raises(ValueError, match=r"router.adapter"):
        cors.add(app, {GOOD: OPTIONS})


def test_invalid_config_leaves_the_application_alone() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    with pytest.raises(ValueError, match="max_age"):
        cors.add(app, {GOOD: {"max_age": -1}})

    cors.add(app, {GOOD: OPTIONS})


async def test_frozen_application_is_an_error(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    await aiohttp_client(app)

    with pytest.raises(RuntimeError, match="before it is started"):
        cors.add(app, {GOOD: OPTIONS})
