"""Reporting decisions to the log and to a function of the application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from .._core.quoting import LONGEST_QUOTE, quoted
from .._core.verdict import Denial, Grant, Reason

logger = logging.getLogger("aiohttp_cors")

#: What application code can raise that is not awaited. (In awaited code, ``CancelledError`` may be
#: the cancellation of the request.)
ANY_FAILURE = (Exception, asyncio.CancelledError, GeneratorExit)


class Decision(NamedTuple):
    """The decision about one request, for metrics.

    No field contains text that clients choose, so each can be a label.
    """

    #: ``"preflight"``, ``"response"`` (may the page read it?), or ``"guard"``: origin enforcement
    #: refused the request before it ran.
    kind: str
    #: The policy allows the request.
    granted: bool
    #: Why it is refused; None if it is granted.
    reason: Reason | None
    #: The method of the route, such as ``"GET"``, or ``"*"`` for a route of all methods.
    method: str
    #: The canonical path of the route, such as ``"/users/{name}"``; None if there is no route.
    path: str | None


#: Is called with each `Decision`; what it returns is ignored.
OnDecision = Callable[[Decision], object]


class Observer:
    """Logs refusals at DEBUG, and calls ``on_decision`` for refusals and grants."""

    def __init__(self, on_decision: OnDecision | None = None) -> None:
        self._on_decision = on_decision
        #: Grants are reported too.
        self.observes_all = on_decision is not None

    def observes(self, verdict: Grant | Denial) -> bool:
        """Tell whether ``verdict`` is reported."""
        return self.observes_all or (type(verdict) is Denial and logger.isEnabledFor(logging.DEBUG))

    def observe(
        self,
        kind: str,
        route: web.AbstractRoute,
        origin: str | None,
        verdict: Grant | Denial,
    ) -> None:
        """Report one decision."""
        if not self.observes(verdict):
            return
        denial = verdict if isinstance(verdict, Denial) else None
        resource = route.resource
        path = None if resource is None else resource.canonical
        if denial is not None and logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s refused for origin %s on %s %s: %s%s",
                kind,
                None if origin is None else quoted(origin),
                route.method,
                "(no route)" if path is None else ascii(path),
                denial.reason.value,
                f" ({', '.join(denial.names)[:LONGEST_QUOTE]})" if denial.names else "",
            )
        if self._on_decision is not None:
            reason = None if denial is None else denial.reason
            try:
                self._on_decision(Decision(kind, denial is None, reason, route.method, path))
            except ANY_FAILURE:
                logger.exception("on_decision failed: %r", self._on_decision)
