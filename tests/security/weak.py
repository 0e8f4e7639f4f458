"""CORS layers as developers write them: each has the flaw of an advisory, and must be caught.

They are put into an application like the package, ``layer(app, defaults=...)`` and ``add``.
"""

from __future__ import annotations

from typing import Any, Callable

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import ResourceOptions

Layer = Callable[..., Any]
Config = dict[Any, ResourceOptions]


def caught(*weak: Layer) -> Callable[[Any], Any]:
    """Make a test of a check, which holds for the package and fails for each of ``weak``."""

    def decorate(check: Callable[[Layer], Any]) -> Any:
        async def test(layer: Layer) -> None:
            if layer is aiohttp_cors.setup:
                await check(layer)
                return
            with pytest.raises(AssertionError):
                await check(layer)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        layers = [aiohttp_cors.setup, *weak]
        ids = ["aiohttp_cors", *(f"caught:{layer.__name__}" for layer in weak)]
        return pytest.mark.parametrize("layer", layers, ids=ids)(test)

    return decorate


class Plain:
    """A layer for exact origins, as it should be; those below change one thing."""

    def __init__(
        self, app: web.Application, *, defaults: Config | None = None, enforce: bool = False
    ) -> None:
        self.defaults = defaults or {}
        self.enforce = enforce
        self.added: dict[Any, Config | None] = {}
        app.on_response_prepare.append(self._sign)
        app.middlewares.insert(0, self._respond)

    def add(self, entity: Any, config: Config | None = None) -> Any:
        self.added[entity] = config
        return entity

    @web.middleware
    async def _respond(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.enforce and not self.passes(request):
            raise web.HTTPForbidden
        if "Access-Control-Request-Method" in request.headers:
            return await self.answer_preflight(request, handler)
        return await handler(request)

    async def _sign(self, request: web.Request, response: web.StreamResponse) -> None:
        self.sign(request, response)

    def sign(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self.headers(request))

    async def answer_preflight(self, request: web.Request, handler: Handler) -> Any:
        return web.Response(status=200 if self.find(request) else 403)

    def passes(self, request: web.Request) -> bool:
        return "Origin" not in request.headers or self.find(request) is not None

    def config_of(self, request: web.Request) -> Config:
        return self.added.get(request.match_info.route) or self.defaults

    def origin_of(self, request: web.Request) -> str:
        return request.headers.get("Origin", "")

    def matches(self, key: Any, origin: str, request: web.Request) -> bool:
        return bool(key == origin)

    def find(self, request: web.Request) -> ResourceOptions | None:
        origin = self.origin_of(request)
        for key, options in self.config_of(request).items():
            if key == "*" or self.matches(key, origin, request):
                return options
        return None

    def headers(self, request: web.Request) -> dict[str, str]:
        found = self.find(request)
        headers = {"Vary": "Origin"}
        if found is not None:
            public = "*" in self.config_of(request)
            headers["Access-Control-Allow-Origin"] = "*" if public else self.origin_of(request)
            if found.allow_credentials:
                headers["Access-Control-Allow-Credentials"] = "true"
        return headers


def matching(name: str, rule: Callable[[Any, str], Any]) -> Layer:
    """Make a layer that compares origins by ``rule(key, origin)``."""

    class Matching(Plain):
        def matches(self, key: Any, origin: str, request: web.Request) -> bool:
            return bool(rule(key, origin))

    Matching.__name__ = name
    return Matching
