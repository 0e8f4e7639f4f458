"""Code of users, for the type checkers: adding routes. Nothing runs it."""

from __future__ import annotations

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, CorsConfig, ResourceOptions


async def handler(request: web.Request) -> web.Response:
    cors: CorsConfig = request.app[APP_CONFIG_KEY]
    options: ResourceOptions = cors.defaults["*"]
    return web.Response(text=str(options.max_age))


app = web.Application()
cors = aiohttp_cors.setup(
    app,
    defaults={
        "*": {"allow_headers": ["X-Token"]},
        "https://app.example.com": ResourceOptions(
            allow_credentials=True,
            expose_headers={"X-Total"},
            allow_headers="*",
            allow_methods=("GET", "PUT"),
            max_age=600,
        ),
    },
    preflights_first=True,
)
resource: web.Resource = cors.add(app.router.add_resource("/hello"))
route: web.ResourceRoute = cors.add(
    resource.add_route("GET", handler), {"https://other.example.com": ResourceOptions()}
)
static: web.AbstractResource = cors.add(app.router.add_static("/static", "."))
for each in app.router.routes():
    cors.add(each)

sub_application = web.Application()
cors.add(app.add_subapp("/sub", sub_application))
cors.defaults = {"*": ResourceOptions()}
fields: dict[str, object] = ResourceOptions(max_age=5)._asdict()
replaced: ResourceOptions = ResourceOptions()._replace(max_age=5)

# Names that are misspelt are found.
misspelt = aiohttp_cors.ResourceOption  # type: ignore[attr-defined]
