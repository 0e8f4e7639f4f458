"""The application that agents watch: the same one with and without CORS."""

from __future__ import annotations

from typing import Any

from aiohttp import web

NAME = web.AppKey("NAME", str)
CITY = web.AppKey("CITY", str)

ORIGIN = "https://app.example.com"


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def item(request: web.Request) -> web.Response:
    return web.Response(text=request.match_info["n"])


async def inner_hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def view(*mixins: type) -> type[web.View]:
    class Shown(*mixins, web.View):  # type: ignore[misc]
        async def get(self) -> web.Response:
            return web.Response(text="shown")

    return Shown


class Shop:
    """An application with one inside it that knows CORS itself, and one that does not."""

    def __init__(self) -> None:
        # As an attribute of the module, which an agent may have replaced.
        self.app, self.stock, self.news = web.Application(), web.Application(), web.Application()
        for app, name in (self.app, "shop"), (self.stock, "stock"), (self.news, "news"):
            app[NAME] = name
        self.app[CITY] = "Bern"

    def add_routes(self, *mixins: type) -> None:
        router = self.app.router
        router.add_get("/hello", hello)
        router.add_get("/items/{n}", item)
        router.add_view("/view", view(*mixins))
        router.add_get("/enforced", hello, name="enforced")
        router.add_get("/unadded", hello)
        self.stock.router.add_get("/hello", inner_hello)
        self.stock.router.add_get("/items/{n}", item)
        self.news.router.add_get("/hello", inner_hello)
        self.app.add_subapp("/stock", self.stock)
        self.app.add_subapp("/news", self.news)

    def add_routes_with_cors(
        self, *, enforce: bool = False, whole: bool = False, **options: Any
    ) -> None:
        """Add CORS to the routes; ``enforce`` and ``whole`` are what 0.8.1 does not know."""
        import aiohttp_cors

        defaults = {ORIGIN: aiohttp_cors.ResourceOptions(allow_headers="*")}
        cors = aiohttp_cors.setup(self.app, defaults=defaults, **options)
        if whole:
            cors.add(self.app)
            self.add_routes()
            cors.add(self.app.router["enforced"], enforce=True)
            return
        inner = aiohttp_cors.setup(self.stock, defaults=defaults, **options)
        self.add_routes(aiohttp_cors.CorsViewMixin)
        for route in list(self.app.router.routes()):
            path = route.resource.canonical
            if enforce and path == "/enforced":
                cors.add(route, enforce=True)
            elif path.startswith("/stock"):
                inner.add(route)
            elif path != "/unadded":
                cors.add(route)

    def preflight_handlers(self) -> list[str]:
        """Return where OPTIONS routes are found by their handler, as layers of others find them."""
        from aiohttp_cors.preflight_handler import _PreflightHandler

        ours = _PreflightHandler._preflight_handler
        return sorted(
            route.resource.canonical
            for route in self.app.router.routes()
            if getattr(route.handler, "__func__", None) is ours
        )
