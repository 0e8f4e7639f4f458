"""A browser's fetch, without the network: what it sends, and what it lets the page read.

This is the CORS part of the Fetch standard. `fetch` is a generator: its caller sends each request
that it yields, and passes the response to ``send()``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union

from .._core.headers import FORBIDDEN_RESPONSE_HEADERS
from .._core.methods import is_safelisted_method
from .cors_protocol import (
    Failure,
    PreflightGrant,
    Step,
    cors_check,
    judge_preflight,
    readable_headers,
)
from .messages import HttpRequest, HttpResponse, Readable, Request
from .preflight_cache import PreflightCache
from .resource_policy import resource_policy_check
from .safelist import unsafe_request_header_names
from .urls import origin_of, read_location, split

#: Fetch §4.4, "HTTP-redirect fetch".
_MOST_REDIRECTS = 20
_REDIRECTS = (301, 302, 303, 307, 308)
#: Fetch §2.2.2, "request-body-header name".
_BODY_HEADERS = ("content-encoding", "content-language", "content-location", "content-type")


class Tainting(Enum):
    """How much of a response a page may see (Fetch §2.2.5, "response tainting")."""

    BASIC = "basic"
    CORS = "cors"
    OPAQUE = "opaque"


#: The response to a request, or a `Failure` if there is none.
Arrived = Union[HttpResponse, Failure]
Exchange = Generator[HttpRequest, Arrived, Union[Readable, Failure]]


@dataclass
class _State:
    """A request on its way through redirects."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    tainting: Tainting = Tainting.BASIC
    #: Another origin has redirected it to yet another one (Fetch §2.2.5, "redirect-taint").
    tainted: bool = False
    redirects: int = 0


def fetch(request: Request, cache: PreflightCache) -> Exchange:
    """Do what a browser does for ``fetch()`` in a page (Fetch §4.1, "main fetch").

    Yields each request to send, and expects its response, or a `Failure` if there is none. Returns
    what the page sees: a `Readable` or a `Failure`.
    """
    state = _State(request.url, request.method, request.headers, request.body)
    outcome = yield from _follow(request, state, cache)
    if isinstance(outcome, Failure) and state.tainting is Tainting.CORS:
        if _takes_preflight(state):
            cache.clear(_origin(request, state), state.url)
        if state.tainted and outcome.step in (Step.ORIGIN, Step.PREFLIGHT_ORIGIN):
            return _explain_taint(outcome)
    return outcome


def _follow(request: Request, state: _State, cache: PreflightCache) -> Exchange:
    """Send the request, and follow redirects."""
    while True:
        failure = _block(state) or _taint(request, state)
        if failure is not None:
            return failure
        cors = state.tainting is Tainting.CORS
        if cors:
            failure = yield from _preflight(request, state, cache)
            if failure is not None:
                return failure
        response = yield HttpRequest(
            state.method,
            state.url,
            (*state.headers, *_origin_header(request, state)),
            state.body,
            _sends_credentials(request, state),
        )
        if isinstance(response, Failure):
            return response
        failure = _check(request, state, response)
        if failure is not None:
            return failure
        if response.status not in _REDIRECTS or request.redirect == "manual":
            return _filtered(request, state, response)
        if request.redirect == "error":
            sentence = f"status {response.status}, and the script has set redirect='error'"
            return Failure(Step.REDIRECT, sentence)
        locations = [value for name, value in response.headers if name.lower() == "location"]
        if not locations:
            return _filtered(request, state, response)
        failure = _redirect(request, state, response.status, locations)
        if failure is not None:
            return failure


def _block(state: _State) -> Failure | None:
    """Block ports that no browser fetches from (Fetch §2.9, "port blocking")."""
    url = split(state.url)
    if not url.has_bad_port:
        return None
    return Failure(Step.PORT, f"no browser fetches from port {url.port}; use another one")


def _check(request: Request, state: _State, response: HttpResponse) -> Failure | None:
    """Check that a response, or a redirect, is allowed for the page (Fetch §4.3, "HTTP fetch")."""
    if state.tainting is Tainting.CORS:
        include = request.credentials == "include"
        return cors_check(response.headers, _origin(request, state), credentials=include)
    if state.tainting is Tainting.OPAQUE:
        return resource_policy_check(response.headers, request.origin, state.url)
    return None


def _taint(request: Request, state: _State) -> Failure | None:
    """Set how much of the response the page may see, by its URL (Fetch §4.1, step 12)."""
    if state.tainting is Tainting.BASIC and origin_of(state.url) == request.origin:
        return None
    if request.mode == "same-origin":
        return Failure(
            Step.MODE, f"{origin_of(state.url)} is another origin, and the mode is 'same-origin'"
        )
    state.tainting = Tainting.OPAQUE if request.mode == "no-cors" else Tainting.CORS
    return None


def preflight_request(url: str, origin: str, method: str, names: list[str]) -> HttpRequest:
    """Return the preflight for a request (Fetch §4.8): it carries no credentials."""
    headers = [("Accept", "*/*"), ("Access-Control-Request-Method", method)]
    if names:
        headers.append(("Access-Control-Request-Headers", ",".join(names)))
    headers.append(("Origin", origin))
    return HttpRequest("OPTIONS", url, tuple(headers), None, credentials=False, preflight=True)


def _takes_preflight(state: _State) -> bool:
    """Tell whether a preflight comes first (Fetch §4.1, "main fetch")."""
    return not is_safelisted_method(state.method) or bool(
        unsafe_request_header_names(state.headers)
    )


def _preflight(
    request: Request, state: _State, cache: PreflightCache
) -> Generator[HttpRequest, Arrived, Failure | None]:
    """Send a preflight if one is due (Fetch §4.3, "HTTP fetch")."""
    if not _takes_preflight(state):
        return None
    names = unsafe_request_header_names(state.headers)
    origin, include = _origin(request, state), request.credentials == "include"
    if cache.covers(origin, state.url, credentials=include, method=state.method, names=names):
        return None
    response = yield preflight_request(state.url, origin, state.method, names)
    if isinstance(response, Failure):
        return response
    verdict = judge_preflight(
        response.status,
        response.headers,
        origin=origin,
        method=state.method,
        names=names,
        credentials=include,
    )
    if isinstance(verdict, PreflightGrant):
        cache.store(origin, state.url, credentials=include, grant=verdict)
        return None
    return verdict


def _origin(request: Request, state: _State) -> str:
    return "null" if state.tainted else request.origin


def _origin_header(request: Request, state: _State) -> list[tuple[str, str]]:
    """Return the Origin header where one is sent (Fetch §3.2, "append a request Origin header")."""
    if state.tainting is not Tainting.CORS:
        if state.method in ("GET", "HEAD"):
            return []
        # This is what the default referrer policy says.
        secure = origin_of(state.url).startswith("https:")
        if request.origin.startswith("https:") and not secure:
            return [("Origin", "null")]
    return [("Origin", _origin(request, state))]


def _sends_credentials(request: Request, state: _State) -> bool:
    basic = state.tainting is Tainting.BASIC
    return request.credentials == "include" or (request.credentials == "same-origin" and basic)


def _explain_taint(failure: Failure) -> Failure:
    return failure._replace(
        sentence=f"{failure.sentence}, because a redirect from one origin to another made it null"
    )


def _redirect(request: Request, state: _State, status: int, locations: list[str]) -> Failure | None:
    """Follow a redirect, or say why browsers do not (Fetch §4.4, "HTTP-redirect fetch")."""
    if len(set(locations)) > 1:
        return Failure(
            Step.REDIRECT,
            f"there are {len(locations)} Location lines, {', '.join(map(ascii, locations))}; "
            "the server must send one",
        )
    try:
        url = read_location(locations[0], state.url)
    except ValueError:
        return Failure(
            Step.REDIRECT,
            f"Location {locations[0]!a} is not a URL of http or https; the server must send one",
        )
    target, current = origin_of(url), origin_of(state.url)
    if state.redirects == _MOST_REDIRECTS:
        return Failure(
            Step.REDIRECT, f"there are more than {_MOST_REDIRECTS} of them; the last is to {url!a}"
        )
    cross_origin = state.tainting is Tainting.CORS or target != request.origin
    if request.mode == "cors" and cross_origin and split(url).user:
        return Failure(
            Step.REDIRECT, "Location has a user name in it; the server must send one without"
        )
    if target != current:
        if current != request.origin:
            state.tainted = request.origin != "null"
        state.headers = _without(state.headers, ("authorization",))
    if (status in (301, 302) and state.method == "POST") or (
        status == 303 and state.method not in ("GET", "HEAD")
    ):
        state.method, state.body = "GET", None
        state.headers = _without(state.headers, _BODY_HEADERS)
    state.redirects += 1
    state.url = url
    return None


def _without(
    headers: tuple[tuple[str, str], ...], names: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in headers if pair[0].lower() not in names)


def _filtered(request: Request, state: _State, response: HttpResponse) -> Readable:
    """Hide what the page may not see (Fetch §2.2.6, "filtered response")."""
    redirected = state.redirects > 0
    if response.status in _REDIRECTS and request.redirect == "manual":
        return Readable("opaqueredirect", state.url, 0, (), None, redirected)
    if state.tainting is Tainting.OPAQUE:
        return Readable("opaque", "", 0, (), None, redirected=False)
    if state.tainting is Tainting.CORS:
        include = request.credentials == "include"
        headers = readable_headers(response.headers, credentials=include)
    else:
        headers = [
            pair for pair in response.headers if pair[0].lower() not in FORBIDDEN_RESPONSE_HEADERS
        ]
    kind = state.tainting.value
    return Readable(kind, state.url, response.status, headers, response.body, redirected)
