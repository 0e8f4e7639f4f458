"""What the CORS layers of other frameworks add to their own bare applications.

Each application is called as its server calls it: by ASGI, by WSGI, or by aiohttp's own
interface. ``python -m benchmarks.frameworks`` prints the table.
"""

from __future__ import annotations

import asyncio
import gc
import io
import random
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .cases import ASKING, CASES, GOOD
from .layers import application
from .report import print_table
from .requests import make_request, serve

#: Requests that an application serves in its turn.
TURN = 200
ROUNDS = 60

HEADERS_OF_TABLE = ["framework, layer", "request", "bare, ns", "added, ns"]

#: Serves a number of requests.
Play = Callable[[int], None]

HEADERS = {"Host": "127.0.0.1:8080", "Origin": GOOD, "Accept": "*/*"}


class Pair(NamedTuple):
    """The same application without a CORS layer, and with it."""

    name: str
    kind: str
    bare: Play
    layer: Play


def headers_of(kind: str) -> dict[str, str]:
    """Return the headers of a GET request or of a preflight."""
    return {**HEADERS, **ASKING} if kind == "preflight" else HEADERS


def method_of(kind: str) -> str:
    """Return the method of a GET request or of a preflight."""
    return "OPTIONS" if kind == "preflight" else "GET"


def aiohttp_cors(kind: str) -> Pair:
    """Return aiohttp, and this library."""
    case = CASES["f" if kind == "preflight" else "b"]

    def play_with(layer: str) -> Play:
        app = application(layer, case)

        def play(number: int) -> None:
            async def run() -> None:
                for _ in range(number):
                    await serve(app, make_request(case.method, "/hello", case.headers))

            asyncio.run(run())

        return play

    return Pair("aiohttp, aiohttp_cors", kind, play_with("bare"), play_with("ours"))


def starlette(kind: str) -> Pair:
    """Return Starlette, and its own middleware."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def hello(request: Any) -> Any:
        return PlainTextResponse("hello")

    async def options(request: Any) -> Any:
        return Response()

    layer = Middleware(
        CORSMiddleware, allow_origins=[GOOD], allow_headers=["X-A", "X-B", "X-C"], allow_methods="*"
    )
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method_of(kind),
        "scheme": "http",
        "path": "/hello",
        "raw_path": b"/hello",
        "query_string": b"",
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode()) for n, v in headers_of(kind).items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }

    def play_with(middleware: list[Any]) -> Play:
        routes = [Route("/hello", hello), Route("/hello", options, methods=["OPTIONS"])]
        app = Starlette(routes=routes, middleware=middleware)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            pass

        def play(number: int) -> None:
            async def run() -> None:
                for _ in range(number):
                    await app(dict(scope), receive, send)

            asyncio.run(run())

        return play

    return Pair("Starlette", kind, play_with([]), play_with([layer]))


def play_wsgi(app: Any, kind: str) -> Play:
    """Return what calls a WSGI application."""
    names = {name.upper().replace("-", "_"): value for name, value in headers_of(kind).items()}
    environ = {
        "REQUEST_METHOD": method_of(kind),
        "SCRIPT_NAME": "",
        "PATH_INFO": "/hello",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name}": value for name, value in names.items()},
    }

    def play(number: int) -> None:
        for _ in range(number):
            response = app({**environ, "wsgi.input": io.BytesIO()}, lambda *_: None)
            b"".join(response)
            getattr(response, "close", lambda: None)()

    return play


def flask(kind: str) -> Pair:
    """Return Flask, and flask-cors."""
    from flask import Flask
    from flask_cors import CORS

    def make_app() -> Any:
        app = Flask(__name__)

        @app.route("/hello", methods=["GET", "OPTIONS"])
        def hello() -> str:
            return "hello"

        return app

    layered = make_app()
    CORS(layered, origins=[GOOD], allow_headers=["X-A", "X-B", "X-C"])
    return Pair("Flask, flask-cors", kind, play_wsgi(make_app(), kind), play_wsgi(layered, kind))


def django(kind: str) -> Pair:
    """Return Django, and django-cors-headers."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.test import override_settings
    from django.urls import path

    def hello(request: Any) -> Any:
        return HttpResponse("hello")

    if not settings.configured:
        import django as package

        settings.configure(
            ROOT_URLCONF=__name__,
            ALLOWED_HOSTS=["*"],
            CORS_ALLOWED_ORIGINS=[GOOD],
            CORS_ALLOW_HEADERS=["x-a", "x-b", "x-c"],
            INSTALLED_APPS=["corsheaders"],
        )
        package.setup()
    globals()["urlpatterns"] = [path("hello", hello)]
    layer = "corsheaders.middleware.CorsMiddleware"

    def handler(*middlewares: str) -> Any:
        with override_settings(MIDDLEWARE=list(middlewares)):
            return WSGIHandler()

    return Pair(
        "Django, django-cors-headers",
        kind,
        play_wsgi(handler(), kind),
        play_wsgi(handler(layer), kind),
    )


def added(pair: Pair, rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the nanoseconds of a bare request, and those that the layer adds to it."""
    plays = [pair.bare, pair.layer]
    for play in plays:
        play(TURN)
    bare, differences = [], []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            taken = {}
            for play in random.sample(plays, 2):
                started = time.perf_counter_ns()
                play(TURN)
                taken[play] = (time.perf_counter_ns() - started) / TURN
            bare.append(taken[pair.bare])
            differences.append(taken[pair.layer] - taken[pair.bare])
            gc.collect()
    finally:
        gc.enable()
    return statistics.median(bare), statistics.median(differences)


def measure(rounds: int = ROUNDS) -> list[tuple[str, str, float, float]]:
    """Return name, kind, the time of a bare request, and what is added, for each layer."""
    found = []
    for make in (aiohttp_cors, starlette, flask, django):
        for kind in ("GET", "preflight"):
            pair = make(kind)
            found.append((pair.name, kind, *added(pair, rounds)))
    return found


if __name__ == "__main__":
    print_table(HEADERS_OF_TABLE, measure())
