r"""Each route with its own config: everyone may read, one origin may write.

Start it with ``python -m examples.per_route``. Any page may read the list::

    $ curl -i -H 'Origin: https://blog.example.com' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: *
    Access-Control-Expose-Headers: X-Total

Pages of the admin origin may write to it, with cookies::

    $ curl -i -X OPTIONS -H 'Origin: https://admin.example.com' \
        -H 'Access-Control-Request-Method: PUT' \
        -H 'Access-Control-Request-Headers: content-type' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://admin.example.com
    Access-Control-Allow-Credentials: true
    Access-Control-Max-Age: 600
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: CONTENT-TYPE
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

Other pages may not. The config of the GET route does not apply to PUT::

    $ curl -i -X OPTIONS -H 'Origin: https://blog.example.com' \
        -H 'Access-Control-Request-Method: PUT' http://127.0.0.1:8080/items
    HTTP/1.1 403 Forbidden
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

    CORS preflight request failed: origin 'https://blog.example.com' is not allowed
"""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

READERS = {"*": ResourceOptions(expose_headers=["X-Total"])}
WRITERS = {
    "https://admin.example.com": ResourceOptions(
        allow_credentials=True, allow_headers=["Content-Type"], max_age=600
    )
}


async def read(request: web.Request) -> web.Response:
    return web.json_response(["pen", "ink"], headers={"X-Total": "2"})


async def write(request: web.Request) -> web.Response:
    return web.json_response({"written": True})


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/items")
    cors.add(resource.add_route("GET", read), READERS)
    cors.add(resource.add_route("PUT", write), WRITERS)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
