"""The server that visitors ask themselves: a path for each policy, and what was sent and seen."""

from __future__ import annotations

import inspect
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, ResourceOptions

#: Headers of requests that are shown.
SHOWN = (
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Cookie",
    "Authorization",
    "X-Token",
    "Content-Type",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def open_to_all(page: str) -> dict[str, Any]:
    return {"*": ResourceOptions()}


def this_page(page: str) -> dict[str, Any]:
    return {page: ResourceOptions()}


def with_headers(page: str) -> dict[str, Any]:
    options = ResourceOptions(allow_headers=["X-Token", "Content-Type"], expose_headers=["X-Total"])
    return {page: options}


def with_credentials(page: str) -> dict[str, Any]:
    return {page: ResourceOptions(allow_credentials=True, allow_headers=["Authorization"])}


def sub_domains(page: str) -> dict[str, Any]:
    return {"http://*.localhost:*": ResourceOptions(allow_headers="*")}


def another_page(page: str) -> dict[str, Any]:
    return {"https://another.example.com": ResourceOptions()}


#: What visitors choose from.
POLICIES = {
    "Any origin": open_to_all,
    "This page": this_page,
    "This page, some headers": with_headers,
    "This page, with credentials": with_credentials,
    "Sub-domains of localhost": sub_domains,
    "Another page": another_page,
}


def make_lab(page: str) -> web.Application:
    """Make the application: ``/0`` has the first policy, and so on."""
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="hello", headers={"X-Total": "3"})

    for number, policy in enumerate(POLICIES.values()):
        for method in METHODS:
            cors.add(app.router.add_route(method, f"/{number}", answer), policy(page))
    return app


def policies(page: str) -> list[dict[str, str]]:
    """Return each policy with its code, as the page shows it."""
    return [
        {"title": title, "code": code_of(policy).replace("page:", f'"{page}":')}
        for title, policy in POLICIES.items()
    ]


def code_of(policy: Any) -> str:
    """Return the config that a function returns, as it is written there."""
    body = inspect.cleandoc("\n" + inspect.getsource(policy).partition("\n")[2])
    return body.replace("return ", "config = ")


async def explain(lab: web.Application, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what the library says of a request of a visitor, for people and as data."""
    explanation = await lab[APP_CONFIG_KEY].explain(
        asked["method"],
        asked["path"],
        origin=asked["origin"],
        headers=[(name, value) for name, value in asked["headers"]],
        credentials=asked["cookies"],
    )
    return {"granted": explanation.granted, "text": str(explanation)}


def exchange(request: Any, response: Any) -> dict[str, Any]:
    """Return what was sent and answered, as far as it is about CORS."""
    return {
        "method": request.method,
        "asked": [[name, request.headers[name]] for name in SHOWN if name in request.headers],
        "status": response.status,
        "answered": [
            [name, value]
            for name, value in response.headers.items()
            if name.startswith("Access-Control-") or name == "Vary"
        ],
    }
