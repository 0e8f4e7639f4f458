r"""Deliberate mistakes, and what the library says about them.

Start it with ``python -m examples.mistakes``: it runs, but logs warnings. Because of the slash at
the end, a page of ``https://app.example.com`` can read nothing::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/hello
    HTTP/1.1 200 OK
    Vary: Origin

    hello

In the regular expression, a dot stands for any character, so it allows an origin that it should
not::

    $ curl -i -H 'Origin: https://adminxexample.com' http://127.0.0.1:8080/hello
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://adminxexample.com
    Vary: Origin

    hello

The audit says what is wrong and what to write instead, and exits with status 1::

    $ python -m aiohttp_cors audit examples.mistakes:make_app
    error: defaults: 'https://app.example.com/': Browsers send an origin without path, slash, \
    query or fragment. Write 'https://app.example.com'. [origin-path]
    danger: defaults: re.compile('https://admin.example\\.com'): It also accepts \
    'https://adminxexample.com', because its unescaped '.' stands for any character. \
    Write \. for a dot. [expression-look-alike]
    2 findings

With ``setup(app, strict=True)``, the application would not start.
"""

import re

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def make_app() -> web.Application:
    app = web.Application()
    defaults = {
        "https://app.example.com/": ResourceOptions(),
        re.compile(r"https://admin.example\.com"): ResourceOptions(),
    }
    cors = aiohttp_cors.setup(app, defaults=defaults)
    cors.add(app.router.add_get("/hello", hello))
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
