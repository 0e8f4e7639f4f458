"""Responses that carry CORS headers already, and the two options that are off by default."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from tests.integration.conftest import (
    EVIL,
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    cors_headers,
    hello,
    preflight_headers,
)

OPTIONS = ResourceOptions(allow_credentials=True, expose_headers=["X-Total"])

NOTHING = {"Vary": "Origin"}
GRANTED = {
    "Access-Control-Allow-Origin": GOOD,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-Total",
    "Vary": "Origin",
}

#: What a careless handler, or a server behind it, has set.
CARELESS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-Secret",
    "Access-Control-Allow-Methods": "DELETE",
    "Access-Control-Allow-Headers": "X-Secret",
    "Access-Control-Max-Age": "99999",
    "Vary": "Accept-Encoding",
}

#: What of it browsers read in responses to preflights only, so that it may stay.
INERT = {
    "Access-Control-Allow-Methods": "DELETE",
    "Access-Control-Allow-Headers": "X-Secret",
    "Access-Control-Max-Age": "99999",
}


class HandlerView(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response(headers=self.request.app[SET])


SET = web.AppKey("headers", dict)


async def returns(request: web.Request) -> web.Response:
    return web.Response(headers=request.app[SET])


async def raises(request: web.Request) -> web.Response:
    raise web.HTTPNotFound(headers=request.app[SET])


async def streams(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=request.app[SET])
    await response.prepare(request)
    return response


@web.middleware
async def sets(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    response.headers.update(request.app[SET])
    return response


async def signals(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(request.app[SET])


def application(
    where: str, headers: dict[str, str], config: dict[Any, Any], **settings: Any
) -> web.Application:
    """Make an application that sets ``headers`` in one of many places."""
    app = web.Application(middlewares=[sets] if where == "middleware" else [])
    app[SET] = headers
    if where == "signal":
        app.on_response_prepare.append(signals)
    cors = aiohttp_cors.setup(app, **settings)
    handler: Any = {"raised": raises, "stream": streams, "view": HandlerView}.get(where, returns)
    if where in ("middleware", "signal"):
        handler = hello
    route = app.router.add_route("*" if where == "view" else "GET", "/", handler)
    cors.add(app if where == "application" else route, config)
    return app


WHERE = ["handler", "raised", "stream", "view", "middleware", "signal", "application"]

ORIGINS = [
    pytest.param(GOOD, GRANTED, id="listed"),
    pytest.param(EVIL, NOTHING, id="unlisted"),
    pytest.param("null", NOTHING, id="opaque"),
    pytest.param(None, NOTHING, id="none"),
]


def origin_header(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


@pytest.mark.parametrize("settings", [{}, {"existing_headers": "replace"}], ids=["", "replace"])
@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
@pytest.mark.parametrize("where", WHERE)
async def test_replace_makes_the_policy_decide_alone(
    aiohttp_client: Any,
    where: str,
    origin: str | None,
    cors: dict[str, str],
    settings: dict[str, Any],
) -> None:
    client = await aiohttp_client(application(where, CARELESS, {GOOD: OPTIONS}, **settings))

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == {**cors, **INERT, "Vary": "Accept-Encoding, Origin"}
    assert response.status == (404 if where == "raised" else 200)


@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
@pytest.mark.parametrize("where", WHERE)
async def test_keep_leaves_a_response_with_allow_origin_as_it_is(
    aiohttp_client: Any, where: str, origin: str | None, cors: dict[str, str]
) -> None:
    app = application(where, CARELESS, {GOOD: OPTIONS}, existing_headers="keep")
    client = await aiohttp_client(app)

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == CARELESS


@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
@pytest.mark.parametrize("where", WHERE)
async def test_keep_writes_the_verdict_where_there_is_none_yet(
    aiohttp_client: Any, where: str, origin: str | None, cors: dict[str, str]
) -> None:
    client = await aiohttp_client(application(where, {}, {GOOD: OPTIONS}, existing_headers="keep"))

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == cors


@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
@pytest.mark.parametrize("existing_headers", ["keep", "replace"])
async def test_headers_without_allow_origin_stay_where_the_verdict_has_none(
    aiohttp_client: Any, existing_headers: str, origin: str | None, cors: dict[str, str]
) -> None:
    # Browsers look at no other header then. A grant would be added to, so they are replaced.
    partly = {"Access-Control-Allow-Credentials": "1", "Access-Control-Expose-Headers": "X-Secret"}
    app = application("handler", partly, {GOOD: OPTIONS}, existing_headers=existing_headers)
    client = await aiohttp_client(app)

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == (cors if origin == GOOD else {**partly, **cors})


@pytest.mark.parametrize("existing_headers", ["keep", "replace"])
async def test_headers_without_allow_origin_add_nothing_to_a_grant(
    aiohttp_client: Any, existing_headers: str
) -> None:
    partly = {"Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": "X-A"}
    config = {GOOD: ResourceOptions()}
    app = application("handler", partly, config, existing_headers=existing_headers)
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert cors_headers(response) == {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}


async def test_keep_leaves_a_response_as_it_is_after_enforcement(aiohttp_client: Any) -> None:
    app = web.Application()
    app[SET] = CARELESS
    cors = aiohttp_cors.setup(app, existing_headers="keep")
    cors.add(app.router.add_get("/", returns), {GOOD: OPTIONS}, enforce=True)
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert cors_headers(response) == cors_headers(web.Response(headers=CARELESS))


async def test_keep_of_an_inner_application_that_enforces_holds_in_one_that_replaces(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    inner[SET] = CARELESS
    cors = aiohttp_cors.setup(inner, existing_headers="keep")
    cors.add(inner.router.add_get("/x", returns), {GOOD: OPTIONS}, enforce=True)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    response = await client.get("/inner/x", headers={"Origin": GOOD})

    assert cors_headers(response) == cors_headers(web.Response(headers=CARELESS))


async def test_keep_leaves_a_response_as_it_is_where_everyone_is_granted(
    aiohttp_client: Any,
) -> None:
    client = await aiohttp_client(
        application("handler", CARELESS, {"*": ResourceOptions()}, existing_headers="keep")
    )

    response = await client.get("/", headers={"Origin": GOOD})

    assert cors_headers(response) == cors_headers(web.Response(headers=CARELESS))


async def test_keep_changes_nothing_about_preflights(aiohttp_client: Any) -> None:
    app = application("handler", CARELESS, {GOOD: OPTIONS}, existing_headers="keep")
    client = await aiohttp_client(app)

    allowed = await client.options("/", headers=preflight_headers("GET"))
    refused = await client.options("/", headers=preflight_headers("GET", EVIL))

    assert cors_headers(allowed) == {
        "Access-Control-Allow-Origin": GOOD,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY_PREFLIGHT,
    }
    assert cors_headers(refused) == {"Vary": VARY_PREFLIGHT}


@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
async def test_several_lines_of_one_header_become_the_verdict_or_none(
    aiohttp_server: Any, aiohttp_client: Any, origin: str | None, cors: dict[str, str]
) -> None:
    async def twice(request: web.Request) -> web.Response:
        response = web.Response()
        for value in (GOOD, EVIL):
            response.headers.add("Access-Control-Allow-Origin", value)
            response.headers.add("Access-Control-Expose-Headers", "X-Secret")
        return response

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get("/", twice), {GOOD: OPTIONS})
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/", headers=origin_header(origin))) == cors


@pytest.mark.parametrize(
    ("headers", "stay"),
    [
        pytest.param(
            {"Access-Control-Allow-Private-Network": "true"},
            {"Access-Control-Allow-Private-Network": "true"},
            id="private network",
        ),
        pytest.param({"access-control-allow-origin": "*"}, {}, id="lower case"),
        pytest.param(
            {**CARELESS, "Access-Control-Anything": "x"},
            {**INERT, "Access-Control-Anything": "x"},
            id="name that is not in use",
        ),
    ],
)
@pytest.mark.parametrize(("origin", "cors"), ORIGINS)
async def test_replace_leaves_no_header_of_another_layer_that_browsers_read(
    aiohttp_client: Any,
    origin: str | None,
    cors: dict[str, str],
    headers: dict[str, str],
    stay: dict[str, str],
) -> None:
    headers = {name: value for name, value in headers.items() if name != "Vary"}
    client = await aiohttp_client(application("handler", headers, {GOOD: OPTIONS}))

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == {**cors, **stay}


async def test_route_without_cors_keeps_its_own_headers(aiohttp_client: Any) -> None:
    app = web.Application()
    app[SET] = CARELESS
    aiohttp_cors.setup(app, defaults={GOOD: OPTIONS})
    app.router.add_get("/", returns)
    client = await aiohttp_client(app)

    assert cors_headers(await client.get("/", headers={"Origin": EVIL})) == CARELESS


@pytest.mark.parametrize("value", ["", "drop", None, True, "Keep"], ids=repr)
def test_existing_headers_is_replace_or_keep(value: Any) -> None:
    with pytest.raises(ValueError, match="'existing_headers' must be 'replace' or 'keep', got"):
        aiohttp_cors.setup(web.Application(), existing_headers=value)


# allow_private_network

PRIVATE = "Access-Control-Request-Private-Network"
ALLOWED = "Access-Control-Allow-Private-Network"


@pytest.mark.parametrize(
    ("allowed", "requested", "written"),
    [
        pytest.param(True, "true", True, id="allowed and requested"),
        pytest.param(True, None, False, id="not requested"),
        pytest.param(True, "false", False, id="requested with another value"),
        pytest.param(True, "True", False, id="requested in another case"),
        pytest.param(False, "true", False, id="off by default"),
    ],
)
@pytest.mark.parametrize("key", [GOOD, "*"], ids=["origin", "any"])
async def test_private_network_is_allowed_where_a_preflight_requests_it(
    aiohttp_client: Any, key: str, allowed: bool, requested: str | None, written: bool
) -> None:
    config = {key: ResourceOptions(allow_private_network=allowed)}
    client = await aiohttp_client(application("handler", {}, config))
    headers = (
        preflight_headers("GET")
        if requested is None
        else {**preflight_headers("GET"), PRIVATE: requested}
    )

    response = await client.options("/", headers=headers)

    expected = {
        "Access-Control-Allow-Origin": "*" if key == "*" else GOOD,
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY_PREFLIGHT,
    }
    assert cors_headers(response) == ({**expected, ALLOWED: "true"} if written else expected)


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(preflight_headers("GET", EVIL), id="origin"),
        pytest.param(preflight_headers("PUT"), id="method"),
        pytest.param(preflight_headers("GET", GOOD, "x-token"), id="header"),
    ],
)
async def test_private_network_is_not_in_the_response_to_a_refused_preflight(
    aiohttp_client: Any, refused: dict[str, str]
) -> None:
    config = {GOOD: ResourceOptions(allow_private_network=True)}
    client = await aiohttp_client(application("handler", {}, config))

    response = await client.options("/", headers={**refused, PRIVATE: "true"})

    assert response.status == 403
    assert cors_headers(response) == {"Vary": VARY_PREFLIGHT}


async def test_private_network_is_not_in_actual_responses(aiohttp_client: Any) -> None:
    config = {GOOD: ResourceOptions(allow_private_network=True)}
    client = await aiohttp_client(application("handler", {}, config))

    response = await client.get("/", headers={"Origin": GOOD, PRIVATE: "true"})

    assert cors_headers(response) == {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}


async def test_view_allows_private_network(aiohttp_client: Any) -> None:
    config = {GOOD: ResourceOptions(allow_private_network=True)}
    client = await aiohttp_client(application("view", {}, config, preflights_first=False))

    response = await client.options("/", headers={**preflight_headers("GET"), PRIVATE: "true"})

    assert response.headers[ALLOWED] == "true"


# allow_timing

TIMED = ResourceOptions(allow_timing=True)


@pytest.mark.parametrize(
    ("config", "origin", "expected"),
    [
        pytest.param(
            {GOOD: TIMED},
            GOOD,
            {
                "Access-Control-Allow-Origin": GOOD,
                "Timing-Allow-Origin": GOOD,
                "Vary": "Origin",
            },
            id="listed",
        ),
        pytest.param({GOOD: TIMED}, EVIL, NOTHING, id="unlisted"),
        pytest.param({GOOD: TIMED}, None, NOTHING, id="no origin"),
        pytest.param(
            {"https://*.example": TIMED},
            GOOD,
            {
                "Access-Control-Allow-Origin": GOOD,
                "Timing-Allow-Origin": GOOD,
                "Vary": "Origin",
            },
            id="wildcard",
        ),
        pytest.param(
            {"*": TIMED},
            GOOD,
            {"Access-Control-Allow-Origin": "*", "Timing-Allow-Origin": "*"},
            id="any",
        ),
        pytest.param(
            {"*": TIMED},
            None,
            {"Access-Control-Allow-Origin": "*", "Timing-Allow-Origin": "*"},
            id="any, no origin",
        ),
        pytest.param(
            {GOOD: ResourceOptions()},
            GOOD,
            {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"},
            id="off by default",
        ),
        pytest.param(
            {GOOD: TIMED, OTHER: ResourceOptions()},
            OTHER,
            {"Access-Control-Allow-Origin": OTHER, "Vary": "Origin"},
            id="off for this origin",
        ),
    ],
)
async def test_timing_goes_to_the_origin_that_may_have_it(
    aiohttp_client: Any, config: dict[Any, Any], origin: str | None, expected: dict[str, str]
) -> None:
    client = await aiohttp_client(application("handler", {}, config))

    assert cors_headers(await client.get("/", headers=origin_header(origin))) == expected


async def test_timing_is_not_in_preflights(aiohttp_client: Any) -> None:
    client = await aiohttp_client(application("handler", {}, {GOOD: TIMED}))

    response = await client.options("/", headers=preflight_headers("GET"))

    assert cors_headers(response) == {
        "Access-Control-Allow-Origin": GOOD,
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY_PREFLIGHT,
    }


@pytest.mark.parametrize("origin", [EVIL, None], ids=["unlisted", "none"])
async def test_timing_that_the_handler_grants_stays_the_handlers(
    aiohttp_client: Any, origin: str | None
) -> None:
    # It is not an Access-Control header, and the policy says nothing about it.
    app = application("handler", {"Timing-Allow-Origin": OTHER}, {GOOD: ResourceOptions()})
    client = await aiohttp_client(app)

    response = await client.get("/", headers=origin_header(origin))

    assert cors_headers(response) == {"Timing-Allow-Origin": OTHER, "Vary": "Origin"}
