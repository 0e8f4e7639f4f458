"""Answers to preflights are kept where they stay the same, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, router_serving

from .conftest import EVIL, GOOD, OTHER, VARY_PREFLIGHT, asking, check, cors_headers, hello

# Explaining asks once more, which is what these tests count.
pytestmark = pytest.mark.unexplained

SUB_DOMAIN = "https://a.sub.example"
DEFAULTS = {
    GOOD: ResourceOptions(allow_headers=["X-A"]),
    "https://*.sub.example": ResourceOptions(),
}


class Computed(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        raise NotImplementedError

    @classmethod
    def get_request_config(cls, request: Any, request_method: str) -> Any:
        return {GOOD: ResourceOptions()}


def application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/hello", hello))
    cors.add(app.router.add_get("/items/{name}", hello))
    cors.add(app.router.add_get("/public", hello), {"*": ResourceOptions()}, inherit=False)
    cors.add(app.router.add_view("/computed", Computed))
    return app


def kept(app: web.Application) -> int:
    return len(app[aiohttp_cors.APP_CONFIG_KEY]._cors_impl._routes.answers)


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        pytest.param("/hello", asking("GET"), 1, id="exact origin"),
        pytest.param("/items/a", asking("GET", GOOD, "x-a"), 1, id="path with a name"),
        pytest.param("/public", asking("GET", EVIL), 1, id="anybody"),
        pytest.param("/hello", asking("GET", SUB_DOMAIN), 0, id="wildcard"),
        pytest.param("/hello", asking("GET", EVIL), 0, id="refused origin"),
        pytest.param("/hello", asking("PUT"), 0, id="refused method"),
        pytest.param("/hello", asking("GET", GOOD, "x-b"), 0, id="refused header"),
        pytest.param("/hello", asking("G T"), 0, id="malformed"),
        pytest.param("/computed", asking("GET"), 0, id="computed config"),
    ],
)
async def test_answer_is_kept_if_nothing_else_decides(
    aiohttp_client: Any, path: str, headers: dict[str, str], expected: int
) -> None:
    app = application()
    client = await aiohttp_client(app)

    first = await client.options(path, headers=headers)
    check(kept(app), expected)
    second = await client.options(path, headers=headers)

    check((first.status, cors_headers(first)), (second.status, cors_headers(second)))
    check(kept(app), expected)


async def test_kept_answers_go_by_path_origin_method_and_headers(aiohttp_client: Any) -> None:
    app = application()
    client = await aiohttp_client(app)

    for _ in range(2):
        for path, headers, status in (
            ("/items/a", asking("GET"), 200),
            ("/items/b", asking("GET"), 200),
            ("/items/a", asking("HEAD"), 200),
            ("/items/a", asking("GET", GOOD, "x-a"), 200),
            ("/items/a", asking("GET", GOOD, "x-b"), 403),
            ("/items/a", asking("GET", OTHER), 403),
        ):
            response = await client.options(path, headers=headers)
            check(response.status, status)
    check(kept(app), 4)


async def test_new_defaults_forget_what_was_kept(aiohttp_client: Any) -> None:
    app = application()
    client = await aiohttp_client(app)
    await client.options("/hello", headers=asking("GET"))

    app[aiohttp_cors.APP_CONFIG_KEY].defaults = {OTHER: ResourceOptions()}
    response = await client.options("/hello", headers=asking("GET"))

    check((response.status, cors_headers(response)), (403, {"Vary": VARY_PREFLIGHT}))
    check(kept(app), 0)


async def test_kept_answers_are_bounded(
    aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router_serving, "_MOST_ANSWERS", 10)
    app = application()
    client = await aiohttp_client(app)

    for number in range(25):
        response = await client.options(f"/items/{number}", headers=asking("GET"))
        check((response.status, kept(app) <= 10), (200, True))


async def test_nothing_is_kept_where_the_host_decides(aiohttp_client: Any) -> None:
    app, inner = application(), web.Application()
    inner.router.add_put("/hello", hello)
    app.add_domain("inner.example", inner)
    client = await aiohttp_client(app)

    await client.options("/hello", headers=asking("GET"))

    check(kept(app), 0)


async def test_nothing_is_kept_of_applications_around_others(aiohttp_client: Any) -> None:
    app, inner = application(), web.Application()
    inner.router.add_get("/hello", hello)
    app.add_subapp("/inner", inner)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    response = await client.options("/inner/hello", headers=asking("GET"))

    check((response.status, kept(app)), (200, 0))
