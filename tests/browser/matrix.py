"""Running the matrix: in a browser, or in the model of one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from aiohttp_cors.testing import CorsError, Page

from .mistakes import mistaken
from .policies import api, late, other, resolve, whole
from .rows import BLOCKED, Fetch, Outcome, Row
from .servers import Servers, visit
from .table import AGE

#: Pages that a browser opens: each a server, and a name of this machine.
PAGES = {
    "page": ("pages", "127.0.0.1"),
    "localhost": ("pages", "localhost"),
    "subdomain": ("pages", "app.localhost"),
    "own": ("api", "127.0.0.1"),
}
#: Frames in the first of them: one of another port, and one of an opaque origin.
FRAMES = {"neighbour": ("neighbour", "127.0.0.1"), "sandbox": None}

#: Played first in each page, whatever its outcome: Firefox forgets a preflight if it has learnt
#: an address of the server since, and it learns two more when it first looks for a preflight.
WARM_UP = Row("warm-up", (AGE,) * 3, "", "")

#: What scripts got, for each row and each fetch of it, as ``page.js`` says it.
Results = Sequence[Sequence[Mapping[str, str]]]
Play = Callable[["Site", Sequence[Row]], Awaitable[Results]]


class Site:
    """The servers of the matrix."""

    def __init__(self) -> None:
        self.servers = Servers()

    async def start(self) -> None:
        """Start the servers, those first whose origins the policies of others list."""
        servers = self.servers
        page = await servers.start("pages")
        await servers.start("neighbour")
        await servers.start("api", api(servers, page, servers.address(*PAGES["subdomain"])))
        await servers.start("other", other(page))
        await servers.start("whole", whole(page))
        await servers.start("late", late(page))
        await servers.start("mistaken", mistaken(page))

    def origin(self, script: str) -> str | None:
        """Return the origin of a script; None if it is opaque."""
        place = {**PAGES, **FRAMES}[script]
        return place and self.servers.address(*place)


async def run(rows: Sequence[Row], play: Play) -> dict[str, Outcome]:
    """Serve for as long as ``play`` needs, and return the outcome of each row, by its name."""
    site = Site()
    try:
        await site.start()
        results = await play(site, rows)
        origins = {name: str(site.origin(name)) for name in PAGES}
    finally:
        await site.servers.stop()
    outcomes = {}
    for row, each in zip(rows, results):
        got = " | ".join(result["got"] for result in each)
        for name, origin in origins.items():
            got = got.replace(origin, name)
        reads = " | ".join(result["reads"] for result in each)
        outcomes[row.name] = Outcome(got, site.servers.seen(row.name), reads)
    return outcomes


def play_in(browser: Any) -> Play:
    """Return what plays rows in a browser: one page after the other, all of a page's rows in it."""

    async def play(site: Site, rows: Sequence[Row]) -> Results:
        return await asyncio.to_thread(drive, site, rows)

    def drive(site: Site, rows: Sequence[Row]) -> Results:
        found: dict[str, Any] = {}
        for page in PAGES:
            mine = [WARM_UP, *(row for row in rows if page_of(row) == page)]
            batch = [
                [step_of(step, resolve(site.servers, step.url, row.name)) for step in row.steps]
                for row in mine
            ]
            frames = {name: site.origin(name) for name in FRAMES if page == "page"}
            results = visit(browser, str(site.origin(page)), batch, frames)
            found.update(zip((row.name for row in mine), results))
        return [found[row.name] for row in rows]

    return play


def page_of(row: Row) -> str:
    """Return the page that a row is played in."""
    script = row.steps[0].script
    return script if script in PAGES else "page"


def step_of(step: Fetch, url: str) -> dict[str, Any]:
    """Write a fetch for ``page.js``."""
    options = {
        "method": step.method,
        "headers": dict(step.headers),
        "body": step.body,
        "credentials": step.credentials,
        "mode": step.mode,
        "cache": step.cache,
    }
    return {
        "kind": step.kind,
        "script": step.script,
        "wait": step.wait,
        "url": url,
        "options": options,
    }


async def play_in_model(site: Site, rows: Sequence[Row]) -> Results:
    """Play rows in the model of a browser, one page for each script."""
    late = 0.0
    pages: dict[str, Page] = {}
    async with contextlib.AsyncExitStack() as stack:
        for script in (*PAGES, *FRAMES):
            clients = await clients_for(site, script, stack)
            origin = site.origin(script) or "null"
            pages[script] = Page(clients, origin=origin, clock=lambda: time.monotonic() + late)
        results = []
        for row in rows:
            results.append([])
            for step in row.steps:
                late += step.wait
                url = resolve(site.servers, step.url, row.name)
                results[-1].append(await fetch_in_model(pages[step.script], url, step))
    return results


async def clients_for(
    site: Site, script: str, stack: contextlib.AsyncExitStack
) -> dict[str, TestClient[Any, Any]]:
    """Return clients of all servers, with the cookies that a page sends to those of its site."""
    jar = CookieJar(unsafe=True)
    clients = {}
    for name, server in site.servers.running.items():
        client = clients[site.servers.address(name)] = TestClient(server, cookie_jar=jar)
        stack.push_async_callback(client.session.close)
    if (site.origin(script) or "").startswith("http://127.0.0.1:"):
        await next(iter(clients.values())).get("/")
    return clients


async def fetch_in_model(page: Page, url: str, step: Fetch) -> Mapping[str, str]:
    """Fetch in the model, and say what its script gets as ``page.js`` does."""
    try:
        response = await page.fetch(
            url,
            method=step.method,
            headers=step.headers,
            body=step.body,
            credentials=step.credentials,
            mode=step.mode,
        )
    except CorsError:
        return {"got": BLOCKED, "reads": ""}
    words = [str(response.status), (await response.text()).strip()]
    if response.type == "opaque":
        words.append("opaque")
    names = sorted({name.lower() for name in response.headers})
    return {"got": " ".join(filter(None, words)), "reads": " ".join(names)}
