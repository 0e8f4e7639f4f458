r"""A class-based view: one config for the class, a stricter one for a method.

Start it with ``python -m examples.views``. GET uses the config of the class::

    $ curl -i -H 'Origin: https://blog.example.com' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: *

PUT has its own config. For origins that it does not list, the config of the class decides::

    $ curl -i -X OPTIONS -H 'Origin: https://admin.example.com' \
        -H 'Access-Control-Request-Method: PUT' http://127.0.0.1:8080/items
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://admin.example.com
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: PUT
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

That config allows only GET, so PUT is closed to all other origins::

    $ curl -i -X OPTIONS -H 'Origin: https://blog.example.com' \
        -H 'Access-Control-Request-Method: PUT' http://127.0.0.1:8080/items
    HTTP/1.1 403 Forbidden
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

    CORS preflight request failed: request method 'PUT' is not allowed for 'https://blog.example.com' origin
"""  # noqa: E501

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

READERS = {"*": ResourceOptions(allow_methods=["GET"])}
WRITERS = {"https://admin.example.com": ResourceOptions(allow_credentials=True)}


class Items(web.View, CorsViewMixin):
    cors_config = READERS

    async def get(self) -> web.Response:
        return web.json_response(["pen", "ink"])

    @custom_cors(WRITERS)
    async def put(self) -> web.Response:
        return web.json_response({"written": True})


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_view("/items", Items))
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
