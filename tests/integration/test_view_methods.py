"""Views and the methods that they lack, whatever these are called."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors
from tests.integration.conftest import (
    EVIL,
    GOOD,
    OTHER,
    cors_headers,
    preflight_headers,
)

#: Listed by the defaults alone.
PARTNER = "https://partner.example"

ANONYMOUS = ResourceOptions()
CREDENTIALS = ResourceOptions(allow_credentials=True)

UNLISTED = {"Vary": "Origin"}


def anonymous(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def with_credentials(origin: str) -> dict[str, str]:
    return {**anonymous(origin), "Access-Control-Allow-Credentials": "true"}


#: Methods that the views here lack: those that aiohttp's views may have, and others.
LACKED = [
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "LOCK",
    "REPORT",
    "PURGE",
    "M-SEARCH",
]
LACKING = pytest.mark.parametrize("method", LACKED)


class Items(web.View, CorsViewMixin):
    cors_config = {GOOD: ANONYMOUS, OTHER: ANONYMOUS}

    async def get(self) -> web.Response:
        return web.Response(text="get")

    # Of this method alone.
    @custom_cors({EVIL: ANONYMOUS})
    async def post(self) -> web.Response:
        return web.Response(text="post")


class MixinFirst(CorsViewMixin, web.View):
    cors_config = Items.cors_config
    get = Items.get
    post = Items.post


#: Lists OTHER too, but with credentials: the view, more specific, decides.
DEFAULTS = {OTHER: CREDENTIALS, PARTNER: CREDENTIALS}

#: The headers of a response, by origin.
BY_ORIGIN = {
    GOOD: anonymous(GOOD),
    OTHER: anonymous(OTHER),
    PARTNER: with_credentials(PARTNER),
    EVIL: UNLISTED,
}


# Where a view is, and how it was added.


def by_add_view(app: web.Application, view: Any) -> str:
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app.router.add_view("/items", view))
    return "/items"


def by_star_route(app: web.Application, view: Any) -> str:
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app.router.add_route("*", "/items", view))
    return "/items"


def by_resource(app: web.Application, view: Any) -> str:
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    resource = cors.add(app.router.add_resource("/items/{name}"))
    resource.add_route("*", view)
    return "/items/1"


def by_walking_the_routes(app: web.Application, view: Any) -> str:
    app.router.add_view("/items", view)
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    for route in list(app.router.routes()):
        cors.add(route)
    return "/items"


def in_a_sub_application(app: web.Application, view: Any) -> str:
    inner = web.Application()
    route = inner.router.add_view("/items", view)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(route)
    return "/inner/items"


def in_a_sub_applications_resource(app: web.Application, view: Any) -> str:
    inner = web.Application()
    inner.router.add_view("/items", view)
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app.add_subapp("/inner", inner))
    return "/inner/items"


def in_a_sub_application_with_a_setup(app: web.Application, view: Any) -> str:
    inner = web.Application()
    cors = aiohttp_cors.setup(inner, defaults=DEFAULTS)
    cors.add(inner.router.add_view("/items", view))
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, defaults={EVIL: CREDENTIALS}).add(app)
    return "/inner/items"


PLACES = pytest.mark.parametrize(
    "place",
    [
        pytest.param(by_add_view, id="add_view"),
        pytest.param(by_star_route, id="star-route"),
        pytest.param(by_resource, id="resource"),
        pytest.param(by_walking_the_routes, id="all-routes"),
        pytest.param(in_a_sub_application, id="sub-application"),
        pytest.param(in_a_sub_applications_resource, id="resource-of-a-sub-application"),
        pytest.param(in_a_sub_application_with_a_setup, id="sub-application-with-a-setup"),
    ],
)


@LACKING
@PLACES
async def test_method_that_a_view_lacks_is_a_405_by_the_layers_of_the_view(
    aiohttp_client: Any, place: Any, method: str
) -> None:
    app = web.Application()
    path = place(app, Items)
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        response = await client.request(method, path, headers={"Origin": origin})
        got = (origin, response.status, response.headers["Allow"], cors_headers(response))
        assert got == (origin, 405, "GET,OPTIONS,POST", headers)


@LACKING
async def test_order_of_the_bases_makes_no_difference(aiohttp_client: Any, method: str) -> None:
    app = web.Application()
    path = by_add_view(app, MixinFirst)
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        response = await client.request(method, path, headers={"Origin": origin})
        assert (response.status, cors_headers(response)) == (405, headers)


@LACKING
async def test_request_without_origin_varies_all_the_same(aiohttp_client: Any, method: str) -> None:
    app = web.Application()
    path = by_add_view(app, Items)
    client = await aiohttp_client(app)

    response = await client.request(method, path)

    assert (response.status, cors_headers(response)) == (405, UNLISTED)


@LACKING
async def test_config_given_with_the_route_counts_below_the_class(
    aiohttp_client: Any, method: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={PARTNER: ANONYMOUS})
    cors.add(
        app.router.add_view("/items", Items),
        {GOOD: CREDENTIALS, PARTNER: CREDENTIALS},
    )
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        response = await client.request(method, "/items", headers={"Origin": origin})
        assert (response.status, cors_headers(response)) == (405, headers)


@LACKING
async def test_star_in_the_class_allows_everybody_to_read_a_405(
    aiohttp_client: Any, method: str
) -> None:
    class Public(Items):
        cors_config = {"*": ANONYMOUS}

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/items", Public))
    client = await aiohttp_client(app)

    response = await client.request(method, "/items", headers={"Origin": EVIL})

    assert (response.status, cors_headers(response)) == (405, {"Access-Control-Allow-Origin": "*"})


@pytest.mark.parametrize(
    ("allow_methods", "allowed"),
    [
        pytest.param(None, set(LACKED), id="unset"),
        pytest.param("*", set(LACKED), id="star"),
        pytest.param(["GET", "POST"], set(), id="others"),
        pytest.param(["GET", "PROPFIND", "DELETE"], {"PROPFIND", "DELETE"}, id="some"),
        pytest.param([], set(), id="none"),
    ],
)
async def test_allow_methods_narrows_a_view_that_was_added(
    aiohttp_client: Any, allow_methods: Any, allowed: set[str]
) -> None:
    class Narrowed(Items):
        cors_config = {GOOD: ResourceOptions(allow_methods=allow_methods)}

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/items", Narrowed))
    client = await aiohttp_client(app)

    for method in LACKED[1:]:
        response = await client.request(method, "/items", headers={"Origin": GOOD})
        headers = anonymous(GOOD) if method in allowed else UNLISTED
        assert (method, response.status, cors_headers(response)) == (method, 405, headers)


@PLACES
async def test_preflight_of_any_method_passes_only_where_the_response_is_readable(
    aiohttp_client: Any, place: Any
) -> None:
    app = web.Application()
    path = place(app, Items)
    client = await aiohttp_client(app)

    for method in ("GET", "POST", *LACKED):
        for origin in BY_ORIGIN:
            preflight = await client.options(path, headers=preflight_headers(method, origin))
            actual = await client.request(method, path, headers={"Origin": origin})
            readable = actual.headers.get("Access-Control-Allow-Origin") == origin
            assert preflight.status in ((200, 403) if readable else (403,))
            if method in ("GET", "POST"):
                assert (preflight.status == 200) is readable


@pytest.mark.parametrize("method", ["PUT", "PROPFIND"])
async def test_enforcing_view_tells_unlisted_origins_nothing_of_methods_that_it_lacks(
    aiohttp_client: Any, method: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_view("/items", Items), enforce=True)
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        response = await client.request(method, "/items", headers={"Origin": origin})
        status = 403 if headers is UNLISTED else 405
        assert (origin, response.status, cors_headers(response)) == (origin, status, headers)


@pytest.mark.parametrize("method", ["PUT", "PROPFIND"])
async def test_whole_application_allows_the_405_of_a_view_by_its_layers(
    aiohttp_client: Any, method: str
) -> None:
    app = web.Application()
    app.router.add_view("/items", Items)
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app)
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        response = await client.request(method, "/items", headers={"Origin": origin})
        assert (origin, response.status, cors_headers(response)) == (origin, 405, headers)


# A view that is registered for one method.


async def test_view_of_add_get_allows_the_405_of_the_head_that_it_lacks(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app.router.add_get("/items", Items))
    client = await aiohttp_client(app)

    for origin, headers in BY_ORIGIN.items():
        for method, status in (("GET", 200), ("HEAD", 405)):
            response = await client.request(method, "/items", headers={"Origin": origin})
            assert (method, response.status, cors_headers(response)) == (method, status, headers)


@pytest.mark.parametrize("method", ["PUT", "PROPFIND", "DELETE"])
async def test_405_of_the_router_beside_a_view_of_add_get_is_nobodys(
    aiohttp_client: Any, method: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS).add(app.router.add_get("/items", Items))
    client = await aiohttp_client(app)

    for origin in BY_ORIGIN:
        response = await client.request(method, "/items", headers={"Origin": origin})
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


# A view that was not added is left alone.


class Plain(web.View):
    async def get(self) -> web.Response:
        return web.Response(text="get")

    post = get


UNADDED = pytest.mark.parametrize(
    "view", [pytest.param(Items, id="with-mixin"), pytest.param(Plain, id="plain")]
)


async def put(request: web.Request) -> web.Response:
    return web.Response(text="put")


@pytest.mark.parametrize("method", [method for method in LACKED if method != "PUT"])
@UNADDED
@pytest.mark.parametrize("allow_methods", [None, "*", ["GET", "PUT"]], ids=repr)
async def test_405_of_a_view_beside_a_route_that_was_added_is_nobodys(
    aiohttp_client: Any, allow_methods: Any, view: Any, method: str
) -> None:
    app = web.Application()
    options = ResourceOptions(allow_credentials=True, allow_methods=allow_methods)
    cors = aiohttp_cors.setup(app, defaults={GOOD: options})
    resource = app.router.add_resource("/items")
    cors.add(resource.add_route("PUT", put))
    resource.add_route("*", view)
    client = await aiohttp_client(app)

    for origin in (GOOD, OTHER, EVIL):
        response = await client.request(method, "/items", headers={"Origin": origin})
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


@UNADDED
async def test_own_configs_of_a_view_beside_a_route_that_was_added_count_for_nobody(
    aiohttp_client: Any, view: Any
) -> None:
    app = web.Application()
    listing = ResourceOptions(allow_credentials=True, allow_methods=["GET"])
    cors = aiohttp_cors.setup(app, defaults={PARTNER: listing, "https://silent.example": ANONYMOUS})
    resource = app.router.add_resource("/items")
    cors.add(resource.add_route("PUT", put))
    resource.add_route("*", view)
    client = await aiohttp_client(app)

    # `allow_methods` of the defaults opens GET to the origin that lists it, and nothing else.
    for method in ("GET", "POST"):
        for origin in (GOOD, OTHER, EVIL, PARTNER, "https://silent.example"):
            allowed = (method, origin) == ("GET", PARTNER)
            actual = await client.request(method, "/items", headers={"Origin": origin})
            preflight = await client.options("/items", headers=preflight_headers(method, origin))
            allow_origin = actual.headers.get("Access-Control-Allow-Origin")
            assert (method, actual.status, allow_origin, preflight.status) == (
                method,
                200,
                origin if allowed else None,
                200 if allowed else 403,
            )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PROPFIND"])
async def test_view_of_which_nothing_was_added_is_left_alone(
    aiohttp_client: Any, method: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS)
    app.router.add_view("/items", Items)
    client = await aiohttp_client(app)

    for origin in BY_ORIGIN:
        response = await client.request(method, "/items", headers={"Origin": origin})
        assert response.status == (200 if method in ("GET", "POST") else 405)
        assert cors_headers(response) == {}
        preflight = await client.options("/items", headers=preflight_headers(method, origin))
        assert preflight.status == 403


# A view that computes its config.


class Bare(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(text="get")

    post = get


class Computed(Bare):
    """Has a config for its GET, and for a PUT that it lacks."""

    @classmethod
    def get_request_config(cls, request: web.Request, request_method: str) -> Any:
        return {"GET": {GOOD: ANONYMOUS}, "PUT": {EVIL: ANONYMOUS}}[request_method]


class Extended(Bare):
    """Adds an origin to what the view has without computing."""

    @classmethod
    def get_request_config(cls, request: web.Request, request_method: str) -> Any:
        found = super().get_request_config(request, request_method)
        return {**found, EVIL: ANONYMOUS}


@PLACES
@pytest.mark.parametrize("view", [Computed, Extended])
@pytest.mark.parametrize("method", ["HEAD", "DELETE", "PROPFIND", "PURGE"])
async def test_method_that_a_view_lacks_and_computes_nothing_for_is_by_the_layers_below(
    aiohttp_client: Any, method: str, view: Any, place: Any
) -> None:
    app = web.Application()
    path = place(app, view)
    client = await aiohttp_client(app)

    for origin, headers in (
        (OTHER, with_credentials(OTHER)),
        (PARTNER, with_credentials(PARTNER)),
        (GOOD, UNLISTED),
        (EVIL, UNLISTED),
    ):
        response = await client.request(method, path, headers={"Origin": origin})
        got = (origin, response.status, response.headers["Allow"], cors_headers(response))
        assert got == (origin, 405, "GET,OPTIONS,POST", headers)


async def test_layers_below_a_view_that_computes_its_config_are_not_its_class(
    aiohttp_client: Any,
) -> None:
    class WithClassConfig(Computed):
        cors_config = Items.cors_config

    app = web.Application()
    path = by_add_view(app, WithClassConfig)
    client = await aiohttp_client(app)

    for origin, headers in (
        (OTHER, with_credentials(OTHER)),
        (PARTNER, with_credentials(PARTNER)),
        (GOOD, UNLISTED),
    ):
        response = await client.delete(path, headers={"Origin": origin})
        assert (origin, cors_headers(response)) == (origin, headers)


@PLACES
async def test_config_that_a_view_computes_decides_alone(aiohttp_client: Any, place: Any) -> None:
    app = web.Application()
    path = place(app, Computed)
    client = await aiohttp_client(app)

    for method, status, allowed in (("GET", 200, GOOD), ("PUT", 405, EVIL)):
        for origin in BY_ORIGIN:
            response = await client.request(method, path, headers={"Origin": origin})
            headers = anonymous(origin) if origin == allowed else UNLISTED
            got = (method, origin, response.status, cors_headers(response))
            assert got == (method, origin, status, headers)


@pytest.mark.parametrize("preflights_first", [True, False], ids=["first", "late"])
async def test_method_that_a_view_has_and_computes_nothing_for_is_closed(
    aiohttp_client: Any, preflights_first: bool
) -> None:
    # A KeyError says, as ever, that the method is allowed for nobody.
    class Closes(Bare):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return {"GET": {GOOD: ANONYMOUS}}[request_method]

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS, preflights_first=preflights_first)
    cors.add(app.router.add_view("/items", Closes))
    client = await aiohttp_client(app)

    for origin in BY_ORIGIN:
        preflight = await client.options("/items", headers=preflight_headers("POST", origin))
        actual = await client.post("/items", headers={"Origin": origin})
        assert (origin, preflight.status) == (origin, 403)
        assert (actual.status, cors_headers(actual)) == (200, UNLISTED)


async def test_view_computes_its_config_for_the_method_of_the_request(aiohttp_client: Any) -> None:
    methods: set[str] = set()

    class Computing(Items):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            methods.add(request_method)
            raise KeyError(request_method)

    app = web.Application()
    path = by_add_view(app, Computing)
    client = await aiohttp_client(app)

    for method in ("PROPFIND", "DELETE"):
        methods.clear()
        await client.request(method, path, headers={"Origin": GOOD})
        assert methods == {method}


@pytest.mark.parametrize("method", ["DELETE", "PROPFIND"])
async def test_view_that_fails_to_compute_a_config_allows_nobody(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    class Fails(Items):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            raise LookupError("no database")

    app = web.Application()
    path = by_add_view(app, Fails)
    client = await aiohttp_client(app)

    for origin in BY_ORIGIN:
        response = await client.request(method, path, headers={"Origin": origin})
        assert (response.status, cors_headers(response)) == (405, UNLISTED)
    assert "no database" in caplog.text
