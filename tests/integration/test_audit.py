"""Findings where configuration is written: logged, refused when strict, and audited."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfigError, CorsViewMixin, ResourceOptions, custom_cors
from aiohttp_cors._checks.finding import DOCS
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import GOOD, check, hello

SLASH = {"https://a.example/": ResourceOptions()}
NULL = {"null": ResourceOptions()}
METHODS = {GOOD: ResourceOptions(allow_methods=["GET"])}


class View(web.View, CorsViewMixin):
    cors_config = SLASH

    @custom_cors(NULL)
    async def get(self) -> web.Response:
        return web.Response()


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    pass


def found(cors: aiohttp_cors.CorsConfig) -> list[tuple[str, str]]:
    return [(finding.id, finding.where) for finding in cors.audit()]


def written_everywhere(**settings: Any) -> aiohttp_cors.CorsConfig:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=SLASH, **settings)
    resource = cors.add(app.router.add_resource("/hello"), NULL)
    cors.add(resource.add_route("GET", hello), METHODS)
    cors.add(resource.add_route("*", View), METHODS)
    cors.add(app, NULL)
    return cors


def test_audit_names_the_place_of_each_finding() -> None:
    check(
        found(written_everywhere()),
        [
            ("origin-path", "defaults"),
            ("null-origin", "the application"),
            ("null-origin", "resource /hello"),
            ("null-origin", "view View.get"),
            ("origin-path", "view View"),
        ],
    )


def test_audit_names_the_route_of_a_finding() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/hello", hello), SLASH)

    check(found(cors), [("origin-path", "route GET /hello")])


def test_each_finding_is_logged_once_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=SLASH)
    for number in range(3):
        cors.add(app.router.add_get(f"/{number}", hello), NULL)

    check(
        [(record.name, record.levelno, record.getMessage()) for record in caplog.records],
        [
            (
                "aiohttp_cors",
                logging.WARNING,
                "aiohttp_cors: CORS config: defaults: 'https://a.example/': Browsers send an "
                "origin without path, slash, query or fragment. Write 'https://a.example'. "
                f"[origin-path] {DOCS}/reference/findings.rst#origin-path",
            ),
            (
                "aiohttp_cors",
                logging.WARNING,
                "aiohttp_cors: CORS config: route GET /0: 'null': Any website can send this "
                "origin, from a sandboxed frame. Serve the page over https, and list the origin "
                f"that it then has. [null-origin] {DOCS}/reference/findings.rst#null-origin",
            ),
        ],
    )
    check(len(cors.audit()), 4)


@pytest.mark.parametrize("key", ["localhost:3000", ""])
def test_text_that_is_not_an_origin_does_not_raise(
    key: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()

    aiohttp_cors.setup(app).add(app.router.add_get("/", hello), {key: ResourceOptions()})

    check(len(caplog.records), 1)


def test_strict_setup_refuses_defaults_and_leaves_nothing_behind() -> None:
    app = web.Application()
    before = (dict(app), len(app.on_response_prepare), dict(vars(app.router)))

    with pytest.raises(CorsConfigError, match="origin-path"):
        aiohttp_cors.setup(app, defaults=SLASH, strict=True)

    check((dict(app), len(app.on_response_prepare), dict(vars(app.router))), before)
    aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()}, strict=True)


def test_strict_add_raises_all_findings_of_the_call_and_adds_nothing() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, strict=True)
    resource = app.router.add_resource("/hello")
    resource.add_route("*", View)
    config = {"https://b.example/": ResourceOptions(max_age=100_000)}

    with pytest.raises(CorsConfigError) as raised:
        cors.add(resource, config)

    check(
        [(each.id, each.where) for each in raised.value.findings],
        [
            ("origin-path", "resource /hello"),
            ("max-age-capped", "resource /hello"),
            ("null-origin", "view View.get"),
            ("origin-path", "view View"),
        ],
    )
    check((len(resource), found(cors)), (1, []))


def test_strict_refuses_the_views_of_an_application() -> None:
    app = web.Application()
    app.router.add_view("/view", View)
    cors = aiohttp_cors.setup(app, strict=True)

    with pytest.raises(CorsConfigError) as raised:
        cors.add(app)

    check(len(raised.value.findings), 2)


def test_strict_names_the_findings_of_each_view_of_an_application() -> None:
    class Another(web.View, CorsViewMixin):
        cors_config = NULL

        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    app.router.add_view("/view", View)
    app.router.add_view("/another", Another)
    cors = aiohttp_cors.setup(app, strict=True)

    with pytest.raises(CorsConfigError) as raised:
        cors.add(app)

    check(
        [each.where for each in raised.value.findings],
        ["view View.get", "view View", "view Another"],
    )


def test_strict_refuses_new_defaults_and_keeps_the_old() -> None:
    cors = aiohttp_cors.setup(web.Application(), defaults={GOOD: ResourceOptions()}, strict=True)

    with pytest.raises(CorsConfigError):
        cors.defaults = SLASH

    check(dict(cors.defaults), {GOOD: ResourceOptions()})


def test_new_defaults_are_audited_and_the_old_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    cors = aiohttp_cors.setup(web.Application(), defaults=SLASH)
    caplog.clear()

    cors.defaults = NULL

    check(found(cors), [("null-origin", "defaults")])
    check(["null-origin" in message for message in caplog.messages], [True])


def test_entities_without_an_origin_are_found() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_resource("/later"))
    empty = cors.add(app.router.add_resource("/empty"))
    empty.add_route("GET", hello)
    partly = cors.add(app.router.add_resource("/partly"))
    cors.add(partly.add_route("GET", hello), {GOOD: ResourceOptions()})
    partly.add_route("PUT", hello)
    cors.add(app.router.add_get("/route", hello))
    cors.add(app.router.add_route("*", "/any", hello))
    cors.add(app.router.add_get("/closed", hello), {}, inherit=False)
    cors.add(app.router.add_resource("/closed-resource"), {}, inherit=False)
    app.router.add_view("/not-added", View)

    check(
        found(cors),
        [
            ("no-origin", "resource /empty"),
            ("no-origin", "route GET /route"),
            ("no-origin", "route * /any"),
        ],
    )


def test_view_that_lists_origins_for_one_of_its_methods_has_an_origin() -> None:
    class Partly(web.View, CorsViewMixin):
        @custom_cors({GOOD: ResourceOptions()})
        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_view("/partly", Partly))

    check(found(cors), [])


def test_view_that_computes_its_config_and_resource_without_routes_are_left_alone() -> None:
    class Computed(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response()

        @classmethod
        def get_request_config(cls, request: Any, request_method: str) -> Any:
            return {}

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_view("/computed", Computed))
    cors.add(app.router.add_resource("/later"))

    check(found(cors), [])


async def test_view_that_came_later_is_logged_at_its_first_request(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: ResourceOptions()})
    app.router.add_view("/late", View)
    client = await aiohttp_client(app)

    for _ in range(2):
        await client.get("/late", headers={"Origin": GOOD})

    places = sorted(message.split(": ")[2] for message in caplog.messages)
    check(places, ["view View", "view View"])


async def test_view_that_came_later_with_an_invalid_config_lists_nobody_and_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Late(web.View, CorsViewMixin):
        cors_config = {"https://late.example": 1}  # type: ignore[dict-item]

        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    aiohttp_cors.setup(app).add(app, {GOOD: ResourceOptions()})
    app.router.add_view("/late", Late)
    client = await aiohttp_client(app)

    allowed = []
    for origin in (GOOD, "https://late.example"):
        response = await client.get("/late", headers={"Origin": origin})
        allowed.append(response.headers.get("Access-Control-Allow-Origin"))

    check(allowed, [GOOD, None])
    check(caplog.messages, [f"{Late!r} has an invalid config, so it lists no origin itself"])


def test_view_that_came_later_with_an_invalid_config_is_found() -> None:
    class Late(web.View, CorsViewMixin):
        cors_config = {GOOD: 1}  # type: ignore[dict-item]

        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app)
    app.router.add_view("/late", Late)

    (finding,) = cors.audit()

    check((finding.id, finding.severity, finding.where), ("view-config", "error", "view Late"))
    check("Late.cors_config" in str(finding), True)


def test_entities_of_a_derived_router_adapter_are_audited() -> None:
    app = web.Application()
    adapter = DerivedAdapter(app.router, SLASH)
    cors = aiohttp_cors.setup(app, defaults=SLASH, router_adapter=adapter)
    route = cors.add(app.router.add_get("/", hello), NULL)

    check(found(cors), [("origin-path", "defaults"), ("null-origin", repr(route))])


def test_strict_is_one_of_two_values() -> None:
    with pytest.raises(TypeError, match="'strict' must be of type bool, got 1"):
        aiohttp_cors.setup(web.Application(), strict=1)  # type: ignore[arg-type]


# Where something was set up, and nothing added.


def nothing_added(**settings: Any) -> tuple[web.Application, aiohttp_cors.CorsConfig]:
    app = web.Application()
    app.router.add_get("/", hello)
    return app, aiohttp_cors.setup(app, **{"defaults": {GOOD: ResourceOptions()}, **settings})


@pytest.mark.parametrize("strict", [True, False])
async def test_defaults_without_anything_added_are_found_once_the_application_is_complete(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, strict: bool
) -> None:
    app, cors = nothing_added(strict=strict)
    check((found(cors), caplog.messages), ([], []))

    client = await aiohttp_client(app)

    check((await client.get("/")).status, 200)
    check([each.id for each in cors.audit()], ["nothing-added"])
    check(["[nothing-added]" in message for message in caplog.messages], [True])
    check(caplog.messages[0].startswith("aiohttp_cors: CORS config: "), True)


def add_the_application(app: web.Application, cors: aiohttp_cors.CorsConfig) -> None:
    cors.add(app)


def add_a_route(app: web.Application, cors: aiohttp_cors.CorsConfig) -> None:
    cors.add(next(iter(app.router.routes())))


def add_nothing(app: web.Application, cors: aiohttp_cors.CorsConfig) -> None:
    pass


@pytest.mark.parametrize(
    ("add", "settings"),
    [
        pytest.param(add_a_route, {}, id="a route was added"),
        pytest.param(add_the_application, {}, id="the application was added"),
        pytest.param(add_nothing, {"defaults": None}, id="no defaults"),
    ],
)
async def test_nothing_is_missed_where_something_was_added_or_there_are_no_defaults(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, add: Any, settings: Any
) -> None:
    app, cors = nothing_added(**settings)
    add(app, cors)

    await aiohttp_client(app)

    check((found(cors), caplog.messages), ([], []))


async def test_nothing_is_missed_where_routes_may_still_come(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app, cors = nothing_added()
    # As Home Assistant does.
    app._router.freeze = lambda: None  # type: ignore[method-assign]

    await aiohttp_client(app)

    check((found(cors), caplog.messages), ([], []))


@pytest.mark.parametrize("added", [True, False])
async def test_nothing_added_with_a_derived_adapter_is_found(
    aiohttp_client: Any, added: bool
) -> None:
    app = web.Application()
    route = app.router.add_get("/", hello)
    defaults = {GOOD: ResourceOptions()}
    adapter = DerivedAdapter(app.router, defaults)
    cors = aiohttp_cors.setup(app, defaults=defaults, router_adapter=adapter)
    if added:
        cors.add(route)

    await aiohttp_client(app)

    check([each.id for each in cors.audit()], [] if added else ["nothing-added"])
