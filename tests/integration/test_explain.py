"""`CorsConfig.explain`: what happens to a request, and the words for it.

That its headers are those that the server sends is compared for every response of all
integration tests: see ``explained`` in conftest.py.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, Reason, ResourceOptions, custom_cors
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    check,
    hello,
)

HEADERS = Reason.HEADERS_NOT_ALLOWED
SUB_DOMAIN = "https://a.preview.example"


def is_tenant(origin: str, request: web.Request) -> bool:
    return origin == OTHER and request.app is not None


class View(web.View, CorsViewMixin):
    cors_config = {GOOD: ResourceOptions(allow_headers=["X-A"])}

    async def get(self) -> web.Response:
        return web.Response()

    @custom_cors({"*": ResourceOptions(allow_headers="*")})
    async def put(self) -> web.Response:
        return web.Response()


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    pass


class Computed(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response()

    @classmethod
    def get_request_config(cls, request: web.Request, request_method: str) -> Any:
        return {GOOD: ResourceOptions()}


def application(**settings: Any) -> aiohttp_cors.CorsConfig:
    app = web.Application()
    defaults = {
        "https://*.preview.example": ResourceOptions(allow_methods=["GET"]),
        re.compile(r"https://x[0-9]\.example"): ResourceOptions(),
        is_tenant: ResourceOptions(),
    }
    cors = aiohttp_cors.setup(app, defaults=defaults, **settings)
    resource = cors.add(app.router.add_resource("/hello"))
    own = {GOOD: ResourceOptions(allow_credentials=True, allow_headers=["X-A"], max_age=5)}
    cors.add(resource.add_route("GET", hello), own)
    resource.add_route("PUT", hello)
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_view("/computed", Computed))
    cors.add(app.router.add_get("/closed", hello), {}, inherit=False)
    cors.add(app.router.add_get("/enforced", hello), {GOOD: ResourceOptions()}, enforce=True)
    cors.add(app.router.add_get("/anyone", hello), {"*": ResourceOptions()})
    app.router.add_get("/not-added", hello)
    app.router.add_route("OPTIONS", "/own-options", hello)
    return cors


ROWS = [
    # method, path, origin, headers, credentials -> reason, route, where, key
    ("GET", "/hello", GOOD, [], True, None, "GET /hello", "route GET /hello", GOOD),
    ("GET", "/hello", GOOD, ["x-a"], True, None, "GET /hello", "route GET /hello", GOOD),
    (
        *("GET", "/hello", GOOD, ["X-A", "X-B"], False),
        *(Reason.HEADERS_NOT_ALLOWED, "GET /hello", "route GET /hello", GOOD),
    ),
    (
        *("GET", "/hello", SUB_DOMAIN, [], False),
        *(None, "GET /hello", "defaults", "https://*.preview.example"),
    ),
    (
        *("PUT", "/hello", SUB_DOMAIN, [], False),
        *(Reason.METHOD_NOT_SHARED, "PUT /hello", "defaults", "https://*.preview.example"),
    ),
    (
        *("GET", "/hello", SUB_DOMAIN, [], True),
        *(Reason.CREDENTIALS_NOT_ALLOWED, "GET /hello", "defaults", "https://*.preview.example"),
    ),
    ("GET", "/hello", OTHER, [], False, None, "GET /hello", "defaults", is_tenant),
    (
        *("GET", "/hello", EVIL, [], False),
        *(Reason.ORIGIN_NOT_LISTED, "GET /hello", None, None),
    ),
    ("PUT", "/view", GOOD, [], False, None, "* /view", "view View", GOOD),
    ("PUT", "/view", EVIL, ["X-B"], False, None, "* /view", "view View.put", "*"),
    (
        *("PUT", "/view", EVIL, [], True),
        *(Reason.CREDENTIALS_NOT_ALLOWED, "* /view", "view View.put", "*"),
    ),
    ("PATCH", "/view", GOOD, [], False, Reason.METHOD_NOT_SHARED, "* /view", "view View", GOOD),
    (
        *("GET", "/computed", GOOD, [], False),
        *(None, "* /computed", "Computed.get_request_config", GOOD),
    ),
    ("GET", "/closed", GOOD, [], False, Reason.NO_ORIGIN_LISTED, "GET /closed", None, None),
    (
        *("GET", "/enforced", EVIL, [], False),
        *(Reason.ORIGIN_NOT_LISTED, "GET /enforced", None, None),
    ),
    (
        *("GET", "/enforced", GOOD, [], False),
        *(None, "GET /enforced", "route GET /enforced", GOOD),
    ),
    ("GET", "/anyone", "null", [], False, None, "GET /anyone", "route GET /anyone", "*"),
    ("GET", "/not-added", GOOD, [], False, Reason.NOT_ADDED, "GET /not-added", None, None),
    ("GET", "/nowhere", GOOD, [], False, Reason.NOT_ADDED, None, None, None),
    ("PUT", "/own-options", GOOD, [], False, Reason.NOT_ADDED, "OPTIONS /own-options", None, None),
    ("GET", "/hello", "a b", [], False, Reason.ORIGIN_NOT_LISTED, "GET /hello", None, None),
    ("GET", "/hello", "a b", ["X-A"], False, Reason.MALFORMED_ORIGIN, "GET /hello", None, None),
    ("PUT", "/anyone", GOOD, [], False, Reason.METHOD_NOT_SHARED, None, None, None),
]


@pytest.mark.parametrize("preflights_first", [True, False])
@pytest.mark.parametrize(
    ("method", "path", "origin", "headers", "credentials", "reason", "route", "where", "key"), ROWS
)
async def test_explanation_names_the_reason_the_route_and_the_key(
    preflights_first: bool,
    method: str,
    path: str,
    origin: str,
    headers: list[str],
    credentials: bool,
    reason: Reason | None,
    route: str | None,
    where: str | None,
    key: object,
) -> None:
    cors = application(preflights_first=preflights_first)

    found = await cors.explain(
        method, path, origin=origin, headers=headers, credentials=credentials
    )

    check((found.granted, found.reason), (reason is None, reason))
    check((found.route, found.where, found.key), (route, where, key))
    check(found.hint is None, reason is None)


async def test_preflight_and_response_are_told_apart() -> None:
    found = await application().explain("PUT", "/view", origin=GOOD, headers={"X-A": "1"})

    granted = {
        ALLOW_ORIGIN: GOOD,
        ALLOW_METHODS: "PUT",
        ALLOW_HEADERS: "X-A",
        "Vary": VARY_PREFLIGHT,
    }
    check(found.preflight, (200, granted))
    check(found.response, (None, {ALLOW_ORIGIN: GOOD, "Vary": "Origin"}))


async def test_request_is_not_sent_after_a_refused_preflight() -> None:
    found = await application().explain("GET", "/hello", origin=GOOD, headers=["X-B"])

    refused = "CORS preflight request failed: headers are not allowed: X-B"
    check(found.preflight, (403, {"Vary": VARY_PREFLIGHT, "CORS-Refused": refused}))
    check(found.response, None)


async def test_preflight_itself_can_be_explained() -> None:
    found = await application().explain(
        "OPTIONS", "/hello", origin=GOOD, headers={"Access-Control-Request-Method": "GET"}
    )

    check((found.granted, found.route, found.response), (True, "GET /hello", None))
    check(found.preflight and found.preflight.headers[ALLOW_CREDENTIALS], "true")


async def test_explanation_says_that_enforcement_refuses_the_request() -> None:
    found = await application().explain("GET", "/enforced", origin=EVIL)

    refused = f"cross-origin request refused: origin '{EVIL}' is not allowed"
    check(found.response, (403, {"Vary": "Origin", "CORS-Refused": refused}))
    check("enforce=True refuses the request itself" in found.why, True)


@pytest.mark.parametrize(
    ("method", "path", "arguments", "why", "hint"),
    [
        (
            *("GET", "/hello", {"origin": f"{GOOD}/"}),
            *(
                f"No config that applies to GET /hello lists '{GOOD}/', which no browser sends. "
                "Browsers send an origin without path, slash, query or fragment.",
                f"Explain the origin of a page. Write '{GOOD}'.",
            ),
        ),
        (
            *("GET", "/hello", {"origin": ""}),
            *(
                "No config that applies to GET /hello lists '', which no browser sends. "
                "An origin cannot be empty.",
                "Explain the origin of a page. Write an origin such as 'https://app.example.com'.",
            ),
        ),
        (
            *("POST", "/hello", {"origin": GOOD}),
            *(
                "/hello has GET and PUT only, so nothing handles POST there. "
                "The application's response has no CORS headers.",
                "Write a handler for it, cors.add(app.router.add_route('POST', '/hello', handler)),"
                " or use one of these methods in the page.",
            ),
        ),
        (
            *("PATCH", "/view", {"origin": GOOD}),
            *(
                "/view has GET and PUT only, so nothing handles PATCH there.",
                "Write a handler for it, async def patch(self) in View, or use one of these "
                "methods in the page.",
            ),
        ),
        (
            *("PUT", "/own-options", {"origin": GOOD}),
            *(
                "OPTIONS /own-options is a handler of the application, which responds to the "
                "preflight itself.",
                f"Write cors.add(app, {{'{GOOD}': ResourceOptions()}}), which takes any route.",
            ),
        ),
        (
            *("GET", "/credentials", {"origin": "null", "credentials": True}),
            *(
                "'*' is listed in the config of the route GET /credentials, which matches the "
                "page's origin, but never allows credentials for 'null', which is not the origin "
                "of a site.",
                "Serve the page over https, list its origin, and write allow_credentials=True for "
                "it; or leave credentials: 'include' out of the page.",
            ),
        ),
        (
            *("PUT", "/resource", {"origin": GOOD}),
            *(
                "PUT /resource exists and was not added.",
                "Add it: cors.add(route), or in the line that registers it, "
                "cors.add(app.router.add_put('/resource', hello)).",
            ),
        ),
        (
            *("TRACE", "/hello", {"origin": GOOD}),
            *(
                "No page can use the method TRACE: browsers and this library refuse it.",
                "Use another method in the page, for example fetch(url, {method: 'POST'}).",
            ),
        ),
        (
            *("GET", "/anyone", {"origin": GOOD, "headers": ["*"]}),
            *(
                "A header is named '*', which browsers would read as a wildcard in the response.",
                "Leave the header '*' out of the page.",
            ),
        ),
        (
            *("PUT", "/computed", {"origin": GOOD}),
            *(
                "/computed has GET only, so nothing handles PUT there.",
                "Write a handler for it, async def put(self) in Computed, or use one of these "
                "methods in the page.",
            ),
        ),
        (
            *("GET", "/computed", {"origin": OTHER}),
            *(
                f"No config that applies to GET /computed lists '{OTHER}'.",
                f"Write '{OTHER}': ResourceOptions() in what Computed.get_request_config returns.",
            ),
        ),
    ],
)
async def test_words_say_why_and_what_to_write(
    method: str, path: str, arguments: dict[str, Any], why: str, hint: str
) -> None:
    cors = application()
    cors.add(
        cors._app.router.add_get("/credentials", hello),
        {"*": ResourceOptions(allow_credentials=True)},
    )
    resource = cors.add(cors._app.router.add_resource("/resource"), {GOOD: ResourceOptions()})
    resource.add_route("PUT", hello)

    found = await cors.explain(method, path, **arguments)

    check((found.why, found.hint), (why, hint))


async def test_method_is_written_as_browsers_send_it() -> None:
    found = await application().explain("put", "/view", origin=GOOD)

    check((found.method, found.granted), ("PUT", True))


async def test_headers_of_the_browser_take_no_preflight() -> None:
    found = await application().explain(
        "GET", "/enforced", origin=EVIL, headers={"Sec-Fetch-Site": "same-origin"}
    )

    check((found.preflight, found.response and found.response.status), (None, None))


async def test_explanation_is_readable_text() -> None:
    found = await application().explain("GET", "/hello", origin=GOOD, headers=["X-A", "X-B"])

    check(
        str(found),
        f"""\
GET /hello from '{GOOD}': blocked
  route       GET /hello
  origin      '{GOOD}' in route GET /hello
  options     allow_credentials=True, allow_headers=['X-A'], max_age=5
  why         '{GOOD}' is listed in the config of the route GET /hello, but its allow_headers does not list X-B.
  to allow it Write '{GOOD}': ResourceOptions(allow_credentials=True, allow_headers=['X-A', 'X-B'], max_age=5) in the config of the route GET /hello.
  preflight   403
              Vary: {VARY_PREFLIGHT}
              CORS-Refused: CORS preflight request failed: headers are not allowed: X-B
  response    a browser does not send the request
  assumed     The script sends no cookies.""",  # noqa: E501
    )


async def test_explanation_without_an_origin_is_readable_text() -> None:
    found = await application().explain("GET", "/not-added", origin=GOOD, credentials=True)

    check(
        str(found),
        f"""\
GET /not-added from '{GOOD}' with credentials: blocked
  route       GET /not-added
  why         GET /not-added exists and was not added.
  to allow it Add it: cors.add(route), or in the line that registers it, cors.add(app.router.add_get('/not-added', hello), {{'{GOOD}': ResourceOptions(allow_credentials=True)}}).
  preflight   a browser sends none
  response    the application's own status, no CORS headers
  assumed     The script sets no header of its own.""",  # noqa: E501
    )


async def test_grant_is_readable_text() -> None:
    found = await application().explain("GET", "/anyone", origin=GOOD)

    check(
        str(found),
        f"""\
GET /anyone from '{GOOD}': the page can read the response
  route       GET /anyone
  origin      '*' in route GET /anyone
  options     none
  why         '*' is listed in the config of the route GET /anyone, which matches the page's origin.
  preflight   a browser sends none
  response    the application's own status
              {ALLOW_ORIGIN}: {GOOD}
              Vary: Origin
  assumed     The script sets no header of its own.
              The script sends no cookies.
  note        The script reads null for response headers that are not safelisted; to allow one, write '*': ResourceOptions(expose_headers=['X-Total']) in the config of the route GET /anyone.""",  # noqa: E501
    )


async def test_explanation_is_written_for_programs() -> None:
    found = await application().explain("GET", "/hello", origin=OTHER)

    check(
        json.loads(json.dumps(found.as_dict())),
        {
            "method": "GET",
            "path": "/hello",
            "origin": OTHER,
            "credentials": False,
            "granted": True,
            "reason": None,
            "why": "is_tenant is listed in the defaults, which matches the page's origin.",
            "hint": None,
            "route": "GET /hello",
            "where": "defaults",
            "key": "is_tenant",
            "options": {
                "allow_credentials": False,
                "expose_headers": [],
                "allow_headers": [],
                "max_age": None,
                "allow_methods": None,
                "allow_private_network": False,
                "allow_timing": False,
            },
            "preflight": None,
            "response": {"status": None, "headers": {ALLOW_ORIGIN: OTHER, "Vary": "Origin"}},
            "assumed": ["The script sets no header of its own.", "The script sends no cookies."],
            "notes": [
                "The script reads null for response headers that are not safelisted; to allow "
                "one, write is_tenant: ResourceOptions(expose_headers=['X-Total']) in the defaults."
            ],
        },
    )


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"method": "GE T"}, ValueError, "'method' must be a token"),
        ({"path": "hello"}, ValueError, "'path' must be a text that begins"),
        ({"origin": None}, TypeError, "'origin' must be a string"),
        ({"credentials": 1}, TypeError, "'credentials' must be True or False"),
        ({"headers": "X-A"}, TypeError, "'headers' must be a mapping, pairs, or names"),
        ({"headers": ["X A"]}, ValueError, "a name in 'headers' must be a token"),
        (
            {"headers": {"X-A": "a\r\nb"}},
            ValueError,
            "the value of 'X-A' in 'headers'",
        ),
        ({"path": "/a\n"}, ValueError, "'path' must be a text that begins with '/'"),
    ],
)
async def test_wrong_argument_is_named(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = {"method": "GET", "path": "/hello", "origin": GOOD, **arguments}

    with pytest.raises(error, match=re.escape(words)):
        await application().explain(**given)


async def test_sub_application_decides_and_is_named() -> None:
    app, inner = web.Application(), web.Application()
    inner_cors = aiohttp_cors.setup(inner, defaults={OTHER: ResourceOptions()})
    inner_cors.add(inner.router.add_get("/hello", hello))
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    app.add_subapp("/inner", inner)
    cors.add(app)

    granted = await cors.explain("GET", "/inner/hello", origin=OTHER)
    refused = await cors.explain("GET", "/inner/hello", origin=GOOD)
    missing = await cors.explain("GET", "/inner/nowhere", origin=GOOD)

    check((granted.granted, granted.where), (True, "defaults"))
    check((refused.reason, refused.route), (Reason.ORIGIN_NOT_LISTED, "GET /inner/hello"))
    check((missing.granted, missing.route, missing.where), (True, None, "defaults"))


async def test_derived_router_adapter_decides() -> None:
    app = web.Application()
    adapter = DerivedAdapter(app.router, {GOOD: ResourceOptions(allow_headers=["X-A"])})
    cors = aiohttp_cors.setup(app, router_adapter=adapter)
    cors.add(app.router.add_get("/hello", hello))

    found = await cors.explain("GET", "/hello", origin=GOOD, headers=["X-A"])
    refused = await cors.explain("GET", "/hello", origin=GOOD, headers=["X-B"])

    check((found.granted, found.where), (True, "the router adapter DerivedAdapter"))
    check((refused.reason, refused.preflight and refused.preflight.status), (HEADERS, 403))


async def test_config_is_named_where_enforcement_refuses_a_method_that_it_does_not_list() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/x")
    resource.add_route("GET", hello)
    cors.add(resource, {GOOD: ResourceOptions(allow_methods=["PUT"])}, enforce=True)

    found = await cors.explain("GET", "/x", origin=GOOD)

    check((found.reason, found.where), (Reason.METHOD_NOT_SHARED, "resource /x"))


async def test_headers_for_timing_are_among_those_of_the_response() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/x", hello), {GOOD: ResourceOptions(allow_timing=True)})

    found = await cors.explain("GET", "/x", origin=GOOD)

    assert found.response is not None
    check(
        dict(found.response.headers),
        {ALLOW_ORIGIN: GOOD, "Timing-Allow-Origin": GOOD, "Vary": "Origin"},
    )


async def test_first_resource_of_a_path_is_named_for_the_second() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    config = {GOOD: ResourceOptions(allow_methods=["PUT"])}
    cors.add(app.router.add_get("/x", hello), config)
    app.router.add_get("/between", hello)
    app.router.add_put("/x", hello)

    found = await cors.explain("PUT", "/x", origin=GOOD)

    check((found.granted, found.where), (True, "route GET /x"))


async def test_layers_of_a_whole_application_are_named() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/hello")
    resource.add_route("GET", hello)
    cors.add(resource, {OTHER: ResourceOptions()})
    cors.add(app, {GOOD: ResourceOptions()})

    own = await cors.explain("PUT", "/hello", origin=OTHER)
    whole = await cors.explain("GET", "/hello", origin=GOOD)

    check((own.where, own.hint), ("resource /hello", None))
    check((whole.where, whole.granted), ("the application", True))


async def test_what_was_explained_before_it_was_added_is_forgotten() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    route = app.router.add_get("/late", hello)
    before = await cors.explain("GET", "/late", origin=GOOD)

    cors.add(route, {GOOD: ResourceOptions()})
    after = await cors.explain("GET", "/late", origin=GOOD)

    check((before.granted, after.granted), (False, True))


async def test_sub_application_of_a_domain_is_added_by_its_domain() -> None:
    app, inner = web.Application(), web.Application()
    inner.router.add_get("/hello", hello)
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    app.add_domain("api.example", inner)

    found = await cors.explain("GET", "/hello", origin=GOOD, headers={"Host": "api.example"})

    check(found.hint, "Add it: write cors.add(app.add_domain('api.example', sub_app)).")


async def test_router_adapter_that_refuses_an_origin_is_named() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=DerivedAdapter(app.router, {}))
    cors.add(app.router.add_get("/hello", hello), {OTHER: ResourceOptions()})

    found = await cors.explain("GET", "/hello", origin=GOOD)

    check(found.why, f"The router adapter DerivedAdapter does not list '{GOOD}' for GET /hello.")
    check(found.hint, f"Write '{GOOD}': ResourceOptions() in the config that it returns.")


async def test_function_that_changes_its_mind_lists_nothing() -> None:
    said = iter([True, False])

    def is_known(origin: str, request: web.Request) -> bool:
        return next(said)

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={is_known: ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))

    found = await cors.explain("GET", "/hello", origin=GOOD, headers=["X-A"])

    check((found.reason, found.key), (HEADERS, None))
    check(
        found.why,
        f"No config that applies to GET /hello lists '{GOOD}'; the defaults has "
        f"{is_known.__qualname__}.",
    )


async def test_function_is_called_once_for_a_request_that_is_granted() -> None:
    called = []

    def is_known(origin: str, request: web.Request) -> bool:
        called.append(origin)
        return True

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={is_known: ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))

    found = await cors.explain("GET", "/hello", origin=GOOD)

    check((found.key, called), (is_known, [GOOD]))


async def test_case_of_an_origin_whose_host_keeps_it_is_named() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"app://Todos": ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))

    found = await cors.explain("GET", "/hello", origin="app://todos")

    check(
        found.why,
        "'app://Todos' is listed in the defaults, and not 'app://todos': its upper and lower case "
        "are not those of the page.",
    )


async def test_path_where_nothing_is_routed_is_not_proposed() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    cors.add(app.router.add_resource("/hello"))

    found = await cors.explain("GET", "/hallo", origin=GOOD)

    check(
        found.why, "There is no route at '/hallo'. The application's response has no CORS headers."
    )


async def test_grant_that_exposes_headers_has_no_note_about_them() -> None:
    app = web.Application()
    options = ResourceOptions(expose_headers=["X-Total"])
    cors = aiohttp_cors.setup(app, defaults={GOOD: options})
    cors.add(app.router.add_get("/hello", hello))

    found = await cors.explain("GET", "/hello", origin=GOOD)

    check((found.granted, found.notes), (True, ()))
