"""Mistakes that users make, in a real browser: it blocks the page until the line is written."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import pytest

from aiohttp_cors import APP_CONFIG_KEY
from tests.integration.mistakes import APP, MISTAKES, Mistake

from .rows import BLOCKED
from .servers import Servers, visit

pytestmark = [
    pytest.mark.browser,
    # What blocks a page is the same everywhere: see ``test_matrix.py``.
    pytest.mark.parametrize("engine", ["chromium"], indirect=True),
]

#: Those whose origins can be written with the port of a server on this machine.
NAMES = [
    "http is listed, and the page is https",
    "slash at the end",
    "path",
    "no config at all",
    "frame with a sandbox",
    "JSON, and Content-Type is not listed",
    "a header beside another one",
    "'*' does not cover Authorization",
    "cookies without allow_credentials",
    "'*' with cookies",
    "route was not added",
    "route came after the loop that adds all",
    "PUT exists and was not added",
    "method without handler",
    "lower-case patch",
    "allow_methods is too short",
    "inherit=False cuts off the defaults",
    "enforce=True, and not added",
    "sub-application was not added",
    "slash too few, and a middleware that redirects",
    "preflights_first=False behind a login",
    "expose_headers was forgotten",
]
ROWS = [each for each in MISTAKES if each.name in NAMES]


class Seen(NamedTuple):
    """What a page got before and after, and what ``explain`` said."""

    before: dict[str, str]
    after: dict[str, str]
    said: str
    right: str


def moved(mistake: Mistake, page: str) -> Mistake:
    """Write a mistake with the origin of a page that a browser has opened."""
    host = page.partition("://")[2]

    def move(text: str) -> str:
        # A server on this machine has http, so the scheme that is wrong is https.
        text = text.replace("http://app.example.com", f"https://{host}")
        return text.replace(APP, page)

    return mistake._replace(
        code=move(mistake.code),
        wrong=move(mistake.wrong),
        right=move(mistake.right),
        origin=move(mistake.origin),
    )


async def play(browser: Any) -> dict[str, Seen]:
    """Let pages do all the mistakes, before and after they are mended."""
    servers = Servers()
    page = await servers.start("page")
    try:
        steps, said, rights = [], {}, {}
        for at, row in enumerate(ROWS):
            mistake = moved(row, page)
            app = mistake.application()
            found = await app[APP_CONFIG_KEY].explain(
                mistake.method,
                mistake.path,
                origin=mistake.origin,
                headers=mistake.headers,
                credentials=mistake.credentials == "include",
            )
            said[row.name] = " ".join(filter(None, (found.why, found.hint, *found.notes)))
            rights[row.name] = mistake.right
            for mended in (False, True):
                name = f"{at} {mended}"
                address = await servers.start(name, mistake.application(mended=mended))
                options = mistake.request(mended=mended)
                url = f"{address}{options.pop('url')}"
                script = "sandbox" if mistake.origin == "null" else "page"
                step = {"kind": "fetch", "wait": 0, "script": script}
                steps.append([{**step, "url": url, "options": options}])
        results = await asyncio.to_thread(visit, browser, page, steps, {"sandbox": None})
    finally:
        await servers.stop()
    got = [step for (step,) in results]
    return {
        row.name: Seen(got[2 * at], got[2 * at + 1], said[row.name], rights[row.name])
        for at, row in enumerate(ROWS)
    }


@pytest.fixture(scope="module")
def seen(browser: Any) -> dict[str, Seen]:
    return asyncio.run(play(browser))


def test_all_of_them_are_there(engine: str) -> None:
    assert sorted(each.name for each in ROWS) == sorted(NAMES)
    assert len(NAMES) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_browser_lets_the_page_read_once_the_line_is_written(
    engine: str, seen: dict[str, Seen], name: str
) -> None:
    before, after, said, right = seen[name]
    reads = {each.name: each.reads for each in ROWS}[name]

    assert right in said
    if reads is None:
        assert before["got"] == BLOCKED
        assert after["got"].startswith("200")
    else:
        assert reads.lower() not in before["reads"]
        assert reads.lower() in after["reads"]
