"""The HTTP side of preflights: reading the request, answering with a grant or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy, MultiMapping, istr

from ._core.headers import is_token, parse_names
from ._core.methods import FORBIDDEN_METHODS
from ._core.policy import SHARED, Answers, MethodRule, Policy, decide, policy_of_mapping
from ._core.verdict import Denial, Grant, Question, Reason
from .origin_functions import OriginFunctions
from .resource_options import ResourceOptions

VARY_PREFLIGHT = ", ".join(
    (hdrs.ORIGIN, hdrs.ACCESS_CONTROL_REQUEST_METHOD, hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
)

_REFUSAL_HEADERS = {hdrs.VARY: VARY_PREFLIGHT, "X-Content-Type-Options": "nosniff"}
_REFUSAL_HEADERS_OF_TEXT = CIMultiDictProxy(
    CIMultiDict({**_REFUSAL_HEADERS, hdrs.CONTENT_TYPE: "text/plain; charset=utf-8"})
)

REQUEST_PRIVATE_NETWORK = istr("Access-Control-Request-Private-Network")

_REFUSED = "CORS preflight request failed: "
_TEXTS = {
    Reason.NO_ORIGIN: "origin header is not specified in the request",
    Reason.NO_REQUEST_METHOD: "'Access-Control-Request-Method' header is not specified",
    Reason.NO_ORIGIN_LISTED: "no origins are allowed",
}
_ORIGIN_NOT_LISTED = Reason.ORIGIN_NOT_LISTED

#: A refusal quotes at most so many characters of what the client sent.
_QUOTED = 100


class Preflight(NamedTuple):
    """What a preflight asks for: is ``origin`` to use ``method`` with ``headers`` (upper case)?"""

    origin: str
    method: str
    headers: frozenset[str]
    private_network: bool = False


class Answer(NamedTuple):
    """What is answered before the application's handlers: a preflight, or one that is refused."""

    verdict: Grant | Denial
    #: What the preflight asks for, if it is well-formed.
    asked: Preflight | None = None
    #: The methods that a grant holds for.
    methods: tuple[str, ...] = ()
    #: What has decided, and the route that it is the policy of, if anything has.
    policy: Policy | None = None
    route: web.AbstractRoute | None = None


def joined(headers: MultiMapping[str], name: str) -> str | None:
    """Return the field lines of ``name`` as one text (RFC 9110 §5.3), or None without any."""
    lines = headers.getall(name, None)
    if lines is None:
        return None
    return lines[0] if len(lines) == 1 else ", ".join(lines)


def read_preflight(request: web.Request) -> Preflight | Denial:
    """Read the headers of a preflight; a `Denial` if they make none (Fetch §3.3.2)."""
    headers: MultiMapping[str] = request.headers
    if not isinstance(headers, CIMultiDictProxy):
        # People's own tests call a view's options() with a plain dict.
        headers = CIMultiDict(headers)
    origin = joined(headers, hdrs.ORIGIN)
    if origin is None:
        return Denial(Reason.NO_ORIGIN)
    method = joined(headers, hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    if method is None:
        return Denial(Reason.NO_REQUEST_METHOD)
    if not is_token(method):
        return Denial(Reason.MALFORMED_METHOD)
    names = parse_names(joined(headers, hdrs.ACCESS_CONTROL_REQUEST_HEADERS) or "")
    if names is None:
        return Denial(Reason.MALFORMED_HEADERS)
    private_network = headers.get(REQUEST_PRIVATE_NETWORK) == "true"
    return Preflight(origin, method, names, private_network)


def decide_preflight(
    policy: Policy, asked: Preflight, answers: Answers
) -> Grant | Denial | Question:
    """Decide about a preflight by the policy of the method that it asks for."""
    if asked.method.upper() in FORBIDDEN_METHODS:
        return Denial(Reason.METHOD_NOT_SHARED)
    return decide(policy, asked.origin, asked.headers, answers)


def preflight_response(answer: Answer) -> web.Response:
    """Make the response to a preflight."""
    if isinstance(answer.verdict, Denial):
        return refusal_response(answer.verdict, *_quotable(answer))
    return web.Response(headers=grant_headers(answer))


def _quotable(answer: Answer) -> tuple[str, str]:
    return ("", "") if answer.asked is None else (answer.asked.origin, answer.asked.method)


def grant_headers(answer: Answer) -> CIMultiDictProxy[str]:
    """Return the headers of the response to a preflight that is granted (Fetch §3.3.3)."""
    grant, asked = cast(Grant, answer.verdict), cast(Preflight, answer.asked)
    headers = CIMultiDict({hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: grant.allow_origin})
    if grant.terms.credentials:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    if grant.terms.max_age is not None:
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = grant.terms.max_age
    headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = ",".join(answer.methods)
    if asked.headers:
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(sorted(asked.headers))
    if asked.private_network and grant.terms.options.allow_private_network:
        headers["Access-Control-Allow-Private-Network"] = "true"
    headers[hdrs.VARY] = VARY_PREFLIGHT
    return CIMultiDictProxy(headers)


def refusal_response(denial: Denial, origin: str, method: str) -> web.Response:
    """Make the response to a preflight that is refused; what is well-formed of it is quoted."""
    # aiohttp takes its time to find out what a text is.
    body = refusal_text(denial, origin, method).encode("ascii")
    return web.Response(status=403, body=body, headers=_REFUSAL_HEADERS_OF_TEXT)


def refusal_text(denial: Denial, origin: str, method: str) -> str:
    """Say why a preflight is refused, in words that people's programs match."""
    reason = denial.reason
    if reason is _ORIGIN_NOT_LISTED:
        return f"{_REFUSED}origin {origin[:_QUOTED]!a} is not allowed"
    if reason is Reason.METHOD_NOT_SHARED:
        method = method[:_QUOTED]
        origin = origin[: _QUOTED - len(method)]
        return f"{_REFUSED}request method {method!a} is not allowed for {origin!a} origin"
    if reason is Reason.HEADERS_NOT_ALLOWED:
        return f"{_REFUSED}headers are not allowed: {', '.join(denial.names)[:_QUOTED]}"
    # What is no token or no visible text is not quoted at all.
    return _REFUSED + str(_TEXTS.get(reason, reason.value))


class _PreflightHandler:
    """Answers preflights by a config; `CorsConfig` and `CorsViewMixin` build on it.

    Other code recognises the library's OPTIONS routes by their handler: a bound method of
    `_preflight_handler`.
    """

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config for the request that the preflight announces.

        Raises ``KeyError`` if ``request_method`` is not shared with ``origin``.
        """
        raise NotImplementedError

    def _origin_functions(self, request: web.Request) -> OriginFunctions:
        return OriginFunctions()

    @staticmethod
    def _method_rule(method: str) -> MethodRule:
        # Whoever returns a config has said that the method is shared.
        return SHARED

    async def _answer_preflight(self, request: web.Request, asked: Preflight) -> Answer:
        try:
            config = await self._get_config(request, asked.origin, asked.method)
        except KeyError:
            return Answer(Denial(Reason.METHOD_NOT_SHARED), asked)
        policy = policy_of_mapping(config, asked.origin, self._method_rule(asked.method))
        verdict: Grant | Denial = await self._origin_functions(request).settle(
            request, asked.origin, lambda answers: decide_preflight(policy, asked, answers)
        )
        return Answer(verdict, asked, (asked.method,), policy)

    async def _answer(self, request: web.Request) -> Answer:
        asked = read_preflight(request)
        if isinstance(asked, Denial):
            return Answer(asked)
        return await self._answer_preflight(request, asked)

    async def _preflight_handler(self, request: web.Request) -> web.StreamResponse:
        """Answer the OPTIONS request, raising ``HTTPForbidden`` for a refusal."""
        answer = await self._answer(request)
        self._note_answer(request, answer)
        if isinstance(answer.verdict, Denial):
            text = refusal_text(answer.verdict, *_quotable(answer))
            raise web.HTTPForbidden(text=text, headers=_REFUSAL_HEADERS)
        return preflight_response(answer)

    def _note_answer(self, request: web.Request, answer: Answer) -> None:
        """Tell whoever observes decisions."""
