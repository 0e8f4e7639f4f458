"""Asking the application's own functions whether they list an origin."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Callable
from typing import Union

from aiohttp import web

from ._core.origins import OriginFunction
from ._core.policy import Answers
from ._core.verdict import Denial, Grant, Question

logger = logging.getLogger("aiohttp_cors")

Verdict = Union[Grant, Denial]


class OriginFunctions:
    """Asks functions, and takes whatever goes wrong for a no.

    ``timeout``: seconds after which an answer comes too late.
    """

    def __init__(self, timeout: float = 1.0) -> None:
        self._timeout = timeout
        self._logged: set[tuple[OriginFunction, str]] = set()

    async def settle(
        self,
        request: web.Request,
        origin: str | None,
        decide: Callable[[Answers], Verdict | Question],
    ) -> Verdict:
        """Decide, asking functions until their answers suffice; each is asked once."""
        answers: dict[OriginFunction, bool] = {}
        verdict = decide(answers)
        while isinstance(verdict, Question):
            answers[verdict.function] = await self._ask(verdict.function, origin or "", request)
            verdict = decide(answers)
        return verdict

    async def _ask(self, function: OriginFunction, origin: str, request: web.Request) -> bool:
        started = time.monotonic()
        try:
            answer = function(origin, request)
            if inspect.isawaitable(answer):
                answer = await asyncio.wait_for(answer, self._timeout)
        except asyncio.TimeoutError:
            problem = "took too long"
        except Exception as error:
            problem = f"raised {type(error).__name__}"
            self._log(function, origin, problem, error)
            return False
        else:
            if not isinstance(answer, bool):
                problem = f"returned {type(answer).__name__} instead of bool"
            elif time.monotonic() - started > self._timeout:
                problem = "took too long"
            else:
                return answer
        self._log(function, origin, problem)
        return False

    def _log(
        self,
        function: OriginFunction,
        origin: str,
        problem: str,
        error: Exception | None = None,
    ) -> None:
        # Once per kind: clients choose how often it happens.
        if (function, problem) not in self._logged:
            self._logged.add((function, problem))
            logger.error(
                "%r %s, asked about origin %s; the origin is refused, and this is not logged again",
                function,
                problem,
                ascii(origin[:100]),
                exc_info=error,
            )
