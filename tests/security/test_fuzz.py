"""Bytes that no client should send: always a reply, never a 5xx, never a grant to others."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

from .endurance import SEED, WHOLE
from .fuzzing import LISTED, OPEN, TRUSTING, Law, bombard

COUNT = 21_000 if WHOLE else 1_800

ALL: dict[str, Any] = {"allow_headers": "*", "allow_methods": "*", "expose_headers": "*"}
TRUSTED = ResourceOptions(allow_credentials=True, max_age=60, **ALL)
POLICIES: dict[str, tuple[dict[Any, ResourceOptions], Law]] = {
    "listed": (
        {
            "https://good.example": TRUSTED,
            "http://other.example:8080": ResourceOptions(
                allow_headers=["X-A"],
                **{name: value for name, value in ALL.items() if name != "allow_headers"},
            ),
            "https://*.sub.example": ResourceOptions(**ALL),
            re.compile(r"https://pr-\d+\.example", re.ASCII): ResourceOptions(**ALL),
        },
        LISTED,
    ),
    "open": ({"*": ResourceOptions(**ALL)}, OPEN),
    "trusting": ({"*": TRUSTED}, TRUSTING),
}


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(text="view")

    put = get


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def application(config: dict[Any, ResourceOptions] | None) -> web.Application:
    """Return one with every kind of route, without CORS if there is no config."""
    part = web.Application()
    part.router.add_get("/function", hello)
    app = web.Application()
    app.router.add_get("/function", hello)
    app.router.add_put("/function", hello)
    app.router.add_view("/view", View)
    app.router.add_route("*", "/things/{id}", hello)
    app.router.add_options("/own", hello)
    app.add_subapp("/part", part)
    if config is not None:
        aiohttp_cors.setup(app, defaults=config).add(app)
    return app


@pytest.fixture
def failures(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect what the package logs with control characters; other failures may be added."""
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.getMessage().isprintable():
                found.append(f"logged {record.getMessage()!r}")

    handler = Handler()
    logger = logging.getLogger("aiohttp_cors")
    caplog.set_level(logging.DEBUG, "aiohttp_cors")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


@pytest.mark.parametrize("name", POLICIES)
async def test_broken_bytes_get_a_reply_and_no_grant_of_others(
    name: str, parser: str, failures: list[str]
) -> None:
    config, law = POLICIES[name]
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: failures.append(str(context))
    )
    # aiohttp's Python parser leaves some targets without a response: ``http://\\x9ehttp://``.
    async with TestServer(application(config)) as server, TestServer(application(None)) as without:
        failures += await bombard(server, law, SEED, COUNT // len(POLICIES), without)
    assert not failures, "\n".join([f"ENDURANCE_SEED={SEED}", *failures])


# Weak layers that developers write, and that must be found


def _reflects(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin}


def _grants_if(condition: Callable[[str], Any]) -> Callable[[str], dict[str, str]]:
    return lambda origin: _reflects(origin) if condition(origin) else {}


def _trusts_all_listed(origin: str) -> dict[str, str]:
    return {**_reflects("http://other.example:8080"), "Access-Control-Allow-Credentials": "true"}


def _does_not_expect_other_bytes(origin: str) -> dict[str, str]:
    return {"X-Length": str(len(origin.encode("ascii")))}


def _hangs_up(origin: str) -> dict[str, str]:
    if "," in origin:
        raise asyncio.CancelledError
    return {}


WEAK = {
    "reflects": (_reflects, "granted to"),
    "any subtext": (_grants_if(lambda origin: "good.example" in origin), "granted to"),
    "any end": (_grants_if(lambda origin: origin.endswith("good.example")), "granted to"),
    "any beginning": (
        _grants_if(lambda origin: origin.startswith("https://good.example")),
        "granted to",
    ),
    "expression with dots": (_grants_if(re.compile("https://good.example$").match), "granted to"),
    "no lower case": (
        _grants_if(lambda origin: origin.lower() == "https://good.example"),
        "granted to",
    ),
    "credentials for all": (_trusts_all_listed, "credentials"),
    "ASCII expected": (_does_not_expect_other_bytes, "status 500"),
    "hangs up": (_hangs_up, "no reply"),
}


@pytest.mark.parametrize("name", WEAK)
async def test_weak_layer_is_found(name: str, parser: str) -> None:
    headers_for, complaint = WEAK[name]

    async def handle(request: web.Request) -> web.Response:
        return web.Response(headers=headers_for(request.headers.get("Origin", "")))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        # Other seeds may need more requests.
        found = await bombard(server, LISTED, 7, 400)
    assert any(each.startswith(complaint) for each in found), found
