"""``doctor``: one page about an application, and the next step.

What it says of running servers is in ``tests/integration/test_mistakes.py``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors._browser.messages import HttpRequest, HttpResponse, Readable, Request
from aiohttp_cors._cli.differences import differences
from aiohttp_cors._cli.probe import Observed
from aiohttp_cors._explaining.explanation import Exchange, Explanation

from .conftest import Run, in_thread

GOOD = "https://app.example.com"
ITEMS = ("--origin", GOOD, "--path", "/items")


def test_page_has_routes_findings_and_the_next_step(run: Run) -> None:
    ran = run("doctor", "shop:app")

    assert ran.status == 1
    lines = ran.out.splitlines()
    assert lines[lines.index("Routes without CORS: 2") + 1 :][:2] == [
        "  GET /closed",
        "  GET /plain/hello",
    ]
    assert any(line.startswith("  danger: defaults: 'null':") for line in lines)
    assert lines[-1].startswith("Next step: defaults: Serve the page over https")


def test_request_that_is_blocked_has_its_line_as_the_next_step(run: Run) -> None:
    ran = run("doctor", "shop:app", *ITEMS, "--method", "PUT", "--header", "X-New")

    assert ran.status == 1
    line = f"'{GOOD}': ResourceOptions(allow_headers=['X-New'], max_age=60) in the defaults."
    assert ran.out.splitlines()[-1] == f"Next step: Write {line}"


def test_application_without_cors_is_told_to_set_it_up(run: Run) -> None:
    ran = run("doctor", "shop:no_cors")

    assert ran.status == 1
    assert ran.out.splitlines()[0] == "Routes with CORS: none"
    assert "Next step: Write cors = aiohttp_cors.setup(app, defaults=" in ran.out


def test_next_step_without_findings_is_to_name_the_request_that_fails(run: Run) -> None:
    ran = run("doctor", "shop:make_foreign")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1].startswith(
        "Next step: Run it again for the request that fails: --origin"
    )


def test_request_that_is_allowed_leads_to_the_running_server(run: Run) -> None:
    ran = run("doctor", "shop:make_foreign", "--origin", GOOD, "--path", "/hello")

    assert ran.status == 0
    assert ran.out.splitlines()[-1].endswith(
        "compare with the server that runs: --live with its URL."
    )


def test_json_has_everything(run: Run) -> None:
    ran = run("doctor", "shop:app", *ITEMS, "--json")

    found = json.loads(ran.out)
    assert list(found) == [
        *("covered", "uncovered", "findings", "explanation", "live", "differences", "next_step"),
    ]
    assert [each["path"] for each in found["uncovered"]] == ["/closed", "/plain/hello"]
    assert (found["explanation"]["granted"], found["live"], found["differences"]) == (
        True,
        None,
        [],
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--origin", GOOD], "--origin and --path belong together: give both, or none"),
        (["--path", "/items"], "--origin and --path belong together: give both, or none"),
        (["--live", "http://127.0.0.1:1"], "--live needs --origin and --path"),
        ([*ITEMS, "--method", "G T"], "'method' must be a token"),
        (
            [*ITEMS, "--live", "http://no-such-host.invalid"],
            "can't send a request to http://no-such-host.invalid/items",
        ),
        ([*ITEMS, "--live", "nonsense"], "a browser can't send this: "),
    ],
)
def test_command_that_cannot_run_is_exit_2(run: Run, arguments: list[str], words: str) -> None:
    ran = run("doctor", "shop:app", *arguments, "--json")

    assert ran.status == 2
    assert words in json.loads(ran.out)["error"]


async def test_running_server_that_agrees_leaves_nothing_to_do(run: Run) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        options = ("--origin", GOOD, "--path", "/hello", "--live", url)
        ran = await in_thread(run, "doctor", "shop:make_foreign", *options)
        as_json = await in_thread(run, "doctor", "shop:make_foreign", *options, "--json")

    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("Next step: Nothing is left to do here")
    found = json.loads(as_json.out)
    assert (found["live"]["readable"], found["differences"]) == (True, [])
    assert "GET http" in as_json.err


def test_notice_is_not_the_next_step(run: Run) -> None:
    ran = run("doctor", "shop:make_with_a_notice")

    assert ran.status == 0
    assert "  notice: defaults: " in ran.out
    assert ran.out.splitlines()[-1].startswith("Next step: Run it again for the request that fails")


async def differing(run: Run, app: web.Application, command: str, *options: str) -> Any:
    """Compare an application that runs with one that is looked at."""
    async with TestServer(app) as server:
        live = ("--origin", GOOD, "--live", str(server.make_url("/")), "--json")
        ran = await in_thread(run, "doctor", command, *options, *live)
    return json.loads(ran.out)["differences"]


async def hello(request: web.Request) -> web.Response:
    return web.Response()


def items(**options: Any) -> web.Application:
    """Make an application with a route that needs preflights."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions(**options)})
    cors.add(app.router.add_put("/items", hello))
    return app


PUT = ("--path", "/items", "--method", "PUT")


@pytest.mark.parametrize("header", [[], ["--header", "X-New"]])
async def test_preflight_that_is_as_predicted_has_no_difference(
    run: Run, header: list[str]
) -> None:
    assert await differing(run, items(), "shop:app", *PUT, *header) == []


async def test_header_of_a_preflight_that_differs_is_named(run: Run) -> None:
    app = items(allow_credentials=True)

    (found, *_) = await differing(run, app, "shop:app", *PUT)

    assert found["what"] == (
        "The preflight has Access-Control-Allow-Credentials: 'true', and this library writes none."
    )
    assert found["who"] == "The server runs another configuration."


async def test_preflight_that_only_the_running_server_allows_is_named(run: Run) -> None:
    app = items(allow_headers=["X-New"])

    (found,) = await differing(run, app, "shop:app", *PUT, "--header", "X-New")

    assert found["what"] == "The preflight's status is 200, and the configuration says 403."
    assert found["who"] == "The server runs another configuration, which allows it."


async def test_server_that_does_not_enforce_origins_is_named(run: Run) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/hello", hello))

    (found,) = await differing(run, app, "shop:make_enforcing", "--path", "/hello")

    assert found["what"] == "The status is 200, and the configuration says 403."
    assert found["who"] == "Another configuration runs there."


async def test_redirect_to_an_error_that_the_page_can_read_is_named(run: Run) -> None:
    async def move(request: web.Request) -> web.Response:
        raise web.HTTPFound("/gone")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app)
    app.router.add_get("/hello", move)

    (found,) = await differing(run, app, "shop:make_foreign", "--path", "/hello")

    assert "is redirected to '/gone', and the status there is 404." in found["what"]
    assert found["hint"] == "Write the final address in the page."


async def test_redirect_that_the_page_can_follow_is_no_difference(run: Run) -> None:
    async def move(request: web.Request) -> web.Response:
        raise web.HTTPFound("/there")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app.router.add_get("/hello", move))
    cors.add(app.router.add_get("/there", hello))

    assert await differing(run, app, "shop:make_foreign", "--path", "/hello") == []


def test_request_that_no_browser_sends_has_the_reason_as_the_next_step(run: Run) -> None:
    options = ("--origin", GOOD, "--path", "/hello", "--live", "http://127.0.0.1:1")
    ran = run("doctor", "shop:make_foreign", *options)

    assert ran.status == 1
    assert "no browser fetches from port 1" in ran.out.splitlines()[-1]


ALLOW = {"Access-Control-Allow-Origin": GOOD}
VARY = {"Vary": "Origin"}


def compare(response: HttpResponse, notes: tuple[str, ...] = ()) -> list[Any]:
    explanation = Explanation(
        *("GET", "/x", GOOD, False, True, None, "", None, None, None, None, None, None),
        Exchange(None, {**ALLOW, **VARY}),
        notes=notes,
    )
    sent = HttpRequest("GET", "http://h/x", (), None, credentials=False)
    outcome = Readable("cors", "http://h/x", response.status, (), None, redirected=False)
    observed = Observed(Request("http://h/x", GOOD), outcome, [(sent, response)], [])
    return differences(explanation, observed)


def response(status: int = 200, **headers: str) -> HttpResponse:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return HttpResponse(status, pairs)


OTHER = {"Access-Control-Allow-Origin": "https://other.example.com"}


@pytest.mark.parametrize(
    ("sent", "who"),
    [
        (response(**OTHER, **VARY, Age="3"), "A cache in front hands out the response"),
        (response(**OTHER, **VARY, X_Cache="HIT"), "A cache in front hands out the response"),
        (response(**OTHER, **VARY, Server="nginx"), "A proxy in front, which calls itself 'nginx'"),
        (response(**OTHER, **VARY, Server="aiohttp"), "The server runs another configuration."),
        (response(**VARY), "Another handler responded, or a proxy in front takes the header away."),
        (response(**ALLOW), "A proxy in front takes it away, and a cache may then"),
        (response(502, **ALLOW, **VARY, Server="nginx"), "A proxy in front, which calls itself"),
    ],
)
def test_who_has_responded_is_told_by_what_differs(sent: HttpResponse, who: str) -> None:
    (found, *_) = compare(sent)

    assert found.who.startswith(who)


def test_response_that_is_as_predicted_has_no_difference() -> None:
    assert compare(response(**ALLOW, **VARY)) == []
