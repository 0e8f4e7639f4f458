"""The example with tenants in a database, with a real file."""

from __future__ import annotations

import asyncio
import runpy
import sqlite3
from pathlib import Path
from typing import Any

from multidict import CIMultiDict

EXAMPLE = Path(__file__).parents[2] / "examples" / "tenants.py"

ACME = "https://acme.example"
SHOP = "https://shop.example"
SECRET = {"Authorization": "Bearer secret"}

VARY_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def make_app(path: Path) -> Any:
    return runpy.run_path(str(EXAMPLE))["make_app"](str(path))


def cors_headers(headers: CIMultiDict[str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.startswith("Access-Control-") or name == "Vary"
    }


def granted(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


NOTHING = {"Vary": "Origin"}


async def orders(client: Any, tenant: str, origin: str) -> dict[str, str]:
    response = await client.get(f"/{tenant}/orders", headers={"Origin": origin})
    assert response.status == 200
    assert await response.json() == [f"order 1 of {tenant}"]
    return cors_headers(response.headers)


async def add(client: Any, tenant: str, host: str) -> int:
    response = await client.put(f"/{tenant}/origins/{host}", headers=SECRET)
    return response.status


async def test_tenant_lists_its_own_origin_and_no_other(
    aiohttp_client: Any, tmp_path: Path
) -> None:
    client = await aiohttp_client(make_app(tmp_path / "tenants.db"))

    assert await orders(client, "acme", ACME) == granted(ACME)
    assert await orders(client, "acme", SHOP) == NOTHING
    assert await orders(client, "other", ACME) == NOTHING
    assert await orders(client, "acme", "null") == NOTHING


async def test_origin_that_is_added_works_at_the_next_request(
    aiohttp_client: Any, tmp_path: Path
) -> None:
    client = await aiohttp_client(make_app(tmp_path / "tenants.db"))

    # Called before, so that the result "no" is in the cache.
    assert await orders(client, "acme", SHOP) == NOTHING
    assert await add(client, "acme", "shop.example") == 204

    assert await orders(client, "acme", SHOP) == granted(SHOP)
    assert await orders(client, "other", SHOP) == NOTHING


async def test_preflight_and_actual_request_agree(aiohttp_client: Any, tmp_path: Path) -> None:
    client = await aiohttp_client(make_app(tmp_path / "tenants.db"))
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "GET"}

    refused = await client.options("/acme/orders", headers=headers)
    await add(client, "acme", "shop.example")
    allowed = await client.options("/acme/orders", headers=headers)

    assert refused.status == 403
    assert cors_headers(refused.headers) == {"Vary": VARY_PREFLIGHT}
    assert cors_headers(allowed.headers) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY_PREFLIGHT,
    }


async def test_origins_are_in_the_file_and_stay_there(aiohttp_client: Any, tmp_path: Path) -> None:
    path = tmp_path / "tenants.db"
    client = await aiohttp_client(make_app(path))
    await add(client, "acme", "shop.example")
    await client.close()

    database = sqlite3.connect(path)
    rows = database.execute("SELECT tenant, origin FROM origins ORDER BY origin").fetchall()
    database.close()
    assert rows == [("acme", ACME), ("acme", SHOP)]

    restarted = await aiohttp_client(make_app(path))
    assert await orders(restarted, "acme", SHOP) == granted(SHOP)


async def test_database_is_read_once_for_many_requests(aiohttp_client: Any, tmp_path: Path) -> None:
    path = tmp_path / "tenants.db"
    client = await aiohttp_client(make_app(path))
    assert await orders(client, "acme", ACME) == granted(ACME)

    # Behind the application's back: a result that comes from the cache does not see it.
    database = sqlite3.connect(path)
    database.execute("DELETE FROM origins")
    database.commit()
    database.close()

    results = await asyncio.gather(*(orders(client, "acme", ACME) for _ in range(20)))
    assert results == [granted(ACME)] * 20


async def test_adding_takes_the_secret(aiohttp_client: Any, tmp_path: Path) -> None:
    client = await aiohttp_client(make_app(tmp_path / "tenants.db"))

    for headers in ({}, {"Authorization": "Bearer guess"}, {"Origin": ACME}):
        response = await client.put("/acme/origins/shop.example", headers=headers)
        assert response.status == 401
        assert cors_headers(response.headers) == {}

    assert await orders(client, "acme", SHOP) == NOTHING


async def test_adding_twice_is_adding_once(aiohttp_client: Any, tmp_path: Path) -> None:
    client = await aiohttp_client(make_app(tmp_path / "tenants.db"))

    assert await add(client, "acme", "shop.example") == 204
    assert await add(client, "acme", "shop.example") == 204
    assert await orders(client, "acme", SHOP) == granted(SHOP)
