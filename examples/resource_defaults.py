r"""One config for a whole resource: ``allow_methods`` says which of its methods are allowed.

Start it with ``python -m examples.resource_defaults``. The resource is added, its routes are
not. A preflight for a method on the list passes::

    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: PUT' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Access-Control-Allow-Methods: PUT
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

DELETE has a handler, but is not on the list. Neither the preflight nor the request itself is
allowed::

    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: DELETE' http://127.0.0.1:8080/items
    HTTP/1.1 403 Forbidden
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

    CORS preflight request failed: request method 'DELETE' is not allowed for 'https://app.example.com' origin

For origins that the config of the resource does not list, the defaults decide::

    $ curl -i -H 'Origin: https://partner.example.com' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://partner.example.com
    Vary: Origin
"""  # noqa: E501

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=f"hello, {request.method}")


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(
        app, defaults={"https://partner.example.com": ResourceOptions(allow_methods=["GET"])}
    )
    resource = app.router.add_resource("/items")
    for method in ("GET", "PUT", "DELETE"):
        resource.add_route(method, hello)
    cors.add(resource, {"https://app.example.com": ResourceOptions(allow_methods=["GET", "PUT"])})
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
