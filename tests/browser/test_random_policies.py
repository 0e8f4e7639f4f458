"""Random policies: pages of real browsers read what the reference policy allows, no more."""

from __future__ import annotations

import asyncio
import functools
import re
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from hypothesis import Phase, given, settings

from aiohttp_cors import APP_CONFIG_KEY
from aiohttp_cors.testing import Page

from ..reference_policy import EXPRESSIONS, Added, Sent, Written, build, cases, may_read
from .matrix import fetch_in_model, step_of
from .rows import BLOCKED, Fetch
from .servers import Servers, visit

pytestmark = pytest.mark.browser

COUNT = 200
#: Where pages of the origins in the policies really are: a server, and a name of this machine.
PLACES = {
    "https://a.example": ("one", "a.localhost"),
    "https://b.example": ("one", "b.localhost"),
    "https://x.sub.example": ("one", "x.sub.localhost"),
    "https://x.y.sub.example": ("one", "x.y.sub.localhost"),
    "https://sub.example": ("one", "sub.localhost"),
    "https://pr-1.example": ("one", "pr-1.localhost"),
    "http://localhost": ("one", "localhost"),
    "http://localhost:3000": ("two", "localhost"),
}


async def handle(request: web.Request) -> web.Response:
    return web.Response(text=request.method, headers={"X-A": "1"})


class Verdict(NamedTuple):
    """What each says of a request: whether it can be read, or more."""

    policy: Written
    sent: Sent
    expected: bool
    explained: bool
    #: What a page gets and can read, and what arrives at the server.
    browser: tuple[str, str, str]
    model: tuple[str, str, str]


@functools.cache
def draw() -> list[tuple[Written, Sent]]:
    """Return random policies, each with a request: the same in each run, half of them readable."""
    drawn: dict[bool, list[tuple[Written, Sent]]] = {True: [], False: []}

    # One request in ten can be read.
    @settings(max_examples=COUNT * 8, derandomize=True, database=None, phases=[Phase.generate])
    @given(case=cases())
    def collect(case: tuple[Written, Sent]) -> None:
        drawn[may_read(*case)].append(case)

    collect()
    return [case for each in drawn.values() for case in each[: COUNT // 2]]


class Site:
    """Servers of pages, and one for each policy."""

    def __init__(self) -> None:
        self.servers = Servers()
        #: What stands in policies for the origins and patterns that are written there.
        self.keys: dict[Any, Any] = {}

    async def start(self, policies: list[Written]) -> None:
        for name in ("one", "two"):
            await self.servers.start(name)
        port = self.servers.running["one"].port
        self.keys = {origin: self.servers.address(*place) for origin, place in PLACES.items()}
        self.keys["https://*.sub.example"] = f"http://*.sub.localhost:{port}"
        (expression,) = EXPRESSIONS
        self.keys[expression] = re.compile(rf"http://(a|pr-\d)\.localhost:{port}")
        for number, policy in enumerate(policies):
            await self.servers.start(str(number), build(self.realize(policy), handle))

    def realize(self, policy: Written) -> Written:
        """Return a policy for the origins that are here."""

        def config(written: dict[Any, Any]) -> dict[Any, Any]:
            return {self.keys.get(key, key): options for key, options in written.items()}

        def real(each: Added | None) -> Added | None:
            return each and each._replace(config=config(each.config))

        routes = {method: real(each) for method, each in policy.routes.items()}
        return Written(config(policy.defaults), real(policy.resource), routes)

    def url(self, number: int, row: str) -> str:
        return f"{self.servers.address(str(number))}/?row={row}"


def fetch_of(sent: Sent) -> Fetch:
    return Fetch(
        "",
        sent.method,
        dict.fromkeys(sent.headers, "1"),
        credentials="include" if sent.credentials else "omit",
        script="sandbox" if sent.origin == "null" else "page",
    )


def results_of_browser(browser: Any, site: Site, requests: list[Sent]) -> list[Any]:
    """Return what pages get of their requests, those of one origin in one visit."""
    got: dict[int, Any] = {}
    for origin in sorted({sent.origin for sent in requests}):
        mine = [number for number, sent in enumerate(requests) if sent.origin == origin]
        address = site.keys.get(origin, site.servers.address("one"))
        rows = [
            [step_of(fetch_of(requests[number]), site.url(number, f"browser {number}"))]
            for number in mine
        ]
        frames = {"sandbox": None} if origin == "null" else {}
        got.update(zip(mine, (result for (result,) in visit(browser, address, rows, frames))))
    return [got[number] for number in range(len(requests))]


async def results_of_model_and_policy(site: Site, number: int, sent: Sent) -> tuple[Any, bool]:
    """Return what a page of the model gets, and whether the policy says that it can be read."""
    server = site.servers.running[str(number)]
    origin = site.keys.get(sent.origin, sent.origin)
    client = TestClient(server)
    try:
        url = site.url(number, f"model {number}")
        result = await fetch_in_model(Page(client, origin=origin), url, fetch_of(sent))
    finally:
        await client.session.close()
    explanation = await server.app[APP_CONFIG_KEY].explain(
        sent.method,
        "/",
        origin=origin,
        headers=sent.headers,
        credentials=sent.credentials,
    )
    return result, explanation.granted


async def run(browser: Any) -> list[Verdict]:
    drawn = draw()
    site = Site()
    try:
        await site.start([policy for policy, _ in drawn])
        requests = [sent for _, sent in drawn]
        browsed = await asyncio.to_thread(results_of_browser, browser, site, requests)
        said = [await results_of_model_and_policy(site, *each) for each in enumerate(requests)]
    finally:
        await site.servers.stop()

    def outcome(result: Any, row: str) -> tuple[str, str, str]:
        return result["got"], result["reads"], site.servers.seen(row)

    return [
        Verdict(
            *drawn[number],
            may_read(*drawn[number]),
            explained,
            outcome(browsed[number], f"browser {number}"),
            outcome(modelled, f"model {number}"),
        )
        for number, (modelled, explained) in enumerate(said)
    ]


@pytest.fixture(scope="session")
def verdicts(browser: Any) -> list[Verdict]:
    """What happens to each request in a browser and in the model, and what both policies say."""
    return asyncio.run(run(browser))


def test_page_reads_what_the_reference_policy_allows_and_nothing_else(
    verdicts: list[Verdict],
) -> None:
    assert [each for each in verdicts if each.expected != (each.browser[0] != BLOCKED)] == []


def test_page_gets_what_that_of_the_model_gets(verdicts: list[Verdict]) -> None:
    assert [each for each in verdicts if each.model != each.browser] == []


def test_policy_explains_what_the_page_gets(verdicts: list[Verdict]) -> None:
    assert [each for each in verdicts if each.explained != (each.browser[0] != BLOCKED)] == []


def test_as_many_can_be_read_as_not(verdicts: list[Verdict]) -> None:
    assert [each.expected for each in verdicts] == [True] * (COUNT // 2) + [False] * (COUNT // 2)
