r"""The smallest application: the pages of one origin may read one route.

Start it with ``python -m examples.quickstart``. A page of ``https://app.example.com`` may read the
response::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/hello
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Vary: Origin

    hello

A page of any other origin may not, so its response lacks ``Access-Control-Allow-Origin``::

    $ curl -i -H 'Origin: https://other.example.com' http://127.0.0.1:8080/hello
    HTTP/1.1 200 OK
    Vary: Origin

    hello

Before a request that a plain HTML form could not send, the browser sends a preflight::

    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: GET' \
        -H 'Access-Control-Request-Headers: x-token' http://127.0.0.1:8080/hello
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Access-Control-Allow-Methods: GET
    Access-Control-Allow-Headers: X-TOKEN
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
"""

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def make_app() -> web.Application:
    app = web.Application()
    options = ResourceOptions(allow_headers=["X-Token"])
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": options})
    cors.add(app.router.add_get("/hello", hello))
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
