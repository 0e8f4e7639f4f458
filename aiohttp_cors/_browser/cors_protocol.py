"""How a browser judges a response by the CORS protocol, in the standard's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from typing import NamedTuple

from .._core.headers import FORBIDDEN_RESPONSE_HEADERS, SAFELISTED_RESPONSE_HEADERS, is_token
from .._core.methods import is_safelisted_method

#: Header fields as received: a pair for each line, names in any case.
Headers = Sequence[tuple[str, str]]

#: Seconds that the response to a preflight is cached without Access-Control-Max-Age (Fetch §4.8).
DEFAULT_MAX_AGE = 5

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
_ALLOW_METHODS = "Access-Control-Allow-Methods"
_ALLOW_HEADERS = "Access-Control-Allow-Headers"


class Step(Enum):
    """Where a browser stops. Names are stable."""

    MODE = "the mode of the request"
    PREFLIGHT_REDIRECT = "the preflight is redirected"
    PREFLIGHT_STATUS = "the status of the preflight"
    PREFLIGHT_ORIGIN = "the CORS check of the preflight: its origin"
    PREFLIGHT_CREDENTIALS = "the CORS check of the preflight: its credentials"
    PREFLIGHT_METHOD = "the methods that the preflight allows"
    PREFLIGHT_HEADERS = "the headers that the preflight allows"
    ORIGIN = "the CORS check of the response: its origin"
    CREDENTIALS = "the CORS check of the response: its credentials"
    REDIRECT = "the redirect"
    RESOURCE_POLICY = "the Cross-Origin-Resource-Policy of the response"
    PORT = "the port of the URL"
    NETWORK = "the network"


class Failure(NamedTuple):
    """Why a browser fails a request: the step, and what the server would have to send."""

    step: Step
    sentence: str


class PreflightGrant(NamedTuple):
    """What the response to a preflight allows, for ``max_age`` seconds."""

    methods: tuple[str, ...]
    #: In lower case.
    headers: tuple[str, ...]
    max_age: int


def get(headers: Headers, name: str) -> str | None:
    """Return all values of a header as one, or None without any (Fetch §2.2.2, "get")."""
    values = [value for each, value in headers if each.lower() == name.lower()]
    return ", ".join(values) if values else None


def cors_check(
    headers: Headers, origin: str, *, credentials: bool, preflight: bool = False
) -> Failure | None:
    """Check that a response is allowed for ``origin`` (Fetch §4.10, "CORS check").

    ``credentials``: the credentials mode is ``include``.
    """
    step = Step.PREFLIGHT_ORIGIN if preflight else Step.ORIGIN
    value = get(headers, _ALLOW_ORIGIN)
    if not credentials and value == "*":
        return None
    if value != origin:
        return Failure(step, f"{_origin_problem(value, origin)}; {_write(_ALLOW_ORIGIN, origin)}")
    if not credentials:
        return None
    value = get(headers, _ALLOW_CREDENTIALS)
    if value == "true":
        return None
    step = Step.PREFLIGHT_CREDENTIALS if preflight else Step.CREDENTIALS
    problem = f"there is no {_ALLOW_CREDENTIALS}"
    if value is not None:
        problem = f"{_ALLOW_CREDENTIALS} is {value!a}, and only 'true' counts, in lower case"
    return Failure(step, f"{problem}; {_write(_ALLOW_CREDENTIALS, 'true')}")


def _origin_problem(value: str | None, origin: str) -> str:
    if value is None:
        return f"there is no {_ALLOW_ORIGIN}"
    if value == "*":
        return f"{_ALLOW_ORIGIN} is '*', which never works with credentials"
    if "," in value:
        return f"{_ALLOW_ORIGIN} has several values, {value!a}, and only one is allowed"
    if value.rstrip("/") == origin:
        return f"{_ALLOW_ORIGIN} is {value!a}, and an origin has no slash at the end"
    if value.lower() == origin.lower():
        return f"{_ALLOW_ORIGIN} is {value!a}, and the case must be the same"
    return f"{_ALLOW_ORIGIN} is {value!a}, which is another origin"


def _write(name: str, value: str) -> str:
    return f"the server must send '{name}: {value}'"


def judge_preflight(
    status: int,
    headers: Headers,
    *,
    origin: str,
    method: str,
    names: Collection[str],
    credentials: bool,
) -> PreflightGrant | Failure:
    """Judge the response to a preflight (Fetch §4.8, "CORS-preflight fetch").

    ``names`` are the unsafe request-header names of the actual request, in lower case;
    ``credentials``: its credentials mode is ``include``, so ``*`` is not a wildcard.
    """
    failure = cors_check(headers, origin, credentials=credentials, preflight=True)
    if 300 <= status < 400:
        return Failure(
            Step.PREFLIGHT_REDIRECT,
            f"its status is {status}; the server must respond to OPTIONS with 200 or 204, before "
            "it redirects",
        )
    if not 200 <= status < 300:
        login = ", before it requires a login" if status in (401, 407) else ""
        return Failure(
            Step.PREFLIGHT_STATUS,
            f"it is {status}; the server must respond to OPTIONS with 200 or 204{login}",
        )
    if failure is not None:
        return failure
    methods = extract_list(get(headers, _ALLOW_METHODS))
    if methods is None:
        return _not_a_list(Step.PREFLIGHT_METHOD, _ALLOW_METHODS)
    allowed = extract_list(get(headers, _ALLOW_HEADERS))
    if allowed is None:
        return _not_a_list(Step.PREFLIGHT_HEADERS, _ALLOW_HEADERS)
    anything = not credentials and "*" in methods
    if method not in methods and not is_safelisted_method(method) and not anything:
        return Failure(
            Step.PREFLIGHT_METHOD,
            f"{_ALLOW_METHODS} {_listing(methods)} does not list {method}"
            f"{_case_hint(method, methods)}; {_write(_ALLOW_METHODS, method)}",
        )
    lower = {name.lower() for name in allowed}
    missing = [name for name in names if name not in lower]
    if not credentials and "*" in lower:
        # "CORS non-wildcard request-header name" (Fetch §2.2.2): "*" never covers Authorization.
        missing = [name for name in missing if name == "authorization"]
    if missing:
        return Failure(
            Step.PREFLIGHT_HEADERS,
            f"{_ALLOW_HEADERS} {_listing(allowed)} does not list {', '.join(missing)}; "
            f"{_write(_ALLOW_HEADERS, ', '.join(missing))}",
        )
    max_age = _seconds(get(headers, "Access-Control-Max-Age"))
    return PreflightGrant(tuple(methods), tuple(sorted(lower)), max_age)


def _seconds(value: str | None) -> int:
    if value is None or not value.isascii() or not value.isdigit():
        return DEFAULT_MAX_AGE
    # 18 digits are already more seconds than any browser caches for.
    return int(value[:18])


def _listing(names: Sequence[str]) -> str:
    return f"({', '.join(names)})" if names else "(none)"


def _case_hint(method: str, methods: Collection[str]) -> str:
    same = [each for each in methods if each.lower() == method.lower()]
    return f" (case matters: {same[0]!r} is another method)" if same else ""


def _not_a_list(step: Step, name: str) -> Failure:
    return Failure(step, f"{name} is not a list of tokens; the server must send names and commas")


def extract_list(value: str | None) -> list[str] | None:
    """Read a list of tokens; None if it is not one (Fetch §2.2.2, "extract header list values")."""
    if value is None:
        return []
    names = [name.strip(" \t") for name in value.split(",")]
    names = [name for name in names if name]
    return names if all(map(is_token, names)) else None


def readable_headers(headers: Headers, *, credentials: bool) -> list[tuple[str, str]]:
    """Return the headers that a script can read of a response that is allowed for its page.

    Those are the safelisted and the exposed ones, and never Set-Cookie (Fetch §2.2.6, "CORS
    filtered response").
    """
    exposed = extract_list(get(headers, "Access-Control-Expose-Headers")) or []
    names = {name.lower() for name in exposed} | SAFELISTED_RESPONSE_HEADERS
    everything = "*" in names and not credentials
    return [
        (name, value)
        for name, value in headers
        if (everything or name.lower() in names) and name.lower() not in FORBIDDEN_RESPONSE_HEADERS
    ]


def misses_vary(headers: Headers) -> bool:
    """Tell whether a cache may serve a response to a page of another origin than the one in it.

    The response names one origin, and its ``Vary`` does not say that it differs for others (Fetch
    §3.3.4, "CORS protocol and HTTP caches").
    """
    value = get(headers, _ALLOW_ORIGIN)
    if value is None or value == "*":
        return False
    varied = {name.strip().lower() for name in (get(headers, "Vary") or "").split(",")}
    return not varied & {"origin", "*"}
