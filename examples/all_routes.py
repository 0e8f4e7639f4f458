r"""Every route of an application, by walking its router, behind an authentication middleware.

Start it with ``python -m examples.all_routes``. The library responds to preflights before the
middleware runs, because browsers send no credentials with them::

    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: POST' \
        -H 'Access-Control-Request-Headers: authorization' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Access-Control-Allow-Methods: POST
    Access-Control-Allow-Headers: AUTHORIZATION
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

The request itself must pass the middleware. The page may read a 401 response too::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/items
    HTTP/1.1 401 Unauthorized
    Access-Control-Allow-Origin: https://app.example.com
    Vary: Origin
    $ curl -i -H 'Origin: https://app.example.com' -H 'Authorization: Bearer secret' \
        http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Vary: Origin
"""

from aiohttp import web
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import ResourceOptions


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.headers.get("Authorization") != "Bearer secret":
        raise web.HTTPUnauthorized()
    return await handler(request)


async def items(request: web.Request) -> web.Response:
    return web.json_response(["pen", "ink"])


async def one_item(request: web.Request) -> web.Response:
    return web.json_response(request.match_info["name"])


def make_app() -> web.Application:
    app = web.Application(middlewares=[authenticate])
    app.router.add_get("/items", items)
    app.router.add_post("/items", items)
    app.router.add_get("/items/{name}", one_item)
    options = ResourceOptions(allow_headers=["Authorization"])
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": options})
    for route in app.router.routes():
        cors.add(route)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
