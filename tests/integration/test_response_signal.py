"""The signal that writes headers is awaited only where it must be."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiosignal import Signal

import aiohttp_cors
from aiohttp_cors import CorsConfig, ResourceOptions

from .conftest import GOOD, check, cors_headers, hello

GRANTED = {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}


async def allows_any(origin: str, request: web.Request) -> bool:
    return origin == GOOD


async def stamp(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Stamp"] = "1"


@pytest.mark.parametrize("key", [GOOD, allows_any], ids=["exact", "function"])
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with another receiver"])
async def test_headers_are_written_whatever_else_listens(
    aiohttp_client: Any, key: Any, others: int
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), {key: ResourceOptions()})
    app.on_response_prepare.extend([stamp] * others)
    client = await aiohttp_client(app)

    for _ in range(2):
        response = await client.get("/", headers={"Origin": GOOD})
        check(cors_headers(response), GRANTED)
        check(response.headers.get("X-Stamp"), "1" if others else None)


def test_signal_stays_one_that_can_be_sent_and_seen() -> None:
    app = web.Application()
    aiohttp_cors.setup(app)
    app.on_response_prepare.append(stamp)
    app.on_response_prepare.remove(stamp)
    app.pre_freeze()

    check(isinstance(app.on_response_prepare, Signal), True)
    check((len(app.on_response_prepare), app.on_response_prepare.frozen), (1, True))


async def test_receiver_that_was_removed_writes_nothing(aiohttp_client: Any) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), {GOOD: ResourceOptions()})
    app.on_response_prepare.clear()
    client = await aiohttp_client(app)

    check(cors_headers(await client.get("/", headers={"Origin": GOOD})), {})


async def test_two_configs_of_one_application_both_write(aiohttp_client: Any) -> None:
    app = web.Application()
    for path in ("/first", "/second"):
        config = CorsConfig(app, defaults={GOOD: ResourceOptions()})
        config.add(app.router.add_get(path, hello))
    client = await aiohttp_client(app)

    for path in ("/first", "/second"):
        check(cors_headers(await client.get(path, headers={"Origin": GOOD})), GRANTED)
