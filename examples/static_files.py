r"""Static files that pages of any origin may read, such as fonts, or scripts with ``crossorigin``.

Start it with ``python -m examples.static_files``. It serves the folder ``examples/files``::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/files/hello.txt
    HTTP/1.1 200 OK
    Content-Type: text/plain
    Access-Control-Allow-Origin: *

    hello

The response to a range request, and a 404 response, get the header as well::

    $ curl -i -H 'Origin: https://app.example.com' -H 'Range: bytes=0-1' \
        http://127.0.0.1:8080/files/hello.txt
    HTTP/1.1 206 Partial Content
    Content-Range: bytes 0-1/6
    Access-Control-Allow-Origin: *

    he
    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/files/none.txt
    HTTP/1.1 404 Not Found
    Access-Control-Allow-Origin: *

Preflights for GET and HEAD pass::

    $ curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
        -H 'Access-Control-Request-Method: GET' \
        -H 'Access-Control-Request-Headers: if-none-match' http://127.0.0.1:8080/files/hello.txt
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Methods: GET
    Access-Control-Allow-Headers: IF-NONE-MATCH
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
"""

from pathlib import Path

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

FOLDER = Path(__file__).parent / "files"


def make_app() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    options = ResourceOptions(allow_headers=["If-None-Match"])
    cors.add(app.router.add_static("/files", FOLDER), {"*": options})
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
