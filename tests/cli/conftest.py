"""Running commands in a folder with applications of their own."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest

from aiohttp_cors._cli import main

#: What the module ``shop`` of the tests is.
SHOP = """
import re

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

APP = "https://app.example.com"


async def handler(request):
    return web.Response()


class View(web.View, CorsViewMixin):
    cors_config = {APP: ResourceOptions(allow_headers=["X-A"])}

    async def get(self):
        return web.Response()

    @custom_cors({"*": ResourceOptions(expose_headers="*")})
    async def put(self):
        return web.Response()


class Computed(View):
    @classmethod
    def get_request_config(cls, request, request_method):
        return {}


def is_tenant(origin, request):
    return False


def make():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(max_age=60)})
    resource = cors.add(app.router.add_resource("/items"))
    options = ResourceOptions(allow_credentials=True, expose_headers=["X-Total"])
    cors.add(resource.add_route("PUT", handler), {"https://admin.example.com": options})
    resource.add_route("GET", handler)
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_view("/computed", Computed), {}, inherit=False)
    cors.add(app.router.add_route("*", "/any", handler), {is_tenant: ResourceOptions()})
    app.router.add_get("/closed", handler, allow_head=False)
    cors.add(app.router.add_get("/empty", handler, allow_head=False), {}, inherit=False)
    inner = web.Application()
    inner_cors = aiohttp_cors.setup(inner, defaults={"null": ResourceOptions()})
    inner_cors.add(inner.router.add_get("/mine", handler, allow_head=False))
    app.add_subapp("/inner", inner)
    plain = web.Application()
    plain.router.add_get("/hello", handler, allow_head=False)
    app.add_subapp("/plain", plain)
    return app


app = make()
no_cors = web.Application()


async def make_later(argv):
    assert argv == []
    return make()


def make_with_default(path=":memory:"):
    assert path == ":memory:"
    return make()


def make_any(*arguments, **options):
    assert not arguments and not options
    return make()


class Foreign(ResourcesUrlDispatcherRouterAdapter):
    pass


def make_foreign():
    app = web.Application()
    adapter = Foreign(app.router, {APP: ResourceOptions()})
    cors = aiohttp_cors.setup(app, router_adapter=adapter)
    cors.add(app.router.add_get("/hello", handler, allow_head=False))
    return app


def make_with_a_notice():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={APP: ResourceOptions(max_age=100_000)})
    cors.add(app.router.add_get("/hello", handler, allow_head=False))
    return app


def make_enforcing():
    app = web.Application()
    cors = aiohttp_cors.setup(app, enforce=True)
    cors.add(app.router.add_get("/hello", handler, allow_head=False))
    return app


def leave():
    raise SystemExit(3)


def make_nothing():
    return None


def fail():
    raise RuntimeError("no database")
"""


class Ran(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a command in a folder with the module ``shop``."""
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "broken.py").write_text("1 / 0", encoding="utf-8")
    (tmp_path / "leaves.py").write_text("raise SystemExit('bye')", encoding="utf-8")
    (tmp_path / "needs.py").write_text("import no_such_module", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != ""])
    importlib.invalidate_caches()

    def run_command(*argv: str) -> Ran:
        try:
            status = main(argv)
        except SystemExit as exit:
            status = int(str(exit.code))
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    yield run_command
    for name in ("shop", "broken", "leaves", "needs"):
        sys.modules.pop(name, None)


async def in_thread(run: Run, *argv: str) -> Ran:
    """Run a command beside the servers of a test."""
    loop = asyncio.get_running_loop()
    found: Any = await loop.run_in_executor(None, lambda: run(*argv))
    return Ran(*found)
