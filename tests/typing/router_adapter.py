"""Code of users, for the type checkers: an adapter for a router. Nothing runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter


class PathAdapter(AbstractRouterAdapter):
    def __init__(self, router: web.UrlDispatcher) -> None:
        self.router = router
        self.configs: dict[str, Mapping[str, ResourceOptions]] = {}

    def add_preflight_handler(
        self,
        routing_entity: str,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> None:
        self.router.add_route("OPTIONS", routing_entity, handler)

    def is_preflight_request(self, request: web.Request) -> bool:
        return request.method == "OPTIONS"

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return request.path in self.configs

    def set_config_for_routing_entity(
        self, routing_entity: str, config: Mapping[str, ResourceOptions]
    ) -> None:
        self.configs[routing_entity] = config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Mapping[str, ResourceOptions]:
        return self.configs[preflight_request.path]

    def get_non_preflight_request_config(
        self, request: web.Request
    ) -> Mapping[str, ResourceOptions]:
        return self.configs[request.path]


app = web.Application()
cors = aiohttp_cors.setup(app, router_adapter=PathAdapter(app.router))
path: str = cors.add("/hello", {"*": ResourceOptions()})
