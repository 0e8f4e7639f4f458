"""Code of users, for the type checkers: class-based views. Nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors


class ViewFirst(web.View, CorsViewMixin):
    cors_config = {"https://app.example.com": ResourceOptions(allow_credentials=True)}

    async def get(self) -> web.Response:
        return web.Response(text=self.request.path)

    @custom_cors({"*": {"allow_methods": ["PUT"], "max_age": 60}})
    async def put(self) -> web.StreamResponse:
        return web.json_response({})


class MixinFirst(CorsViewMixin, web.View):
    async def get(self) -> web.Response:
        return web.Response()

    @classmethod
    def get_request_config(
        cls, request: web.Request, request_method: str
    ) -> Mapping[str, ResourceOptions]:
        return {request.headers["X-Tenant"]: ResourceOptions()}


app = web.Application()
cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
route: web.AbstractRoute = cors.add(app.router.add_view("/view", ViewFirst))
cors.add(app.router.add_get("/get", MixinFirst), ViewFirst.cors_config)
