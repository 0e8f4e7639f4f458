"""Asking the application's own functions whether they list an origin."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from ._core.origins import OriginFunction
from ._core.policy import Answers
from ._core.verdict import Question

logger = logging.getLogger("aiohttp_cors")

_Verdict = TypeVar("_Verdict")

_MOST_LOGGED = 1000


class _NoAnswer(Exception):
    """A function's coroutine came to no end."""


class OriginFunctions:
    """Asks functions, and takes whatever goes wrong for a no.

    ``timeout``: seconds after which an answer comes too late.
    """

    def __init__(self, timeout: float = 1.0) -> None:
        self._timeout = timeout
        self._logged: set[tuple[object, str]] = set()

    async def settle(
        self,
        request: web.Request,
        origin: str | None,
        decide: Callable[[Answers], _Verdict | Question],
        answers: dict[OriginFunction, bool] | None = None,
    ) -> _Verdict:
        """Decide, asking functions until their answers suffice.

        ``answers`` keeps what they said, for decisions that belong together: each is asked once.
        """
        answers = {} if answers is None else answers
        verdict = decide(answers)
        while isinstance(verdict, Question):
            answers[verdict.function] = await self._ask(verdict.function, origin or "", request)
            verdict = decide(answers)
        return verdict

    async def _ask(self, function: OriginFunction, origin: str, request: web.Request) -> bool:
        started = time.monotonic()
        error: Exception | None = None
        try:
            answer = function(origin, request)
            if inspect.isawaitable(answer):
                answer = await self._wait(answer)
        except _NoAnswer:
            problem = "took too long, or was cancelled"
        except Exception as raised:
            error = raised
            problem = f"raised {type(raised).__name__}"
        else:
            if not isinstance(answer, bool):
                problem = f"returned {type(answer).__name__} instead of bool"
            elif time.monotonic() - started > self._timeout:
                problem = "took too long"
            else:
                return answer
        self._log(function, origin, problem, error)
        return False

    async def _wait(self, answer: Awaitable[bool]) -> bool:
        """Return what a coroutine says; `_NoAnswer` if it says nothing in time."""
        # A task of its own: if the coroutine is cancelled, this request need not be.
        task = asyncio.ensure_future(answer)
        try:
            await asyncio.wait({task}, timeout=self._timeout)
        finally:
            if not task.done():
                task.cancel()
                task.add_done_callback(_ignore)
        if not task.done() or task.cancelled():
            raise _NoAnswer
        return task.result()

    def _log(
        self,
        function: OriginFunction,
        origin: str,
        problem: str,
        error: Exception | None,
    ) -> None:
        # Once per kind: clients choose how often it happens. (The code, for a function may be
        # made anew for each request.)
        kind = (getattr(function, "__code__", function), problem)
        if kind not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(kind)
            logger.error(
                "%r %s, asked about origin %s; the origin is refused, and this is not logged again",
                function,
                problem,
                ascii(origin[:100]),
                exc_info=error,
            )


def _ignore(task: asyncio.Future[bool]) -> None:
    # asyncio would complain of an exception that nobody has looked at.
    if not task.cancelled():
        task.exception()
