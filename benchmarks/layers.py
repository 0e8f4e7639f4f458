"""Applications without CORS, and with the CORS of different libraries."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from aiohttp import hdrs, web

import aiohttp_cors

from .cases import Case
from .published import published

#: Adds CORS to routes of an application; what it returns is ignored.
Layer = Callable[[web.Application, list[web.AbstractRoute], Case], object]


async def hello(request: web.Request) -> web.Response:
    """Respond as a small handler does."""
    return web.Response(text="hello")


async def options(request: web.Request) -> web.Response:
    """Respond to OPTIONS by hand: what preflights are compared with."""
    return web.Response()


class PlainView(web.View):
    """A view without CORS."""

    async def get(self) -> web.Response:
        return web.Response(text="hello")


def application(layer: str, case: Case) -> web.Application:
    """Make the application of a case, with the CORS of ``layer``."""
    middlewares = [middleware_of(case)] if layer == "middlewares" else []
    app = web.Application(middlewares=middlewares)
    inner = web.Application() if case.inside else app
    router = inner.router
    routes: list[web.AbstractRoute] = [router.add_get("/hello", hello)]
    routes += [router.add_get(f"/r{number}", hello) for number in range(case.routes - 1)]
    router.add_get("/plain", hello)
    view = VIEWS[layer]() if layer in VIEWS else PlainView
    routes.append(router.add_view("/view", view))
    if inner is not app:
        app.add_subapp("/inside", inner)
    LAYERS[layer](app, routes, case)
    app.pre_freeze()
    app.freeze()
    return app


def view_of(library: ModuleType) -> type[web.View]:
    """Return a view with the CORS of a library."""

    class View(PlainView, library.CorsViewMixin):  # type: ignore[name-defined,misc]
        pass

    return View


def nothing(app: web.Application, routes: list[web.AbstractRoute], case: Case) -> None:
    """Respond to OPTIONS by hand."""
    for route in routes[:-1]:
        if route.resource is not None:
            route.resource.add_route("OPTIONS", options)  # type: ignore[attr-defined]


def empty(app: web.Application, routes: list[web.AbstractRoute], case: Case) -> None:
    """Listen to responses, and do nothing."""

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        pass

    nothing(app, routes, case)
    app.on_response_prepare.append(receive)


def floor(app: web.Application, routes: list[web.AbstractRoute], case: Case) -> None:
    """Do the least that CORS takes: one look-up, and the headers."""
    listed = dict.fromkeys(case.config, True)
    more = []
    if case.config.get("*", {}).get("allow_credentials"):
        more = [
            (hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (hdrs.ACCESS_CONTROL_EXPOSE_HEADERS, "Date,Server"),
        ]

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        headers = response.headers
        if origin in listed or "*" in listed:
            headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin or "*"
            for name, value in more:
                headers[name] = value
        headers[hdrs.VARY] = hdrs.ORIGIN

    nothing(app, routes, case)
    app.on_response_prepare.append(receive)


def library(module: ModuleType) -> Layer:
    """Return the layer of a library with the names of aiohttp-cors."""

    def add(app: web.Application, routes: list[web.AbstractRoute], case: Case) -> None:
        cors = module.setup(app)
        config = {
            origin: module.ResourceOptions(**options) for origin, options in case.config.items()
        }
        if case.whole:
            cors.add(app, config, enforce=case.enforce)
        else:
            for route in routes:
                cors.add(route, config)

    return add


def middleware_of(case: Case) -> Any:
    """Return aiohttp-middlewares' layer for a case."""
    from aiohttp_middlewares.cors import cors_middleware

    options = next(iter(case.config.values()))
    return cors_middleware(
        origins=[] if "*" in case.config else list(case.config),
        allow_all="*" in case.config,
        allow_headers=options.get("allow_headers", ()),
        allow_credentials=options.get("allow_credentials", False),
    )


LAYERS: dict[str, Layer] = {
    "bare": nothing,
    "control": nothing,
    "empty": empty,
    "floor": floor,
    "ours": library(aiohttp_cors),
    "published": lambda *arguments: library(published())(*arguments),
    "middlewares": nothing,
}


#: Views with the CORS of a library, which is imported only where it is measured.
VIEWS: dict[str, Callable[[], type[web.View]]] = {
    "ours": lambda: view_of(aiohttp_cors),
    "published": lambda: view_of(published()),
}


def layers_for(case: Case) -> list[str]:
    """Return the layers that a case can be compared with."""
    if case.whole or "*." in next(iter(case.config)):
        # No other layer has it.
        return ["bare", "control", *([] if case.preflight else ["floor"]), "ours"]
    if case.preflight:
        return ["bare", "control", "ours", "published", "middlewares"]
    if len(case.config) > 1000:
        # It needs five milliseconds for 100 000 regular expressions.
        return ["bare", "control", "empty", "floor", "ours", "published"]
    return list(LAYERS)
