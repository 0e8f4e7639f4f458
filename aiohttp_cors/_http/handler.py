"""The OPTIONS handler, which other code recognises the library's routes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy, MultiMapping

from .._core.options import ResourceOptions
from .._core.policy import Answers, Policy, decide, policy_of_mapping, rule_of_mapping
from .._core.verdict import Denial, Grant, Question, Reason
from .origin_functions import OriginFunctions
from .preflights import (
    Preflight,
    preflight_response,
    read_preflight,
    refusal_headers,
    refusal_text,
)


class Outcome(NamedTuple):
    """The decision about a preflight, or about a request that origin enforcement refuses."""

    verdict: Grant | Denial
    #: The preflight; a `Denial` if it is malformed, and None if enforcement has refused a request.
    preflight: Preflight | Denial | None
    #: The policy that decided; None if none applies.
    policy: Policy | None = None
    #: The route that the policy is about.
    route: web.AbstractRoute | None = None


async def decide_preflight(
    functions: OriginFunctions, request: web.Request, policy: Policy, preflight: Preflight
) -> Grant | Denial:
    """Decide about a preflight by the policy of the method that it requests."""
    verdict = decide(policy, preflight.origin, preflight.headers)
    if type(verdict) is not Question:
        return verdict

    def decided(answers: Answers) -> Grant | Denial | Question:
        return decide(policy, preflight.origin, preflight.headers, answers)

    return await functions.settle(request, preflight.origin, decided)


class _PreflightHandler:
    """Responds to preflights by a config; the base of servers and of `CorsViewMixin`.

    Other code recognises the library's OPTIONS routes by their handler: a bound method of
    `_preflight_handler`.
    """

    # Monitoring names preflights by this module, where the class was defined in 0.8.1.
    __module__ = "aiohttp_cors.preflight_handler"

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config for the request that the preflight announces.

        Raises ``KeyError`` if ``request_method`` is not allowed for ``origin``.
        """
        raise NotImplementedError

    async def _preflight_handler(self, request: web.Request) -> web.StreamResponse:
        """Respond to an OPTIONS request; raises ``HTTPForbidden`` if it is refused."""
        headers: MultiMapping[str] = request.headers
        if not isinstance(headers, CIMultiDictProxy):
            # Unit tests of applications call a view's options() with a plain dict.
            headers = CIMultiDict(headers)
        preflight = read_preflight(headers)
        outcome = await self._decide(request, preflight)
        self._observe(request, outcome)
        if isinstance(outcome.verdict, Denial):
            text = refusal_text(outcome.verdict, preflight)
            raise web.HTTPForbidden(text=text, headers=refusal_headers(text))
        return preflight_response(outcome.verdict, preflight)

    async def _decide(self, request: web.Request, preflight: Preflight | Denial) -> Outcome:
        """Decide about a preflight that has reached this handler."""
        if isinstance(preflight, Denial):
            return Outcome(preflight, preflight)
        return await self._decide_by_config(request, preflight, OriginFunctions())

    async def _decide_by_config(
        self, request: web.Request, preflight: Preflight, functions: OriginFunctions
    ) -> Outcome:
        try:
            config = await self._get_config(request, preflight.origin, preflight.method)
        except KeyError:
            return Outcome(Denial(Reason.METHOD_NOT_SHARED), preflight)
        policy = policy_of_mapping(config, preflight.origin, rule_of_mapping(preflight.method))
        verdict = await decide_preflight(functions, request, policy, preflight)
        return Outcome(verdict, preflight, policy)

    def _observe(self, request: web.Request, outcome: Outcome) -> None:
        """Report the decision."""


_PreflightHandler._preflight_handler.__module__ = _PreflightHandler.__module__
