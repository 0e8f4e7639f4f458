"""The outcome of a decision: a Grant or a Denial, as values and not as responses."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, final

from .headers import FORBIDDEN_RESPONSE_HEADERS, SAFELISTED_RESPONSE_HEADERS, is_token
from .options import ResourceOptions

#: Echoed in a response, this name would be the wildcard for browsers.
_NEVER_ALLOWED = frozenset({"*"})
#: The headers that a verdict replaces in each response, in lower case.
_REPLACED = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
    }
)
_NOT_BY_WILDCARD = _NEVER_ALLOWED | {"AUTHORIZATION"}


class Reason(Enum):
    """Why a request is not granted (Fetch §3.3, §4.8 and §4.9). Names are stable."""

    NO_ORIGIN = "the request has no Origin header"
    NO_REQUEST_METHOD = "the preflight has no Access-Control-Request-Method header"
    MALFORMED_ORIGIN = "the Origin header is not visible ASCII text"
    MALFORMED_METHOD = "the requested method is not a token"
    MALFORMED_HEADERS = "the requested headers are not a list of tokens"
    NO_ORIGIN_LISTED = "no origin is listed"
    ORIGIN_NOT_LISTED = "the origin is not listed"
    METHOD_NOT_SHARED = "the method is not allowed"
    HEADERS_NOT_ALLOWED = "a requested header is not allowed"
    CREDENTIALS_NOT_ALLOWED = "credentials are not allowed"
    NOT_ADDED = "CORS was not added there"

    # That of enumerations is written in Python.
    __hash__ = object.__hash__


@final
class Question(NamedTuple):
    """No decision yet: a function of the application must be called with the origin."""

    function: Any


@final
class Denial(NamedTuple):
    """A refusal: the reason, and the refused header names if there are any."""

    reason: Reason
    names: tuple[str, ...] = ()


class Terms:
    """What ResourceOptions allow, rendered once."""

    __slots__ = (
        "_allowed",
        "allowed",
        "credentials",
        "exposed",
        "exposes_all",
        "max_age",
        "only_allow_origin",
        "options",
        "timing",
    )

    def __init__(self, options: ResourceOptions, *, credentials: bool) -> None:
        self.options = options
        self.credentials = credentials
        self._allowed = frozenset(options.allow_headers)
        #: Names (upper case) that a script may set; empty if a wildcard decides.
        self.allowed = self._allowed if "*" not in self._allowed else frozenset()
        self.timing = options.allow_timing
        #: The value of Access-Control-Expose-Headers, or None for no such header.
        self.exposed: str | None
        #: All headers of the response are exposed by name, because a literal "*" has no effect with
        #: credentials (Fetch §3.3.3).
        self.exposes_all = options.expose_headers == "*" and credentials
        if options.expose_headers == "*":
            self.exposed = None if credentials else "*"
        else:
            self.exposed = exposable(options.expose_headers)
        #: An actual response needs no header but Access-Control-Allow-Origin.
        self.only_allow_origin = not (credentials or self.timing or options.expose_headers)
        self.max_age = None if options.max_age is None else str(options.max_age)

    def refused_headers(self, names: frozenset[str]) -> frozenset[str]:
        """Return those of ``names`` (upper case) that a script may not set."""
        allowed = self._allowed
        if "*" not in allowed:
            return names - allowed
        # The wildcard never covers Authorization (Fetch §4.8, CORS-preflight fetch).
        if self.credentials or "AUTHORIZATION" in allowed:
            return names & _NEVER_ALLOWED
        return names & _NOT_BY_WILDCARD


@final
class Grant:
    """A permission: the value of Access-Control-Allow-Origin, the terms, and what granted it.

    ``key`` is what the config lists: an origin, a wildcard, an expression, a function, or ``"*"``.
    """

    # It is read for each response, and reading the fields of a named tuple takes longer.
    __slots__ = ("allow_origin", "key", "terms")

    def __init__(self, allow_origin: str, terms: Terms, key: Any) -> None:
        self.allow_origin = allow_origin
        self.terms = terms
        self.key = key


def exposable(names: Iterable[str]) -> str | None:
    """Return the value of Access-Control-Expose-Headers for header names, sorted; None if empty.

    Safelisted names are left out, because scripts can always read them, and so is Set-Cookie,
    because they never can (Fetch §2.2.2).
    """
    by_lower = {name.lower(): name for name in sorted(names, reverse=True) if is_token(name)}
    for name in SAFELISTED_RESPONSE_HEADERS | FORBIDDEN_RESPONSE_HEADERS:
        by_lower.pop(name, None)
    return ",".join(by_lower[name] for name in sorted(by_lower)) or None


@lru_cache(maxsize=256)
def exposable_of_response(*names: str) -> str | None:
    """Return the value for all header names of a response except those that a verdict replaces."""
    return exposable(name for name in names if name.lower() not in _REPLACED)
