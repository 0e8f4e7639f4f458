"""Functions among the origins: of every kind, and whatever they raise."""

from __future__ import annotations

import asyncio
import functools
import logging
import subprocess
import sys
import textwrap
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any
from unittest import mock

import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import make_mocked_request

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from aiohttp_cors._core.policy import decide, policy_of_mapping, rule_of_mapping
from aiohttp_cors._http.origin_functions import OriginFunctions, _look_at
from tests.integration.conftest import (
    EVIL,
    GOOD,
    VARY_PREFLIGHT,
    cors_headers,
    exchange,
    preflight_headers,
    request_bytes,
)

#: Listed by its name beside the functions.
LISTED = "https://listed.example"

OPTIONS = ResourceOptions(allow_credentials=True)
RAN = web.AppKey("ran", list)

GRANTED = {
    "Access-Control-Allow-Origin": GOOD,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}
UNLISTED = {"Vary": "Origin"}

Function = Callable[..., Any]


async def handler(request: web.Request) -> web.Response:
    request.config_dict[RAN].append(request.method)
    return web.Response(text="ran")


async def socket(request: web.Request) -> web.WebSocketResponse:
    request.config_dict[RAN].append("socket")
    response = web.WebSocketResponse()
    await response.prepare(request)
    return response


def application(function: Function, *, enforce: bool = False, **arguments: Any) -> web.Application:
    app = web.Application()
    app[RAN] = []
    cors = aiohttp_cors.setup(app, **arguments)
    config: Any = {LISTED: OPTIONS, function: OPTIONS}
    for route in (
        app.router.add_get("/x", handler),
        app.router.add_put("/x", handler),
        app.router.add_get("/ws", socket),
    ):
        cors.add(route, config, enforce=enforce)
    return app


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


async def check_verdict(client: Any, *, allowed: bool) -> None:
    """Compare what happens to an actual request, a preflight, and a persistent connection."""
    for _ in range(2):
        actual = await client.get("/x", headers={"Origin": GOOD})
        assert (actual.status, await actual.text()) == (200, "ran")
        assert cors_headers(actual) == (GRANTED if allowed else UNLISTED)
        preflight = await client.options("/x", headers=preflight_headers("PUT", GOOD))
        assert preflight.status == (200 if allowed else 403)
        assert preflight.headers["Vary"] == VARY_PREFLIGHT
        if not allowed:
            text = f"CORS preflight request failed: origin '{GOOD}' is not allowed"
            assert await preflight.text() == text
    assert cors_headers(await client.get("/x", headers={"Origin": EVIL})) == UNLISTED


# Kinds of functions.


def plain(origin: str, request: web.Request) -> bool:
    return origin == GOOD


async def coroutine(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(0)
    return origin == GOOD


@types.coroutine
def generator_coroutine(origin: str, request: web.Request) -> Generator[Any, None, bool]:
    yield
    return origin == GOOD


def compares(wanted: str, origin: str, request: web.Request) -> bool:
    return origin == wanted


async def compares_later(origin: str, request: web.Request, *, wanted: str) -> bool:
    await asyncio.sleep(0)
    return origin == wanted


class Tenants:
    """A list of origins with methods, as users keep one."""

    def lists(self, origin: str, request: web.Request) -> bool:
        return origin == GOOD

    async def looks_up(self, origin: str, request: web.Request) -> bool:
        await asyncio.sleep(0)
        return origin == GOOD

    @classmethod
    def of_the_class(cls, origin: str, request: web.Request) -> bool:
        return origin == GOOD

    @staticmethod
    async def of_nobody(origin: str, request: web.Request) -> bool:
        return origin == GOOD


class Called:
    def __call__(self, origin: str, request: web.Request) -> bool:
        return origin == GOOD


class CalledLater:
    async def __call__(self, origin: str, request: web.Request) -> bool:
        await asyncio.sleep(0)
        return origin == GOOD


class Slots:
    """A callable without an attribute of its own, not even a name."""

    __slots__ = ()

    async def __call__(self, origin: str, request: web.Request) -> bool:
        return origin == GOOD


class Later:
    """Something to await that is no coroutine."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, Any, object]:
        yield from asyncio.sleep(0).__await__()
        return self._value


def returns_awaitable(origin: str, request: web.Request) -> Awaitable[object]:
    return Later(origin == GOOD)


def returns_coroutine(origin: str, request: web.Request) -> Awaitable[bool]:
    return coroutine(origin, request)


def returns_task(origin: str, request: web.Request) -> Awaitable[bool]:
    return asyncio.ensure_future(coroutine(origin, request))


def returns_future_that_is_done(origin: str, request: web.Request) -> Awaitable[bool]:
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    future.set_result(origin == GOOD)
    return future


def decorated(function: Function) -> Function:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


KINDS: dict[str, Function] = {
    "function": plain,
    "lambda": lambda origin, request: origin == GOOD,
    "coroutine-function": coroutine,
    "generator-coroutine": generator_coroutine,
    "partial": functools.partial(compares, GOOD),
    "partial-of-a-coroutine-function": functools.partial(compares_later, wanted=GOOD),
    "partial-of-a-partial": functools.partial(functools.partial(compares), GOOD),
    "bound-method": Tenants().lists,
    "bound-coroutine-method": Tenants().looks_up,
    "partial-of-a-bound-method": functools.partial(Tenants().looks_up),
    "class-method": Tenants.of_the_class,
    "static-method": Tenants.of_nobody,
    "callable-object": Called(),
    "callable-object-with-a-coroutine": CalledLater(),
    "callable-object-without-attributes": Slots(),
    "decorated": decorated(plain),
    "decorated-coroutine-function": decorated(coroutine),
    "returns-awaitable": returns_awaitable,
    "returns-coroutine": returns_coroutine,
    "returns-task": returns_task,
    "returns-future": returns_future_that_is_done,
}
ALL_KINDS = pytest.mark.parametrize(
    "function", [pytest.param(function, id=name) for name, function in KINDS.items()]
)


@ALL_KINDS
async def test_function_of_any_kind_decides(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Function
) -> None:
    client = await aiohttp_client(application(function))

    await check_verdict(client, allowed=True)

    assert errors(caplog) == []


@ALL_KINDS
async def test_enforcement_calls_functions_of_any_kind(
    aiohttp_client: Any, function: Function
) -> None:
    app = application(function, enforce=True)
    client = await aiohttp_client(app)

    assert (await client.put("/x", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == []
    assert (await client.put("/x", headers={"Origin": GOOD})).status == 200
    assert app[RAN] == ["PUT"]


@pytest.mark.unexplained
@pytest.mark.parametrize("enforce", [False, True], ids=["open", "enforced"])
@pytest.mark.parametrize("origin", [GOOD, EVIL])
async def test_function_is_called_once_for_each_request(
    aiohttp_client: Any, origin: str, enforce: bool
) -> None:
    calls: list[str] = []

    async def lists(origin: str, request: web.Request) -> bool:
        calls.append(request.method)
        return origin == GOOD

    client = await aiohttp_client(application(lists, enforce=enforce))

    await client.get("/x", headers={"Origin": origin})
    await client.put("/x", headers={"Origin": origin})
    await client.options("/x", headers=preflight_headers("PUT", origin))

    assert calls == ["GET", "PUT", "OPTIONS"]


@pytest.mark.parametrize("double", [mock.Mock, mock.MagicMock, mock.AsyncMock])
async def test_double_of_a_function_decides(aiohttp_client: Any, double: Any) -> None:
    # People's own tests put one in the place of their look-up.
    function = double(return_value=True)
    client = await aiohttp_client(application(function))

    response = await client.get("/x", headers={"Origin": GOOD})

    assert cors_headers(response) == GRANTED
    assert function.call_args.args[0] == GOOD


# Functions that say nothing.


async def asynchronous_generator(origin: str, request: web.Request) -> AsyncIterator[bool]:
    yield True


def generator(origin: str, request: web.Request) -> Iterator[bool]:
    yield True


async def returns_generator(origin: str, request: web.Request) -> Any:
    return asynchronous_generator(origin, request)


async def returns_function(origin: str, request: web.Request) -> Any:
    return coroutine


class Truthy:
    def __bool__(self) -> bool:
        return True


class Untellable:
    def __bool__(self) -> bool:
        raise LookupError("neither true nor false")


def returns(value: object) -> Function:
    return lambda origin, request: value


def returns_later(value: object) -> Function:
    async def function(origin: str, request: web.Request) -> Any:
        return value

    return function


SILENT = {
    "asynchronous-generator": asynchronous_generator,
    "generator": generator,
    "coroutine-that-returns-a-generator": returns_generator,
    "coroutine-that-returns-a-function": returns_function,
    "None": returns(None),
    "one": returns(1),
    "text": returns("yes"),
    "list": returns([GOOD]),
    "class": returns(bool),
    "not-implemented": returns(NotImplemented),
    "object-that-is-true": returns(Truthy()),
    "object-that-is-neither": returns(Untellable()),
    "later-None": returns_later(None),
    "later-one": returns_later(1),
    "later-text": returns_later(GOOD),
    "awaitable-of-text": lambda origin, request: Later("yes"),
    "awaitable-of-an-awaitable": lambda origin, request: Later(Later(True)),
    "double": mock.Mock(return_value=mock.Mock()),
}


@pytest.mark.parametrize(
    "function", [pytest.param(function, id=name) for name, function in SILENT.items()]
)
async def test_function_that_does_not_say_true_refuses_and_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Function
) -> None:
    client = await aiohttp_client(application(function))

    await check_verdict(client, allowed=False)

    (record,) = errors(caplog)
    assert record.name == "aiohttp_cors"


# Functions that raise.


class Silent(Exception):
    """An exception that can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Base(BaseException):
    pass


RAISED: dict[str, Callable[[], BaseException]] = {
    "Exception": lambda: Exception("no database"),
    "LookupError": lambda: LookupError("no database"),
    "KeyError": lambda: KeyError("tenant"),
    "AssertionError": AssertionError,
    "NotImplementedError": NotImplementedError,
    "MemoryError": MemoryError,
    "RecursionError": RecursionError,
    "TimeoutError": asyncio.TimeoutError,
    "InvalidStateError": asyncio.InvalidStateError,
    "ConnectionResetError": ConnectionResetError,
    "StopIteration": StopIteration,
    "StopAsyncIteration": StopAsyncIteration,
    "HTTPForbidden": web.HTTPForbidden,
    "HTTPFound": lambda: web.HTTPFound("/elsewhere"),
    "HTTPOk": web.HTTPOk,
    "exception-without-text": Silent,
    "CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "BaseException": BaseException,
    "own-BaseException": Base,
}


def raises(make: Callable[[], BaseException]) -> Function:
    def function(origin: str, request: web.Request) -> bool:
        raise make()

    return function


def raises_in_coroutine(make: Callable[[], BaseException]) -> Function:
    async def function(origin: str, request: web.Request) -> bool:
        raise make()

    return function


def raises_later(make: Callable[[], BaseException]) -> Function:
    async def function(origin: str, request: web.Request) -> bool:
        await asyncio.sleep(0)
        raise make()

    return function


def raises_in_future(make: Callable[[], BaseException]) -> Function:
    def function(origin: str, request: web.Request) -> Any:
        return asyncio.ensure_future(raises_later(make)(origin, request))

    return function


def raises_in_await(make: Callable[[], BaseException]) -> Function:
    class Raises:
        def __await__(self) -> Iterator[Any]:
            raise make()

    return lambda origin, request: Raises()


def raises_in_object(make: Callable[[], BaseException]) -> Function:
    class Raises:
        def __call__(self, origin: str, request: web.Request) -> bool:
            raise make()

    return Raises()


EVERYTHING = pytest.mark.parametrize(
    "make", [pytest.param(make, id=name) for name, make in RAISED.items()]
)
WAYS = pytest.mark.parametrize(
    "way",
    [
        pytest.param(raises, id="function"),
        pytest.param(raises_in_coroutine, id="coroutine"),
        pytest.param(raises_later, id="coroutine-later"),
        pytest.param(raises_in_future, id="future"),
        pytest.param(raises_in_await, id="awaitable"),
        pytest.param(raises_in_object, id="callable-object"),
    ],
)


@WAYS
@EVERYTHING
async def test_function_that_raises_refuses_and_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, make: Any, way: Any
) -> None:
    client = await aiohttp_client(application(way(make)))

    await check_verdict(client, allowed=False)

    (record,) = errors(caplog)
    assert record.name == "aiohttp_cors"


@WAYS
@EVERYTHING
async def test_function_that_raises_lets_nothing_past_enforcement(
    aiohttp_client: Any, make: Any, way: Any
) -> None:
    app = application(way(make), enforce=True)
    client = await aiohttp_client(app)

    response = await client.put("/x", headers={"Origin": GOOD})
    with pytest.raises(WSServerHandshakeError) as caught:
        await client.ws_connect("/ws", origin=GOOD)

    assert (response.status, cors_headers(response)) == (403, UNLISTED)
    assert caught.value.status == 403
    assert app[RAN] == []
    assert (await client.put("/x", headers={"Origin": LISTED})).status == 200


@EVERYTHING
async def test_connection_stays_open_after_a_function_that_raises(
    aiohttp_server: Any, make: Any
) -> None:
    server = await aiohttp_server(application(raises(make)))

    replies = await exchange(
        server,
        request_bytes("GET", "/x", f"Origin: {GOOD}"),
        request_bytes("OPTIONS", "/x", f"Origin: {GOOD}", "Access-Control-Request-Method: PUT"),
        request_bytes("GET", "/x", f"Origin: {LISTED}"),
    )

    assert [reply.status for reply in replies] == [200, 403, 200]
    assert replies[2].headers["Access-Control-Allow-Origin"] == LISTED


@EVERYTHING
async def test_class_of_what_was_raised_is_in_the_log(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, make: Any
) -> None:
    client = await aiohttp_client(application(raises(make)))

    await client.get("/x", headers={"Origin": GOOD})

    (record,) = errors(caplog)
    assert type(make()).__name__ in record.getMessage()
    assert record.exc_info


async def test_later_origins_decide_after_a_function_that_raises(aiohttp_client: Any) -> None:
    app = web.Application()
    config: Any = {raises(asyncio.CancelledError): OPTIONS, plain: OPTIONS}
    aiohttp_cors.setup(app, defaults=config).add(app)
    client = await aiohttp_client(app)

    response = await client.get("/nowhere", headers={"Origin": GOOD})

    assert (response.status, cors_headers(response)) == (404, GRANTED)


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit"])
def test_end_of_the_program_is_never_swallowed_in_silence(name: str) -> None:
    program = f"""
        import asyncio, logging, sys
        from aiohttp import web
        from aiohttp.test_utils import TestClient, TestServer
        import aiohttp_cors

        logging.basicConfig(stream=sys.stdout)

        def ends(origin, request):
            raise {name}("ends here")

        async def main():
            app = web.Application()
            aiohttp_cors.setup(app, defaults={{ends: aiohttp_cors.ResourceOptions()}}).add(app)
            async with TestClient(TestServer(app)) as client:
                response = await client.get("/", headers={{"Origin": "{GOOD}"}})
                print("allowed:", response.headers.get("Access-Control-Allow-Origin"))

        asyncio.run(main())
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    # The program ends by it; or goes on, the origin refused, and it is in the log.
    went_on = ended.returncode == 0
    assert ("allowed: None" in ended.stdout) is went_on
    assert (f"{name}" in ended.stdout and "ERROR:aiohttp_cors" in ended.stdout) is went_on


# Functions that take too long.

TIMEOUT = 0.05


async def hangs(origin: str, request: web.Request) -> bool:
    await asyncio.Event().wait()
    return True


def hangs_in_a_future(origin: str, request: web.Request) -> Awaitable[bool]:
    return asyncio.get_running_loop().create_future()


class Hangs:
    async def __call__(self, origin: str, request: web.Request) -> bool:
        return await hangs(origin, request)


class NeverDone:
    def __await__(self) -> Iterator[Any]:
        return asyncio.Event().wait().__await__()


async def ends_badly_when_cancelled(origin: str, request: web.Request) -> bool:
    try:
        return await hangs(origin, request)
    finally:
        raise LookupError("the connection is gone")


async def says_yes_when_cancelled(origin: str, request: web.Request) -> bool:
    try:
        return await hangs(origin, request)
    except asyncio.CancelledError:
        return True


HANGING = {
    "coroutine": hangs,
    "future": hangs_in_a_future,
    "callable-object": Hangs(),
    "partial": functools.partial(hangs),
    "awaitable": lambda origin, request: NeverDone(),
    "raises-when-cancelled": ends_badly_when_cancelled,
    "says-yes-when-cancelled": says_yes_when_cancelled,
}
ALL_HANGING = pytest.mark.parametrize(
    "function", [pytest.param(function, id=name) for name, function in HANGING.items()]
)


@ALL_HANGING
async def test_function_that_takes_too_long_refuses_and_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Function
) -> None:
    client = await aiohttp_client(application(function, origin_timeout=TIMEOUT))

    await asyncio.wait_for(check_verdict(client, allowed=False), 10)

    (record,) = errors(caplog)
    assert record.name == "aiohttp_cors"


@ALL_HANGING
async def test_function_that_takes_too_long_lets_nothing_past_enforcement(
    aiohttp_client: Any, function: Function
) -> None:
    app = application(function, enforce=True, origin_timeout=TIMEOUT)
    client = await aiohttp_client(app)

    response = await asyncio.wait_for(client.put("/x", headers={"Origin": GOOD}), 10)

    assert (response.status, app[RAN]) == (403, [])


async def test_response_does_not_wait_for_a_function_that_ignores_its_cancellation(
    aiohttp_client: Any,
) -> None:
    go_on = asyncio.Event()
    ended: list[str] = []

    async def ignores(origin: str, request: web.Request) -> bool:
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                continue
        ended.append("at last")
        return True

    client = await aiohttp_client(application(ignores, origin_timeout=TIMEOUT))

    response = await asyncio.wait_for(client.get("/x", headers={"Origin": GOOD}), 10)

    assert (cors_headers(response), ended) == (UNLISTED, [])
    go_on.set()
    while not ended:
        await asyncio.sleep(0)


@pytest.mark.unexplained
async def test_each_function_has_the_whole_time_for_itself(aiohttp_client: Any) -> None:
    calls: list[str] = []

    def hanging(name: str) -> Function:
        async def function(origin: str, request: web.Request) -> bool:
            calls.append(name)
            return await hangs(origin, request)

        return function

    app = web.Application()
    config: Any = {hanging("a"): OPTIONS, hanging("b"): OPTIONS, coroutine: OPTIONS}
    aiohttp_cors.setup(app, defaults=config, origin_timeout=TIMEOUT).add(app)
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert (cors_headers(response), calls) == (GRANTED, ["a", "b"])


# Requests that are cancelled while a function is called: their client went away.


REQUESTS = [
    pytest.param(("GET", f"Origin: {GOOD}"), False, id="actual-request"),
    pytest.param(("PUT", f"Origin: {GOOD}", "Content-Length: 0"), True, id="enforced-request"),
    pytest.param(
        ("OPTIONS", f"Origin: {GOOD}", "Access-Control-Request-Method: PUT"),
        False,
        id="preflight",
    ),
    pytest.param(
        ("OPTIONS", f"Origin: {GOOD}", "Access-Control-Request-Method: PUT"),
        True,
        id="enforced-preflight",
    ),
]


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        pytest.param(raises(RuntimeError), "raised RuntimeError", id="raises"),
        pytest.param(
            raises_in_coroutine(RuntimeError), "raised RuntimeError", id="raises in a coroutine"
        ),
        pytest.param(returns("yes"), "returned str instead of bool", id="says no bool"),
        pytest.param(hangs, "took too long", id="hangs"),
    ],
)
async def test_log_says_what_went_wrong_with_which_function_and_origin(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture, function: Function, problem: str
) -> None:
    client = await aiohttp_client(application(function, origin_timeout=0.02))

    await client.get("/x", headers={"Origin": GOOD})

    assert [record.getMessage() for record in errors(caplog)] == [
        f"{function!r} {problem} when called with origin '{GOOD}'; the origin is refused, and "
        "this is not logged again"
    ]


async def test_call_that_is_cancelled_before_it_begins_is_no_error() -> None:
    call = asyncio.ensure_future(asyncio.sleep(0))
    call.cancel()
    await asyncio.wait({call})

    _look_at(call)

    assert call.cancelled()


async def test_each_function_that_raises_is_logged(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def first(origin: str, request: web.Request) -> bool:
        raise RuntimeError

    def second(origin: str, request: web.Request) -> bool:
        raise RuntimeError

    objects = [raises_in_object(RuntimeError), raises_in_object(RuntimeError)]
    functions: list[Any] = [first, second, *objects]
    app = web.Application()
    aiohttp_cors.setup(app, defaults=dict.fromkeys(functions, OPTIONS)).add(app)
    client = await aiohttp_client(app)

    await client.get("/nowhere", headers={"Origin": GOOD})

    assert [record.args[0] for record in errors(caplog) if record.args] == functions


async def test_function_that_is_made_anew_for_each_request_is_logged_once(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Computed(web.View, CorsViewMixin):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return {raises(RuntimeError): OPTIONS}

        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_view("/x", Computed))
    client = await aiohttp_client(app)

    for _ in range(3):
        await client.get("/x", headers={"Origin": GOOD})

    assert len(errors(caplog)) == 1


async def test_no_more_than_a_thousand_problems_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    functions, request = OriginFunctions(), make_mocked_request("GET", "/")

    for _ in range(1001):
        function = raises_in_object(RuntimeError)
        config: Any = {function: OPTIONS}
        policy = policy_of_mapping(config, GOOD, rule_of_mapping("GET"))
        await functions.settle(request, GOOD, functools.partial(decide, policy, GOOD, None))

    assert len(errors(caplog)) == 1000


class Pending:
    """An asynchronous look-up whose request goes away before it has ended."""

    def __init__(self) -> None:
        self.entered, self.cancelled = asyncio.Event(), asyncio.Event()

    async def looks_up(self, origin: str, request: web.Request) -> bool:
        self.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return True

    async def swallows(self, origin: str, request: web.Request) -> bool:
        try:
            return await self.looks_up(origin, request)
        except asyncio.CancelledError:
            return True

    def starts_a_task(self, origin: str, request: web.Request) -> Awaitable[bool]:
        return asyncio.ensure_future(self.looks_up(origin, request))


@pytest.mark.unexplained
@pytest.mark.parametrize(
    "kind", ["coroutine", "partial", "task", "swallows-its-cancellation", "object"]
)
@pytest.mark.parametrize(("sent", "enforce"), REQUESTS)
async def test_cancellation_of_a_request_passes_on(
    aiohttp_server: Any,
    caplog: pytest.LogCaptureFixture,
    sent: tuple[str, ...],
    enforce: bool,
    kind: str,
) -> None:
    pending = Pending()

    class Object:
        async def __call__(self, origin: str, request: web.Request) -> bool:
            return await pending.looks_up(origin, request)

    functions: dict[str, Function] = {
        "coroutine": pending.looks_up,
        "partial": functools.partial(pending.looks_up),
        "task": pending.starts_a_task,
        "swallows-its-cancellation": pending.swallows,
        "object": Object(),
    }
    app = application(functions[kind], enforce=enforce, origin_timeout=30)
    # aiohttp's test server cancels the handlers of clients that go away.
    server = await aiohttp_server(app)
    _, writer = await asyncio.open_connection(server.host, server.port)
    method, *fields = sent
    writer.write(request_bytes(method, "/x", *fields))
    await asyncio.wait_for(pending.entered.wait(), 5)
    # The handler of an actual request has run; the function is called when its response begins.
    ran = app[RAN].copy()

    writer.close()

    await asyncio.wait_for(pending.cancelled.wait(), 5)
    await asyncio.sleep(0)
    assert app[RAN] == ran
    assert errors(caplog) == []
    if enforce:
        assert ran == []


@pytest.mark.unexplained
async def test_other_requests_go_on_when_one_is_cancelled(aiohttp_server: Any) -> None:
    entered = [asyncio.Event(), asyncio.Event()]
    go_on = asyncio.Event()
    waiting: list[int] = []

    async def waits(origin: str, request: web.Request) -> bool:
        waiting.append(len(waiting))
        entered[waiting[-1]].set()
        await go_on.wait()
        return True

    server = await aiohttp_server(application(waits, origin_timeout=30))
    _, first = await asyncio.open_connection(server.host, server.port)
    first.write(request_bytes("GET", "/x", f"Origin: {GOOD}"))
    await asyncio.wait_for(entered[0].wait(), 5)
    second = asyncio.ensure_future(exchange(server, request_bytes("GET", "/x", f"Origin: {GOOD}")))
    await asyncio.wait_for(entered[1].wait(), 5)

    first.close()
    go_on.set()

    (reply,) = await second
    assert (reply.status, cors_headers(reply)) == (200, GRANTED)
