"""Mistakes that users make: what is said of each names the line that fixes it, and it does.

Each line is applied to the application, and the page reads the response then.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import textwrap
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from aiohttp_cors import APP_CONFIG_KEY
from aiohttp_cors._cli.doctor import doctor
from aiohttp_cors._cli.output import Printer
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
    extra = {"Access-Control-Request-Private-Network": "true"}
    found = await mistake.application()[APP_CONFIG_KEY].explain(
        "PUT", "/todos", origin=APP, headers=extra
    )
    responses = {}
    for mended in (False, True):
        async with TestClient(TestServer(mistake.application(mended))) as client:
            headers = {"Origin": APP, "Access-Control-Request-Method": "PUT", **extra}
            async with client.options("/todos", headers=headers) as response:
                allowed = response.headers.get("Access-Control-Allow-Private-Network")
                responses[mended] = allowed

    check(responses, {False: None, True: "true"})
    check([line in each for each in found.notes if "private network" in each], [True])


class Live(NamedTuple):
    """A mistake that only a live request shows."""

    name: str
    code: str
    #: What differs, who it must be, and what to write: parts of what ``doctor --live`` says.
    says: tuple[str, ...]
    wrong: str
    right: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    #: What a proxy in front adds to responses; None where there is no proxy.
    proxy: Mapping[str, str] | None = None
    before: int | None = None
    after: int = 200
    #: What runs has ``right`` in it, and the code that is looked at has not.
    stale: bool = False


SERVED = f"""
cors = aiohttp_cors.setup(app, defaults={{'{APP}': ResourceOptions()}})
cors.add(app.router.add_get("/todos", todos))
cors.add(app.router.add_put("/todos", todos))
"""

LIVE = [
    Live(
        "the handler fails",
        f"""
        async def todos(request):
            return web.json_response({{}}["id"])


        {textwrap.indent(SERVED, "        ").strip()}
        """,
        (
            "The status is 500.",
            "The handler, or a middleware, failed; that has nothing to do with CORS.",
            "Look at the log of the server for what GET /todos raises, and fix the handler.",
        ),
        'web.json_response({}["id"])',
        "web.json_response({})",
        before=500,
    ),
    Live(
        "redirect to a login page",
        f"""
        async def todos(request):
            raise web.HTTPFound("/login")


        app.router.add_get("/login", handler)
        {textwrap.indent(SERVED, "        ").strip()}
        """,
        (
            "is redirected with status 302 to '/login', and the page may not read what is there.",
            "write raise web.HTTPUnauthorized() in place of the redirect",
        ),
        'raise web.HTTPFound("/login")',
        "raise web.HTTPUnauthorized()",
        after=401,
    ),
    Live(
        "a handler writes its own header, and it is kept",
        f"""
        async def todos(request):
            own = {{"Access-Control-Allow-Origin": "https://old.example.com"}}
            return web.Response(headers=own)


        defaults = {{'{APP}': ResourceOptions()}}
        cors = aiohttp_cors.setup(app, defaults=defaults, existing_headers='keep')
        cors.add(app.router.add_get("/todos", todos))
        """,
        (
            "The response has Access-Control-Allow-Origin: 'https://old.example.com', and this "
            f"library writes '{APP}'.",
            "The handler, or a middleware, writes it, and existing_headers='keep' leaves it.",
            "Leave existing_headers='keep' out of aiohttp_cors.setup(app)",
        ),
        ", existing_headers='keep'",
        "",
    ),
    Live(
        "a middleware runs first and requires a login",
        f"""
        app.middlewares.append(authenticate)
        options = ResourceOptions(allow_headers=["Authorization"])
        cors = aiohttp_cors.setup(app, defaults={{'{APP}': options}}, preflights_first=False)
        cors.add(app.router.add_get("/todos", todos))
        """,
        (
            "The preflight's status is 401, and the configuration says 200.",
            "a middleware that runs before, because of preflights_first=False",
            "Leave preflights_first=False out of aiohttp_cors.setup(app)",
        ),
        ", preflights_first=False",
        "",
        headers={"Authorization": "Bearer t"},
    ),
    Live(
        "a proxy writes the header once more",
        SERVED,
        (
            f"The response has Access-Control-Allow-Origin 2 times, '{APP}' and '*'",
            "a proxy in front, which calls itself 'nginx', adds '*'.",
            "proxy_hide_header Access-Control-Allow-Origin",
        ),
        "",
        "",
        proxy={"Access-Control-Allow-Origin": "*"},
    ),
    Live(
        "a proxy responds to OPTIONS itself",
        SERVED,
        (
            "The preflight's status is 405, and the configuration says 200.",
            "This library did not respond: a proxy in front, which calls itself 'nginx', did.",
            "Let OPTIONS requests through to the application in the proxy's configuration.",
        ),
        "",
        "",
        method="PUT",
        proxy={"refuses": "OPTIONS"},
    ),
    Live(
        "the server that runs is another one",
        SERVED,
        (
            "The preflight's status is 403, and the configuration says 200.",
            "This library refused it: \"CORS preflight request failed: request method 'PUT'",
            "start the server again",
        ),
        'cors.add(app.router.add_put("/todos", todos))',
        'app.router.add_put("/todos", todos)',
        method="PUT",
        stale=True,
    ),
]


async def proxied(mistake: Live, client: Any) -> web.Application:
    """Make a proxy in front of a server."""
    adds = dict(mistake.proxy or {})
    refuses = adds.pop("refuses", None)

    async def forward(request: web.Request) -> web.Response:
        if request.method == refuses:
            return web.Response(status=405, headers={"Server": "nginx"})
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with client.request(request.method, request.path, headers=headers) as found:
            response = web.Response(status=found.status, body=await found.read())
            response.headers.clear()
            response.headers.extend(found.headers)
        response.headers["Server"] = "nginx"
        for name, value in adds.items():
            response.headers.add(name, value)
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    return app


@contextlib.asynccontextmanager
async def serving(mistake: Live, app: web.Application, *, mended: bool) -> AsyncIterator[Any]:
    async with TestClient(TestServer(app)) as client:
        if mistake.proxy is None or mended:
            yield client
            return
        async with TestClient(TestServer(await proxied(mistake, client))) as proxy:
            yield proxy


async def live_status(mistake: Live, *, mended: bool) -> int | None:
    code = Mistake(mistake.name, mistake.code, "", mistake.wrong, mistake.right)
    app = code.application(mended=(mended != mistake.stale) and bool(mistake.wrong))
    async with serving(mistake, app, mended=mended) as client:
        page = Page(client, origin=APP)
        try:
            headers = dict(mistake.headers)
            return (await page.fetch("/todos", method=mistake.method, headers=headers)).status
        except CorsError:
            return None


@pytest.mark.parametrize("mistake", [pytest.param(each, id=each.name) for each in LIVE])
async def test_live_request_shows_who_else_has_responded(mistake: Live) -> None:
    code = Mistake(mistake.name, mistake.code, "", mistake.wrong, mistake.right)
    printed = io.StringIO()
    async with serving(mistake, code.application(mended=mistake.stale), mended=False) as client:
        arguments = argparse.Namespace(
            found=code.application(),
            app="server:app",
            path="/todos",
            method=mistake.method,
            origin=APP,
            headers=[f"{name}:{value}" for name, value in mistake.headers.items()],
            credentials=False,
            live=str(client.make_url("/")),
            timeout=10.0,
            preflight_only=False,
            json=False,
        )
        status = await doctor(arguments, Printer(printed))

    said = printed.getvalue()
    check((status, [each for each in mistake.says if each not in said], said), (1, [], said))
    check(mistake.says[-1] in said.splitlines()[-1], True)


@pytest.mark.parametrize("mistake", [pytest.param(each, id=each.name) for each in LIVE])
async def test_page_reads_the_response_once_that_is_mended(mistake: Live) -> None:
    before = await live_status(mistake, mended=False)
    after = await live_status(mistake, mended=True)

    check((before, after), (mistake.before, mistake.after))
