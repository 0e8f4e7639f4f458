"""The CORS layers of other frameworks, and ours, each in front of the same three paths.

``/hello`` handles GET and PUT, ``/fails`` raises an error, and no other path is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import aiohttp_cors
from aiohttp_cors import ResourceOptions

ORIGIN = "https://app.example.com"


class Reply(NamedTuple):
    status: int
    #: Names in lower case.
    headers: dict[str, str]
    text: str


Headers = Mapping[str, str]
#: Sends a request with this method, path and these headers.
Send = Callable[[str, str, Headers], Reply]


class Fails(Exception):
    """What the handler of ``/fails`` raises."""


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def send_to_aiohttp(make_app: Callable[[], web.Application], *request: Any) -> Reply:
    async def run() -> Reply:
        async with TestClient(TestServer(make_app())) as client:
            method, path, headers = request
            response = await client.request(method, path, headers=headers)
            return Reply(response.status, lower(response.headers.items()), await response.text())

    return asyncio.run(run())


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def fails(request: web.Request) -> web.Response:
    raise Fails


def add_routes(app: web.Application) -> web.Application:
    app.router.add_get("/hello", hello)
    app.router.add_put("/hello", hello)
    app.router.add_get("/fails", fails)
    return app


def ours(origin: str, credentials: bool) -> Send:
    def make_app() -> web.Application:
        app = add_routes(web.Application())
        options = ResourceOptions(allow_credentials=credentials, allow_methods=["GET"])
        cors = aiohttp_cors.setup(app)
        cors.add(app, {origin: options})
        return app

    return lambda *request: send_to_aiohttp(make_app, *request)


def aiohttp_middlewares(origin: str, credentials: bool) -> Send:
    from aiohttp_middlewares import cors_middleware

    def make_app() -> web.Application:
        origins = {"allow_all": True} if origin == "*" else {"origins": [origin]}
        layer = cors_middleware(allow_credentials=credentials, allow_methods=["GET"], **origins)
        return add_routes(web.Application(middlewares=[layer]))

    return lambda *request: send_to_aiohttp(make_app, *request)


def starlette(origin: str, credentials: bool) -> Send:
    import httpx
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def hello(request: Any) -> Any:
        return PlainTextResponse("hello")

    def fails(request: Any) -> Any:
        raise Fails

    layer = Middleware(
        CORSMiddleware,
        allow_origins=[origin],
        allow_credentials=credentials,
        allow_methods=["GET"],
    )
    routes = [Route("/hello", hello, methods=["GET", "PUT"]), Route("/fails", fails)]
    app = Starlette(routes=routes, middleware=[layer])

    async def run(method: str, path: str, headers: Headers) -> Reply:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            response = await client.request(method, path, headers=headers)
        return Reply(response.status_code, lower(response.headers.items()), response.text)

    return lambda *request: asyncio.run(run(*request))


def flask_cors(origin: str, credentials: bool) -> Send:
    from flask import Flask
    from flask_cors import CORS

    app = Flask(__name__)
    CORS(app, origins=[origin], supports_credentials=credentials, methods=["GET"])

    @app.route("/hello", methods=["GET", "PUT"])
    def hello() -> str:
        return "hello"

    @app.route("/fails")
    def fails() -> str:
        raise Fails

    app.logger.disabled = True

    def send(method: str, path: str, headers: Headers) -> Reply:
        response = app.test_client().open(path, method=method, headers=dict(headers))
        return Reply(response.status_code, lower(response.headers.items()), response.text)

    return send


def django_cors_headers(origin: str, credentials: bool) -> Send:
    import logging

    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import Client, override_settings
    from django.urls import path

    def hello(request: Any) -> Any:
        return HttpResponse("hello")

    def fails(request: Any) -> Any:
        raise Fails

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["corsheaders"],
            MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
            ALLOWED_HOSTS=["*"],
            LOGGING_CONFIG=None,
        )
        logging.getLogger("django").addHandler(logging.NullHandler())
        django.setup()
    urls = type("Urls", (), {"urlpatterns": [path("hello", hello), path("fails", fails)]})
    policy = {
        "ROOT_URLCONF": urls,
        "CORS_ALLOW_ALL_ORIGINS": origin == "*",
        "CORS_ALLOWED_ORIGINS": [] if origin == "*" else [origin],
        "CORS_ALLOW_CREDENTIALS": credentials,
        "CORS_ALLOW_METHODS": ["GET"],
    }

    def send(method: str, url: str, headers: Headers) -> Reply:
        with override_settings(**policy):
            client = Client(raise_request_exception=False)
            response = client.generic(method, url, headers=dict(headers))
        return Reply(response.status_code, lower(response.items()), response.content.decode())

    return send


#: In the order of the columns in the documentation.
LAYERS: dict[str, Callable[[str, bool], Send]] = {
    "aiohttp-cors": ours,
    "aiohttp-middlewares": aiohttp_middlewares,
    "Starlette": starlette,
    "flask-cors": flask_cors,
    "django-cors-headers": django_cors_headers,
}
