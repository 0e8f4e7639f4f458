"""Calling ``setup()`` again on one application, in another module for example.

A later call changes what it gives and what earlier calls left out. What was given is never
dropped, and two calls that give different things are an error in the user's own words.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from typing import Any, Callable, NamedTuple

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, CorsConfig, CorsConfigError, ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import (
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    OTHER,
    check,
    hello,
    preflight_headers,
)

# Most of these settings are no part of what is explained.
pytestmark = pytest.mark.unexplained

OWN = "https://own.example"
#: Can never match, so strict configuration refuses it.
USELESS = "https://good.example/"

DEFAULTS = {GOOD: ResourceOptions(allow_methods=["get", "PUT"])}
SAME_DEFAULTS = {GOOD: {"allow_methods": ("PUT", "GET")}}


def ignore(decision: Any) -> None:
    """Do nothing: a function for ``on_decision``."""


def ignore_too(decision: Any) -> None:
    """Do nothing: another function for ``on_decision``."""


class Observer:
    """A function for ``on_decision`` that counts its calls; all of them are equal."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, decision: Any) -> None:
        self.calls += 1


# An application in which each argument of setup makes a difference.


async def never(origin: str, request: web.Request) -> bool:
    await asyncio.Event().wait()
    return True


async def with_its_own_header(request: web.Request) -> web.Response:
    return web.Response(headers={ALLOW_ORIGIN: OWN})


class Served(NamedTuple):
    app: web.Application
    cors: CorsConfig
    client: Any
    #: Methods of the requests that reached the middleware.
    seen: list[str]
    observer: Observer


def routes(app: web.Application, cors: CorsConfig) -> None:
    """Add routes; the origins of each are listed, so strict configuration takes them too."""
    cors.add(app.router.add_get("/plain", hello), {OTHER: ResourceOptions()})
    cors.add(app.router.add_get("/own", with_its_own_header), {OTHER: ResourceOptions()})
    cors.add(app.router.add_get("/slow", hello), {never: ResourceOptions()})


async def get(served: Served, path: str, origin: str) -> Any:
    return await served.client.get(path, headers={"Origin": origin})


async def has_defaults(served: Served) -> bool:
    response = await get(served, "/plain", GOOD)
    return bool(response.headers.get(ALLOW_ORIGIN) == GOOD)


async def enforces(served: Served) -> bool:
    response = await get(served, "/plain", EVIL)
    return bool(response.status == 403)


async def is_strict(served: Served) -> bool:
    before = served.cors.defaults
    try:
        served.cors.defaults = {USELESS: ResourceOptions()}
    except CorsConfigError:
        return True
    finally:
        served.cors.defaults = before
    return False


async def leaves_preflights_to_middlewares(served: Served) -> bool:
    served.seen.clear()
    await served.client.options("/own", headers=preflight_headers("GET", OTHER))
    return served.seen == ["OPTIONS"]


async def has_a_short_timeout(served: Served) -> bool:
    """Wait for the timeout; the default, a second, would be longer than this."""
    request = asyncio.ensure_future(get(served, "/slow", EVIL))
    done, _ = await asyncio.wait([request], timeout=0.95)
    if not done:
        request.cancel()
        return False
    return request.result().headers.get(ALLOW_ORIGIN) is None


async def keeps_headers(served: Served) -> bool:
    response = await get(served, "/own", OTHER)
    return bool(response.headers[ALLOW_ORIGIN] == OWN)


async def observes(served: Served) -> bool:
    before = served.observer.calls
    await get(served, "/own", OTHER)
    return served.observer.calls > before


#: An argument's value here that is not its default, and how to see it in force.
VALUES: dict[str, Any] = {
    "defaults": DEFAULTS,
    "enforce": True,
    "strict": True,
    "preflights_first": False,
    "origin_timeout": 0.01,
    "existing_headers": "keep",
    # Each application has an observer of its own.
    "on_decision": None,
}
PROBES: dict[str, Callable[[Served], Awaitable[bool]]] = {
    "defaults": has_defaults,
    "enforce": enforces,
    "strict": is_strict,
    "preflights_first": leaves_preflights_to_middlewares,
    "origin_timeout": has_a_short_timeout,
    "existing_headers": keeps_headers,
    "on_decision": observes,
}
NAMES = list(PROBES)


@pytest.fixture
def serve(aiohttp_client):
    """Return a function that calls setup several times, adds routes, and starts a server.

    ``when``: the routes are added before the call of that number.
    """

    async def _serve(*calls: tuple[str, ...], when: int | None = None) -> Served:
        seen: list[str] = []

        @web.middleware
        async def middleware(request: web.Request, handler: Any) -> Any:
            seen.append(request.method)
            return await handler(request)

        app = web.Application(middlewares=[middleware])
        observer = Observer()
        first: Any = None
        for number, names in enumerate(calls):
            if number == when:
                routes(app, first)
            given = {name: VALUES[name] for name in names}
            if "on_decision" in given:
                given["on_decision"] = observer
            cors = aiohttp_cors.setup(app, **given)
            check(first is None or first is cors, True)
            first = cors
        if when is None:
            routes(app, first)
        return Served(app, first, await aiohttp_client(app), seen, observer)

    return _serve


async def in_force(served: Served, *, but: tuple[str, ...] = ()) -> list[str]:
    return [name for name in NAMES if name not in but and await PROBES[name](served)]


def expected_of(*calls: tuple[str, ...]) -> list[str]:
    return [name for name in NAMES if any(name in names for names in calls)]


def id_of(calls: tuple[tuple[str, ...], ...]) -> str:
    return ", then ".join("+".join(names) or "nothing" for names in calls)


def orders(*sets: Any) -> list[Any]:
    return [pytest.param(calls, id=id_of(calls)) for calls in sets]


# To see that a timeout is not short takes a second: one test does so, the others leave it out.


def unless_given(calls: Any) -> tuple[str, ...]:
    return () if any("origin_timeout" in names for names in calls) else ("origin_timeout",)


EACH = [(), *((name,) for name in NAMES)]
PAIRS = list(itertools.product(EACH, repeat=2))


@pytest.mark.parametrize("calls", orders(*PAIRS))
async def test_two_calls_come_to_what_both_give(serve, calls):
    served = await serve(*calls)
    check(await in_force(served, but=unless_given(calls)), expected_of(*calls))


@pytest.mark.parametrize("calls", orders(*PAIRS))
async def test_second_call_is_in_force_for_routes_that_were_added_before(serve, calls):
    served = await serve(*calls, when=1)
    check(await in_force(served, but=unless_given(calls)), expected_of(*calls))


@pytest.mark.parametrize("calls", orders(*itertools.permutations(EACH, 3)))
async def test_three_calls_come_to_what_all_give(serve, calls):
    served = await serve(*calls, when=2)
    check(await in_force(served, but=unless_given(calls)), expected_of(*calls))


@pytest.mark.parametrize(
    "calls",
    orders(
        (tuple(NAMES), ()),
        ((), tuple(NAMES)),
        (tuple(NAMES), tuple(NAMES)),
        (tuple(NAMES[:3]), tuple(NAMES[3:])),
        (tuple(NAMES[3:]), tuple(NAMES[:3])),
        (tuple(NAMES[:4]), tuple(NAMES[2:])),
        (tuple(NAMES[2:]), (), tuple(NAMES[:4])),
        ((), tuple(NAMES), ()),
    ),
)
async def test_calls_with_several_arguments_come_to_what_all_give(serve, calls):
    served = await serve(*calls)
    check(await in_force(served), NAMES)


async def test_calls_without_arguments_leave_everything_at_its_default(serve):
    check(await in_force(await serve((), (), ())), [])


# Defaults


@pytest.mark.parametrize("given", [DEFAULTS, SAME_DEFAULTS])
@pytest.mark.parametrize("between", [0, 1])
def test_equal_defaults_are_the_same_however_they_are_written(given, between):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    for _ in range(between):
        aiohttp_cors.setup(app)
    check(aiohttp_cors.setup(app, defaults=given) is cors, True)
    check(dict(cors.defaults), {GOOD: ResourceOptions(allow_methods=["GET", "PUT"])})


def test_defaults_of_a_later_call_are_the_defaults():
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    aiohttp_cors.setup(app, defaults=SAME_DEFAULTS)
    check(dict(cors.defaults), {GOOD: ResourceOptions(allow_methods=["GET", "PUT"])})


def test_defaults_without_origins_in_a_later_call_change_nothing():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    aiohttp_cors.setup(app, defaults={})
    check(dict(cors.defaults), DEFAULTS)


def test_defaults_after_some_without_origins_are_the_defaults():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={})
    aiohttp_cors.setup(app, defaults=DEFAULTS)
    check(dict(cors.defaults), DEFAULTS)


async def test_defaults_of_a_later_call_may_be_assigned_anew(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/", hello))
    aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.defaults = {OTHER: ResourceOptions()}
    check(aiohttp_cors.setup(app) is cors, True)
    client = await aiohttp_client(app)
    readable = [
        origin
        for origin in (GOOD, OTHER)
        if ALLOW_ORIGIN in (await client.get("/", headers={"Origin": origin})).headers
    ]
    check(readable, [OTHER])


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([{"strict": True}, {"defaults": 0}], id="strict, then defaults"),
        pytest.param([{}, {"strict": True, "defaults": 0}], id="nothing, then both"),
        pytest.param([{"strict": True}, {}, {"defaults": 0}], id="strict, nothing, defaults"),
        pytest.param([{}, {"strict": True}, {"defaults": 0}], id="nothing, strict, defaults"),
    ],
)
def test_strict_refuses_defaults_of_a_later_call(calls):
    app = web.Application()
    *first, last = [
        {**call, **({"defaults": {USELESS: ResourceOptions()}} if "defaults" in call else {})}
        for call in calls
    ]
    for call in first:
        cors = aiohttp_cors.setup(app, **call)
    with pytest.raises(CorsConfigError, match="defaults"):
        aiohttp_cors.setup(app, **last)
    check(dict(cors.defaults), {})
    # Other ones may be given then.
    check(aiohttp_cors.setup(app, defaults=DEFAULTS) is cors, True)
    check(list(cors.defaults), [GOOD])


@pytest.mark.parametrize("calls", [[{}, {"strict": True}], [{"strict": True}, {}]])
def test_strict_of_any_call_is_in_force_for_what_is_added_later(calls):
    app = web.Application()
    for call in calls:
        cors = aiohttp_cors.setup(app, **call)
    with pytest.raises(CorsConfigError, match="good"):
        cors.add(app.router.add_get("/", hello), {USELESS: ResourceOptions()})


@pytest.mark.parametrize("strict_at", [0, 1, 2])
def test_strict_of_any_call_waits_for_origins_that_are_listed_later(strict_at):
    """While modules call setup one after the other, a route without an origin may get some yet."""
    app = web.Application()
    calls: list[dict[str, Any]] = [{}, {}, {"defaults": DEFAULTS}]
    calls[strict_at] = {**calls[strict_at], "strict": True}
    cors = aiohttp_cors.setup(app, **calls[0])
    cors.add(app.router.add_get("/", hello))
    for call in calls[1:]:
        aiohttp_cors.setup(app, **call)
    check(list(cors.defaults), [GOOD])


def test_findings_in_defaults_of_a_later_call_are_logged(caplog):
    app = web.Application()
    aiohttp_cors.setup(app)
    aiohttp_cors.setup(app, defaults={USELESS: ResourceOptions()})
    aiohttp_cors.setup(app, defaults={USELESS: ResourceOptions()})
    logged = [each.getMessage() for each in caplog.records if each.name == "aiohttp_cors"]
    check(len([message for message in logged if USELESS in message]), 1)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param({"defaults": "https://good.example"}, (TypeError, ValueError), id="defaults"),
        pytest.param({"origin_timeout": -1}, ValueError, id="timeout"),
        pytest.param({"existing_headers": "merge"}, ValueError, id="existing-headers"),
        pytest.param({"on_decision": 1}, TypeError, id="on-decision"),
        pytest.param({"enforce": 1}, TypeError, id="enforce"),
        pytest.param({"strict": "yes"}, TypeError, id="strict"),
        pytest.param({"preflights_first": None}, TypeError, id="preflights-first"),
    ],
)
def test_invalid_argument_of_a_later_call_changes_nothing(given, error):
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    (name,) = given
    with pytest.raises(error, match=name):
        aiohttp_cors.setup(app, **{"defaults": DEFAULTS, **given})
    check(dict(cors.defaults), {})


# Different values


class OwnAdapter(ResourcesUrlDispatcherRouterAdapter):
    """A router adapter of an application."""

    def __init__(self, app: web.Application, name: str) -> None:
        super().__init__(app.router, defaults={})
        self.name = name

    def __repr__(self) -> str:
        return f"<adapter {self.name}>"


def adapters(*names: str) -> Callable[[web.Application], list[AbstractRouterAdapter]]:
    return lambda app: [OwnAdapter(app, name) for name in names]


class Conflict(NamedTuple):
    what: str
    name: str
    #: Two values, or a function that makes them for an application.
    values: Any
    #: What of them the message shows.
    shown: tuple[str, ...]
    #: What it does not show: values as the library reads them, not as they were written.
    not_shown: tuple[str, ...] = ()


CONFLICTS = [
    Conflict(
        "defaults of two origins",
        "defaults",
        [{GOOD: ResourceOptions()}, {OTHER: ResourceOptions()}],
        (GOOD, OTHER),
    ),
    Conflict(
        "defaults of two options",
        "defaults",
        [{GOOD: {"max_age": 60}}, {GOOD: {"max_age": 61}}],
        ("{'max_age': 60}", "{'max_age': 61}"),
        ("ResourceOptions(",),
    ),
    Conflict(
        "defaults that are read in upper case",
        "defaults",
        [{GOOD: {"allow_methods": ["get"]}}, {GOOD: {"allow_methods": ["put"]}}],
        ("['get']", "['put']"),
        ("'GET'", "'PUT'"),
    ),
    Conflict(
        "defaults with more",
        "defaults",
        [{GOOD: ResourceOptions()}, {GOOD: ResourceOptions(), OTHER: ResourceOptions()}],
        (GOOD, OTHER),
    ),
    Conflict("timeouts", "origin_timeout", [2, 3], ("2", "3"), ("2.0", "3.0")),
    Conflict("observers", "on_decision", [ignore, ignore_too], ("ignore ", "ignore_too ")),
    Conflict("adapters", "router_adapter", adapters("A", "B"), ("<adapter A>", "<adapter B>")),
]

#: What no user wrote.
INTERNALS = ("Settings(", "Arguments(", "MappingProxyType", "mappingproxy", "_given")


def refused_message(app: web.Application, *calls: dict[str, Any]) -> str:
    """Return the message of the error that the last call raises."""
    *first, last = calls
    for call in first:
        aiohttp_cors.setup(app, **call)
    with pytest.raises(ValueError, match="setup") as caught:
        aiohttp_cors.setup(app, **last)
    return str(caught.value)


@pytest.mark.parametrize(
    "around",
    [
        pytest.param(([], []), id="two calls"),
        pytest.param(([{}], []), id="one before"),
        pytest.param(([], [{}]), id="one between"),
        pytest.param(([{"enforce": True}], [{"strict": True}]), id="others before and between"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("conflict", [pytest.param(each, id=each.what) for each in CONFLICTS])
def test_different_values_are_an_error_in_the_words_of_the_user(conflict, swapped, around):
    app = web.Application()
    values = conflict.values(app) if callable(conflict.values) else conflict.values
    one, two = reversed(values) if swapped else values
    before, between = around
    if conflict.name == "router_adapter":
        # It is what everything is made with, so it is given first; and it enforces nothing.
        before, between = [], [call for call in between if not call]
    message = refused_message(app, *before, {conflict.name: one}, *between, {conflict.name: two})
    missing = [text for text in (conflict.name, *conflict.shown) if text not in message]
    check((message, missing), (message, []))
    others = [name for name in [*NAMES, "router_adapter"] if name != conflict.name]
    unwanted = [text for text in (*others, *conflict.not_shown) if text in message]
    check((message, unwanted), (message, []))
    internals = [text for text in INTERNALS if text in message]
    check((message, internals), (message, []))


def test_adapter_of_a_later_call_is_an_error_though_the_first_gave_none():
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {})
    message = refused_message(app, {}, {"router_adapter": adapter})
    check((message, message.startswith("'router_adapter' was given")), (message, True))


def test_error_names_the_argument_that_differs_and_no_other():
    app = web.Application()
    message = refused_message(
        app,
        {"defaults": DEFAULTS, "origin_timeout": 2, "enforce": True},
        {"defaults": DEFAULTS, "origin_timeout": 3, "enforce": True, "strict": True},
    )
    named = [name for name in NAMES if name in message]
    check((message, named), (message, ["origin_timeout"]))


def test_call_that_is_refused_changes_nothing():
    app = web.Application()
    cors = aiohttp_cors.setup(app, origin_timeout=2)
    refused_message(app, {"origin_timeout": 3, "defaults": DEFAULTS, "strict": True})
    check(dict(cors.defaults), {})
    cors.defaults = {USELESS: ResourceOptions()}
    check(list(cors.defaults), [USELESS])


def test_defaults_that_were_changed_in_place_are_other_ones():
    """They are read when they are given: a call that gives more of them is not passed over."""
    app = web.Application()
    written = {GOOD: ResourceOptions()}
    cors = aiohttp_cors.setup(app, defaults=written)
    written[OTHER] = ResourceOptions()
    with pytest.raises(ValueError, match=r"defaults.*other\.example"):
        aiohttp_cors.setup(app, defaults=written)
    check(list(cors.defaults), [GOOD])


@pytest.mark.parametrize("later", [{}, {"origin_timeout": 2}, {"origin_timeout": 2.0}])
def test_calls_after_one_that_was_refused_are_as_before(later):
    app = web.Application()
    cors = aiohttp_cors.setup(app, origin_timeout=2)
    refused_message(app, {"origin_timeout": 3})
    check(aiohttp_cors.setup(app, **later) is cors, True)


# Defaults of arguments, given as such. Whether that counts as giving them or not: what one of
# the calls gives is in force in the end, or there was an error.


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("defaults", {}),
        ("enforce", False),
        ("strict", False),
        ("preflights_first", True),
        ("existing_headers", "replace"),
        ("origin_timeout", 1.0),
        ("on_decision", None),
    ],
)
@pytest.mark.parametrize("first", ["value", "default"])
async def test_value_is_never_dropped_for_a_default_that_is_written_out(
    aiohttp_client, name, default, first
):
    seen: list[str] = []

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> Any:
        seen.append(request.method)
        return await handler(request)

    app = web.Application(middlewares=[middleware])
    observer = Observer()
    value = observer if name == "on_decision" else VALUES[name]
    both = [value, default] if first == "value" else [default, value]
    cors = aiohttp_cors.setup(app, **{name: both[0]})
    try:
        aiohttp_cors.setup(app, **{name: both[1]})
    except ValueError as error:
        check((str(error), name in str(error)), (str(error), True))
        if first == "default":
            # The call that gave the value knows that it is not in force.
            return
    routes(app, cors)
    served = Served(app, cors, await aiohttp_client(app), seen, observer)
    check(await PROBES[name](served), True)


# Sub-applications


def test_setup_of_a_sub_application_is_its_own():
    app, sub = web.Application(), web.Application()
    outer = aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()})
    inner = aiohttp_cors.setup(sub, defaults={OTHER: ResourceOptions()})
    check(outer is inner, False)
    check([aiohttp_cors.setup(each) for each in (app, sub)], [outer, inner])


# Too late


def freeze(app: web.Application) -> None:
    app.freeze()


def pre_freeze(app: web.Application) -> None:
    app.pre_freeze()


def attach(app: web.Application) -> None:
    web.Application().add_subapp("/sub", app)


def attach_to_domain(app: web.Application) -> None:
    web.Application().add_domain("example.com", app)


TOO_LATE = pytest.mark.parametrize("make", [freeze, pre_freeze, attach, attach_to_domain])


@TOO_LATE
@pytest.mark.parametrize("given", [{}, {"defaults": DEFAULTS}, {"enforce": True}])
def test_setup_that_comes_too_late_says_what_to_move_where(make, given):
    app = web.Application()
    make(app)
    with pytest.raises(RuntimeError) as caught:
        aiohttp_cors.setup(app, **given)
    message = str(caught.value)
    words = ["setup", "before", *(["add_subapp"] if make is attach else [])]
    check((message, [word for word in words if word not in message]), (message, []))
    check(APP_CONFIG_KEY in app, False)


@pytest.mark.parametrize("given", [{}, {"defaults": DEFAULTS}])
async def test_setup_of_an_application_with_a_runner_says_what_to_move_where(given):
    app = web.Application()
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        with pytest.raises(RuntimeError, match="before"):
            aiohttp_cors.setup(app, **given)
    finally:
        await runner.cleanup()


@TOO_LATE
def test_cors_config_that_comes_too_late_says_so_too(make):
    app = web.Application()
    make(app)
    with pytest.raises(RuntimeError, match="before"):
        CorsConfig(app)


@TOO_LATE
@pytest.mark.parametrize("again", [{}, {"defaults": dict(DEFAULTS)}])
def test_setup_that_was_called_in_time_may_be_called_again_at_any_time(make, again):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    make(app)
    check(aiohttp_cors.setup(app, **again) is cors, True)


@TOO_LATE
def test_different_values_are_an_error_at_any_time(make):
    app = web.Application()
    aiohttp_cors.setup(app, defaults=DEFAULTS)
    make(app)
    with pytest.raises(ValueError, match=r"other\.example"):
        aiohttp_cors.setup(app, defaults={OTHER: ResourceOptions()})
