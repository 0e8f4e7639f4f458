"""Calling the application's functions that decide about origins."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

from .._core.origins import OriginFunction
from .._core.policy import Answers
from .._core.quoting import quoted
from .._core.verdict import Question

logger = logging.getLogger("aiohttp_cors")

_Verdict = TypeVar("_Verdict")

_MOST_LOGGED = 1000


class _Raised(NamedTuple):
    """What a function raised."""

    error: BaseException


#: Stands for the result of a coroutine that has not finished in time.
_TOO_LATE = object()


class OriginFunctions:
    """Calls functions that decide about origins; an origin is refused if anything goes wrong.

    ``timeout``: how many seconds a function may take.
    """

    def __init__(self, timeout: float = 1.0) -> None:
        self.timeout = timeout
        self._logged: set[tuple[object, str]] = set()

    async def settle(
        self,
        request: web.Request,
        origin: str | None,
        decide: Callable[[Answers], _Verdict | Question],
    ) -> _Verdict:
        """Call functions until ``decide`` returns a verdict, each function at most once."""
        answers: dict[OriginFunction, bool] = {}
        verdict = decide(answers)
        while isinstance(verdict, Question):
            answers[verdict.function] = await self._call(verdict.function, origin or "", request)
            verdict = decide(answers)
        return verdict

    async def _call(self, function: OriginFunction, origin: str, request: web.Request) -> bool:
        started = time.monotonic()
        result = _result_of(function, origin, request)
        if inspect.isawaitable(result):
            result = await self._wait(result)
        if isinstance(result, _Raised):
            self._log(function, origin, f"raised {type(result.error).__name__}", result.error)
        elif result is _TOO_LATE or time.monotonic() - started > self.timeout:
            self._log(function, origin, "took too long")
        elif not isinstance(result, bool):
            self._log(function, origin, f"returned {type(result).__name__} instead of bool")
        else:
            return result
        return False

    async def _wait(self, result: Awaitable[Any]) -> object:
        """Return the result of an awaitable, or `_TOO_LATE`."""
        # It runs in its own task, so that it and this request can be cancelled separately.
        task = asyncio.ensure_future(_awaited(result))
        # asyncio logs exceptions that nothing has retrieved.
        task.add_done_callback(_look_at)
        try:
            await asyncio.wait({task}, timeout=self.timeout)
        finally:
            if not task.done():
                task.cancel()
        if not task.done() or task.cancelled():
            return _TOO_LATE
        return task.result()

    def _log(
        self,
        function: OriginFunction,
        origin: str,
        problem: str,
        error: BaseException | None = None,
    ) -> None:
        # Each kind of problem is logged once, because clients choose how often it happens. The
        # function counts by its code, because a new function may be made for each request.
        kind = (getattr(function, "__code__", function), problem)
        if kind not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(kind)
            logger.error(
                "%r %s when called with origin %s; the origin is refused, and this is not logged "
                "again",
                function,
                problem,
                quoted(origin),
                exc_info=error,
            )


def _look_at(task: asyncio.Future[object]) -> None:
    with suppress(asyncio.CancelledError):
        task.exception()


def _result_of(function: OriginFunction, origin: str, request: web.Request) -> object:
    try:
        return function(origin, request)
    except KeyboardInterrupt:
        # It must stop the whole program.
        raise
    except BaseException as error:
        return _Raised(error)


async def _awaited(result: Awaitable[Any]) -> object:
    try:
        return await result
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return _Raised(error)
