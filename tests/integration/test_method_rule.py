"""Which methods of a path are allowed for an origin: one rule for preflights and actual requests.

A method is allowed if its own route was added, or if ``allow_methods`` lists it. The first test
runs each row of a long table: how a path is registered, a method, and by which options it is
allowed for which origin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EVIL,
    EXPOSE_HEADERS,
    GOOD,
    MAX_AGE,
    OTHER,
    VARY_PREFLIGHT,
    check,
    check_cors,
    cors_headers,
    hello,
    preflight_headers,
    send,
)

PATH = "/thing"
ORIGINS = (GOOD, OTHER, EVIL)
#: "*" and three origins: where it decides, it decides for each of them.
EVERYBODY = "*"
PATTERN = "https://*.example"


def says(number: int, *methods: str) -> ResourceOptions:
    """Make options that can be told from others by their number; without methods: ``None``."""
    return ResourceOptions(
        allow_credentials=True,
        expose_headers=[f"X-{number}"],
        max_age=number,
        allow_methods=("*" if methods == ("*",) else methods) or None,
    )


def lists_nothing(number: int) -> ResourceOptions:
    return says(number)._replace(allow_methods=[])


def everyone(number: int) -> dict[str, int]:
    return dict.fromkeys(ORIGINS, number)


# Steps of a registration. A step that returns a function has that run after all others.

Later = Optional[Callable[[], Any]]
Step = Callable[[web.Application, aiohttp_cors.CorsConfig], Later]


def plain(method: str, path: str = PATH, *, handler: Any = hello, name: str | None = None) -> Step:
    """Route a method, and do not add it."""

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        app.router.add_route(method, path, handler, name=name)
        return None

    return step


def added(
    method: str,
    config: Any = None,
    path: str = PATH,
    *,
    handler: Any = hello,
    late: bool = False,
    **arguments: bool,
) -> Step:
    """Route a method, and add its route: at once, or ``late``, after all others."""

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        route = app.router.add_route(method, path, handler)
        if late:
            return lambda: cors.add(route, config, **arguments)
        cors.add(route, config, **arguments)
        return None

    return step


def resource(
    config: Any = None, path: str = PATH, *, late: bool = False, **arguments: bool
) -> Step:
    """Add the resource of a path; routes that follow at once are its own."""

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        entity = app.router.add_resource(path)
        if late:
            return lambda: cors.add(entity, config, **arguments)
        cors.add(entity, config, **arguments)
        return None

    return step


def elsewhere(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
    """Route another path: aiohttp makes a new resource for what follows, also at the old path."""
    app.router.add_get("/elsewhere", hello)
    return None


def application(config: Any = None, **arguments: bool) -> Step:
    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        cors.add(app, config, **arguments)
        return None

    return step


def defaults(config: Any) -> Step:
    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        cors.defaults = config
        return None

    return step


def get_with_head(config: Any, **arguments: bool) -> Step:
    """GET as ``add_get`` routes it: HEAD beside it, with the same handler. GET is added."""

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        cors.add(app.router.add_get(PATH, hello), config, **arguments)
        return None

    return step


def plain_get_with_head(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
    app.router.add_get(PATH, hello)
    return None


async def head_alone(request: web.Request) -> web.Response:
    return web.Response()


class View(web.View, CorsViewMixin):
    """A view with two methods, and no config of its own."""

    async def get(self) -> web.Response:
        return await hello(self.request)

    put = get


class ConfiguredView(View):
    cors_config = {GOOD: says(6, "GET")}


class OpenView(View):
    cors_config = {GOOD: says(6, "*"), OTHER: says(6, "*")}


class MethodConfiguredView(web.View, CorsViewMixin):
    cors_config = {GOOD: says(6, "GET", "PUT", "POST"), OTHER: says(6)}

    @custom_cors({GOOD: says(7, "GET")})
    async def get(self) -> web.Response:
        return await hello(self.request)

    @custom_cors({GOOD: says(7, "GET")})
    async def put(self) -> web.Response:
        return await hello(self.request)

    async def post(self) -> web.Response:
        return await hello(self.request)


def static(config: Any, *, add: str = "resource", **arguments: bool) -> Step:
    """Serve this folder, and add it: as a resource, or the route of one method."""

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        entity: Any = app.router.add_static(PATH, __file__.rpartition("/")[0])
        if add != "resource":
            entity = next(route for route in entity if route.method == add)
        cors.add(entity, config, **arguments)
        return None

    return step


FILE = f"{PATH}/conftest.py"


def inner(*steps: Step, own: Any = None, prefix: str = "/sub", add: Any = ()) -> Step:
    """Add a sub-application, with a setup of its own where ``own`` are its defaults.

    ``add``: the config that what ``add_subapp`` returns is added with; ``()`` is not at all.
    """

    def step(app: web.Application, cors: aiohttp_cors.CorsConfig) -> Later:
        sub = web.Application()
        its_cors = cors if own is None else aiohttp_cors.setup(sub, defaults=own)
        perform(sub, its_cors, steps)
        entity = app.add_subapp(prefix, sub)
        if add != ():
            cors.add(entity, add)
        return None

    return step


INNER = f"/sub{PATH}"


def perform(app: web.Application, cors: aiohttp_cors.CorsConfig, steps: tuple[Step, ...]) -> None:
    later = [each(app, cors) for each in steps]
    for each in later:
        if each is not None:
            each()


class Row(NamedTuple):
    what: str
    steps: tuple[Step, ...]
    method: str
    #: Origins that the method is allowed for, and the numbers of the options that allow it.
    allowed: dict[str, int]
    path: str = PATH


# Everything that is listed below for PUT of an unadded route, in one word.
PUT_BY_1 = {GOOD: says(1, "PUT")}
ANY_BY_1 = {GOOD: says(1, "*")}
NONE_BY_1 = {GOOD: says(1)}
OTHER_BY_2 = {OTHER: says(2, "PUT")}
ANY_BY_9 = {EVERYBODY: says(9, "*")}

#: (a) The route that serves the method was added.
ROUTE_ADDED = [
    Row("route, None", (added("GET", NONE_BY_1),), "GET", {GOOD: 1}),
    Row("route, None, not safelisted", (added("PUT", NONE_BY_1),), "PUT", {GOOD: 1}),
    Row("route, None, an uncommon method", (added("PROPFIND", NONE_BY_1),), "PROPFIND", {GOOD: 1}),
    Row("route, own method listed", (added("PUT", PUT_BY_1),), "PUT", {GOOD: 1}),
    Row("route, '*'", (added("PUT", ANY_BY_1),), "PUT", {GOOD: 1}),
    Row("route, another listed", (added("PUT", {GOOD: says(1, "GET")}),), "PUT", {GOOD: 1}),
    Row("route, nothing listed", (added("PUT", {GOOD: lists_nothing(1)}),), "PUT", {GOOD: 1}),
    Row(
        "route by the defaults, None",
        (defaults({GOOD: says(9)}), added("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row(
        "route by the defaults, another listed",
        (defaults({GOOD: says(9, "GET")}), added("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row(
        "route before the defaults",
        (defaults({GOOD: says(9), OTHER: says(9)}), added("PUT", NONE_BY_1)),
        "PUT",
        {GOOD: 1, OTHER: 9},
    ),
    Row(
        "route by the resource, another listed",
        (resource({GOOD: says(2, "GET")}), added("PUT", {OTHER: says(1)})),
        "PUT",
        {GOOD: 2, OTHER: 1},
    ),
    Row(
        "route before the resource",
        (resource({GOOD: says(2, "PUT")}), added("PUT", NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route by the application, another listed",
        (application({GOOD: says(8, "GET")}), added("PUT", {OTHER: says(1)})),
        "PUT",
        {GOOD: 8, OTHER: 1},
    ),
    Row(
        "route before the application",
        (application({GOOD: says(8, "PUT")}), added("PUT", NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "exact origin of the defaults before the '*' of a route",
        (defaults({GOOD: says(9)}), added("PUT", {EVERYBODY: says(1)})),
        "PUT",
        {GOOD: 9, OTHER: 1, EVIL: 1},
    ),
    Row(
        "route, inherit=False",
        (defaults(ANY_BY_9), added("PUT", NONE_BY_1, inherit=False)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route, inherit=False, beside siblings, a resource and the application",
        (
            defaults(ANY_BY_9),
            application({EVERYBODY: says(8, "*")}),
            resource({OTHER: says(2, "*")}),
            added("GET", {EVERYBODY: says(3, "*")}),
            added("PUT", NONE_BY_1, inherit=False),
        ),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "closed route",
        (
            defaults(ANY_BY_9),
            application({EVERYBODY: says(8, "*")}),
            added("GET", {EVERYBODY: says(3, "*")}),
            added("PUT", {}, inherit=False),
        ),
        "PUT",
        {},
    ),
    Row(
        "route, the resource cuts the defaults off",
        (
            defaults(ANY_BY_9),
            resource({OTHER: says(2)}, inherit=False),
            added("PUT", NONE_BY_1),
        ),
        "PUT",
        {GOOD: 1, OTHER: 2},
    ),
    Row(
        "route that was added beside a sibling that opens everything",
        (added("GET", {EVERYBODY: says(3, "*")}), added("PUT", NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route that was added before a sibling that opens everything",
        (added("PUT", NONE_BY_1), added("GET", {EVERYBODY: says(3, "*")})),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route that was added last beside a sibling that opens everything",
        (added("PUT", NONE_BY_1, late=True), added("GET", {EVERYBODY: says(3, "*")})),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route that was added apart from a sibling that opens everything",
        (added("GET", {EVERYBODY: says(3, "*")}), elsewhere, added("PUT", NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route that was added beside a resource that lists another",
        (resource({GOOD: says(2, "GET")}), added("PUT")),
        "PUT",
        {GOOD: 2},
    ),
    Row("HEAD of GET's handler", (get_with_head(NONE_BY_1),), "HEAD", {GOOD: 1}),
    Row(
        "HEAD of GET's handler, another listed",
        (get_with_head({GOOD: says(1, "PUT")}),),
        "HEAD",
        {GOOD: 1},
    ),
    Row(
        "HEAD of GET's handler, closed with it",
        (
            defaults(ANY_BY_9),
            get_with_head({}, inherit=False),
        ),
        "HEAD",
        {},
    ),
    Row(
        "HEAD routed by itself with GET's handler",
        (added("GET", NONE_BY_1), plain("HEAD")),
        "HEAD",
        {GOOD: 1},
    ),
    Row(
        "HEAD of its own handler",
        (added("GET", NONE_BY_1), added("HEAD", OTHER_BY_2, handler=head_alone)),
        "HEAD",
        {OTHER: 2},
    ),
]

#: (a) Routes of several methods: what is listed narrows.
SEVERAL_METHODS = [
    Row("'*' route, None", (added("*", NONE_BY_1),), "PUT", {GOOD: 1}),
    Row("'*' route, None, an uncommon method", (added("*", NONE_BY_1),), "PROPFIND", {GOOD: 1}),
    Row("'*' route, listed", (added("*", PUT_BY_1),), "PUT", {GOOD: 1}),
    Row("'*' route, '*'", (added("*", ANY_BY_1),), "PUT", {GOOD: 1}),
    Row("'*' route, another listed", (added("*", {GOOD: says(1, "GET")}),), "PUT", {}),
    Row("'*' route, a safelisted one not listed", (added("*", PUT_BY_1),), "POST", {}),
    Row("'*' route, nothing listed", (added("*", {GOOD: lists_nothing(1)}),), "GET", {}),
    Row(
        "'*' route narrowed by the defaults",
        (defaults({GOOD: says(9, "GET"), OTHER: says(9)}), added("*")),
        "PUT",
        {OTHER: 9},
    ),
    Row(
        "'*' route, None is not passed over",
        (defaults(ANY_BY_9), added("*", NONE_BY_1)),
        "PUT",
        {GOOD: 1, OTHER: 9, EVIL: 9},
    ),
    Row(
        "'*' route, narrowed is not passed over",
        (defaults(ANY_BY_9), added("*", {GOOD: says(1, "GET")})),
        "PUT",
        {OTHER: 9, EVIL: 9},
    ),
    Row(
        "'*' route, inherit=False",
        (defaults(ANY_BY_9), added("*", PUT_BY_1, inherit=False)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "'*' route after a route that opens everything",
        (added("GET", {EVERYBODY: says(3, "*")}), added("*", NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row("view, None", (added("*", NONE_BY_1, handler=View),), "PUT", {GOOD: 1}),
    Row("view, listed", (added("*", PUT_BY_1, handler=View),), "PUT", {GOOD: 1}),
    Row("view, another listed", (added("*", {GOOD: says(1, "GET")}, handler=View),), "PUT", {}),
    Row("view, nothing listed", (added("*", {GOOD: lists_nothing(1)}, handler=View),), "GET", {}),
    Row(
        "view by the defaults, another listed",
        (defaults({GOOD: says(9, "PUT"), OTHER: says(9)}), added("*", handler=View)),
        "GET",
        {OTHER: 9},
    ),
    Row("view narrowed by its class", (added("*", handler=ConfiguredView),), "PUT", {}),
    Row("view opened by its class", (added("*", handler=ConfiguredView),), "GET", {GOOD: 6}),
    Row(
        "view, its class before the config that it was added with",
        (added("*", {GOOD: says(1, "*"), OTHER: says(1)}, handler=ConfiguredView),),
        "PUT",
        {OTHER: 1},
    ),
    Row(
        "view opened by its method",
        (added("*", handler=MethodConfiguredView),),
        "GET",
        {GOOD: 7, OTHER: 6},
    ),
    Row(
        "view narrowed by its method",
        (added("*", handler=MethodConfiguredView),),
        "PUT",
        {OTHER: 6},
    ),
    Row(
        "view, another method's config does not count",
        (added("*", handler=MethodConfiguredView),),
        "POST",
        {GOOD: 6, OTHER: 6},
    ),
    Row(
        "view of one method, another listed",
        (added("GET", {GOOD: says(1, "PUT"), OTHER: says(1)}, handler=View),),
        "GET",
        {OTHER: 1},
    ),
    Row(
        "view that was added beside a sibling that opens everything",
        (added("POST", {EVERYBODY: says(3, "*")}), added("*", NONE_BY_1, handler=View)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "view by its resource, narrowed",
        (resource({GOOD: says(2, "GET"), OTHER: says(2)}), added("*", handler=View)),
        "PUT",
        {OTHER: 2},
    ),
]

#: (b) The resource or a sibling was added, and the route was not.
LISTED = [
    Row("sibling, listed", (added("GET", PUT_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("sibling, '*'", (added("GET", ANY_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("sibling, None", (added("GET", NONE_BY_1), plain("PUT")), "PUT", {}),
    Row("sibling, None, safelisted", (added("PUT", NONE_BY_1), plain("GET")), "GET", {}),
    Row(
        "sibling, another listed",
        (added("GET", {GOOD: says(1, "GET")}), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "sibling, nothing listed", (added("GET", {GOOD: lists_nothing(1)}), plain("PUT")), "PUT", {}
    ),
    Row("later sibling, listed", (plain("PUT"), added("GET", PUT_BY_1)), "PUT", {GOOD: 1}),
    Row(
        "sibling, listed in lower case",
        (added("GET", {GOOD: says(1, "put")}), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "sibling, an uncommon method listed",
        (added("GET", {GOOD: says(1, "PROPFIND")}), plain("PROPFIND")),
        "PROPFIND",
        {GOOD: 1},
    ),
    Row("sibling, no route of the method", (added("GET", ANY_BY_1),), "PUT", {}),
    Row(
        "sibling that lists another, before the defaults",
        (defaults(ANY_BY_9), added("GET", {GOOD: says(1, "GET")}), plain("PUT")),
        "PUT",
        {OTHER: 9, EVIL: 9},
    ),
    Row(
        "sibling that lists nothing, before the defaults",
        (defaults(ANY_BY_9), added("GET", {GOOD: lists_nothing(1)}), plain("PUT")),
        "PUT",
        {OTHER: 9, EVIL: 9},
    ),
    Row(
        "sibling, None is passed over for the defaults",
        (defaults(ANY_BY_9), added("GET", NONE_BY_1), plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "defaults, listed",
        (defaults({GOOD: says(9, "PUT")}), added("GET"), plain("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row("defaults, '*'", (defaults(ANY_BY_9), added("GET"), plain("PUT")), "PUT", everyone(9)),
    Row("defaults, None", (defaults({GOOD: says(9)}), added("GET"), plain("PUT")), "PUT", {}),
    Row(
        "defaults, None, safelisted",
        (defaults({GOOD: says(9)}), added("PUT"), plain("POST")),
        "POST",
        {},
    ),
    Row(
        "defaults, an origin with None is passed over for '*'",
        (
            defaults({GOOD: says(8), OTHER: says(7, "GET"), EVERYBODY: says(9, "PUT")}),
            added("GET"),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 9, EVIL: 9},
    ),
    Row(
        "defaults, a pattern with None is passed over for '*'",
        (defaults({PATTERN: says(8), EVERYBODY: says(9, "PUT")}), added("GET"), plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "defaults, an origin with None is passed over for a pattern",
        (defaults({GOOD: says(8), PATTERN: says(9, "PUT")}), added("GET"), plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "sibling, an origin with None is passed over for its own '*'",
        (added("GET", {GOOD: says(1), EVERYBODY: says(2, "PUT")}), plain("PUT")),
        "PUT",
        everyone(2),
    ),
    Row(
        "two siblings, the first of the router decides",
        (
            added("GET", PUT_BY_1),
            added("POST", {GOOD: says(2, "GET"), OTHER: says(2, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 1, OTHER: 2},
    ),
    Row(
        "two siblings, the first does not list it",
        (added("GET", {GOOD: says(1, "GET")}), added("POST", {GOOD: says(2, "PUT")}), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "two siblings, None of the first is passed over",
        (added("GET", NONE_BY_1), added("POST", {GOOD: says(2, "PUT")}), plain("PUT")),
        "PUT",
        {GOOD: 2},
    ),
    Row(
        "two siblings, one before and one behind",
        (added("GET", PUT_BY_1), plain("PUT"), added("POST", {GOOD: says(2, "PUT")})),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "two siblings, added in another order than routed",
        (added("GET", PUT_BY_1, late=True), added("POST", {GOOD: says(2, "PUT")}), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "two siblings, an exact origin of the second before the '*' of the first",
        (
            added("GET", {EVERYBODY: says(1, "*")}),
            added("POST", {GOOD: says(2, "POST"), OTHER: says(2, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {OTHER: 2, EVIL: 1},
    ),
    Row(
        "exact origin of the defaults before the pattern of a sibling",
        (
            defaults({GOOD: says(9, "PUT"), OTHER: says(9, "GET")}),
            added("GET", {PATTERN: says(1, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 9, EVIL: 1},
    ),
    Row(
        "pattern of the defaults before the '*' of a sibling",
        (
            defaults({PATTERN: says(9, "PUT")}),
            added("GET", {EVERYBODY: says(1, "*")}),
            plain("PUT"),
        ),
        "PUT",
        everyone(9),
    ),
    Row(
        "sibling, inherit=False cuts nothing off for others",
        (
            defaults({OTHER: says(9, "PUT")}),
            added("GET", PUT_BY_1, inherit=False),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 1, OTHER: 9},
    ),
    Row(
        "closed sibling closes nothing for others",
        (defaults(ANY_BY_9), added("GET", {}, inherit=False), plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "sibling, inherit=False, beside another sibling",
        (
            added("GET", PUT_BY_1, inherit=False),
            added("POST", OTHER_BY_2),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 1, OTHER: 2},
    ),
    Row("resource, listed", (resource(PUT_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("resource, '*'", (resource(ANY_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("resource, another listed", (resource(PUT_BY_1), plain("DELETE")), "DELETE", {}),
    Row("resource, '*', no route of the method", (resource(ANY_BY_1), plain("GET")), "PUT", {}),
    Row(
        "resource by the defaults, listed",
        (defaults({GOOD: says(9, "PUT")}), resource(), plain("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row(
        "resource before a sibling",
        (
            resource({GOOD: says(2, "PUT"), OTHER: says(2, "GET")}),
            added("GET", {GOOD: says(1, "GET"), OTHER: says(1, "PUT"), EVIL: says(1, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 2, EVIL: 1},
    ),
    Row(
        "resource, None is passed over for a sibling",
        (resource({GOOD: says(2)}), added("GET", PUT_BY_1), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "resource, None is passed over for the defaults",
        (defaults(ANY_BY_9), resource({GOOD: says(2)}), plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "resource without a config, and a sibling",
        (resource(), added("GET", PUT_BY_1), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "resource that was added after the sibling",
        (resource({GOOD: says(2, "GET")}, late=True), added("GET", PUT_BY_1), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "sibling before the defaults, resource before both",
        (
            defaults({GOOD: says(9, "PUT"), OTHER: says(9, "PUT"), EVIL: says(9, "PUT")}),
            resource({GOOD: says(2, "PUT")}),
            added("GET", {GOOD: says(1, "PUT"), OTHER: says(1, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 2, OTHER: 1, EVIL: 9},
    ),
    Row(
        "resource, inherit=False cuts siblings off",
        (
            defaults(ANY_BY_9),
            resource({OTHER: says(2, "PUT")}, inherit=False),
            added("GET", PUT_BY_1),
            plain("PUT"),
        ),
        "PUT",
        {OTHER: 2},
    ),
    Row(
        "closed resource",
        (
            defaults(ANY_BY_9),
            resource({}, inherit=False),
            added("GET", {EVERYBODY: says(1, "*")}),
            plain("PUT"),
        ),
        "PUT",
        {},
    ),
    Row(
        "HEAD of GET's handler, GET listed by a sibling",
        (added("PUT", {GOOD: says(1, "GET")}), plain_get_with_head),
        "HEAD",
        {GOOD: 1},
    ),
    Row(
        "HEAD of GET's handler, None of a sibling",
        (added("PUT", NONE_BY_1), plain_get_with_head),
        "HEAD",
        {},
    ),
    Row(
        "HEAD of its own handler, GET listed by a sibling",
        (added("GET", {GOOD: says(1, "GET")}), plain("HEAD", handler=head_alone)),
        "HEAD",
        {},
    ),
    Row(
        "HEAD of its own handler, HEAD listed by a sibling",
        (added("GET", {GOOD: says(1, "HEAD")}), plain("HEAD", handler=head_alone)),
        "HEAD",
        {GOOD: 1},
    ),
    Row(
        "GET, HEAD listed by a sibling",
        (added("PUT", {GOOD: says(1, "HEAD")}), plain_get_with_head),
        "GET",
        {},
    ),
    Row(
        "'*' route that was not added, listed by a sibling",
        (added("GET", PUT_BY_1), plain("*")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "'*' route that was not added, not listed",
        (added("GET", PUT_BY_1), plain("*")),
        "DELETE",
        {},
    ),
    Row(
        "route before a '*' route that lists it",
        (plain("PUT"), added("*", PUT_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row("route before a '*' route, None", (plain("PUT"), added("*", NONE_BY_1)), "PUT", {}),
    Row(
        "'*' route that was not added, listed by the resource",
        (resource(PUT_BY_1), plain("*")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "view that was not added, listed by the resource",
        (resource(PUT_BY_1), plain("*", handler=View)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "view that was not added, another listed by the resource",
        (resource(PUT_BY_1), plain("*", handler=View)),
        "GET",
        {},
    ),
    Row(
        "view that was not added, '*' of a sibling",
        (added("POST", ANY_BY_1), plain("*", handler=View)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "view that was not added, None of a sibling",
        (added("POST", NONE_BY_1), plain("*", handler=View)),
        "PUT",
        {},
    ),
    Row(
        "view that was not added, a method that it lacks",
        (defaults(ANY_BY_9), added("POST", ANY_BY_1), plain("*", handler=View)),
        "DELETE",
        {},
    ),
    Row(
        "view that was not added, its class opens nothing",
        (added("POST", PUT_BY_1), plain("*", handler=OpenView)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "view that was not added, its class narrows nothing",
        (added("POST", PUT_BY_1), plain("*", handler=ConfiguredView)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "route before a view that was added with a list",
        (plain("POST"), added("*", {GOOD: says(1, "POST")}, handler=View)),
        "POST",
        {GOOD: 1},
    ),
    Row(
        "route before a view whose class lists everything",
        (plain("POST"), added("*", handler=OpenView)),
        "POST",
        {},
    ),
    Row("static, listed", (static({GOOD: says(1, "GET")}),), "GET", {GOOD: 1}, FILE),
    Row(
        "static, HEAD where GET is listed",
        (static({GOOD: says(1, "GET")}),),
        "HEAD",
        {GOOD: 1},
        FILE,
    ),
    Row("static, another listed", (static({GOOD: says(1, "PUT")}),), "GET", {}, FILE),
    Row("static, '*', no route of the method", (static(ANY_BY_1),), "PUT", {}, FILE),
    Row(
        "OPTIONS of the library, listed",
        (resource({GOOD: says(1, "OPTIONS")}), plain("GET")),
        "OPTIONS",
        {GOOD: 1},
    ),
    Row(
        "OPTIONS of the library, '*' of a sibling", (added("GET", ANY_BY_1),), "OPTIONS", {GOOD: 1}
    ),
    Row("OPTIONS of the library, None of a sibling", (added("GET", NONE_BY_1),), "OPTIONS", {}),
    Row(
        "OPTIONS of the library, None of the resource",
        (resource(NONE_BY_1), plain("GET")),
        "OPTIONS",
        {},
    ),
    Row(
        "OPTIONS of the library by the defaults, listed",
        (defaults({GOOD: says(9, "OPTIONS")}), added("GET")),
        "OPTIONS",
        {GOOD: 9},
    ),
]

#: (c) The resource was added, and nothing is listed.
SAFELISTED = [
    Row("resource, None, GET", (resource(NONE_BY_1), plain("GET")), "GET", {GOOD: 1}),
    Row("resource, None, POST", (resource(NONE_BY_1), plain("POST")), "POST", {GOOD: 1}),
    Row("resource, None, HEAD", (resource(NONE_BY_1), plain("HEAD")), "HEAD", {GOOD: 1}),
    Row(
        "resource, None, HEAD of GET", (resource(NONE_BY_1), plain_get_with_head), "HEAD", {GOOD: 1}
    ),
    Row("resource, None, PUT", (resource(NONE_BY_1), plain("PUT")), "PUT", {}),
    Row("resource, None, PROPFIND", (resource(NONE_BY_1), plain("PROPFIND")), "PROPFIND", {}),
    Row("resource, None, no route of GET", (resource(NONE_BY_1), plain("PUT")), "GET", {}),
    Row("resource, None, late", (resource(NONE_BY_1, late=True), plain("GET")), "GET", {GOOD: 1}),
    Row("resource, another listed, GET", (resource(PUT_BY_1), plain("GET")), "GET", {}),
    Row(
        "resource, nothing listed, GET",
        (resource({GOOD: lists_nothing(1)}), plain("GET")),
        "GET",
        {},
    ),
    Row(
        "resource by the defaults, None",
        (defaults({GOOD: says(9)}), resource(), plain("GET")),
        "GET",
        {GOOD: 9},
    ),
    Row(
        "resource by the defaults, None, PUT",
        (defaults({GOOD: says(9)}), resource(), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "resource, None is not passed over for the defaults",
        (defaults(ANY_BY_9), resource({GOOD: says(2)}), plain("GET")),
        "GET",
        {GOOD: 2, OTHER: 9, EVIL: 9},
    ),
    Row(
        "resource, inherit=False, None",
        (defaults(ANY_BY_9), resource(NONE_BY_1, inherit=False), plain("GET")),
        "GET",
        {GOOD: 1},
    ),
    Row(
        "resource, None, before a sibling that lists another",
        (resource(NONE_BY_1), added("PUT", {GOOD: says(2, "PUT")}), plain("GET")),
        "GET",
        {GOOD: 1},
    ),
    Row(
        "sibling that lists another, before None of the defaults",
        (
            defaults({GOOD: says(9), OTHER: says(9)}),
            resource(),
            added("PUT", PUT_BY_1),
            plain("GET"),
        ),
        "GET",
        {OTHER: 9},
    ),
    Row(
        "None of a sibling says nothing",
        (
            defaults({GOOD: says(9, "GET")}),
            resource({OTHER: says(2)}),
            added("PUT", {GOOD: says(1), OTHER: says(1), EVIL: says(1)}),
            plain("GET"),
        ),
        "GET",
        {GOOD: 9, OTHER: 2},
    ),
    Row(
        "resource, None, a '*' route",
        (resource(NONE_BY_1), plain("*")),
        "POST",
        {GOOD: 1},
    ),
    Row(
        "resource, None, a '*' route, PUT",
        (resource(NONE_BY_1), plain("*")),
        "PUT",
        {},
    ),
    Row(
        "view whose resource was added, GET",
        (resource(NONE_BY_1), plain("*", handler=View)),
        "GET",
        {GOOD: 1},
    ),
    Row(
        "view whose resource was added, PUT",
        (resource(NONE_BY_1), plain("*", handler=View)),
        "PUT",
        {GOOD: 1},
    ),
    Row("static, None", (static(NONE_BY_1),), "GET", {GOOD: 1}, FILE),
    Row("static, None, HEAD", (static(NONE_BY_1),), "HEAD", {GOOD: 1}, FILE),
    Row("static, None, POST", (static(NONE_BY_1),), "POST", {}, FILE),
    Row(
        "static, inherit=False",
        (defaults(ANY_BY_9), static(NONE_BY_1, inherit=False)),
        "GET",
        {GOOD: 1},
        FILE,
    ),
    Row("route of a static", (static({GOOD: says(1, "PUT")}, add="GET"),), "GET", {GOOD: 1}, FILE),
    Row("route of a static, HEAD", (static(NONE_BY_1, add="GET"),), "HEAD", {GOOD: 1}, FILE),
]

#: (d) The application was added.
APPLICATION_ADDED = [
    Row("application, None", (application(NONE_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row(
        "application, None, before the route",
        (plain("PUT"), application(NONE_BY_1)),
        "PUT",
        {GOOD: 1},
    ),
    Row("application, listed", (application(PUT_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("application, '*'", (application(ANY_BY_1), plain("PUT")), "PUT", {GOOD: 1}),
    Row("application, another listed", (application(PUT_BY_1), plain("GET")), "GET", {}),
    Row(
        "application, nothing listed",
        (application({GOOD: lists_nothing(1)}), plain("GET")),
        "GET",
        {},
    ),
    Row(
        "application by the defaults, None",
        (defaults({GOOD: says(9)}), application(), plain("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row(
        "application by the defaults, another listed",
        (defaults({GOOD: says(9, "GET")}), application(), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "application before the defaults",
        (defaults(ANY_BY_9), application({GOOD: says(1), OTHER: says(1, "GET")}), plain("PUT")),
        "PUT",
        {GOOD: 1, EVIL: 9},
    ),
    Row(
        "application, inherit=False",
        (defaults(ANY_BY_9), application(NONE_BY_1, inherit=False), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row("application, 405", (application(NONE_BY_1), plain("GET")), "PUT", {GOOD: 1}),
    Row("application, 405, listed", (application(PUT_BY_1), plain("GET")), "PUT", {GOOD: 1}),
    Row("application, 405, another listed", (application(PUT_BY_1), plain("GET")), "DELETE", {}),
    Row("application, 404", (application(NONE_BY_1), plain("GET")), "PUT", {GOOD: 1}, "/none"),
    Row("application, 404, another listed", (application(PUT_BY_1),), "GET", {}, "/none"),
    Row(
        "application, 404 at a view's path",
        (application(NONE_BY_1), plain("*", handler=View)),
        "GET",
        {GOOD: 1},
        "/thing/none",
    ),
    Row(
        "application beside a resource that lists everything, 405",
        (application(NONE_BY_1), resource({OTHER: says(2, "*")}), plain("GET")),
        "PUT",
        {GOOD: 1, OTHER: 2},
    ),
    Row(
        "application cut off by the resource",
        (application(NONE_BY_1), resource({OTHER: says(2, "PUT")}, inherit=False), plain("PUT")),
        "PUT",
        {OTHER: 2},
    ),
    Row(
        "application cut off by the resource, None opens nothing",
        (application(NONE_BY_1), resource({OTHER: says(2)}, inherit=False), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "application cut off by the resource, safelisted",
        (application(NONE_BY_1), resource({OTHER: says(2)}, inherit=False), plain("GET")),
        "GET",
        {OTHER: 2},
    ),
    Row(
        "application not cut off by a sibling",
        (application(NONE_BY_1), added("GET", {OTHER: says(2)}, inherit=False), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "application, and a resource with None",
        (application({OTHER: says(1)}), resource({GOOD: says(2)}), plain("PUT")),
        "PUT",
        {GOOD: 2, OTHER: 1},
    ),
    Row(
        "application, and a resource that lists another",
        (
            application({GOOD: says(1), OTHER: says(1)}),
            resource({GOOD: says(2, "GET")}),
            plain("PUT"),
        ),
        "PUT",
        {OTHER: 1},
    ),
    Row(
        "application behind a sibling that lists it",
        (
            application({GOOD: says(1, "GET"), OTHER: says(1)}),
            added("GET", {GOOD: says(2, "PUT")}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 2, OTHER: 1},
    ),
    Row(
        "application behind a sibling that lists another",
        (
            application({GOOD: says(1), OTHER: says(1)}),
            added("GET", {GOOD: says(2, "GET")}),
            plain("PUT"),
        ),
        "PUT",
        {OTHER: 1},
    ),
    Row(
        "application, inherit=False, behind a sibling",
        (
            defaults(ANY_BY_9),
            application({OTHER: says(8)}, inherit=False),
            added("GET", PUT_BY_1),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 1, OTHER: 8},
    ),
    Row(
        "application behind a sibling with None",
        (application(NONE_BY_1), added("GET", {GOOD: says(2), OTHER: says(2)}), plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "application, None is not passed over for the defaults",
        (defaults(ANY_BY_9), application(NONE_BY_1), added("GET"), plain("PUT")),
        "PUT",
        {GOOD: 1, OTHER: 9, EVIL: 9},
    ),
    Row(
        "application, None of the defaults counts too",
        (
            defaults({GOOD: says(9), EVERYBODY: says(8, "*")}),
            application({OTHER: says(1)}),
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 9, OTHER: 1, EVIL: 8},
    ),
    Row(
        "application and an OPTIONS handler of its own",
        (application(NONE_BY_1), plain("GET"), plain("OPTIONS")),
        "OPTIONS",
        {GOOD: 1},
    ),
    Row(
        "application that lists another, and an OPTIONS handler of its own",
        (application(PUT_BY_1), plain("GET"), plain("OPTIONS")),
        "OPTIONS",
        {},
    ),
    Row("application, a '*' route", (application(NONE_BY_1), plain("*")), "PUT", {GOOD: 1}),
    Row(
        "application, a view", (application(NONE_BY_1), plain("*", handler=View)), "PUT", {GOOD: 1}
    ),
    Row(
        "application, HEAD where GET is listed",
        (application({GOOD: says(1, "GET")}), plain_get_with_head),
        "HEAD",
        {GOOD: 1},
    ),
]

#: aiohttp makes several resources of one path.
ONE_PATH = [
    Row("apart, listed", (added("GET", PUT_BY_1), elsewhere, plain("PUT")), "PUT", {GOOD: 1}),
    Row("apart, '*'", (added("GET", ANY_BY_1), elsewhere, plain("PUT")), "PUT", {GOOD: 1}),
    Row("apart, None", (added("GET", NONE_BY_1), elsewhere, plain("PUT")), "PUT", {}),
    Row("apart, another listed", (added("GET", PUT_BY_1), elsewhere, plain("POST")), "POST", {}),
    Row("apart, added last", (plain("PUT"), elsewhere, added("GET", PUT_BY_1)), "PUT", {GOOD: 1}),
    Row(
        "apart by a name",
        (added("GET", PUT_BY_1), plain("PUT", name="put")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "apart, by the defaults",
        (defaults({GOOD: says(9, "PUT")}), added("GET"), elsewhere, plain("PUT")),
        "PUT",
        {GOOD: 9},
    ),
    Row(
        "apart, None is passed over",
        (defaults(ANY_BY_9), added("GET", NONE_BY_1), elsewhere, plain("PUT")),
        "PUT",
        everyone(9),
    ),
    Row(
        "apart, the resource lists it",
        (resource(PUT_BY_1), plain("GET"), elsewhere, plain("PUT")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "apart, None of the resource, safelisted",
        (resource(NONE_BY_1), plain("GET"), elsewhere, plain("POST")),
        "POST",
        {},
    ),
    Row(
        "apart, the resource cuts siblings off",
        (
            defaults(ANY_BY_9),
            resource({OTHER: says(2, "PUT")}, inherit=False),
            added("GET", PUT_BY_1),
            elsewhere,
            plain("PUT"),
        ),
        "PUT",
        {OTHER: 2},
    ),
    Row(
        "apart, the first of two resources counts",
        (
            added("GET", PUT_BY_1),
            elsewhere,
            added("POST", {GOOD: says(2, "GET"), OTHER: says(2, "PUT")}),
            elsewhere,
            plain("PUT"),
        ),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "apart, the first of two resources lists another",
        (
            added("GET", {GOOD: says(1, "GET")}),
            elsewhere,
            added("POST", {GOOD: says(2, "PUT")}),
            elsewhere,
            plain("PUT"),
        ),
        "PUT",
        {},
    ),
    Row(
        "apart, a resource of which something was added is for itself",
        (added("GET", ANY_BY_1), elsewhere, added("POST", {OTHER: says(2)}), plain("PUT")),
        "PUT",
        {},
    ),
    Row(
        "apart, a resource that was added is for itself",
        (
            added("GET", ANY_BY_1),
            elsewhere,
            resource({OTHER: says(2)}),
            plain("PUT"),
            plain("POST"),
        ),
        "POST",
        {OTHER: 2},
    ),
    Row(
        "apart, dynamic",
        (added("GET", PUT_BY_1, "/t/{id}"), elsewhere, plain("PUT", "/t/{id}")),
        "PUT",
        {GOOD: 1},
        "/t/1",
    ),
    Row(
        "apart, dynamic, another name",
        (added("GET", ANY_BY_1, "/t/{id}"), elsewhere, plain("PUT", "/t/{name}")),
        "PUT",
        {},
        "/t/1",
    ),
    Row(
        "apart, fixed beside dynamic",
        (added("GET", ANY_BY_1, "/t/{id}"), elsewhere, plain("PUT", "/t/1")),
        "PUT",
        {},
        "/t/1",
    ),
    Row(
        "apart, HEAD of GET's handler",
        (added("PUT", {GOOD: says(1, "GET")}), elsewhere, plain_get_with_head),
        "HEAD",
        {GOOD: 1},
    ),
    Row(
        "apart, a view that was not added",
        (added("POST", ANY_BY_1), elsewhere, plain("*", handler=OpenView)),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "apart, a '*' route that was not added",
        (added("GET", PUT_BY_1), elsewhere, plain("*")),
        "PUT",
        {GOOD: 1},
    ),
    Row(
        "apart, beside the application",
        (application({OTHER: says(8)}), added("GET", PUT_BY_1), elsewhere, plain("PUT")),
        "PUT",
        {GOOD: 1, OTHER: 8},
    ),
    Row(
        "apart, in a sub-application",
        (inner(added("GET", PUT_BY_1), elsewhere, plain("PUT"), own={}),),
        "PUT",
        {GOOD: 1},
        INNER,
    ),
    Row(
        "the same path in another router",
        (added("GET", ANY_BY_1, INNER), inner(plain("PUT"))),
        "PUT",
        {},
        INNER,
    ),
]

#: The nearest application with a policy for the route decides alone.
SUB_APPLICATIONS = [
    Row(
        "sub-application, by the application",
        (application(NONE_BY_1), inner(plain("PUT"))),
        "PUT",
        {GOOD: 1},
        INNER,
    ),
    Row(
        "sub-application that was added",
        (inner(plain("PUT"), add=NONE_BY_1),),
        "PUT",
        {GOOD: 1},
        INNER,
    ),
    Row(
        "sub-application, a route of it", (inner(added("PUT", NONE_BY_1)),), "PUT", {GOOD: 1}, INNER
    ),
    Row(
        "sub-application, beside a route of it",
        (inner(added("GET", PUT_BY_1), plain("PUT")),),
        "PUT",
        {GOOD: 1},
        INNER,
    ),
    Row(
        "nearer application decides alone",
        (
            application({GOOD: says(1), OTHER: says(1)}),
            inner(added("PUT", {OTHER: says(2)}), own={}),
        ),
        "PUT",
        {OTHER: 2},
        INNER,
    ),
    Row(
        "nearer application says nothing of a sibling",
        (application(NONE_BY_1), inner(added("PUT", {OTHER: says(2)}), plain("DELETE"), own={})),
        "DELETE",
        {GOOD: 1},
        INNER,
    ),
    Row(
        "nearer application opens a sibling",
        (
            application(NONE_BY_1),
            inner(added("PUT", {OTHER: says(2, "*")}), plain("DELETE"), own={}),
        ),
        "DELETE",
        {OTHER: 2},
        INNER,
    ),
    Row(
        "nearer application has nothing of the path",
        (application(NONE_BY_1), inner(plain("PUT"), own={EVERYBODY: says(2, "*")})),
        "PUT",
        {GOOD: 1},
        INNER,
    ),
]

ROWS = [
    *ROUTE_ADDED,
    *SEVERAL_METHODS,
    *LISTED,
    *SAFELISTED,
    *APPLICATION_ADDED,
    *ONE_PATH,
    *SUB_APPLICATIONS,
]


@pytest.fixture
def serve(aiohttp_client):
    """Return a function that starts a server after some steps."""

    async def _serve(*steps: Step, **arguments: Any) -> Any:
        app = web.Application()
        perform(app, aiohttp_cors.setup(app, **arguments), steps)
        return await aiohttp_client(app)

    return _serve


def granted_preflight(origin: str, method: str, number: int) -> dict[str, str]:
    return {
        ALLOW_ORIGIN: origin,
        ALLOW_CREDENTIALS: "true",
        ALLOW_METHODS: method,
        MAX_AGE: str(number),
        "Vary": VARY_PREFLIGHT,
    }


def granted_request(origin: str, number: int) -> dict[str, str]:
    return {
        ALLOW_ORIGIN: origin,
        ALLOW_CREDENTIALS: "true",
        EXPOSE_HEADERS: f"X-{number}",
        "Vary": "Origin",
    }


async def observe(client: Any, row: Row) -> dict[str, tuple[Any, Any]]:
    """Return status and headers of the preflight, and headers of the request, of each origin."""
    seen = {}
    for origin in ORIGINS:
        preflight_reply = await client.options(
            row.path, headers=preflight_headers(row.method, origin)
        )
        actual = await client.request(row.method, row.path, headers={"Origin": origin})
        seen[origin] = (
            (preflight_reply.status, cors_headers(preflight_reply)),
            without_preflight_vary(actual),
        )
    return seen


def without_preflight_vary(actual: Any) -> dict[str, str]:
    """Return the headers of a response; one of the library's OPTIONS route varies by more."""
    headers = cors_headers(actual)
    if headers.get("Vary") == VARY_PREFLIGHT:
        headers["Vary"] = "Origin"
    return headers


@pytest.mark.parametrize("row", [pytest.param(row, id=row.what) for row in ROWS])
async def test_method_is_allowed_for(serve, row):
    seen = await observe(await serve(*row.steps), row)
    # Where nobody is allowed the response does not depend on the origin: Vary may be left out.
    refused = [{"Vary": "Origin"}] if row.allowed else [{"Vary": "Origin"}, {}]
    for origin, (preflight_reply, actual) in seen.items():
        number = row.allowed.get(origin)
        if number is None:
            check((origin, *preflight_reply), (origin, 403, {"Vary": VARY_PREFLIGHT}))
            check((origin, actual, actual in refused), (origin, actual, True))
        else:
            check(
                (origin, *preflight_reply),
                (origin, 200, granted_preflight(origin, row.method, number)),
            )
            check((origin, actual), (origin, granted_request(origin, number)))


def test_descriptions_are_distinct():
    check(len({row.what for row in ROWS}), len(ROWS))


# Anonymous "*"

ANONYMOUS = {EVERYBODY: ResourceOptions(allow_methods="*")}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((added("GET", ANONYMOUS), plain("PUT")), id="sibling"),
        pytest.param((resource(ANONYMOUS), plain("PUT")), id="resource"),
        pytest.param((defaults(ANONYMOUS), added("GET"), plain("PUT")), id="defaults"),
        pytest.param((application(ANONYMOUS), plain("PUT")), id="application"),
        pytest.param((added("GET", ANONYMOUS), elsewhere, plain("PUT")), id="apart"),
    ],
)
async def test_anonymous_star_that_opens_a_method_is_literal(serve, steps):
    client = await serve(*steps)
    preflight_reply = await client.options(PATH, headers=preflight_headers("PUT", EVIL))
    check(preflight_reply.status, 200)
    check_cors(preflight_reply, {ALLOW_ORIGIN: "*", ALLOW_METHODS: "PUT", "Vary": VARY_PREFLIGHT})
    for headers in ({"Origin": EVIL}, {}):
        actual = await client.put(PATH, headers=headers)
        check_cors(actual, {ALLOW_ORIGIN: "*"})


# Names of methods

OPEN = [
    pytest.param((resource(ANY_BY_1), plain("PUT")), id="resource"),
    pytest.param((added("GET", ANY_BY_1), plain("PUT")), id="sibling"),
    pytest.param((added("*", ANY_BY_1),), id="star-route"),
    pytest.param((added("*", NONE_BY_1),), id="star-route-None"),
    pytest.param((added("*", ANY_BY_1, handler=View),), id="view"),
    pytest.param((application(ANY_BY_1), plain("PUT")), id="application"),
    pytest.param((application(NONE_BY_1), plain("*")), id="application-None"),
    pytest.param((application(NONE_BY_1),), id="nothing-routed"),
]


@pytest.mark.parametrize("steps", OPEN)
async def test_method_star_is_never_allowed(serve, steps):
    client = await serve(*steps)
    preflight_reply = await client.options(PATH, headers=preflight_headers("*"))
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))
    actual = await send(client.server, "*", PATH, f"Origin: {GOOD}")
    check(actual.headers.get(ALLOW_ORIGIN), None)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((resource(PUT_BY_1), plain("PUT")), id="resource"),
        pytest.param((added("GET", PUT_BY_1), plain("PUT")), id="sibling"),
        pytest.param((added("PUT", NONE_BY_1),), id="route"),
        pytest.param((added("*", PUT_BY_1),), id="star-route"),
        pytest.param((added("*", PUT_BY_1, handler=View),), id="view"),
        pytest.param((application(PUT_BY_1), plain("*")), id="application"),
    ],
)
@pytest.mark.parametrize(
    ("method", "status"), [("PUT", 200), ("put", 403), ("Put", 403), ("PUTS", 403), ("PU", 403)]
)
async def test_names_of_methods_are_compared_case_sensitively(serve, steps, method, status):
    client = await serve(*steps)
    preflight_reply = await client.options(PATH, headers=preflight_headers(method))
    check(preflight_reply.status, status)


# What was not added


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((plain("PUT"),), id="alone"),
        pytest.param((added("PUT", path="/other"), plain("PUT")), id="beside-another-path"),
        pytest.param((added("PUT", path="/thing/"), plain("PUT")), id="beside-a-slash"),
        pytest.param((added("PUT", path="/{name}/x"), plain("PUT")), id="beside-a-pattern"),
        pytest.param((inner(added("PUT"), own={}), plain("PUT")), id="in-another-router"),
    ],
)
async def test_path_of_which_nothing_was_added_is_left_alone(serve, steps):
    client = await serve(*steps, defaults=ANY_BY_9)
    preflight_reply = await client.options(PATH, headers=preflight_headers("PUT"))
    actual = await client.put(PATH, headers={"Origin": GOOD})
    check((preflight_reply.status, cors_headers(preflight_reply)), (405, {}))
    check((actual.status, cors_headers(actual)), (200, {}))


async def test_405_of_a_view_that_was_not_added_is_left_alone(serve):
    client = await serve(
        added("PUT"), plain("*", handler=OpenView), defaults={GOOD: says(9), OTHER: says(9)}
    )
    actual = await client.delete(PATH, headers={"Origin": GOOD})
    check((actual.status, cors_headers(actual)), (405, {}))


# Origin enforcement of a sibling


@pytest.mark.parametrize(
    ("steps", "method", "statuses"),
    [
        pytest.param(
            (added("GET", PUT_BY_1, enforce=True), plain("PUT")), "PUT", [200, 403], id="listed"
        ),
        pytest.param(
            (added("GET", ANY_BY_1, enforce=True), plain("PUT")), "PUT", [200, 403], id="star"
        ),
        pytest.param(
            (added("GET", PUT_BY_1, enforce=True), elsewhere, plain("PUT")),
            "PUT",
            [200, 403],
            id="apart",
        ),
        pytest.param(
            (added("GET", PUT_BY_1, enforce=True), plain("DELETE")),
            "DELETE",
            [200, 200],
            id="another-listed",
        ),
        pytest.param(
            (added("GET", NONE_BY_1, enforce=True), plain("PUT")), "PUT", [200, 200], id="None"
        ),
        pytest.param(
            (added("GET", PUT_BY_1, enforce=True), added("PUT", NONE_BY_1)),
            "PUT",
            [200, 200],
            id="route-that-was-added",
        ),
        pytest.param(
            (
                resource({OTHER: says(2, "PUT")}, inherit=False),
                added("GET", PUT_BY_1, enforce=True),
                plain("PUT"),
            ),
            "PUT",
            [200, 200],
            id="cut-off-by-the-resource",
        ),
    ],
)
async def test_enforcement_of_a_sibling_holds_for_methods_that_it_opens(
    serve, steps, method, statuses
):
    client = await serve(*steps)
    actual = [
        await client.request(method, PATH, headers={"Origin": origin}) for origin in (GOOD, EVIL)
    ]
    check([response.status for response in actual], statuses)
