r"""Two sub-applications: one without its own CORS setup, one with it.

Start it with ``python -m examples.sub_applications``. The outer application adds all routes of
``/shop``, and its defaults decide there::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/shop/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Vary: Origin

``/admin`` has its own ``setup()``. It is the innermost application there, so it decides alone::

    $ curl -i -X OPTIONS -H 'Origin: https://admin.example.com' \
        -H 'Access-Control-Request-Method: DELETE' http://127.0.0.1:8080/admin/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://admin.example.com
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: DELETE
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: DELETE' http://127.0.0.1:8080/admin/items
    HTTP/1.1 403 Forbidden
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

    CORS preflight request failed: origin 'https://app.example.com' is not allowed
"""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def items(request: web.Request) -> web.Response:
    return web.json_response(["pen", "ink"])


def make_shop() -> web.Application:
    shop = web.Application()
    shop.router.add_get("/items", items)
    return shop


def make_admin() -> web.Application:
    admin = web.Application()
    options = ResourceOptions(allow_credentials=True)
    cors = aiohttp_cors.setup(admin, defaults={"https://admin.example.com": options})
    cors.add(admin.router.add_delete("/items", items))
    return admin


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": ResourceOptions()})
    cors.add(app.add_subapp("/shop", make_shop()))
    app.add_subapp("/admin", make_admin())
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
