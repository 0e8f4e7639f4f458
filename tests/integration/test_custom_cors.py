"""``custom_cors`` is found on the function that serves a method, whatever became of its name."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsConfigError, CorsViewMixin, ResourceOptions, custom_cors
from tests.integration.conftest import (
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    cors_headers,
    preflight_headers,
)

ADMIN = "https://admin.example"
#: What the method's own config gives beside the origin, so that it can't be taken for another's.
OPTIONS = ResourceOptions(allow_credentials=True, allow_headers=["X-A"], expose_headers=["X-B"])
CONFIG = {ADMIN: OPTIONS}

METHODS = ("GET", "HEAD", "POST", "PUT")

Function = Callable[..., Any]


async def serve(self: Any) -> web.Response:
    return web.Response(text="hi")


def function(name: str) -> Function:
    """Return a new function of a name, to be the method of a view."""

    async def method(self: Any) -> web.Response:
        return web.Response(text="hi")

    method.__name__ = method.__qualname__ = name
    return method


def wrapping(decorated: Function) -> Function:
    @functools.wraps(decorated)
    async def wrapper(self: Any) -> Any:
        return await decorated(self)

    return wrapper


def hiding(decorated: Function) -> Function:
    # Without functools.wraps: name and attributes of the function are lost.
    async def wrapper(self: Any) -> Any:
        return await decorated(self)

    return wrapper


class Items(web.View, CorsViewMixin):
    """What all views here have: methods without a config of their own."""

    cors_config = {GOOD: ResourceOptions()}

    get = head = post = put = serve


def plain() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def assigned_to_a_second_method() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        head = get

    return View


def assigned_to_three_methods() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        post = put = get

    return View


def of_a_private_name() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def _write(self) -> web.Response:
            return await serve(self)

        post = put = _write

    return View


def named_as_another_method() -> type:
    class View(Items):
        put = custom_cors(CONFIG)(function("post"))

    return View


def of_a_module() -> type:
    shared = custom_cors(CONFIG)(function("shared"))

    class View(Items):
        get = post = shared

    return View


def a_lambda() -> type:
    class View(Items):
        get = custom_cors(CONFIG)(lambda self: serve(self))

    return View


def below_a_decorator_with_wraps() -> type:
    class View(Items):
        @wrapping
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def below_two_decorators_with_wraps() -> type:
    class View(Items):
        @wrapping
        @wrapping
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        post = get

    return View


def above_a_decorator_with_wraps() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        @wrapping
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def above_a_decorator_without_wraps() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        @hiding
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def above_a_decorator_without_wraps_and_a_second_name() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        @hiding
        async def post(self) -> web.Response:
            return await serve(self)

        put = post

    return View


def wrapped_for_another_method() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        post = wrapping(get)

    return View


def put_on_after_the_class_was_made() -> type:
    class View(Items):
        async def get(self) -> web.Response:
            return await serve(self)

    View.get = custom_cors(CONFIG)(View.get)  # type: ignore[method-assign]
    return View


def on_a_base_class() -> type:
    class Base(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    class View(Base):
        async def post(self) -> web.Response:
            return await serve(self)

    return View


def on_a_base_that_is_no_view() -> type:
    class Readable:
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    class View(Readable, Items):
        pass

    return View


def on_a_base_under_another_name() -> type:
    class Base(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    class View(Base):
        put = Base.get

    return View


def on_the_method_that_overrides_another() -> type:
    class Base(Items):
        @custom_cors({OTHER: ResourceOptions()})
        async def get(self) -> web.Response:
            return await serve(self)

    class View(Base):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def overridden_by_a_subclass() -> type:
    class Base(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        @custom_cors(CONFIG)
        async def post(self) -> web.Response:
            return await serve(self)

    class View(Base):
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def overridden_by_a_subclass_that_serves_it_elsewhere() -> type:
    class Base(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    class View(Base):
        async def get(self) -> web.Response:
            return await serve(self)

        post = Base.get

    return View


def twice_the_outermost_counts() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        @custom_cors({OTHER: ResourceOptions()})
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def twice_around_a_decorator_the_outermost_counts() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        @wrapping
        @custom_cors({OTHER: ResourceOptions()})
        async def get(self) -> web.Response:
            return await serve(self)

    return View


#: A view, and the methods that the config counts for.
VIEWS = [
    (plain, "GET"),
    (assigned_to_a_second_method, "GET HEAD"),
    (assigned_to_three_methods, "GET POST PUT"),
    (of_a_private_name, "POST PUT"),
    (named_as_another_method, "PUT"),
    (of_a_module, "GET POST"),
    (a_lambda, "GET"),
    (below_a_decorator_with_wraps, "GET"),
    (below_two_decorators_with_wraps, "GET POST"),
    (above_a_decorator_with_wraps, "GET"),
    (above_a_decorator_without_wraps, "GET"),
    (above_a_decorator_without_wraps_and_a_second_name, "POST PUT"),
    (wrapped_for_another_method, "GET POST"),
    (put_on_after_the_class_was_made, "GET"),
    (on_a_base_class, "GET"),
    (on_a_base_that_is_no_view, "GET"),
    (on_a_base_under_another_name, "GET PUT"),
    (on_the_method_that_overrides_another, "GET"),
    (overridden_by_a_subclass, "POST"),
    (overridden_by_a_subclass_that_serves_it_elsewhere, "POST"),
    (twice_the_outermost_counts, "GET"),
    (twice_around_a_decorator_the_outermost_counts, "GET"),
]
ALL = pytest.mark.parametrize(
    ("build", "methods"),
    [pytest.param(build, methods.split(), id=build.__name__) for build, methods in VIEWS],
)


def add_view(router: web.UrlDispatcher, view: type) -> list[Any]:
    return [router.add_view("/items", view)]


def add_resource(router: web.UrlDispatcher, view: type) -> list[Any]:
    resource = router.add_resource("/items")
    resource.add_route("*", view)
    return [resource]


def add_by_method(router: web.UrlDispatcher, view: type) -> list[Any]:
    resource = router.add_resource("/items")
    return [resource.add_route(method, view) for method in METHODS]


WAYS = pytest.mark.parametrize(
    "way",
    [
        pytest.param(add_view, id="add_view"),
        pytest.param(add_resource, id="resource"),
        pytest.param(add_by_method, id="routes-by-method"),
    ],
)

ACTUAL = {
    "Access-Control-Allow-Origin": ADMIN,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-B",
    "Vary": "Origin",
}


@WAYS
@ALL
async def test_config_counts_for_the_methods_that_its_function_serves(
    aiohttp_client: Any, build: Any, methods: list[str], way: Any
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    for entity in way(app.router, build()):
        cors.add(entity)
    client = await aiohttp_client(app)

    for method in METHODS:
        actual = await client.request(method, "/items", headers={"Origin": ADMIN})
        preflight = await client.options("/items", headers=preflight_headers(method, ADMIN, "x-a"))
        counts = method in methods
        assert (method, actual.status, cors_headers(actual)) == (
            method,
            200,
            ACTUAL if counts else {"Vary": "Origin"},
        )
        assert (method, preflight.status, cors_headers(preflight)) == (
            method,
            200 if counts else 403,
            {
                "Access-Control-Allow-Origin": ADMIN,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Methods": method,
                "Access-Control-Allow-Headers": "X-A",
                "Vary": VARY_PREFLIGHT,
            }
            if counts
            else {"Vary": VARY_PREFLIGHT},
        )


@ALL
async def test_config_of_the_class_counts_for_all_methods_beside_it(
    aiohttp_client: Any, build: Any, methods: list[str]
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/items", build()))
    client = await aiohttp_client(app)

    for method in METHODS:
        response = await client.request(method, "/items", headers={"Origin": GOOD})
        assert cors_headers(response) == {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}


async def test_config_counts_in_a_sub_application(aiohttp_client: Any) -> None:
    app, inner = web.Application(), web.Application()
    route = inner.router.add_view("/items", assigned_to_a_second_method())
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app).add(route)
    client = await aiohttp_client(app)

    for method in ("GET", "HEAD"):
        response = await client.request(method, "/inner/items", headers={"Origin": ADMIN})
        assert cors_headers(response) == ACTUAL


async def test_config_of_one_function_counts_in_each_view_that_it_serves(
    aiohttp_client: Any,
) -> None:
    shared = custom_cors(CONFIG)(function("shared"))

    class Reads(web.View, CorsViewMixin):
        get = shared

    class Writes(CorsViewMixin, web.View):
        post = shared

    app = web.Application()
    cors = aiohttp_cors.setup(app, strict=True)
    cors.add(app.router.add_view("/reads", Reads))
    cors.add(app.router.add_view("/writes", Writes))
    client = await aiohttp_client(app)

    for method, path in (("GET", "/reads"), ("POST", "/writes")):
        response = await client.request(method, path, headers={"Origin": ADMIN})
        assert cors_headers(response) == ACTUAL


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(build, id=build.__name__)
        for build, _ in VIEWS
        if not build.__name__.startswith(("twice", "overridden", "on_the_method_that_overrides"))
    ],
)
def test_config_that_counts_is_no_finding(build: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, strict=True)

    # A factory may make several views, whose functions all have one qualified name.
    for number, view in enumerate([build() for _ in range(3)]):
        cors.add(app.router.add_view(f"/{number}", view))

    assert cors.audit() == []


def view_for(origin: str) -> type:
    """Make a view for one tenant, as a factory does."""

    class View(Items):
        @custom_cors({origin: OPTIONS})
        async def get(self) -> web.Response:
            return await serve(self)

    return View


async def test_config_of_each_view_of_a_factory_counts_for_it_alone(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, strict=True)
    views = {"/admin": view_for(ADMIN), "/other": view_for(OTHER)}
    for path, view in views.items():
        cors.add(app.router.add_view(path, view))
    client = await aiohttp_client(app)

    assert cors.audit() == []
    for path, headers in (("/admin", ACTUAL), ("/other", {"Vary": "Origin"})):
        response = await client.get(path, headers={"Origin": ADMIN})
        assert cors_headers(response) == headers


# Configs that no method carries any more are findings.


def lost_below_a_decorator() -> type:
    class View(Items):
        @hiding
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def lost_between_decorators() -> type:
    class View(Items):
        @wrapping
        @hiding
        @wrapping
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

    return View


def lost_when_defined_again() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        async def get(self) -> web.Response:  # type: ignore[no-redef]  # noqa: F811
            return await serve(self)

    return View


def lost_on_a_helper_that_serves_no_method() -> type:
    class View(Items):
        @custom_cors(CONFIG)
        async def get_items(self) -> web.Response:
            return await serve(self)

        async def get(self) -> web.Response:
            return await self.get_items()

    return View


LOST = pytest.mark.parametrize(
    ("build", "name"),
    [
        pytest.param(lost_below_a_decorator, "get", id="decorator-without-wraps"),
        pytest.param(lost_between_decorators, "get", id="decorator-without-wraps-among-others"),
        pytest.param(lost_when_defined_again, "get", id="defined-again"),
        pytest.param(lost_on_a_helper_that_serves_no_method, "get_items", id="helper"),
    ],
)


@LOST
@WAYS
def test_config_that_no_method_carries_is_one_finding(
    caplog: pytest.LogCaptureFixture, build: Any, name: str, way: Any
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    with caplog.at_level(logging.WARNING, "aiohttp_cors"):
        for entity in way(app.router, build()):
            cors.add(entity)

    (finding,) = cors.audit()
    assert "View" in finding.where
    text = str(finding)
    assert "custom_cors" in text
    assert name in text
    assert finding.hint
    (message,) = caplog.messages
    assert message.startswith("aiohttp_cors: CORS config:")


@LOST
def test_config_that_no_method_carries_is_refused_where_set_up_is_strict(
    build: Any, name: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, strict=True)
    route = app.router.add_view("/items", build())
    before = list(app.router.routes())

    with pytest.raises(CorsConfigError, match="custom_cors") as caught:
        cors.add(route)

    assert name in str(caught.value)
    assert list(app.router.routes()) == before
    assert cors.audit() == []


@LOST
async def test_config_that_no_method_carries_allows_nobody(
    aiohttp_client: Any, build: Any, name: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/items", build()))
    client = await aiohttp_client(app)

    for method in METHODS:
        response = await client.request(method, "/items", headers={"Origin": ADMIN})
        assert (response.status, cors_headers(response)) == (200, {"Vary": "Origin"})


def test_config_that_is_lost_beside_a_method_that_carries_the_same_one_is_a_finding() -> None:
    class View(Items):
        @hiding
        @custom_cors(CONFIG)
        async def get(self) -> web.Response:
            return await serve(self)

        @custom_cors(CONFIG)
        async def post(self) -> web.Response:
            return await serve(self)

    app = web.Application()
    cors = aiohttp_cors.setup(app)

    cors.add(app.router.add_view("/items", View))

    (finding,) = cors.audit()
    assert "View.get" in str(finding)


def test_view_made_after_another_of_its_name_is_judged_by_its_own_functions() -> None:
    def view(decorator: Any) -> type:
        class View(Items):
            @decorator
            @custom_cors({ADMIN: OPTIONS})
            async def get(self) -> web.Response:
                return await serve(self)

        return View

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    lost, kept = view(hiding), view(wrapping)

    cors.add(app.router.add_view("/kept", kept))
    assert cors.audit() == []
    cors.add(app.router.add_view("/lost", lost))
    assert len(cors.audit()) == 1


def test_finding_is_about_its_own_view_alone() -> None:
    class View(Items):
        pass

    lost_below_a_decorator()
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    cors.add(app.router.add_view("/items", View))

    assert cors.audit() == []


# As before: the config lies on the handler.


def test_attribute_is_named_after_the_function() -> None:
    named = custom_cors(CONFIG)(function("post"))

    assert named.post_cors_config == CONFIG  # type: ignore[attr-defined]


def test_wrong_config_that_was_put_on_a_method_by_hand_is_named() -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await serve(self)

    View.get.get_cors_config = {GOOD: 5}  # type: ignore[attr-defined]
    app = web.Application()
    route = app.router.add_view("/x", View)

    with pytest.raises(ValueError, match=f"'{GOOD}' in 'custom_cors of View.get' must be"):
        aiohttp_cors.setup(app).add(route)


async def test_config_of_a_function_that_serves_no_method_counts_for_none(
    aiohttp_client: Any,
) -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await serve(self)

        @custom_cors(CONFIG)
        async def purge(self) -> web.Response:
            raise NotImplementedError

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/x", View))
    client = await aiohttp_client(app)

    response = await client.request("PURGE", "/x", headers={"Origin": ADMIN})

    assert cors_headers(response) == {"Vary": "Origin"}


def test_wrong_config_is_refused_at_once() -> None:
    message = (
        f"the options of {GOOD!r} in 'custom_cors' must be ResourceOptions or a mapping of their "
        "fields, got 5; write ResourceOptions()"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        custom_cors({GOOD: 5})  # type: ignore[dict-item]


def test_decorator_returns_the_function_itself() -> None:
    decorated = function("get")

    assert custom_cors(CONFIG)(decorated) is decorated
