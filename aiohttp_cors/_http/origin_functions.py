"""Calling the application's own functions to find out whether they allow an origin."""

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


#: What a coroutine returns that is not done in time.
_TOO_LATE = object()


class OriginFunctions:
    """Calls functions, and refuses the origin whatever goes wrong.

    ``timeout``: seconds after which a result comes too late.
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
        """Decide, calling functions until their results suffice, each at most once."""
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
        """Return what an awaitable gives, or `_TOO_LATE`."""
        # In a task of its own: this request may be cancelled without it, and it without this.
        task = asyncio.ensure_future(_awaited(result))
        # asyncio would complain of an interrupt that nobody has looked at.
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
        # Once for each kind, because clients choose how often it happens. (By its code, because a
        # function may be made anew for each request.)
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
        # It is for the whole program.
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
