"""What is compiled for requests that come again says what the one decision says."""

from __future__ import annotations

import random
from typing import Any

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors
from aiohttp_cors._core.policy import decide
from aiohttp_cors._core.verdict import Denial
from aiohttp_cors._http.response_signal import DONE

from .conftest import EVIL, GOOD, OTHER, check, hello

REQUESTS = 10_000

CREDENTIALS = ResourceOptions(allow_credentials=True, expose_headers=["X-B", "X-A"])
CONFIGS: list[dict[Any, ResourceOptions]] = [
    {},
    {GOOD: ResourceOptions()},
    {GOOD: CREDENTIALS, OTHER: ResourceOptions(expose_headers="*")},
    {"*": ResourceOptions(expose_headers="*")},
    {"*": ResourceOptions(allow_credentials=True, allow_methods=["GET"]), OTHER: CREDENTIALS},
    {"https://*.sub.example": CREDENTIALS, "null": ResourceOptions(allow_methods=["PUT"])},
    {GOOD: ResourceOptions(allow_methods="*"), "http://localhost:*": ResourceOptions()},
]
ORIGINS = [
    (),
    *((origin,) for origin in (GOOD, OTHER, EVIL, "null", "nonsense", "http://localhost:8080")),
    ("https://a.sub.example",),
    (GOOD, GOOD),
]


class View(web.View, CorsViewMixin):
    cors_config = CONFIGS[1]

    async def get(self) -> web.Response:
        raise NotImplementedError

    @custom_cors(CONFIGS[4])
    async def put(self) -> web.Response:
        raise NotImplementedError


def application(choose: random.Random) -> web.Application:
    """Make an application whose routes are added in random ways."""
    app = web.Application()
    # Where everything is observed, requests take another way.
    on_decision = choose.choice([None, id])
    cors = aiohttp_cors.setup(app, defaults=choose.choice(CONFIGS), on_decision=on_decision)
    for number in range(6):
        resource = app.router.add_resource(f"/{number}")
        routes = [resource.add_route(method, hello) for method in ("GET", "POST", "PUT")]
        added = choose.choice([[], [resource], routes[:1], [*routes], [resource, routes[2]]])
        for entity in added:
            cors.add(entity, choose.choice(CONFIGS), inherit=choose.random() < 0.7)
    cors.add(app.router.add_view("/view", View), choose.choice(CONFIGS))
    if choose.random() < 0.3:
        cors.add(app)
    app.freeze()
    return app


def expected(app: web.Application, route: web.AbstractRoute, method: str, origin: Any) -> Any:
    """Return the headers that the decision gives."""
    registry = app[aiohttp_cors.APP_CONFIG_KEY]._cors_impl.registry
    policy = registry.snapshot.policy(route, method, app.router)
    if policy is None:
        return {}
    verdict = decide(policy, origin)
    vary = {} if policy.public else {"Vary": "Origin"}
    if isinstance(verdict, Denial):
        return vary
    headers = {"Access-Control-Allow-Origin": verdict.allow_origin, **vary}
    if verdict.terms.credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    options = verdict.terms.options
    if options.expose_headers == "*":
        exposed = "X-Own" if verdict.terms.credentials else "*"
        headers["Access-Control-Expose-Headers"] = exposed
    elif options.expose_headers:
        headers["Access-Control-Expose-Headers"] = ",".join(sorted(options.expose_headers))
    return headers


def request_for(
    app: web.Application, route: web.AbstractRoute, method: str, lines: tuple[str, ...]
) -> web.Request:
    request = make_mocked_request(method, "/", headers=[("Origin", line) for line in lines])
    match = web.UrlMappingMatchInfo({}, route)
    match.add_app(app)
    request._match_info = match
    return request


def test_requests_read_what_the_decision_says() -> None:
    choose = random.Random(7)
    granted = 0
    for _ in range(20):
        app = application(choose)
        routes = [route for route in app.router.routes() if route.method != "OPTIONS"]
        requests = {}
        for _ in range(REQUESTS // 20):
            route, lines = choose.choice(routes), choose.choice(ORIGINS)
            method = choose.choice(["GET", "PUT"]) if route.method == "*" else route.method
            key = route, method, lines
            request = requests[key] = requests.get(key) or request_for(app, *key)
            response = web.Response(headers={"X-Own": "1"})

            check(app.on_response_prepare.send(request, response), DONE)

            headers = dict(response.headers)
            del headers["X-Own"]
            origin = ", ".join(lines) if lines else None
            check(headers, expected(app, route, method, origin))
            granted += "Access-Control-Allow-Origin" in headers
    # Neither side of the comparison is empty.
    check(REQUESTS / 10 < granted < REQUESTS * 9 / 10, True)
