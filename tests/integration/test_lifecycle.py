"""What is set up late, twice, or with an adapter that does more: nothing opens, nothing drops."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter

from .conftest import EVIL, GOOD, check, cors_headers, hello, preflight_headers, recording, send

LISTED = {GOOD: ResourceOptions()}
GRANTED = {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}
REFUSED = {"Vary": "Origin"}


class Adapter(AbstractRouterAdapter):
    """Stores a config for each route; all OPTIONS requests are preflights to it."""

    def __init__(self) -> None:
        self.configs: dict[Any, Any] = {}

    def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None:
        routing_entity.resource.add_route("OPTIONS", handler)

    def is_preflight_request(self, request: web.Request) -> bool:
        return request.method == "OPTIONS"

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return request.match_info.route.resource in [each.resource for each in self.configs]

    def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None:
        self.configs[routing_entity] = config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Any:
        resource = preflight_request.match_info.route.resource
        for route, config in self.configs.items():
            if (route.resource, route.method) == (resource, requested_method):
                return config
        raise KeyError(requested_method)

    def get_non_preflight_request_config(self, request: web.Request) -> Any:
        return self.configs[request.match_info.route]


async def test_two_configs_of_one_application_serve_a_sub_application(aiohttp_client: Any) -> None:
    app, sub = web.Application(), web.Application()
    route = sub.router.add_get("/x", hello)
    CorsConfig(app)
    second = aiohttp_cors.setup(app)
    app.add_subapp("/s", sub)
    second.add(route, LISTED)
    client = await aiohttp_client(app)

    response = await client.get("/s/x", headers={"Origin": GOOD})

    check((response.status, cors_headers(response)), (200, GRANTED))


def test_enforce_of_a_later_call_is_not_dropped_beside_an_adapter() -> None:
    app = web.Application()
    aiohttp_cors.setup(app, router_adapter=Adapter())

    words = "'enforce' is for aiohttp's own router; leave out 'router_adapter'"
    with pytest.raises(ValueError, match=f"^{words}$"):
        aiohttp_cors.setup(app, enforce=True)


def test_later_call_does_not_hand_preflights_to_a_handler_of_all_methods() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_route("*", "/x", hello), LISTED)

    with pytest.raises(ValueError, match="leave out preflights_first=False"):
        aiohttp_cors.setup(app, preflights_first=False)


def test_order_of_patterns_counts_though_a_config_is_changed_in_place() -> None:
    first, second = re.compile("https://a.*"), re.compile("https://.*b")
    config: dict[Any, ResourceOptions] = {
        first: ResourceOptions(allow_credentials=True),
        second: ResourceOptions(),
    }
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/x", hello), config)
    config[first] = config.pop(first)
    cors.add(route := app.router.add_get("/y", hello), config)

    policy = cors._cors_impl.registry.snapshot.policy(route, "GET", app.router)

    check(list(policy.layers[0].config), [second, first])


async def test_adapter_that_changes_a_config_changes_that_of_one_route(aiohttp_client: Any) -> None:
    class Opening(Adapter):
        def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None:
            super().set_config_for_routing_entity(routing_entity, config)
            if routing_entity.resource.canonical == "/public":
                config["*"] = ResourceOptions()

    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Opening())
    for path in ("/public", "/private"):
        cors.add(app.router.add_get(path, hello))
    client = await aiohttp_client(app)

    response = await client.get("/private", headers={"Origin": EVIL})

    check("Access-Control-Allow-Origin" in response.headers, False)


@pytest.mark.parametrize(("origin", "status"), [(GOOD, 200), (EVIL, 403)])
async def test_adapter_inside_decides_about_preflights_alone(
    aiohttp_client: Any, origin: str, status: int
) -> None:
    app, inner = web.Application(), web.Application()
    aiohttp_cors.setup(inner, router_adapter=Adapter()).add(
        inner.router.add_put("/x", hello), LISTED
    )
    aiohttp_cors.setup(app).add(app, {"*": ResourceOptions()})
    app.add_subapp("/s", inner)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("PUT", origin))

    check(response.status, status)


async def test_malformed_preflight_inside_is_for_the_adapter_there(aiohttp_client: Any) -> None:
    app, inner = web.Application(), web.Application()
    aiohttp_cors.setup(inner, router_adapter=Adapter()).add(
        inner.router.add_put("/x", hello), LISTED
    )
    aiohttp_cors.setup(app)
    app.add_subapp("/s", inner)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("P T"))

    check((response.status, "CORS-Refused" in response.headers), (403, True))


@pytest.mark.parametrize("headers", ["X A", "x-a"])
async def test_malformed_preflight_does_not_reach_an_options_handler_beside_what_was_added(
    aiohttp_client: Any, headers: str
) -> None:
    ran: list[str] = []

    async def own(request: web.Request) -> web.Response:
        ran.append(request.path)
        return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_route("*", "/{name}/b", hello), LISTED)
    app.router.add_route("OPTIONS", "/a/b", own)
    client = await aiohttp_client(app)

    response = await client.options("/a/b", headers=preflight_headers("GET", EVIL, headers))

    check((response.status, ran), (403, []))


async def test_later_call_beside_an_adapter_is_in_force(aiohttp_client: Any) -> None:
    decisions: list[Any] = []
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Adapter())
    cors.add(app.router.add_get("/x", hello), LISTED)
    check(aiohttp_cors.setup(app, on_decision=decisions.append) is cors, True)
    client = await aiohttp_client(app)

    await client.get("/x", headers={"Origin": GOOD})

    check([each.granted for each in decisions], [True])


async def test_adapter_that_fails_refuses_a_preflight(aiohttp_client: Any) -> None:
    class Failing(Adapter):
        async def get_preflight_request_config(self, *arguments: Any) -> Any:
            raise RuntimeError

    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Failing())
    cors.add(app.router.add_get("/x", hello), LISTED)
    client = await aiohttp_client(app)

    response = await client.options("/x", headers=preflight_headers("GET"))

    check((response.status, "CORS-Refused" in response.headers), (403, True))


class FailingAdapter(Adapter):
    async def get_preflight_request_config(self, *arguments: Any) -> Any:
        raise RuntimeError

    def get_non_preflight_request_config(self, request: web.Request) -> Any:
        raise RuntimeError

    def __repr__(self) -> str:
        return "<my adapter>"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_adapter_that_fails_is_named_in_the_log(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=FailingAdapter())
    cors.add(app.router.add_get("/x", hello), LISTED)
    client = await aiohttp_client(app)

    await client.request(method, "/x", headers=preflight_headers("GET"))

    # explain() asks the adapter, too.
    check(set(caplog.messages), {"the router adapter <my adapter> failed; the origin is refused"})


async def test_all_origin_lines_are_logged_where_an_adapter_fails(
    aiohttp_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=FailingAdapter())
    cors.add(app.router.add_get("/x", hello), LISTED)
    server = await aiohttp_server(app)
    caplog.set_level(logging.DEBUG, "aiohttp_cors")

    lines = ["Origin: x", "Origin: y", "Access-Control-Request-Method: GET"]
    await send(server, "OPTIONS", "/x", *lines)

    check([each for each in caplog.messages if "refused for origin 'x, y' on" in each] != [], True)


async def test_function_listed_with_an_adapter_decides_about_its_preflights(
    aiohttp_client: Any,
) -> None:
    async def only_good(origin: str, request: web.Request) -> bool:
        return origin == GOOD

    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Adapter())
    cors.add(app.router.add_get("/x", hello), {only_good: ResourceOptions()})
    client = await aiohttp_client(app)

    responses = [
        await client.options("/x", headers=preflight_headers("GET", each)) for each in (GOOD, EVIL)
    ]

    check([each.status for each in responses], [200, 403])


def test_findings_in_configs_of_an_adapter_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Adapter())

    cors.add(app.router.add_get("/x", hello), {"https://a.example/": ResourceOptions()})

    check(["[origin-path]" in message for message in caplog.messages], [True])


@pytest.mark.parametrize(
    ("entity", "arguments", "words"),
    [
        pytest.param(
            "application",
            {},
            "the application itself can be added with aiohttp's own router only; leave out "
            "'router_adapter', which is <my adapter>",
            id="application",
        ),
        pytest.param(
            "route",
            {"enforce": True},
            "'inherit' and 'enforce' are for aiohttp's own router; leave them out, or leave out "
            "'router_adapter', which is <my adapter>",
            id="enforce",
        ),
        pytest.param(
            "route",
            {"inherit": False},
            "'inherit' and 'enforce' are for aiohttp's own router; leave them out, or leave out "
            "'router_adapter', which is <my adapter>",
            id="inherit",
        ),
    ],
)
def test_what_an_adapter_cannot_do_is_an_error_that_names_it(
    entity: str, arguments: dict[str, Any], words: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=FailingAdapter())
    added: Any = app if entity == "application" else app.router.add_get("/x", hello)

    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        cors.add(added, LISTED, **arguments)


async def test_adapter_looks_at_the_request_that_a_preflight_announces(aiohttp_client: Any) -> None:
    seen = []

    class Looking(Adapter):
        def is_cors_enabled_on_request(self, request: web.Request) -> bool:
            seen.append((request.method, request.app is sub, request.match_info.route.method))
            return super().is_cors_enabled_on_request(request)

    sub, app = web.Application(), web.Application()
    aiohttp_cors.setup(sub, router_adapter=Looking()).add(sub.router.add_put("/x", hello), LISTED)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    await client.options("/s/x", headers=preflight_headers("PUT"))

    check(seen[0], ("PUT", True, "PUT"))


async def test_route_with_the_path_of_an_inner_route_that_was_added_is_left_alone(
    aiohttp_client: Any,
) -> None:
    sub, app = web.Application(), web.Application()
    inner = sub.router.add_put("/x", hello)
    app.router.add_get("/s/x", hello)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app).add(inner, LISTED)
    client = await aiohttp_client(app)

    response = await client.get("/s/x", headers={"Origin": GOOD})

    check((response.status, cors_headers(response)), (200, {}))


async def test_inner_application_gets_preflights_first_though_a_later_call_around_it_does_not(
    aiohttp_client: Any,
) -> None:
    ran: list[str] = []
    sub, app = web.Application(), web.Application(middlewares=[recording(ran)])
    aiohttp_cors.setup(sub).add(sub.router.add_get("/x", hello), LISTED)
    app.add_subapp("/s", sub)
    await aiohttp_cors.setup(app).explain("GET", "/s/x", origin=GOOD)
    aiohttp_cors.setup(app, preflights_first=False)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("GET"))

    check((response.status, ran), (200, []))


async def test_preflight_that_the_outer_policy_allows_is_not_refused_inside(
    aiohttp_client: Any,
) -> None:
    ran: list[str] = []
    sub, app = web.Application(), web.Application(middlewares=[recording(ran)])
    aiohttp_cors.setup(sub).add(sub.router.add_get("/x", hello), LISTED)
    put = sub.router.add_put("/x", hello)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app, preflights_first=False).add(put, LISTED)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("PUT"))

    check((response.status, ran), (200, ["OPTIONS"]))


async def test_enforcement_that_is_added_inside_after_an_explanation_holds(
    aiohttp_client: Any,
) -> None:
    sub, app = web.Application(), web.Application()
    # As Home Assistant does, so that routes may still be added.
    sub._router.freeze = lambda: None  # type: ignore[method-assign]
    inner, route = aiohttp_cors.setup(sub), sub.router.add_get("/x", hello)
    app.add_subapp("/s", sub)
    await aiohttp_cors.setup(app).explain("GET", "/s/x", origin=GOOD)
    inner.add(route, LISTED, enforce=True)
    client = await aiohttp_client(app)

    response = await client.get("/s/x", headers={"Origin": EVIL})

    check(response.status, 403)


async def own_options(request: web.Request) -> web.Response:
    return web.Response(text="own options")


async def test_enforcement_holds_for_preflights_in_a_resource_that_hides_its_application(
    aiohttp_client: Any,
) -> None:
    hidden, other, app = web.Application(), web.Application(), web.Application()
    hidden.router.add_route("OPTIONS", "/x", own_options)
    aiohttp_cors.setup(hidden, enforce=True)
    aiohttp_cors.setup(other)
    app.add_subapp("/other", other)
    app.add_subapp("/hidden", hidden).get_info = dict  # type: ignore[assignment,method-assign]
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.options("/hidden/x", headers=preflight_headers("PUT"))

    check((response.status, cors_headers(response)), (403, REFUSED))


async def test_preflight_reaches_no_options_handler_of_another_path_inside(
    aiohttp_client: Any,
) -> None:
    sub, app = web.Application(), web.Application()
    sub.router.add_options("/things/{number}", own_options)
    aiohttp_cors.setup(sub).add(sub.router.add_get("/things/{name}", hello), LISTED)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.options("/s/things/1", headers=preflight_headers("PUT"))

    check((response.status, "CORS-Refused" in response.headers), (403, True))


async def test_second_resource_of_a_path_inside_is_decided_by_what_was_added_of_the_first(
    aiohttp_client: Any,
) -> None:
    sub, app = web.Application(), web.Application()
    first = sub.router.add_get("/x", hello)
    sub.router.add_get("/between", hello)
    sub.router.add_put("/x", hello)
    app.add_subapp("/s", sub)
    config = {GOOD: ResourceOptions(allow_methods=["PUT"])}
    aiohttp_cors.setup(app).add(first, config)
    client = await aiohttp_client(app)

    response = await client.put("/s/x", headers={"Origin": GOOD})

    check((response.status, cors_headers(response)), (200, GRANTED))


async def test_preflight_inside_is_refused_as_such_where_the_inner_application_enforces(
    aiohttp_client: Any,
) -> None:
    sub, app = web.Application(), web.Application()
    aiohttp_cors.setup(sub).add(sub.router.add_get("/x", hello), LISTED, enforce=True)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("GET", EVIL))

    text = f"CORS preflight request failed: origin '{EVIL}' is not allowed"
    check((response.status, await response.text()), (403, text))


async def test_preflight_for_a_route_that_was_not_added_is_left_to_its_options_handler(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    other = app.router.add_resource("/things/{number}")
    other.add_route("PUT", hello)
    other.add_route("OPTIONS", own_options)
    aiohttp_cors.setup(app).add(app.router.add_get("/things/{name}", hello), LISTED)
    client = await aiohttp_client(app)

    response = await client.options("/things/1", headers=preflight_headers("PUT"))

    check((response.status, await response.text()), (200, "own options"))


async def test_preflight_for_a_route_that_was_not_added_inside_runs_no_middleware(
    aiohttp_client: Any,
) -> None:
    ran: list[str] = []
    sub, app = web.Application(middlewares=[recording(ran)]), web.Application()
    aiohttp_cors.setup(sub).add(sub.router.add_get("/things/{name}", hello), LISTED)
    sub.router.add_put("/things/{number}", hello)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.options("/s/things/1", headers=preflight_headers("PUT"))

    check((response.status, ran), (403, []))


async def test_adapter_reads_what_no_application_has_stored(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Closing(Adapter):
        def is_cors_enabled_on_request(self, request: web.Request) -> bool:
            closed = request.config_dict.get("closed", False)
            return not closed and super().is_cors_enabled_on_request(request)

    sub, app = web.Application(), web.Application()
    aiohttp_cors.setup(sub, router_adapter=Closing()).add(sub.router.add_put("/x", hello), LISTED)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("PUT"))

    check((response.status, caplog.messages), (200, []))


@pytest.mark.parametrize("configure", [{}, {"enforce": True}], ids=["preflight", "enforced"])
async def test_adapter_inside_reads_what_the_outer_application_has_stored(
    aiohttp_client: Any, configure: dict[str, bool]
) -> None:
    seen = []
    key = web.AppKey("key", str)

    class Reading(Adapter):
        def is_cors_enabled_on_request(self, request: web.Request) -> bool:
            apps = request.match_info.apps
            seen.append((request.config_dict.get(key), apps == (app, middle, sub)))
            return super().is_cors_enabled_on_request(request)

    sub, middle, app = web.Application(), web.Application(), web.Application()
    app[key] = "outer"
    aiohttp_cors.setup(sub, router_adapter=Reading()).add(sub.router.add_put("/x", hello), LISTED)
    middle.add_subapp("/m", sub)
    aiohttp_cors.setup(middle)
    app.add_subapp("/s", middle)
    aiohttp_cors.setup(app, **configure)  # type: ignore[arg-type]
    client = await aiohttp_client(app)

    await client.options("/s/m/x", headers=preflight_headers("PUT"))
    await client.put("/s/m/x", headers={"Origin": GOOD})

    check(set(seen), {("outer", True)})


def with_enforced_function(app: web.Application) -> None:
    def decides(origin: str, request: web.Request) -> bool:
        return origin == GOOD

    route = app.router.add_get("/s/x", hello)
    aiohttp_cors.setup(app).add(route, {decides: ResourceOptions()}, enforce=True)


def with_enforced_view(app: web.Application) -> None:
    class Listing(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await hello(self.request)

        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return LISTED

    aiohttp_cors.setup(app).add(app.router.add_view("/s/x", Listing), enforce=True)


def with_enforced_adapter(app: web.Application) -> None:
    sub = web.Application()
    aiohttp_cors.setup(sub, router_adapter=Adapter()).add(sub.router.add_get("/x", hello), LISTED)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app, enforce=True)


@pytest.mark.parametrize(
    "configure", [with_enforced_function, with_enforced_view, with_enforced_adapter]
)
async def test_request_is_still_routed_after_a_middleware_has_resolved_it_again(
    aiohttp_client: Any, configure: Callable[[web.Application], None]
) -> None:
    @web.middleware
    async def resolving(request: web.Request, handler: Any) -> web.StreamResponse:
        await app.router.resolve(request)
        return await handler(request)  # type: ignore[no-any-return]

    app = web.Application(middlewares=[resolving])
    configure(app)
    client = await aiohttp_client(app)

    response = await client.get("/s/x", headers={"Origin": GOOD})

    check((response.status, cors_headers(response)), (200, GRANTED))


async def test_preflight_of_a_path_that_only_the_outer_application_knows_runs_no_middleware(
    aiohttp_client: Any,
) -> None:
    ran: list[str] = []
    sub, app = web.Application(), web.Application(middlewares=[recording(ran)])
    route = sub.router.add_get("/x", hello)
    aiohttp_cors.setup(sub, router_adapter=Adapter())
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app).add(route, LISTED)
    client = await aiohttp_client(app)

    response = await client.options("/s/x", headers=preflight_headers("PUT"))

    check((response.status, ran), (403, []))


async def test_defaults_reach_a_view_beside_an_adapter(aiohttp_client: Any) -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response(text="hello")

    class OfViews(Adapter):
        def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None:
            pass

        def get_non_preflight_request_config(self, request: web.Request) -> Any:
            return View.get_request_config(request, request.method)

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=LISTED, router_adapter=OfViews())
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)

    response = await client.get("/view", headers={"Origin": GOOD})

    check(cors_headers(response), GRANTED)


async def test_setup_while_the_application_starts(aiohttp_client: Any) -> None:
    app = web.Application()
    route = app.router.add_get("/x", hello)

    async def start(app: web.Application) -> None:
        aiohttp_cors.setup(app).add(route, LISTED)

    app.on_startup.append(start)
    client = await aiohttp_client(app)

    response = await client.get("/x", headers={"Origin": GOOD})

    check(cors_headers(response), GRANTED)


@pytest.mark.parametrize("explained_before", [False, True])
async def test_what_was_explained_before_an_application_got_its_prefix_changes_nothing(
    aiohttp_client: Any, explained_before: bool
) -> None:
    outer, middle, inner = web.Application(), web.Application(), web.Application()
    first = inner.router.add_get("/x", hello)
    inner.router.add_get("/y", hello)
    # Another resource of the path.
    inner.router.add_put("/x", hello)
    cors = aiohttp_cors.setup(inner)
    cors.add(first, {GOOD: ResourceOptions(allow_methods=["GET", "PUT"])})
    middle.add_subapp("/in", inner)
    if explained_before:
        await cors.explain("GET", "/in/y", origin=GOOD)
    outer.add_subapp("/middle", middle)
    client = await aiohttp_client(outer)

    response = await client.options("/middle/in/x", headers=preflight_headers("PUT"))

    check(response.status, 200)


@pytest.mark.parametrize("requested_before", [False, True])
async def test_head_route_whose_get_comes_later_counts_as_get_then(
    aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch, requested_before: bool
) -> None:
    app = web.Application()
    monkeypatch.setattr(app.router, "freeze", lambda: None)
    resource = app.router.add_resource("/x")
    resource.add_route("HEAD", hello)
    cors = aiohttp_cors.setup(app)
    cors.add(resource, {GOOD: ResourceOptions(allow_methods=["GET"])})
    client = await aiohttp_client(app)
    if requested_before:
        response = await client.head("/x", headers={"Origin": GOOD})
        check(cors_headers(response), REFUSED)

    resource.add_route("GET", hello)

    response = await client.head("/x", headers={"Origin": GOOD})
    check(cors_headers(response), GRANTED)


class Foreign(web.PlainResource):
    """A resource with an "app" of its own."""

    def get_info(self) -> Any:
        return {**super().get_info(), "app": "my name"}


async def test_resource_with_an_app_of_its_own_does_not_stop_the_start(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = Foreign("/x")
    app.router.register_resource(resource)
    cors.add(resource.add_route("GET", hello), LISTED)
    client = await aiohttp_client(app)

    response = await client.get("/x", headers={"Origin": GOOD})

    check(cors_headers(response), GRANTED)


class Computing(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(text="hello")

    @classmethod
    def get_request_config(cls, request: web.Request, request_method: str) -> Any:
        raise asyncio.CancelledError


def with_view(app: web.Application) -> None:
    aiohttp_cors.setup(app).add(app.router.add_view("/x", Computing))


def with_observer(app: web.Application) -> None:
    def observe(decision: object) -> None:
        raise GeneratorExit

    cors = aiohttp_cors.setup(app, on_decision=observe)
    cors.add(app.router.add_get("/x", hello), {GOOD: ResourceOptions()})


def with_adapter(app: web.Application) -> None:
    class Cancelling(Adapter):
        def get_non_preflight_request_config(self, request: web.Request) -> Any:
            raise asyncio.CancelledError

    cors = aiohttp_cors.setup(app, router_adapter=Cancelling())
    cors.add(app.router.add_get("/x", hello), {GOOD: ResourceOptions()})


@pytest.mark.parametrize("configure", [with_view, with_observer, with_adapter])
async def test_whatever_application_code_raises_a_response_comes(
    aiohttp_client: Any, configure: Callable[[web.Application], None]
) -> None:
    app = web.Application()
    configure(app)
    client = await aiohttp_client(app)

    response = await client.get("/x", headers={"Origin": EVIL})

    check((response.status, cors_headers(response)), (200, REFUSED))
