"""Mistakes that people make: what is said of each names the line that mends it, and it does.

Each line is applied to the application, and the page reads the response then.
"""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from aiohttp_cors import APP_CONFIG_KEY
from aiohttp_cors.testing import CorsError, Page

from .conftest import check
from .mistakes import ALLOWED, APP, MISTAKES, Mistake

#: What browsers get of these is what this is about.
pytestmark = pytest.mark.unexplained

ROWS = [pytest.param(each, id=each.name) for each in MISTAKES]


async def fetch(app: web.Application, mistake: Mistake, request: dict[str, Any]) -> object:
    """Return what the page gets: the status, or the header that it wants; None if it is blocked."""
    async with TestClient(TestServer(app)) as client:
        page = Page(client, origin=mistake.origin)
        try:
            response = await page.fetch(**request)
        except CorsError:
            return None
        return response.headers.get(mistake.reads) if mistake.reads else response.status


async def explain(mistake: Mistake) -> Any:
    return await mistake.application()[APP_CONFIG_KEY].explain(
        mistake.method,
        mistake.path,
        origin=mistake.origin,
        headers=mistake.headers,
        credentials=mistake.credentials == "include",
    )


def test_table_has_enough_mistakes() -> None:
    check((len(MISTAKES) >= 40, len({each.name for each in MISTAKES})), (True, len(MISTAKES)))


@pytest.mark.parametrize("mistake", ROWS)
async def test_page_does_not_get_what_it_wants(mistake: Mistake) -> None:
    check(await fetch(mistake.application(), mistake, mistake.request()), None)


@pytest.mark.parametrize("mistake", ROWS)
async def test_explain_says_why_and_the_line_to_write(mistake: Mistake) -> None:
    found = await explain(mistake)

    said = " ".join(filter(None, (found.why, found.hint, *found.notes)))
    check((mistake.says in said, mistake.right in said, said), (True, True, said))


@pytest.mark.parametrize("mistake", ROWS)
async def test_explanation_is_whole_sentences(mistake: Mistake) -> None:
    found = await explain(mistake)

    for sentence in filter(None, (found.why, found.hint, *found.notes, *found.assumed)):
        is_whole = (sentence[0].isupper() or sentence[0] in "'/") and sentence.endswith(".")
        check((is_whole, sentence), (True, sentence))


@pytest.mark.parametrize("mistake", ROWS)
async def test_line_mends_the_mistake(mistake: Mistake) -> None:
    got = await fetch(mistake.application(mended=True), mistake, mistake.request(mended=True))

    check(got, "3" if mistake.reads else mistake.status)


async def test_what_was_not_said_of_a_request_is_named() -> None:
    cors = Mistake("", ALLOWED, "", "", "").application()[APP_CONFIG_KEY]

    nothing = await cors.explain("POST", "/todos", origin=APP)
    name = await cors.explain("POST", "/todos", origin=APP, headers=["Content-Type"])
    everything = await cors.explain(
        "POST", "/todos", origin=APP, headers={"Content-Type": "text/plain"}, credentials=True
    )

    no_cookies = "The script sends no cookies."
    no_header = "The script sets no header, not even Content-Type, which JSON needs."
    form = "Content-Type is one that no form sends, such as application/json."
    check((nothing.granted, nothing.assumed), (True, (no_header, no_cookies)))
    check((name.granted, name.assumed), (False, (form, no_cookies)))
    check(everything.assumed, ())


KEPT = f"""
options = ResourceOptions(allow_headers=["X-Token"], max_age=86400)
cors = aiohttp_cors.setup(app, defaults={{'{APP}': options}})
cors.add(app.router.add_put("/todos", todos))
"""


async def test_preflight_that_browsers_cache_while_one_debugs_is_named() -> None:
    mistake = Mistake("", KEPT, "", "max_age=86400", "max_age=0", method="PUT")
    preflights = {}
    for mended in (False, True):
        async with TestClient(TestServer(mistake.application(mended))) as client:
            page = Page(client, origin=APP, clock=lambda: 0.0)
            await page.fetch("/todos", method="PUT")
            await page.fetch("/todos", method="PUT")
            preflights[mended] = page.preflights
    found = await explain(mistake)

    check(preflights, {False: 1, True: 2})
    (note,) = [each for each in found.notes if "caches" in each]
    line = f"'{APP}': ResourceOptions(allow_headers=['X-Token'], max_age=0) in the defaults."
    check(note[-len(line) :], line)
    check("for up to 86400 seconds, whatever you change" in note, True)


PRIVATE = f"""
cors = aiohttp_cors.setup(app, defaults={{'{APP}': ResourceOptions()}})
cors.add(app.router.add_put("/todos", todos))
"""


async def test_private_network_that_is_not_allowed_is_named() -> None:
    line = "ResourceOptions(allow_private_network=True)"
    mistake = Mistake("", PRIVATE, "", "ResourceOptions()", line, method="PUT")
    asked = {"Access-Control-Request-Private-Network": "true"}
    found = await mistake.application()[APP_CONFIG_KEY].explain(
        "PUT", "/todos", origin=APP, headers=asked
    )
    responses = {}
    for mended in (False, True):
        async with TestClient(TestServer(mistake.application(mended))) as client:
            headers = {"Origin": APP, "Access-Control-Request-Method": "PUT", **asked}
            async with client.options("/todos", headers=headers) as response:
                allowed = response.headers.get("Access-Control-Allow-Private-Network")
                responses[mended] = allowed

    check(responses, {False: None, True: "true"})
    check([line in each for each in found.notes if "private network" in each], [True])
