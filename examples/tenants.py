r"""Origins in a database: each tenant has its own, and new ones work at the next request.

Start it with ``python -m examples.tenants`` after ``pip install aiosqlite async-lru``. Append the
name of a file to keep the tenants there. A tenant's pages may read its orders, with cookies::

    $ curl -i -H 'Origin: https://acme.example' http://127.0.0.1:8080/acme/orders
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://acme.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    $ curl -i -H 'Origin: https://shop.example' http://127.0.0.1:8080/acme/orders
    HTTP/1.1 200 OK
    Vary: Origin

After this command, the second response has the same headers as the first, with its own origin::

    $ curl -i -X PUT -H 'Authorization: Bearer secret' \
        http://127.0.0.1:8080/acme/origins/shop.example
    HTTP/1.1 204 No Content
"""

import sys
from collections.abc import AsyncIterator

import aiosqlite
from aiohttp import web
from async_lru import alru_cache

import aiohttp_cors


class Tenants:
    def __init__(self, path: str) -> None:
        self._path = path
        # Bounded, because clients can invent origins; for a minute, as other processes may write.
        self._lists = alru_cache(maxsize=10_000, ttl=60)(self._read)

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        async with aiosqlite.connect(self._path) as self._database:
            columns = "tenant TEXT, origin TEXT, PRIMARY KEY (tenant, origin)"
            await self._database.execute(f"CREATE TABLE IF NOT EXISTS origins ({columns})")
            await self._add("acme", "https://acme.example")
            yield

    async def _read(self, tenant: str, origin: str) -> bool:
        query = "SELECT 1 FROM origins WHERE tenant = ? AND origin = ?"
        return bool(await self._database.execute_fetchall(query, (tenant, origin)))

    async def _add(self, tenant: str, origin: str) -> None:
        await self._database.execute("REPLACE INTO origins VALUES (?, ?)", (tenant, origin))
        await self._database.commit()
        self._lists.cache_invalidate(tenant, origin)

    async def is_listed(self, origin: str, request: web.Request) -> bool:
        return await self._lists(request.match_info["tenant"], origin)

    async def add_origin(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer secret":
            raise web.HTTPUnauthorized
        await self._add(request.match_info["tenant"], f"https://{request.match_info['host']}")
        return web.Response(status=204)


async def orders(request: web.Request) -> web.Response:
    return web.json_response([f"order 1 of {request.match_info['tenant']}"])


def make_app(path: str = ":memory:") -> web.Application:
    app, tenants = web.Application(), Tenants(path)
    app.cleanup_ctx.append(tenants.run)
    app.router.add_put("/{tenant}/origins/{host}", tenants.add_origin)
    route = app.router.add_get("/{tenant}/orders", orders)
    aiohttp_cors.setup(app).add(route, {tenants.is_listed: {"allow_credentials": True}})
    return app


if __name__ == "__main__":
    web.run_app(make_app(*sys.argv[1:]), host="127.0.0.1", port=8080)
