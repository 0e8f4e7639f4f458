"""Preflights over the wire: what is granted, what is refused, and who never sees them."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    MAX_AGE,
    OTHER,
    VARY_PREFLIGHT,
    check,
    check_cors,
    check_refusal,
    exchange,
    hello,
    preflight_headers,
    request_bytes,
    send,
)

PATH = "/thing"
VARY = {"Vary": VARY_PREFLIGHT}

#: Both orders: the response to a preflight does not depend on who responds first.
ORDERS = pytest.mark.parametrize(
    "preflights_first",
    [
        pytest.param(True, id="before-middlewares"),
        pytest.param(False, id="after-middlewares"),
    ],
)


def options(**given):
    return {GOOD: ResourceOptions(**given)}


def lines_of(requested):
    return [f"{name}: {value}" for name, value in requested.items()]


async def preflight(server, *requested, path=PATH, **named):
    """Send one preflight over a raw socket."""
    return await send(server, "OPTIONS", path, *lines_of(preflight_headers(*requested, **named)))


# Entities: each serves GET, and PUT beside it, at PATH.


def as_routes(app, cors, config):
    for method in ("PUT", "GET"):
        cors.add(app.router.add_route(method, PATH, hello), config)


def as_resource(app, cors, config):
    resource = app.router.add_resource(PATH)
    for method in ("PUT", "GET"):
        resource.add_route(method, hello)
    cors.add(resource, config)


class GetAndPut(web.View, CorsViewMixin):
    async def get(self):
        return await hello(self.request)

    async def put(self):
        return await hello(self.request)


def as_view(app, cors, config):
    cors.add(app.router.add_view(PATH, GetAndPut), config)


def as_class_config(app, cors, config):
    class View(GetAndPut):
        cors_config = config

    cors.add(app.router.add_view(PATH, View))


def as_method_config(app, cors, config):
    class View(web.View, CorsViewMixin):
        @custom_cors(config)
        async def get(self):
            return await hello(self.request)

        @custom_cors(config)
        async def put(self):
            return await hello(self.request)

    cors.add(app.router.add_view(PATH, View))


def as_computed_config(app, cors, config):
    class View(GetAndPut):
        @classmethod
        def get_request_config(cls, request, request_method):
            return config

    cors.add(app.router.add_view(PATH, View))


def as_defaults(app, cors, config):
    cors.defaults = config
    as_routes(app, cors, None)


ENTITIES = [
    pytest.param(as_routes, id="routes"),
    pytest.param(as_resource, id="resource"),
    pytest.param(as_view, id="view"),
    pytest.param(as_class_config, id="view-with-class-config"),
    pytest.param(as_method_config, id="view-with-method-config"),
    pytest.param(as_computed_config, id="view-with-computed-config"),
    pytest.param(as_defaults, id="defaults"),
]
SOME_ENTITIES = [ENTITIES[0], ENTITIES[1], ENTITIES[2]]


@pytest.fixture
def serve(aiohttp_server):
    """Return a function that starts a server for what ``build`` adds."""

    async def _serve(build, *given, defaults=None, **arguments):
        app = web.Application()
        cors = aiohttp_cors.setup(app, defaults=defaults, **arguments)
        build(app, cors, *given)
        return await aiohttp_server(app)

    return _serve


# Granted

FULL = ResourceOptions(
    allow_credentials=True,
    allow_headers=["X-B", "x-a", "Authorization"],
    max_age=600,
    allow_methods=["PUT", "GET"],
    expose_headers=["X-Total"],
    allow_timing=True,
)
PLAIN = ResourceOptions(allow_methods=["PUT", "GET"])
POLICY = {GOOD: FULL, OTHER: PLAIN, "*": ResourceOptions(allow_methods=["GET"], max_age=0)}


@ORDERS
@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        pytest.param(
            preflight_headers("PUT", GOOD, "x-b,x-a"),
            {
                ALLOW_ORIGIN: GOOD,
                ALLOW_CREDENTIALS: "true",
                MAX_AGE: "600",
                ALLOW_METHODS: "PUT",
                ALLOW_HEADERS: "X-A,X-B",
            },
            id="all-options",
        ),
        pytest.param(
            preflight_headers("GET", GOOD, "authorization"),
            {
                ALLOW_ORIGIN: GOOD,
                ALLOW_CREDENTIALS: "true",
                MAX_AGE: "600",
                ALLOW_METHODS: "GET",
                ALLOW_HEADERS: "AUTHORIZATION",
            },
            id="one-header",
        ),
        pytest.param(
            preflight_headers("GET", OTHER),
            {ALLOW_ORIGIN: OTHER, ALLOW_METHODS: "GET"},
            id="no-options",
        ),
        pytest.param(
            preflight_headers("GET", OTHER, ""),
            {ALLOW_ORIGIN: OTHER, ALLOW_METHODS: "GET"},
            id="no-headers",
        ),
    ],
)
async def test_preflight_of_a_listed_origin_is_granted(
    serve, entity, preflights_first, requested, expected
):
    server = await serve(entity, POLICY, preflights_first=preflights_first)
    reply = await send(server, "OPTIONS", PATH, *lines_of(requested))
    check((reply.status, reply.body), (200, b""))
    check_cors(reply, {**expected, **VARY})


@ORDERS
@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(EVIL, id="origin"),
        pytest.param("null", id="opaque"),
        pytest.param("<script>", id="no-origin-at-all"),
    ],
)
async def test_anonymous_star_alone_is_the_literal_star(serve, entity, preflights_first, origin):
    server = await serve(
        entity,
        {"*": ResourceOptions(allow_methods="*")},
        preflights_first=preflights_first,
    )
    reply = await preflight(server, "PUT", origin)
    check(reply.status, 200)
    check_cors(reply, {ALLOW_ORIGIN: "*", ALLOW_METHODS: "PUT", **VARY})


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        pytest.param(EVIL, {ALLOW_ORIGIN: EVIL, ALLOW_CREDENTIALS: "true"}, id="origin"),
        pytest.param("null", {ALLOW_ORIGIN: "*"}, id="opaque"),
        pytest.param("<script>", {ALLOW_ORIGIN: "*"}, id="no-origin-at-all"),
    ],
)
async def test_star_with_credentials_echoes_origins_only(serve, entity, origin, expected):
    config = {"*": ResourceOptions(allow_credentials=True, allow_methods="*")}
    server = await serve(entity, config)
    reply = await preflight(server, "PUT", origin)
    check_cors(reply, {**expected, ALLOW_METHODS: "PUT", **VARY})


@pytest.mark.parametrize(
    ("requested", "opted_in", "written"),
    [
        pytest.param("true", True, "true", id="requested-and-opted-in"),
        pytest.param("true", False, None, id="not-opted-in"),
        pytest.param("false", True, None, id="requested-otherwise"),
    ],
)
async def test_private_network_is_granted_where_opted_in(serve, requested, opted_in, written):
    server = await serve(as_routes, options(allow_private_network=opted_in))
    line = f"Access-Control-Request-Private-Network: {requested}"
    reply = await send(server, "OPTIONS", PATH, *lines_of(preflight_headers("GET")), line)
    check(reply.status, 200)
    check(reply.headers.get("Access-Control-Allow-Private-Network"), written)


# Refused


@ORDERS
@pytest.mark.parametrize("entity", SOME_ENTITIES)
@pytest.mark.parametrize(
    ("requested", "text"),
    [
        pytest.param(
            preflight_headers("GET", EVIL),
            "origin 'https://evil.example' is not allowed",
            id="origin",
        ),
        pytest.param(
            preflight_headers("GET", "null"), "origin 'null' is not allowed", id="opaque-origin"
        ),
        pytest.param(
            preflight_headers("DELETE"),
            "request method 'DELETE' is not allowed for 'https://good.example' origin",
            id="method-that-is-not-routed",
        ),
        pytest.param(
            preflight_headers("put"),
            "request method 'put' is not allowed for 'https://good.example' origin",
            id="method-in-lower-case",
        ),
        pytest.param(
            preflight_headers("TRACE"),
            "request method 'TRACE' is not allowed for 'https://good.example' origin",
            id="method-that-is-forbidden",
        ),
        pytest.param(
            preflight_headers("PUT", headers="x-a,test"),
            "headers are not allowed: TEST",
            id="one-header",
        ),
        pytest.param(
            preflight_headers("PUT", headers="x-c,x-a,x-b"),
            "headers are not allowed: X-B, X-C",
            id="two-headers",
        ),
    ],
)
async def test_preflight_is_refused_with_the_reason(
    serve, entity, preflights_first, requested, text
):
    config = options(allow_headers=["X-A"], allow_methods=["GET", "PUT"])
    server = await serve(entity, config, preflights_first=preflights_first)
    reply = await send(server, "OPTIONS", PATH, *lines_of(requested))
    check_refusal(reply, text, reply.body)


@ORDERS
@pytest.mark.parametrize("entity", SOME_ENTITIES)
async def test_preflight_is_refused_where_no_origin_is_listed(serve, entity, preflights_first):
    server = await serve(entity, None, preflights_first=preflights_first)
    reply = await preflight(server, "GET")
    check_refusal(reply, "no origins are allowed", reply.body)


@pytest.mark.parametrize("entity", SOME_ENTITIES)
async def test_method_beyond_allow_methods_is_refused(serve, entity):
    server = await serve(entity, options(allow_methods=["GET"]))
    reply = await preflight(server, "PUT")
    # The method of a route that was added itself is allowed, whatever allow_methods says.
    check(reply.status, 200 if entity is as_routes else 403)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "trace", "Track"])
async def test_forbidden_method_is_refused_where_all_are_allowed(serve, method):
    def build(app, cors):
        cors.add(
            app.router.add_route("*", PATH, hello),
            {"*": ResourceOptions(allow_methods="*", allow_headers="*")},
        )

    reply = await preflight(await serve(build), method)
    check_refusal(
        reply,
        f"request method '{method}' is not allowed for 'https://good.example' origin",
        reply.body,
    )


@ORDERS
@pytest.mark.parametrize("entity", SOME_ENTITIES)
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            [b"Origin: https://good.example"] * 2 + [b"Access-Control-Request-Method: GET"],
            id="Origin-twice",
        ),
        pytest.param(
            [
                b"Origin: https://good.example",
                b"Origin: https://evil.example",
                b"Access-Control-Request-Method: GET",
            ],
            id="two-Origins",
        ),
        pytest.param(
            [b"Origin: https://good.example\xc3\xa9", b"Access-Control-Request-Method: GET"],
            id="Origin-in-UTF-8",
        ),
        pytest.param(
            [b"Origin: \xff\xfe", b"Access-Control-Request-Method: GET"], id="Origin-of-bytes"
        ),
        pytest.param(
            [b"Origin: https://good.example x", b"Access-Control-Request-Method: GET"],
            id="space-in-Origin",
        ),
        pytest.param(
            [b"Origin: https://good.example", b"Access-Control-Request-Method: G\xe9T"],
            id="method-of-bytes",
        ),
        pytest.param(
            [b"Origin: https://good.example", b"Access-Control-Request-Method: (X)@<Y>"],
            id="method-that-is-no-token",
        ),
        pytest.param(
            [b"Origin: https://good.example", b"Access-Control-Request-Method: "],
            id="empty-method",
        ),
        pytest.param(
            [b"Origin: https://good.example"] + [b"Access-Control-Request-Method: GET"] * 2,
            id="method-twice",
        ),
        *(
            pytest.param(
                [
                    b"Origin: https://good.example",
                    b"Access-Control-Request-Method: GET",
                    b"Access-Control-Request-Headers: " + value,
                ],
                id=name,
            )
            for name, value in [
                ("header-of-bytes", b"X-\xff"),
                ("header-in-UTF-8", b"X-\xc3\xa9"),
                ("header-with-a-space", b"X A"),
                ("header-with-a-colon", b"X-A: 1"),
                ("header-in-quotes", b'"X-A"'),
                ("header-with-markup", b"(X)@<Y>"),
                ("second-header", b"X-A, X B"),
                ("many-spaces", b"x" + b" " * 7500 + b"y"),
            ]
        ),
    ],
)
async def test_malformed_preflight_is_refused_without_an_echo(
    serve, entity, preflights_first, lines
):
    config = {GOOD: ResourceOptions(allow_headers="*", allow_methods="*"), "*": ResourceOptions()}
    server = await serve(entity, config, preflights_first=preflights_first)
    reply = await send(server, "OPTIONS", PATH, *lines)
    check(reply.status, 403)
    check_cors(reply, VARY)
    check(reply.headers["Content-Type"], "text/plain; charset=utf-8")
    check(reply.headers["X-Content-Type-Options"], "nosniff")
    check([mark for mark in (b"\xff", b"\xe9", b"<Y>", b"example") if mark in reply.body], [])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_malformed_origin_is_the_reason_whatever_method_is_requested(serve, method):
    server = await serve(as_routes, options())
    reply = await preflight(server, method, "x y")
    text = "the Origin header is not visible ASCII text"
    check_refusal(reply, text, reply.body)


@pytest.mark.parametrize("byte", [b"\x00", b"\x01", b"\x0b", b"\x1b", b"\x7f"])
@pytest.mark.parametrize(
    "name", ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
)
async def test_control_character_gets_a_response_without_a_grant(serve, name, byte):
    config = {"*": ResourceOptions(allow_headers="*", allow_methods="*")}
    server = await serve(as_resource, config)
    requested = {
        name: value.encode() for name, value in preflight_headers("GET", GOOD, "X-A").items()
    }
    requested[name] += byte
    lines = [name.encode() + b": " + value for name, value in requested.items()]
    reply = await send(server, "OPTIONS", PATH, *lines)
    # aiohttp's parser refuses some of them itself.
    check(reply.status in (400, 403), True)
    check(reply.headers.get(ALLOW_ORIGIN), None)


@pytest.mark.parametrize(
    ("requested", "mark"),
    [
        pytest.param(preflight_headers("GET", "https://" + "e" * 4000), b"e" * 101, id="origin"),
        pytest.param(preflight_headers("M" * 4000), b"M" * 101, id="method"),
        pytest.param(
            preflight_headers("PUT", headers=",".join(f"X-H{number}" for number in range(500))),
            b"X-H131",
            id="headers",
        ),
        pytest.param(
            preflight_headers("PUT", headers="X" * 4000), b"X" * 101, id="one-long-header"
        ),
    ],
)
async def test_refusal_quotes_at_most_100_characters(serve, requested, mark):
    server = await serve(as_routes, options())
    reply = await send(server, "OPTIONS", PATH, *lines_of(requested))
    check((reply.status, mark in reply.body, len(reply.body) < 250), (403, False, True))


# What is requested


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        pytest.param(["X-B,X-A"], "X-A,X-B", id="sorted"),
        pytest.param(["x-b,X-a"], "X-A,X-B", id="upper-case"),
        pytest.param(["X-A,x-a,X-A"], "X-A", id="each-once"),
        pytest.param([" X-A , X-B "], "X-A,X-B", id="spaces"),
        pytest.param(["\tX-A\t,\tX-B\t"], "X-A,X-B", id="tabs"),
        pytest.param([",,X-A,, ,X-B,"], "X-A,X-B", id="empty-elements"),
        pytest.param(["X-B", "X-A"], "X-A,X-B", id="two-lines"),
        pytest.param(["X-B", "", "X-A"], "X-A,X-B", id="an-empty-line"),
        pytest.param(["!#$%&'*+-.^_`|~0"], "!#$%&'*+-.^_`|~0", id="all-of-a-token"),
        pytest.param(
            [f"X-{number:02}" for number in range(30)],
            ",".join(f"X-{number:02}" for number in range(30)),
            id="30-lines",
        ),
        pytest.param([",,,"], None, id="only-commas"),
        pytest.param([","], None, id="one-comma"),
        pytest.param([""], None, id="nothing"),
        pytest.param(["," * 8000], None, id="8000-commas"),
        pytest.param([*["," * 1000] * 20, "X-A"], "X-A", id="20-lines-of-1000-commas"),
    ],
)
@pytest.mark.parametrize("entity", SOME_ENTITIES)
async def test_requested_headers_are_those_in_the_response(serve, entity, lines, written):
    server = await serve(entity, options(allow_headers="*", allow_methods="*"))
    fields = [f"Access-Control-Request-Headers: {line}" for line in lines]
    reply = await send(server, "OPTIONS", PATH, *lines_of(preflight_headers("GET")), *fields)
    check((reply.status, reply.headers.get(ALLOW_HEADERS)), (200, written))


@pytest.mark.parametrize(
    ("allowed", "credentials", "requested", "status"),
    [
        pytest.param("*", False, "X-Any", 200, id="wildcard"),
        pytest.param("*", False, "Authorization", 403, id="wildcard-never-Authorization"),
        pytest.param("*", True, "Authorization", 200, id="Authorization-with-credentials"),
        pytest.param(
            ["*", "Authorization"], False, "X-Any,authorization", 200, id="Authorization-listed"
        ),
        pytest.param(["AUTHORIZATION"], False, "Authorization", 200, id="Authorization-alone"),
        pytest.param(["x-a"], False, "X-A", 200, id="case"),
        pytest.param(["X-A"], False, "X-A-B", 403, id="longer-name"),
        pytest.param([], False, "X-A", 403, id="none"),
        pytest.param([], False, "", 200, id="none-requested"),
    ],
)
async def test_requested_headers_must_be_allowed(serve, allowed, credentials, requested, status):
    config = options(allow_headers=allowed, allow_credentials=credentials)
    reply = await preflight(await serve(as_routes, config), "PUT", headers=requested)
    check(reply.status, status)


# Methods


def routes_of(*methods, added=None):
    """Route ``methods``, and add those of ``added``."""

    def build(app, cors, config):
        resource = app.router.add_resource(PATH)
        for method in methods:
            route = resource.add_route(method, hello)
            if added is None or method in added:
                cors.add(route, config)

    return build


def resource_of(*methods):
    def build(app, cors, config):
        resource = app.router.add_resource(PATH)
        for method in methods:
            resource.add_route(method, hello)
        cors.add(resource, config)

    return build


def route_of_add_get(app, cors, config):
    cors.add(app.router.add_get(PATH, hello), config)


def resource_of_add_get(app, cors, config):
    cors.add(app.router.add_get(PATH, hello).resource, config)


def static(app, cors, config):
    cors.add(app.router.add_static(PATH, "."), config)


def star_route(app, cors, config):
    cors.add(app.router.add_route("*", PATH, hello), config)


def star_resource(app, cors, config):
    cors.add(app.router.add_route("*", PATH, hello).resource, config)


def star_beside_post(app, cors, config):
    resource = app.router.add_resource(PATH)
    cors.add(resource.add_route("POST", hello), config)
    cors.add(resource.add_route("*", hello), {EVIL: ResourceOptions()})


class OwnOptions(web.View, CorsViewMixin):
    async def get(self):
        return await hello(self.request)

    async def options(self):
        return web.Response(text="own options")


def view_with_options(app, cors, config):
    cors.add(app.router.add_view(PATH, OwnOptions), config)


def view_by_add_get(app, cors, config):
    cors.add(app.router.add_get(PATH, GetAndPut), config)


@pytest.mark.parametrize(
    ("build", "config", "method", "allowed"),
    [
        pytest.param(routes_of("PUT", "DELETE", "GET"), {}, "GET", True, id="routes"),
        pytest.param(
            routes_of("PUT", "DELETE", "GET", added=["PUT", "GET"]),
            {},
            "PUT",
            True,
            id="route-that-was-not-added",
        ),
        pytest.param(
            routes_of("PUT", "DELETE", added=["PUT"]), {}, "DELETE", False, id="sibling-of-a-route"
        ),
        pytest.param(
            routes_of("PUT", "DELETE", added=["PUT"]),
            {"allow_methods": ["DELETE"]},
            "DELETE",
            True,
            id="sibling-that-allow_methods-of-a-route-lists",
        ),
        pytest.param(
            routes_of("PUT", "DELETE", added=["PUT"]),
            {"allow_methods": ["PUT"]},
            "DELETE",
            False,
            id="sibling-that-allow_methods-of-a-route-does-not-list",
        ),
        pytest.param(
            routes_of("PUT"),
            {"allow_methods": ["GET"]},
            "PUT",
            True,
            id="route-beats-allow_methods",
        ),
        pytest.param(routes_of("PURGE"), {}, "PURGE", True, id="method-of-the-application"),
        pytest.param(route_of_add_get, {}, "GET", True, id="add_get"),
        pytest.param(route_of_add_get, {}, "HEAD", True, id="HEAD-of-add_get"),
        pytest.param(
            resource_of_add_get,
            {"allow_methods": ["GET"]},
            "HEAD",
            True,
            id="HEAD-follows-GET-in-allow_methods",
        ),
        pytest.param(resource_of("PUT", "GET", "POST"), {}, "POST", True, id="resource-safelisted"),
        pytest.param(resource_of("PUT", "GET"), {}, "PUT", False, id="resource-not-safelisted"),
        pytest.param(
            resource_of("PUT", "GET", "POST"),
            {"allow_methods": ["put", "get", "patch"]},
            "PUT",
            True,
            id="resource-allow_methods",
        ),
        pytest.param(
            resource_of("PUT", "GET"),
            {"allow_methods": ["POST", "PUT"]},
            "GET",
            False,
            id="resource-beyond-allow_methods",
        ),
        pytest.param(
            resource_of("PUT", "GET"),
            {"allow_methods": "*"},
            "DELETE",
            False,
            id="method-that-is-not-routed",
        ),
        pytest.param(static, {}, "GET", True, id="static"),
        pytest.param(static, {}, "HEAD", True, id="HEAD-of-static"),
        pytest.param(static, {}, "PUT", False, id="PUT-to-static"),
        pytest.param(star_route, {}, "DELETE", True, id="star-route"),
        pytest.param(star_resource, {}, "POST", True, id="star-resource"),
        pytest.param(star_resource, {}, "DELETE", False, id="star-resource-not-safelisted"),
        pytest.param(
            star_resource, {"allow_methods": "*"}, "DELETE", True, id="star-resource-allow_methods"
        ),
        pytest.param(
            star_route,
            {},
            "PURGE",
            True,
            id="star-route-with-another-method",
        ),
        pytest.param(star_beside_post, {}, "POST", True, id="route-beside-a-star"),
        pytest.param(star_beside_post, {}, "PUT", False, id="star-beside-a-route"),
        pytest.param(as_view, {}, "PUT", True, id="view"),
        pytest.param(as_view, {}, "DELETE", False, id="method-that-a-view-lacks"),
        pytest.param(as_view, {}, "OPTIONS", False, id="OPTIONS-of-a-view-is-the-library's"),
        pytest.param(as_view, {"allow_methods": ["PUT"]}, "PUT", True, id="view-allow_methods"),
        pytest.param(as_view, {"allow_methods": ["PUT"]}, "GET", False, id="view-beyond"),
        pytest.param(view_with_options, {}, "GET", True, id="view-with-its-own-OPTIONS"),
        pytest.param(view_by_add_get, {}, "GET", True, id="view-by-add_get"),
        pytest.param(view_by_add_get, {}, "PUT", False, id="PUT-of-a-view-by-add_get"),
    ],
)
async def test_preflight_allows_its_method_and_no_other(serve, build, config, method, allowed):
    server = await serve(build, options(**config))
    reply = await preflight(server, method)
    expected = {ALLOW_ORIGIN: GOOD, ALLOW_METHODS: method} if allowed else {}
    check(reply.status, 200 if allowed else 403)
    check_cors(reply, {**expected, **VARY})


@pytest.mark.parametrize("method", [*sorted(hdrs.METH_ALL - {"CONNECT", "TRACE"}), "PURGE"])
@pytest.mark.parametrize("config", [{}, {"allow_methods": "*"}, {"allow_methods": ["PUT"]}])
@pytest.mark.parametrize(
    "build",
    [
        *SOME_ENTITIES,
        pytest.param(routes_of("PUT", "GET", added=["PUT"]), id="one-route-of-two"),
        pytest.param(route_of_add_get, id="add_get"),
        pytest.param(resource_of_add_get, id="resource-of-add_get"),
        pytest.param(static, id="static"),
        pytest.param(star_route, id="star-route"),
        pytest.param(star_resource, id="star-resource"),
        pytest.param(star_beside_post, id="star-beside-POST"),
        pytest.param(view_with_options, id="view-with-its-own-OPTIONS"),
        pytest.param(view_by_add_get, id="view-by-add_get"),
    ],
)
async def test_preflight_passes_exactly_where_the_actual_request_does(serve, build, config, method):
    server = await serve(build, options(**config))
    preflight_reply = await preflight(server, method)
    actual = await send(server, method, PATH, f"Origin: {GOOD}")
    readable = actual.headers.get(ALLOW_ORIGIN) == GOOD
    # A view's 405 is readable, though the method that it lacks passes no preflight.
    if actual.status != 405:
        check((preflight_reply.status == 200, method), (readable, method))


# OPTIONS requests that are no preflights

NO_METHOD = "'Access-Control-Request-Method' header is not specified"


@ORDERS
@pytest.mark.parametrize("build", [*SOME_ENTITIES, pytest.param(static, id="static")])
@pytest.mark.parametrize(
    ("lines", "text"),
    [
        pytest.param([], "origin header is not specified in the request", id="nothing"),
        pytest.param(
            ["Access-Control-Request-Method: GET"],
            "origin header is not specified in the request",
            id="no-Origin",
        ),
        pytest.param([f"Origin: {GOOD}"], NO_METHOD, id="no-method"),
        pytest.param(
            [f"Origin: {GOOD}", "Access-Control-Request-Headers: X-A"], NO_METHOD, id="headers-only"
        ),
    ],
)
async def test_options_request_to_a_route_of_the_library_is_refused(
    serve, build, preflights_first, lines, text
):
    server = await serve(build, options(), preflights_first=preflights_first)
    reply = await send(server, "OPTIONS", PATH, *lines)
    check((reply.status, reply.body), (403, f"CORS preflight request failed: {text}".encode()))
    check(reply.headers.get(ALLOW_ORIGIN), None)


async def own_options(request):
    return web.Response(text="own options")


def own_star(app, cors, config):
    cors.add(app.router.add_route("*", PATH, own_options), config)


OWN = pytest.mark.parametrize(
    "build",
    [
        pytest.param(own_star, id="star-route"),
        pytest.param(view_with_options, id="view-with-its-own-OPTIONS"),
    ],
)


@OWN
@pytest.mark.parametrize(
    ("lines", "granted"),
    [
        pytest.param([], {}, id="no-Origin"),
        pytest.param([f"Origin: {EVIL}"], {}, id="refused"),
        pytest.param([f"Origin: {GOOD}"], {ALLOW_ORIGIN: GOOD}, id="granted"),
    ],
)
async def test_options_request_reaches_the_application_where_options_is_its_own(
    serve, build, lines, granted
):
    server = await serve(build, options())
    reply = await send(server, "OPTIONS", PATH, *lines)
    check((reply.status, reply.body), (200, b"own options"))
    check_cors(reply, {**granted, "Vary": "Origin"})


@OWN
async def test_preflight_does_not_reach_the_application_where_options_is_its_own(serve, build):
    server = await serve(build, options())
    replies = [await preflight(server, "GET", origin) for origin in (GOOD, EVIL)]
    check([reply.status for reply in replies], [200, 403])
    check([b"own options" in reply.body for reply in replies], [False, False])


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/plain", 405, b"405: Method Not Allowed", id="no-OPTIONS"),
        pytest.param("/own", 200, b"own options", id="OPTIONS-of-its-own"),
        pytest.param("/none", 404, b"404: Not Found", id="no-route"),
    ],
)
async def test_preflight_to_what_was_not_added_is_left_alone(serve, path, status, body):
    def build(app, cors):
        as_routes(app, cors, options())
        app.router.add_get("/plain", hello)
        app.router.add_get("/own", hello)
        app.router.add_options("/own", own_options)

    reply = await preflight(await serve(build), "GET", path=path)
    check((reply.status, reply.body), (status, body))
    check_cors(reply, {})


# The route of the real request


async def read_first(request):
    return web.Response(text="first")


async def read_second(request):
    return web.Response(text="second")


def overlapping(app, cors):
    cors.add(app.router.add_get("/things/{name}", read_first), {GOOD: ResourceOptions()})
    cors.add(app.router.add_put("/{kind}/new", read_second), {OTHER: ResourceOptions()})
    cors.add(app.router.add_post("/things/{number:\\d+}", read_second), {OTHER: ResourceOptions()})


@pytest.mark.parametrize(
    ("path", "method", "granted"),
    [
        pytest.param("/things/new", "GET", [GOOD], id="first"),
        pytest.param("/things/new", "PUT", [OTHER], id="another-pattern"),
        pytest.param("/things/new", "POST", [], id="neither"),
        pytest.param("/things/17", "POST", [OTHER], id="expression"),
        pytest.param("/things/17", "GET", [GOOD], id="first-beside-an-expression"),
        pytest.param("/things/17", "PUT", [], id="no-PUT"),
        pytest.param("/other/new", "PUT", [OTHER], id="second-alone"),
    ],
)
async def test_overlapping_routes_are_told_apart_by_the_method(serve, path, method, granted):
    server = await serve(overlapping)
    passing = [
        origin
        for origin in (GOOD, OTHER, EVIL)
        if (await preflight(server, method, origin, path=path)).status == 200
    ]
    check(passing, granted)


@pytest.mark.parametrize("depth", [1, 2, 3])
async def test_route_of_a_nested_application_is_found(serve, depth):
    def build(app, cors):
        inner = web.Application()
        as_routes(inner, cors, options())
        for _ in range(depth - 1):
            outer = web.Application()
            outer.add_subapp("/sub", inner)
            inner = outer
        app.add_subapp("/sub", inner)

    reply = await preflight(await serve(build), "PUT", path="/sub" * depth + PATH)
    check((reply.status, reply.headers.get(ALLOW_METHODS)), (200, "PUT"))


async def test_query_and_encoded_path_find_the_route(serve):
    def build(app, cors):
        cors.add(app.router.add_get("/a/{name}", hello), options())

    reply = await preflight(await serve(build), "GET", path="/a/c%2Fd?x=%20y")
    check(reply.status, 200)


# Who does not see preflights


class Counters:
    """An application that counts what of it runs."""

    def __init__(self, refusal=None):
        self.seen = []
        self._refusal = refusal

    def application(self):
        @web.middleware
        async def middleware(request, handler):
            self.seen.append("middleware")
            if self._refusal is not None:
                raise self._refusal()
            return await handler(request)

        return web.Application(middlewares=[middleware])

    def add(self, app, cors, config):
        async def handler(request):
            self.seen.append("handler")
            return web.Response(text="hello")

        async def expect(request):
            self.seen.append("expect handler")

        async def signal(request, response):
            self.seen.append("signal")

        route = app.router.add_route("PUT", PATH, handler, expect_handler=expect)
        app.on_response_prepare.append(signal)
        cors.add(route, config)


@pytest.fixture
def count(aiohttp_server):
    async def _count(counters, *, inside=False, **arguments):
        app = counters.application()
        outer = web.Application() if inside else app
        counters.add(app, aiohttp_cors.setup(outer, **arguments), options())
        if inside:
            outer.add_subapp("/sub", app)
        return await aiohttp_server(outer)

    return _count


@pytest.mark.parametrize("inside", [False, True], ids=["application", "sub-application"])
@pytest.mark.parametrize(
    ("requested", "status"),
    [
        pytest.param(preflight_headers("PUT"), 200, id="granted"),
        pytest.param(preflight_headers("PUT", EVIL), 403, id="refused"),
        pytest.param(preflight_headers("PUT", headers="X A"), 403, id="malformed"),
        pytest.param({**preflight_headers("PUT"), "Expect": "100-continue"}, 200, id="Expect"),
        pytest.param(
            {**preflight_headers("PUT"), "Expect": "something"}, 200, id="Expect-something"
        ),
    ],
)
async def test_nothing_of_the_application_runs_for_a_preflight(count, inside, requested, status):
    counters = Counters()
    server = await count(counters, inside=inside)
    path = f"/sub{PATH}" if inside else PATH
    reply = await send(server, "OPTIONS", path, *lines_of(requested))
    check((reply.status, counters.seen), (status, []))


async def test_all_of_the_application_runs_for_an_actual_request(count):
    counters = Counters()
    reply = await send(await count(counters), "PUT", PATH, f"Origin: {GOOD}")
    check((reply.status, counters.seen), (200, ["middleware", "handler", "signal"]))


@pytest.mark.unexplained
@pytest.mark.parametrize("origin", [GOOD, EVIL])
async def test_middlewares_respond_to_preflights_where_they_come_first(count, origin):
    counters = Counters(web.HTTPUnauthorized)
    server = await count(counters, preflights_first=False)
    reply = await preflight(server, "PUT", origin)
    check((reply.status, reply.headers.get(ALLOW_ORIGIN)), (401, None))


async def test_middlewares_see_refusals_as_exceptions_where_they_come_first(aiohttp_server):
    seen = []

    @web.middleware
    async def watch(request, handler):
        try:
            return await handler(request)
        except web.HTTPException as error:
            seen.append(error.status)
            raise

    app = web.Application(middlewares=[watch])
    as_routes(app, aiohttp_cors.setup(app, preflights_first=False), options())
    reply = await preflight(await aiohttp_server(app), "PUT", EVIL)
    check((reply.status, seen), (403, [403]))


# Code of the application that is called during a preflight


NAME = web.AppKey("NAME", str)
NAME_OF_ALL = web.AppKey("NAME_OF_ALL", str)


@ORDERS
@pytest.mark.parametrize(("origin", "status"), [(GOOD, 200), (EVIL, 403)])
async def test_computed_config_knows_where_the_request_leads(
    aiohttp_server, caplog, preflights_first, origin, status
):
    seen = set()

    class View(web.View, CorsViewMixin):
        async def put(self):
            return await hello(self.request)

        @classmethod
        def get_request_config(cls, request, request_method):
            tenant = request.match_info["tenant"]
            names = request.app[NAME], request.config_dict[NAME_OF_ALL]
            seen.add((*names, tenant, request.host, request_method))
            return {f"https://{tenant}.example": ResourceOptions()}

    app, sub = web.Application(), web.Application()
    app[NAME], sub[NAME], app[NAME_OF_ALL] = "outer", "inner", "everything"
    cors = aiohttp_cors.setup(app, preflights_first=preflights_first)
    cors.add(sub.router.add_view("/{tenant}", View))
    app.add_subapp("/sub", sub)
    server = await aiohttp_server(app)
    with caplog.at_level(logging.WARNING):
        reply = await send(
            server,
            "OPTIONS",
            "/sub/good",
            "Host: host.example",
            *lines_of(preflight_headers("PUT", origin)),
        )
    check(reply.status, status)
    check(seen, {("inner", "everything", "good", "host.example", "PUT")})
    check([record.getMessage() for record in caplog.records], [])


@ORDERS
async def test_computed_config_decides_about_each_method(serve, preflights_first):
    class View(GetAndPut):
        @classmethod
        def get_request_config(cls, request, request_method):
            return options() if request_method == "GET" else {}

    def build(app, cors):
        cors.add(app.router.add_view(PATH, View))

    server = await serve(build, defaults=options(), preflights_first=preflights_first)
    preflight_replies = [await preflight(server, method) for method in ("GET", "PUT")]
    check([reply.headers.get(ALLOW_METHODS) for reply in preflight_replies], ["GET", None])


@ORDERS
async def test_computed_config_that_fails_is_a_refusal(serve, caplog, preflights_first):
    class View(GetAndPut):
        @classmethod
        def get_request_config(cls, request, request_method):
            raise ZeroDivisionError

    def build(app, cors):
        cors.add(app.router.add_view(PATH, View))

    caplog.set_level(logging.CRITICAL)
    server = await serve(build, preflights_first=preflights_first)
    reply = await preflight(server, "GET")
    check(reply.status, 403)
    check_cors(reply, VARY)


async def test_log_names_the_view_whose_computed_config_failed(serve, caplog):
    class View(GetAndPut):
        @classmethod
        def get_request_config(cls, request, request_method):
            raise ZeroDivisionError

    def build(app, cors):
        cors.add(app.router.add_view(PATH, View))

    server = await serve(build)
    await send(server, "GET", PATH, f"Origin: {GOOD}")
    # explain() asks the view, too.
    check(set(caplog.messages), {f"{View!r}.get_request_config failed; the origin is refused"})


@ORDERS
async def test_computed_config_without_the_method_is_a_refusal(serve, preflights_first):
    class View(GetAndPut):
        @classmethod
        def get_request_config(cls, request, request_method):
            return {"PUT": options()}[request_method]

    def build(app, cors):
        cors.add(app.router.add_view(PATH, View))

    server = await serve(build, preflights_first=preflights_first)
    replies = [await preflight(server, method) for method in ("GET", "PUT")]
    check([reply.status for reply in replies], [403, 200])


# Connections


async def test_connection_lives_on_after_preflights(serve):
    server = await serve(as_routes, options())
    granted = request_bytes("OPTIONS", PATH, *lines_of(preflight_headers("PUT")))
    refused = request_bytes("OPTIONS", PATH, *lines_of(preflight_headers("PUT", EVIL)))
    malformed = request_bytes("OPTIONS", PATH, *lines_of(preflight_headers("PUT", headers="X A")))
    actual = request_bytes("PUT", PATH, f"Origin: {GOOD}")
    replies = await exchange(server, granted, actual, refused, actual, malformed, actual)
    check([reply.status for reply in replies], [200, 200, 403, 200, 403, 200])
    check(
        [reply.headers.get(ALLOW_ORIGIN) for reply in replies], [GOOD, GOOD, None, GOOD, None, GOOD]
    )


async def test_connection_lives_on_after_a_preflight_with_a_body(serve):
    server = await serve(as_routes, options())
    requested = (
        request_bytes("OPTIONS", PATH, *lines_of(preflight_headers("PUT")), "Content-Length: 5")
        + b"hello"
    )
    replies = await exchange(server, requested, request_bytes("PUT", PATH, f"Origin: {GOOD}"))
    check([reply.status for reply in replies], [200, 200])


async def test_connection_is_closed_after_a_preflight_where_the_client_asks(serve):
    server = await serve(as_routes, options())
    reply = await send(
        server, "OPTIONS", PATH, *lines_of(preflight_headers("PUT")), "Connection: close"
    )
    check((reply.status, reply.headers.get("Connection")), (200, "close"))


async def test_preflight_of_http_1_0_gets_a_response(serve):
    server = await serve(as_routes, options())
    requested = request_bytes("OPTIONS", PATH, *lines_of(preflight_headers("PUT"))).replace(
        b"1.1", b"1.0", 1
    )
    replies = await exchange(server, requested)
    check([reply.headers.get(ALLOW_ORIGIN) for reply in replies], [GOOD])


async def test_concurrent_preflights_get_their_own_responses(serve):
    server = await serve(as_routes, {GOOD: ResourceOptions(), OTHER: ResourceOptions()})
    origins = [GOOD, OTHER, EVIL] * 20
    replies = await asyncio.gather(*(preflight(server, "PUT", origin) for origin in origins))
    check(
        [reply.headers.get(ALLOW_ORIGIN) for reply in replies],
        [None if origin == EVIL else origin for origin in origins],
    )
