"""How many calls of the package a request takes: each one costs every request of an application."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .conftest import EVIL, GOOD, check, hello, preflight_headers

# Explaining each response would count, too.
pytestmark = pytest.mark.unexplained

PACKAGE = str(Path(aiohttp_cors.__file__).parent)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the calls of functions of the package."""
    calls: list[str] = []

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            calls.append(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions(allow_headers=["X-A"])})
    cors.add(app.router.add_get("/hello", hello))
    return app


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": GOOD}, id="allowed"),
        pytest.param({"Origin": EVIL}, id="refused"),
        pytest.param({}, id="no origin"),
    ],
)
async def test_a_request_that_comes_again_takes_three_calls(
    aiohttp_client: Any, headers: dict[str, str]
) -> None:
    client = await aiohttp_client(application())
    await client.get("/hello", headers=headers)

    with counted() as found:
        await client.get("/hello", headers=headers)

    calls = [each.partition(".")[2] for each in found]
    check(calls, ["resolve", "respond", "write_verdict"])


@pytest.mark.parametrize("origin", [GOOD, EVIL])
async def test_a_preflight_takes_under_70_calls_and_then_under_20(
    aiohttp_client: Any, origin: str
) -> None:
    client = await aiohttp_client(application())
    fields = preflight_headers("GET", origin, "x-a")

    with counted() as first:
        await client.options("/hello", headers=fields)
    with counted() as again:
        await client.options("/hello", headers=fields)

    check((len(first) < 70, len(again) < 20), (True, True))
