"""Who is told of decisions: the log of refusals, and on_decision of all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, Decision, Reason, ResourceOptions
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import EVIL, GOOD, check, hello, preflight_headers, send

# Each response is explained in other tests, without being told of twice.
pytestmark = pytest.mark.unexplained


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response()


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    """Counts as an adapter of the application's own."""


@pytest.fixture
def told() -> list[Decision]:
    return []


def application(told: list[Decision], **settings: Any) -> web.Application:
    app = web.Application()
    defaults = {GOOD: ResourceOptions(allow_headers=["X-A"])}
    cors = aiohttp_cors.setup(app, defaults=defaults, on_decision=told.append, **settings)
    cors.add(app.router.add_get("/users/{name}", hello))
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_get("/enforced", hello), enforce=True)
    cors.add(app.router.add_get("/asked", hello), {lambda origin, request: False: {}})
    return app


REFUSED = Reason.ORIGIN_NOT_LISTED

ROWS = [
    ("GET", "/users/a", {"Origin": GOOD}, ("response", True, None, "GET", "/users/{name}")),
    ("GET", "/users/a", {"Origin": EVIL}, ("response", False, REFUSED, "GET", "/users/{name}")),
    (
        "OPTIONS",
        "/users/a",
        preflight_headers("GET"),
        ("preflight", True, None, "GET", "/users/{name}"),
    ),
    (
        *("OPTIONS", "/users/a", preflight_headers("GET", EVIL)),
        ("preflight", False, REFUSED, "GET", "/users/{name}"),
    ),
    (
        *("OPTIONS", "/users/a", preflight_headers("GET", GOOD, "X-B")),
        ("preflight", False, Reason.HEADERS_NOT_ALLOWED, "GET", "/users/{name}"),
    ),
    ("OPTIONS", "/view", preflight_headers("GET"), ("preflight", True, None, "*", "/view")),
    ("GET", "/enforced", {"Origin": EVIL}, ("guard", False, REFUSED, "GET", "/enforced")),
    ("GET", "/enforced", {"Origin": GOOD}, ("response", True, None, "GET", "/enforced")),
    ("GET", "/asked", {"Origin": EVIL}, ("response", False, REFUSED, "GET", "/asked")),
]


@pytest.mark.parametrize("preflights_first", [True, False])
@pytest.mark.parametrize(("method", "path", "headers", "expected"), ROWS)
async def test_function_is_told_of_each_decision_once(
    aiohttp_client: Any,
    told: list[Decision],
    preflights_first: bool,
    method: str,
    path: str,
    headers: dict[str, str],
    expected: tuple[object, ...],
) -> None:
    client = await aiohttp_client(application(told, preflights_first=preflights_first))

    await client.request(method, path, headers=headers)

    check(told, [expected])


async def test_malformed_preflight_is_told_of(aiohttp_server: Any, told: list[Decision]) -> None:
    server = await aiohttp_server(application(told))

    await send(server, "OPTIONS", "/users/a", "Origin: x", "Access-Control-Request-Method: a b")

    check(told, [("preflight", False, Reason.MALFORMED_METHOD, "OPTIONS", "/users/{name}")])


async def test_missing_route_has_no_path(aiohttp_client: Any, told: list[Decision]) -> None:
    app = application(told)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    await client.get("/nowhere/secret", headers={"Origin": EVIL})

    check(told, [("response", False, REFUSED, "*", None)])


async def test_method_that_is_never_allowed_is_told_of_where_nothing_is_routed(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = application(told)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    await client.request("TRACE", "/nowhere", headers={"Origin": GOOD})

    check(told, [("response", False, Reason.METHOD_NOT_SHARED, "*", None)])


async def test_preflight_for_a_second_resource_of_a_path_is_told_of_by_its_route(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = application(told)
    app.router.add_put("/users/{name}", hello)
    client = await aiohttp_client(app)

    await client.options("/users/a", headers=preflight_headers("PUT"))

    check(told, [("preflight", False, Reason.METHOD_NOT_SHARED, "PUT", "/users/{name}")])


@pytest.mark.parametrize("preflights_first", [True, False])
@pytest.mark.parametrize(
    ("method", "told_of"), [("PUT", "PUT"), ("DELETE", "OPTIONS")], ids=["routed", "not routed"]
)
async def test_preflight_is_told_of_alike_before_and_after_middlewares(
    aiohttp_client: Any,
    told: list[Decision],
    method: str,
    told_of: str,
    preflights_first: bool,
) -> None:
    app = application(told, preflights_first=preflights_first)
    resource = next(iter(app.router.resources()))
    assert isinstance(resource, web.Resource)
    resource.add_route("PUT", hello)
    client = await aiohttp_client(app)

    await client.options("/users/a", headers=preflight_headers(method))

    check(told, [("preflight", False, Reason.METHOD_NOT_SHARED, told_of, "/users/{name}")])


def sub_application(router_adapter: Any, method: str) -> web.Application:
    """Make an application of one path, which has a policy for it."""
    sub = web.Application()
    adapter = router_adapter(sub.router, {}) if router_adapter else None
    cors = aiohttp_cors.setup(sub, router_adapter=adapter)
    cors.add(sub.router.add_route(method, "/x", hello), {EVIL: ResourceOptions()})
    return sub


def around_a_plain_one(method: str) -> web.Application:
    """Make an application with a policy, for the path of one inside that has none."""
    sub, inner = web.Application(), web.Application()
    inner.router.add_route(method, "/x", hello)
    sub.add_subapp("/inner", inner)
    aiohttp_cors.setup(sub).add(sub, {EVIL: ResourceOptions()})
    return sub


def second_resource_of_a_path(method: str) -> web.Application:
    """Make an application whose first resource of a path says who may send GET to the second."""
    sub = web.Application()
    cors = aiohttp_cors.setup(sub)
    cors.add(sub.router.add_put("/x", hello), {EVIL: ResourceOptions(allow_methods=["GET"])})
    sub.router.add_get("/between", hello)
    sub.router.add_route(method, "/x", hello)
    return sub


@pytest.mark.parametrize(
    ("make", "path", "method"),
    [
        pytest.param(partial(sub_application, None), "/x", "GET", id="own router"),
        pytest.param(partial(sub_application, None), "/x", "*", id="own router, all methods"),
        pytest.param(partial(sub_application, DerivedAdapter), "/x", "GET", id="router adapter"),
        pytest.param(around_a_plain_one, "/inner/x", "GET", id="around a plain one"),
        pytest.param(around_a_plain_one, "/inner/x", "*", id="around a plain one, all methods"),
    ],
)
async def test_application_around_the_one_that_decides_is_told_of_nothing(
    aiohttp_client: Any,
    told: list[Decision],
    make: Callable[[str], web.Application],
    path: str,
    method: str,
) -> None:
    app = application(told)
    app.add_subapp("/sub", make(method))
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    await client.get(f"/sub{path}", headers={"Origin": GOOD})

    check(told, [])


async def test_application_around_is_told_of_nothing_though_it_has_a_route_like_the_inner_one(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    sub = web.Application()
    route = sub.router.add_get("/x", hello)
    aiohttp_cors.setup(sub).add(route, {EVIL: ResourceOptions()})
    app = application(told)
    app.add_subapp("/sub", sub)
    cors = app[aiohttp_cors.APP_CONFIG_KEY]
    cors.add(app.router.add_get("/x", hello))
    cors.add(route)
    client = await aiohttp_client(app)
    await client.get("/x", headers={"Origin": GOOD})
    told.clear()

    await client.get("/sub/x", headers={"Origin": GOOD})

    check(told, [])


async def test_application_around_is_told_of_nothing_of_a_second_resource_decided_inside(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = web.Application()
    app.add_subapp("/sub", second_resource_of_a_path("GET"))
    aiohttp_cors.setup(app, on_decision=told.append).add(app, {GOOD: ResourceOptions()})
    client = await aiohttp_client(app)

    await client.get("/sub/x", headers={"Origin": GOOD})

    check(told, [])


async def test_application_in_a_resource_of_another_library_may_decide_at_any_time(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    class Mounted(web.PlainResource):
        async def resolve(self, request: web.Request) -> Any:
            match = await sub.router.resolve(request)
            match.add_app(sub)
            return match, set()

    sub, app = web.Application(), web.Application()
    # As Home Assistant does, so that routes may still be added.
    sub._router.freeze = lambda: None  # type: ignore[method-assign]
    inner, route = aiohttp_cors.setup(sub), sub.router.add_get("/x", hello)
    sub.freeze()
    app.router.register_resource(Mounted("/x"))
    aiohttp_cors.setup(app, on_decision=told.append).add(app, {GOOD: ResourceOptions()})
    client = await aiohttp_client(app)
    await client.get("/x", headers={"Origin": GOOD})
    before = told.copy()
    inner.add(route, {EVIL: ResourceOptions()})

    await client.get("/x", headers={"Origin": GOOD})

    check((len(before), told), (1, before))


async def test_function_is_called_once_for_a_request_that_enforcement_has_asked_about(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    asked = []

    def is_known(origin: str, request: web.Request) -> bool:
        asked.append(origin)
        return True

    app = web.Application()
    cors = aiohttp_cors.setup(app, on_decision=told.append)
    cors.add(app.router.add_get("/x", hello), {is_known: ResourceOptions()}, enforce=True)
    client = await aiohttp_client(app)

    await client.get("/x", headers={"Origin": GOOD})

    check((asked, told), ([GOOD], [("response", True, None, "GET", "/x")]))


async def test_response_to_a_clone_with_another_origin_is_decided_by_that(
    aiohttp_client: Any,
) -> None:
    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> Any:
        return await handler(request.clone(headers={"Origin": "https://other.example"}))

    async def streams(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    app = web.Application(middlewares=[middleware])
    config = {GOOD: ResourceOptions(), "https://other.example": ResourceOptions()}
    aiohttp_cors.setup(app).add(app.router.add_get("/x", streams), config, enforce=True)
    client = await aiohttp_client(app)

    response = await client.get("/x", headers={"Origin": GOOD})

    check(response.headers["Access-Control-Allow-Origin"], "https://other.example")


async def test_request_that_is_refused_where_nothing_was_added_is_told_of(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = application(told, enforce=True)
    app.router.add_get("/plain", hello)
    client = await aiohttp_client(app)

    await client.get("/plain", headers={"Origin": EVIL})

    check(told, [("guard", False, Reason.METHOD_NOT_SHARED, "GET", "/plain")])


async def test_preflight_that_reaches_a_view_is_told_of_by_the_nearest_application_alone(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    sub = web.Application()
    cors = aiohttp_cors.setup(sub, preflights_first=False)
    cors.add(sub.router.add_view("/x", View), {GOOD: ResourceOptions()})
    app = application(told, preflights_first=False)
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)

    await client.options("/sub/x", headers=preflight_headers("GET"))

    check(told, [])


async def test_grant_for_everyone_is_told_of(aiohttp_client: Any, told: list[Decision]) -> None:
    app = application(told)
    cors = app[aiohttp_cors.APP_CONFIG_KEY]
    cors.defaults = {}
    cors.add(app.router.add_get("/public", hello), {"*": ResourceOptions()})
    client = await aiohttp_client(app)

    await client.get("/public", headers={"Origin": EVIL})

    check(told, [("response", True, None, "GET", "/public")])


async def test_response_for_everyone_is_the_same_without_an_origin(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = application(told)
    cors = app[aiohttp_cors.APP_CONFIG_KEY]
    cors.defaults = {}
    cors.add(app.router.add_get("/public", hello), {"*": ResourceOptions()})
    client = await aiohttp_client(app)

    response = await client.get("/public")

    check((response.headers.get("Access-Control-Allow-Origin"), told), ("*", []))


async def test_requests_without_an_origin_are_not_told_of(
    aiohttp_client: Any, told: list[Decision], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "aiohttp_cors")
    client = await aiohttp_client(application(told))

    await client.get("/users/a")

    check((told, caplog.messages), ([], []))


async def test_function_that_raises_is_logged_and_changes_nothing(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(decision: Decision) -> None:
        raise RuntimeError("no metrics today")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()}, on_decision=fail)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    actual = await client.get("/hello", headers={"Origin": GOOD})
    preflight = await client.options("/hello", headers=preflight_headers("GET"))

    check((actual.status, preflight.status), (200, 200))
    check([record.levelname for record in caplog.records], ["ERROR", "ERROR"])
    check(caplog.messages, [f"on_decision failed: {fail!r}"] * 2)
    check("no metrics today" in caplog.text, True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        (
            *("GET", "/users/a", {"Origin": EVIL}),
            f"response refused for origin '{EVIL}' on GET '/users/{{name}}': "
            "the origin is not listed",
        ),
        (
            *("OPTIONS", "/users/a", preflight_headers("GET", GOOD, "X-B, X-C")),
            f"preflight refused for origin '{GOOD}' on GET '/users/{{name}}': "
            "a requested header is not allowed (X-B, X-C)",
        ),
        (
            *("OPTIONS", "/users/a", {"Access-Control-Request-Method": "GET"}),
            "preflight refused for origin None on OPTIONS '/users/{name}': "
            "the request has no Origin header",
        ),
        (
            *("GET", "/asked", {"Origin": EVIL}),
            f"response refused for origin '{EVIL}' on GET '/asked': the origin is not listed",
        ),
        (
            *("GET", "/enforced", {"Origin": "x" * 200}),
            f"guard refused for origin '{'x' * 100}' on GET '/enforced': the origin is not listed",
        ),
        (
            *("OPTIONS", "/users/a", preflight_headers("a b", EVIL)),
            f"preflight refused for origin '{EVIL}' on OPTIONS '/users/{{name}}': "
            "the requested method is not a token",
        ),
        ("GET", "/users/a", {"Origin": GOOD}, None),
    ],
)
@pytest.mark.parametrize("preflights_first", [True, False])
async def test_refusals_are_logged_at_debug_and_grants_are_not(
    aiohttp_client: Any,
    caplog: pytest.LogCaptureFixture,
    told: list[Decision],
    preflights_first: bool,
    method: str,
    path: str,
    headers: dict[str, str],
    expected: str | None,
) -> None:
    client = await aiohttp_client(application(told, preflights_first=preflights_first))
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await client.request(method, path, headers=headers)

    records = [record for record in caplog.records if record.name == "aiohttp_cors"]
    found = [(record.levelname, record.getMessage()) for record in records]
    check(found, [] if expected is None else [("DEBUG", expected)])


async def test_log_says_where_nothing_is_routed(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, told: list[Decision]
) -> None:
    app = application(told)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await client.get("/nowhere", headers={"Origin": EVIL})

    records = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check(
        records,
        [f"response refused for origin '{EVIL}' on * (no route): the origin is not listed"],
    )


@pytest.mark.parametrize("preflights_first", [True, False])
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_all_origin_lines_of_a_preflight_are_logged(
    aiohttp_server: Any,
    caplog: pytest.LogCaptureFixture,
    told: list[Decision],
    method: str,
    preflights_first: bool,
) -> None:
    server = await aiohttp_server(application(told, preflights_first=preflights_first))
    caplog.set_level(logging.DEBUG, "aiohttp_cors")
    lines = ["Origin: x", "Origin: y", f"Access-Control-Request-Method: {method}"]

    await send(server, "OPTIONS", "/users/a", *lines)

    records = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check([text.partition(" on ")[0] for text in records], ["preflight refused for origin 'x, y'"])


async def test_response_to_a_same_origin_request_that_passed_enforcement_is_logged(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app.router.add_get("/x", hello), enforce=True)
    client = await aiohttp_client(app)
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await client.get("/x", headers={"Origin": EVIL, "Sec-Fetch-Site": "same-origin"})

    records = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check(records, [f"response refused for origin '{EVIL}' on GET '/x': the origin is not listed"])


async def test_all_origin_lines_of_a_request_are_logged(
    aiohttp_server: Any, caplog: pytest.LogCaptureFixture, told: list[Decision]
) -> None:
    server = await aiohttp_server(application(told))
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await send(server, "GET", "/users/a", "Origin: x", "Origin: y")

    records = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check([text.partition(" on ")[0] for text in records], ["response refused for origin 'x, y'"])


@pytest.mark.parametrize(
    ("method", "headers", "kind"),
    [
        ("GET", {"Origin": EVIL}, "response"),
        ("OPTIONS", preflight_headers("GET", EVIL), "preflight"),
    ],
)
async def test_refusals_are_logged_without_a_function_to_tell(
    aiohttp_client: Any,
    caplog: pytest.LogCaptureFixture,
    method: str,
    headers: dict[str, str],
    kind: str,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await client.request(method, "/hello", headers=headers)

    records = [record for record in caplog.records if record.name == "aiohttp_cors"]
    found = [(record.levelname, record.getMessage().partition(" refused")[0]) for record in records]
    check(found, [("DEBUG", kind)])


async def test_no_control_character_gets_into_the_log(
    aiohttp_server: Any, caplog: pytest.LogCaptureFixture, told: list[Decision]
) -> None:
    server = await aiohttp_server(application(told))
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    await send(server, "GET", "/users/%0d%0a%1b[31m", b"Origin: x\xff\x85%0d%0a")

    records = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check(len(records), 1)
    check([text for text in records if not text.isprintable() or not text.isascii()], [])


async def test_nothing_of_a_decision_is_text_of_the_client(
    aiohttp_client: Any, told: list[Decision]
) -> None:
    app = application(told)
    app[aiohttp_cors.APP_CONFIG_KEY].add(app)
    client = await aiohttp_client(app)

    for number in range(20):
        origin = f"https://tenant{number}.example"
        await client.request("PATCH", f"/users/{number}", headers={"Origin": origin})
        await client.get(f"/nowhere/{number}", headers={"Origin": origin})

    check(len(told), 40)
    check(set(told), {("response", False, REFUSED, "*", None)})


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "'on_decision' must be a function or None, got 1"), ("coroutine", "is not awaited")],
)
def test_wrong_function_is_refused_at_setup(value: object, words: str) -> None:
    async def coroutine(decision: Decision) -> None:
        raise NotImplementedError

    given: Any = coroutine if value == "coroutine" else value
    with pytest.raises(TypeError, match=words):
        aiohttp_cors.setup(web.Application(), on_decision=given)
