"""The decision as a table: configs and a request, the outcome, the complete CORS header map.

Expectations are written by hand. What patterns match is in ``test_origins.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from aiohttp_cors._core.config import parse_config
from aiohttp_cors._core.origin_table import OriginTable
from aiohttp_cors._core.policy import MethodRule, Policy, decide, policy_of_mapping
from aiohttp_cors._core.verdict import Denial, Grant, Reason, Terms, exposable
from aiohttp_cors.resource_options import ResourceOptions

GOOD = "https://good.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"

# What a request is.


class Request(NamedTuple):
    """A request that carries an Origin header, or none."""

    origin: str | None
    #: Names that a preflight requests; None: an actual request.
    requested: frozenset[str] | None
    #: Names of the headers that the response to an actual request has.
    response: tuple[str, ...] = ()


def actual(origin: str | None = None, *response: str) -> Request:
    return Request(origin, None, response)


def preflight(origin: str | None = None, *names: str) -> Request:
    return Request(origin, frozenset(names))


# What is expected of it.


class Outcome(NamedTuple):
    """The verdict, and the CORS headers that it writes."""

    granted: bool
    headers: dict[str, str]
    #: None: which one is nobody's business.
    denial: Denial | None = None


def readable(
    allow_origin: str,
    *,
    credentials: bool = False,
    expose: str | None = None,
    timing: bool = False,
    vary: bool = True,
) -> Outcome:
    """Expect that a page may read the response to an actual request."""
    headers = {"Access-Control-Allow-Origin": allow_origin}
    if credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if expose is not None:
        headers["Access-Control-Expose-Headers"] = expose
    if timing:
        headers["Timing-Allow-Origin"] = allow_origin
    if vary:
        headers["Vary"] = "Origin"
    return Outcome(True, headers)


def unreadable(reason: Reason | None = None) -> Outcome:
    """Expect that no page may read the response to an actual request."""
    return Outcome(False, {"Vary": "Origin"}, None if reason is None else Denial(reason))


def passes(
    allow_origin: str,
    *,
    credentials: bool = False,
    max_age: str | None = None,
    names: str | None = None,
) -> Outcome:
    """Expect that a preflight is granted."""
    headers = {"Access-Control-Allow-Origin": allow_origin}
    if credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if max_age is not None:
        headers["Access-Control-Max-Age"] = max_age
    if names is not None:
        headers["Access-Control-Allow-Headers"] = names
    return Outcome(True, headers)


def refused(reason: Reason | None = None, *names: str) -> Outcome:
    """Expect that a preflight is refused."""
    return Outcome(False, {}, None if reason is None else Denial(reason, names))


# What decides.

#: The route itself was added.
ADDED = MethodRule(explicit=True, by_default=False, names=())


def whole(*names: str) -> MethodRule:
    """Make the rule of a safelisted method of a resource that was added."""
    return MethodRule(explicit=False, by_default=True, names=names)


def only_listed(*names: str) -> MethodRule:
    """Make the rule of a method that only ``allow_methods`` can allow."""
    return MethodRule(explicit=False, by_default=False, names=names)


def make_policy(
    layers: list[dict[str, Any]], rule: MethodRule = ADDED, *, routed: bool = True
) -> Policy:
    """Make the policy of layers: route, resource, defaults."""
    return Policy(tuple(OriginTable(parse_config(each)) for each in layers), rule, routed=routed)


def written(policy: Policy, request: Request) -> tuple[Grant | Denial, dict[str, str]]:
    """Decide, and write the verdict down as headers."""
    verdict = decide(policy, request.origin, request.requested)
    assert isinstance(verdict, (Grant, Denial))
    headers: dict[str, str] = {}
    if request.requested is None and policy.public is None:
        headers["Vary"] = "Origin"
    if isinstance(verdict, Denial):
        return verdict, headers
    terms = verdict.terms
    headers["Access-Control-Allow-Origin"] = verdict.allow_origin
    if terms.credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if request.requested is None:
        exposed = exposable(request.response) if terms.exposes_all else terms.exposed
        if exposed is not None:
            headers["Access-Control-Expose-Headers"] = exposed
        if terms.timing:
            headers["Timing-Allow-Origin"] = verdict.allow_origin
    else:
        if terms.max_age is not None:
            headers["Access-Control-Max-Age"] = terms.max_age
        if request.requested:
            headers["Access-Control-Allow-Headers"] = ",".join(sorted(request.requested))
    return verdict, headers


PLAIN = ResourceOptions()
CREDENTIALS = ResourceOptions(allow_credentials=True)

# Options that show which layer decided, in actual responses and in preflights.
ROUTE = ResourceOptions(expose_headers=["X-Route"], max_age=1)
RESOURCE = ResourceOptions(expose_headers=["X-Resource"], max_age=2)
DEFAULTS = ResourceOptions(expose_headers=["X-Defaults"], max_age=3)

# Layers, request, outcome; the route itself was added.
LAYERS = [
    pytest.param([{GOOD: ROUTE}], actual(GOOD), readable(GOOD, expose="X-Route"), id="exact"),
    pytest.param(
        [{GOOD: ROUTE}], preflight(GOOD), passes(GOOD, max_age="1"), id="exact, preflight"
    ),
    pytest.param(
        [{GOOD: ROUTE}, {GOOD: RESOURCE}, {GOOD: DEFAULTS}],
        actual(GOOD),
        readable(GOOD, expose="X-Route"),
        id="exact in all three",
    ),
    pytest.param(
        [{GOOD: ROUTE}, {GOOD: RESOURCE}, {GOOD: DEFAULTS}],
        preflight(GOOD),
        passes(GOOD, max_age="1"),
        id="exact in all three, preflight",
    ),
    pytest.param(
        [{OTHER: ROUTE}, {GOOD: RESOURCE}, {GOOD: DEFAULTS}],
        actual(GOOD),
        readable(GOOD, expose="X-Resource"),
        id="exact in the lower two",
    ),
    pytest.param(
        [{OTHER: ROUTE}, {OTHER: RESOURCE}, {GOOD: DEFAULTS}],
        actual(GOOD),
        readable(GOOD, expose="X-Defaults"),
        id="exact in the defaults",
    ),
    pytest.param(
        [{OTHER: ROUTE}, {OTHER: RESOURCE}, {GOOD: DEFAULTS}],
        preflight(GOOD),
        passes(GOOD, max_age="3"),
        id="exact in the defaults, preflight",
    ),
    pytest.param(
        [{}, {GOOD: RESOURCE}],
        actual(GOOD),
        readable(GOOD, expose="X-Resource"),
        id="empty layer above",
    ),
    pytest.param(
        [{GOOD: ROUTE}, {}], actual(GOOD), readable(GOOD, expose="X-Route"), id="empty layer below"
    ),
    pytest.param(
        [{"*": ROUTE}, {GOOD: RESOURCE}],
        actual(GOOD),
        readable(GOOD, expose="X-Resource"),
        id="exact below beats any above",
    ),
    pytest.param(
        [{"*": ROUTE}, {GOOD: RESOURCE}],
        preflight(GOOD),
        passes(GOOD, max_age="2"),
        id="exact below beats any above, preflight",
    ),
    pytest.param(
        [{"*": ROUTE}, {"*": RESOURCE}, {GOOD: DEFAULTS}],
        actual(GOOD),
        readable(GOOD, expose="X-Defaults"),
        id="exact in the defaults beats two above",
    ),
    pytest.param(
        [{GOOD: ROUTE, "*": RESOURCE}],
        actual(GOOD),
        readable(GOOD, expose="X-Route"),
        id="exact beats any beside it",
    ),
    pytest.param(
        [{"*": RESOURCE, GOOD: ROUTE}],
        actual(GOOD),
        readable(GOOD, expose="X-Route"),
        id="exact beats any beside it, written last",
    ),
    pytest.param(
        [{"*": ROUTE}, {GOOD: RESOURCE}],
        actual(EVIL),
        readable(EVIL, expose="X-Route"),
        id="any above for the rest",
    ),
    pytest.param(
        [{GOOD: ROUTE}, {"*": RESOURCE}],
        actual(EVIL),
        readable(EVIL, expose="X-Resource"),
        id="any below for the rest",
    ),
    pytest.param(
        [{GOOD: ROUTE}, {"*": RESOURCE}],
        preflight(EVIL),
        passes(EVIL, max_age="2"),
        id="any below for the rest, preflight",
    ),
    pytest.param(
        [{GOOD: ROUTE}, {"*": RESOURCE}, {"*": DEFAULTS}],
        actual(EVIL),
        readable(EVIL, expose="X-Resource"),
        id="any in the lower two",
    ),
    pytest.param(
        [{"*": ROUTE}, {"*": RESOURCE}, {"*": DEFAULTS}],
        preflight(EVIL),
        passes("*", max_age="1"),
        id="any in all three",
    ),
    pytest.param(
        [{"https://one.example": ROUTE}, {"https://two.example": RESOURCE}, {GOOD: DEFAULTS}],
        actual("https://two.example"),
        readable("https://two.example", expose="X-Resource"),
        id="each layer lists one, a request of the middle one",
    ),
    pytest.param(
        [{"https://one.example": ROUTE}, {"https://two.example": RESOURCE}, {GOOD: DEFAULTS}],
        actual(EVIL),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="each layer lists one, a request of none of them",
    ),
    pytest.param(
        [{GOOD: ROUTE}],
        preflight(EVIL),
        refused(Reason.ORIGIN_NOT_LISTED),
        id="unlisted, preflight",
    ),
    pytest.param([{GOOD: ROUTE}], actual(), unreadable(Reason.NO_ORIGIN), id="no Origin"),
    pytest.param(
        [{GOOD: ROUTE}], preflight(), refused(Reason.NO_ORIGIN), id="no Origin, preflight"
    ),
    pytest.param([], actual(GOOD), unreadable(Reason.NO_ORIGIN_LISTED), id="nothing configured"),
    pytest.param(
        [], preflight(GOOD), refused(Reason.NO_ORIGIN_LISTED), id="nothing configured, preflight"
    ),
    pytest.param([], actual(), unreadable(Reason.NO_ORIGIN), id="nothing configured, no Origin"),
    pytest.param([], actual("null"), unreadable(Reason.NO_ORIGIN_LISTED), id="nothing for null"),
    pytest.param([{}], actual(GOOD), unreadable(), id="empty config"),
    pytest.param([{}], preflight(GOOD), refused(), id="empty config, preflight"),
    pytest.param([{}, {}], actual("*"), unreadable(), id="empty config, star as Origin"),
    # The more specific layer decides, be it the stricter one or not.
    pytest.param(
        [{GOOD: PLAIN}, {GOOD: CREDENTIALS}], actual(GOOD), readable(GOOD), id="stricter above"
    ),
    pytest.param(
        [{GOOD: CREDENTIALS}, {GOOD: PLAIN}],
        actual(GOOD),
        readable(GOOD, credentials=True),
        id="looser above",
    ),
    pytest.param(
        [{"*": PLAIN}, {GOOD: CREDENTIALS}],
        actual(GOOD),
        readable(GOOD, credentials=True),
        id="exact with credentials below any",
    ),
    pytest.param(
        [{"*": PLAIN}, {GOOD: CREDENTIALS}],
        actual(EVIL),
        readable(EVIL),
        id="any above exact with credentials",
    ),
]

ANY = [
    # Anonymous and alone: one response for all, of which shared caches store one copy.
    pytest.param([{"*": PLAIN}], actual(GOOD), readable("*", vary=False), id="alone"),
    pytest.param([{"*": PLAIN}], actual(), readable("*", vary=False), id="alone, no Origin"),
    pytest.param([{"*": PLAIN}], actual("null"), readable("*", vary=False), id="alone, null"),
    pytest.param([{"*": PLAIN}], actual(""), readable("*", vary=False), id="alone, empty"),
    pytest.param(
        [{"*": PLAIN}], actual("good.example"), readable("*", vary=False), id="alone, malformed"
    ),
    pytest.param(
        [{"*": PLAIN}], actual("https://\xfc.example"), readable("*", vary=False), id="alone, bytes"
    ),
    pytest.param(
        [{"*": PLAIN}], actual(f"{GOOD}, {EVIL}"), readable("*", vary=False), id="alone, two lines"
    ),
    pytest.param([{"*": PLAIN}], preflight(GOOD), passes("*"), id="alone, preflight"),
    pytest.param([{"*": PLAIN}], preflight("null"), passes("*"), id="alone, null preflight"),
    pytest.param([{"*": PLAIN}], preflight("x"), passes("*"), id="alone, malformed preflight"),
    pytest.param([{"*": PLAIN}], preflight(""), passes("*"), id="alone, empty preflight"),
    pytest.param(
        [{"*": PLAIN}], preflight(), refused(Reason.NO_ORIGIN), id="alone, no Origin preflight"
    ),
    pytest.param(
        [{"*": PLAIN}],
        preflight("https://\xfc.example"),
        refused(Reason.MALFORMED_ORIGIN),
        id="alone, bytes preflight",
    ),
    pytest.param(
        [{"*": PLAIN}],
        preflight(f"{GOOD}, {GOOD}"),
        refused(Reason.MALFORMED_ORIGIN),
        id="alone, two lines preflight",
    ),
    pytest.param(
        [{}, {"*": PLAIN}], actual(), readable("*", vary=False), id="alone, below an empty layer"
    ),
    pytest.param(
        [{"*": ROUTE}, {"*": DEFAULTS}],
        actual(GOOD),
        readable("*", expose="X-Route", vary=False),
        id="alone in two layers",
    ),
    pytest.param(
        [{"*": PLAIN}, {"*": CREDENTIALS}],
        actual(GOOD),
        readable("*", vary=False),
        id="alone, above one with credentials that can't decide",
    ),
    # Beside others: the response names the origin.
    pytest.param([{"*": PLAIN, GOOD: PLAIN}], actual(GOOD), readable(GOOD), id="beside, listed"),
    pytest.param([{"*": PLAIN, GOOD: PLAIN}], actual(EVIL), readable(EVIL), id="beside, any"),
    pytest.param(
        [{"*": PLAIN, GOOD: PLAIN}], actual(), unreadable(Reason.NO_ORIGIN), id="beside, no Origin"
    ),
    pytest.param([{"*": PLAIN, GOOD: PLAIN}], actual("null"), readable("*"), id="beside, null"),
    pytest.param([{"*": PLAIN, GOOD: PLAIN}], actual("x"), readable("*"), id="beside, malformed"),
    pytest.param([{"*": PLAIN, GOOD: PLAIN}], actual(""), readable("*"), id="beside, empty"),
    pytest.param(
        [{"*": PLAIN, GOOD: PLAIN}],
        actual("https://\xfc.example"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="beside, bytes",
    ),
    pytest.param(
        [{"*": PLAIN, GOOD: PLAIN}],
        actual(f"{GOOD}, {EVIL}"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="beside, two lines",
    ),
    pytest.param(
        [{"*": PLAIN, GOOD: PLAIN}], preflight(EVIL), passes(EVIL), id="beside, preflight"
    ),
    pytest.param([{"*": PLAIN, "null": PLAIN}], actual(GOOD), readable(GOOD), id="beside null"),
    pytest.param(
        [{"*": PLAIN, "\xfc": PLAIN}], actual(GOOD), readable(GOOD), id="beside a useless key"
    ),
    pytest.param(
        [{"*": PLAIN}, {GOOD: PLAIN}], actual(EVIL), readable(EVIL), id="above a listed one"
    ),
    pytest.param(
        [{GOOD: PLAIN}, {"*": PLAIN}], actual(EVIL), readable(EVIL), id="below a listed one"
    ),
    # With credentials: never the literal "*" and credentials together (Fetch 3.3.3).
    pytest.param(
        [{"*": CREDENTIALS}],
        actual(EVIL),
        readable(EVIL, credentials=True),
        id="credentials, origin",
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        preflight(EVIL),
        passes(EVIL, credentials=True),
        id="credentials, preflight",
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        actual("http://[2001:db8::1]:8080"),
        readable("http://[2001:db8::1]:8080", credentials=True),
        id="credentials, address",
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        actual(),
        unreadable(Reason.NO_ORIGIN),
        id="credentials, no Origin",
    ),
    pytest.param([{"*": CREDENTIALS}], actual("null"), readable("*"), id="credentials, null"),
    pytest.param(
        [{"*": CREDENTIALS}], preflight("null"), passes("*"), id="credentials, null preflight"
    ),
    pytest.param([{"*": CREDENTIALS}], actual("*"), readable("*"), id="credentials, star"),
    pytest.param([{"*": CREDENTIALS}], actual(""), readable("*"), id="credentials, empty"),
    pytest.param([{"*": CREDENTIALS}], actual(f"{GOOD}/"), readable("*"), id="credentials, slash"),
    pytest.param(
        [{"*": CREDENTIALS}], actual("https://GOOD.example"), readable("*"), id="credentials, upper"
    ),
    pytest.param(
        [{"*": CREDENTIALS}], actual(f"{GOOD}:443"), readable("*"), id="credentials, default port"
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        actual("https://good.example@evil.example"),
        readable("*"),
        id="credentials, user info",
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        actual("https://\xfc.example"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="credentials, bytes",
    ),
    pytest.param(
        [{"*": CREDENTIALS}],
        actual(f"{GOOD}, {GOOD}"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="credentials, two lines",
    ),
    pytest.param(
        [{"*": CREDENTIALS}, {"*": PLAIN}],
        actual(EVIL),
        readable(EVIL, credentials=True),
        id="credentials above an anonymous one",
    ),
    pytest.param(
        [{"*": CREDENTIALS, GOOD: PLAIN}],
        actual(GOOD),
        readable(GOOD),
        id="credentials for all but the listed one",
    ),
]

OPAQUE = [
    pytest.param([{"null": PLAIN}], actual("null"), readable("null"), id="listed"),
    pytest.param([{"null": PLAIN}], preflight("null"), passes("null"), id="listed, preflight"),
    pytest.param(
        [{"null": CREDENTIALS}],
        actual("null"),
        readable("null", credentials=True),
        id="listed with credentials",
    ),
    pytest.param(
        [{"null": CREDENTIALS, "*": PLAIN}],
        actual("null"),
        readable("null", credentials=True),
        id="listed beside any",
    ),
    pytest.param(
        [{"*": PLAIN}, {"null": CREDENTIALS}],
        actual("null"),
        readable("null", credentials=True),
        id="listed below any",
    ),
    pytest.param(
        [{"null": PLAIN, "*": CREDENTIALS}],
        actual("null"),
        readable("null"),
        id="listed beside any with credentials",
    ),
    pytest.param(
        [{GOOD: PLAIN}], actual("null"), unreadable(Reason.ORIGIN_NOT_LISTED), id="not listed"
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight("null"),
        refused(Reason.ORIGIN_NOT_LISTED),
        id="not listed, preflight",
    ),
    pytest.param(
        [{"null": PLAIN}], actual("NULL"), unreadable(Reason.ORIGIN_NOT_LISTED), id="upper case"
    ),
    pytest.param(
        [{"null": PLAIN}], actual(""), unreadable(Reason.ORIGIN_NOT_LISTED), id="empty is no null"
    ),
    pytest.param([{"null": PLAIN}], actual(), unreadable(Reason.NO_ORIGIN), id="none is no null"),
    pytest.param(
        [{"null": PLAIN}],
        actual("null, null"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="two lines",
    ),
    pytest.param(
        [{"null": PLAIN}], actual(GOOD), unreadable(Reason.ORIGIN_NOT_LISTED), id="others"
    ),
]

#: Keys and Origin headers that are not origins: the very same text matches.
MALFORMED = [
    pytest.param(
        [{"localhost:3000": PLAIN}],
        actual("localhost:3000"),
        readable("localhost:3000"),
        id="no scheme",
    ),
    pytest.param(
        [{"localhost:3000": CREDENTIALS}],
        preflight("localhost:3000"),
        passes("localhost:3000", credentials=True),
        id="no scheme, preflight",
    ),
    pytest.param([{"": PLAIN}], actual(""), readable(""), id="empty"),
    pytest.param([{"": PLAIN}], actual(), unreadable(Reason.NO_ORIGIN), id="empty is not missing"),
    pytest.param(
        [{"": PLAIN}], actual(GOOD), unreadable(Reason.ORIGIN_NOT_LISTED), id="empty is not all"
    ),
    pytest.param(
        [{f"{GOOD}/": PLAIN}], actual(f"{GOOD}/"), readable(f"{GOOD}/"), id="trailing slash"
    ),
    pytest.param(
        [{f"{GOOD}/": PLAIN}],
        actual(GOOD),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="trailing slash in the key alone",
    ),
    pytest.param(
        [{"https://GOOD.example": PLAIN}],
        actual("https://GOOD.example"),
        readable("https://GOOD.example"),
        id="upper case",
    ),
    pytest.param(
        [{"https://GOOD.example": PLAIN}],
        actual(GOOD),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="upper case in the key alone",
    ),
    pytest.param(
        [{f"{GOOD}:443": PLAIN}],
        actual(GOOD),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="default port in the key alone",
    ),
    pytest.param(
        [{f"{GOOD}/": PLAIN, "*": CREDENTIALS}],
        actual(f"{GOOD}/"),
        readable(f"{GOOD}/"),
        id="same text before any",
    ),
    # No honest client sends these, so no key lists them.
    pytest.param(
        [{"https://b\xfccher.example": PLAIN}],
        actual("https://b\xfccher.example"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="same text with bytes",
    ),
    pytest.param(
        [{"https://b\xfccher.example": PLAIN}],
        preflight("https://b\xfccher.example"),
        refused(Reason.MALFORMED_ORIGIN),
        id="same text with bytes, preflight",
    ),
    pytest.param(
        [{f"{GOOD}, {OTHER}": PLAIN}],
        actual(f"{GOOD}, {OTHER}"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="same text as two lines",
    ),
    pytest.param(
        [{f"{GOOD}, {OTHER}": PLAIN}],
        preflight(f"{GOOD}, {OTHER}"),
        refused(Reason.MALFORMED_ORIGIN),
        id="same text as two lines, preflight",
    ),
    pytest.param(
        [{" ": PLAIN}], actual(" "), unreadable(Reason.ORIGIN_NOT_LISTED), id="same white space"
    ),
    pytest.param(
        [{GOOD: PLAIN, OTHER: PLAIN}],
        actual(f"{GOOD}, {OTHER}"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="two lines, both listed",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        actual(f"{GOOD}, {GOOD}"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="the listed one twice",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(f"{GOOD}, {GOOD}"),
        refused(Reason.MALFORMED_ORIGIN),
        id="the listed one twice, preflight",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        actual(f"{GOOD}\udcff"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="a byte that is not UTF-8",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(f"{GOOD}\udcff"),
        refused(Reason.MALFORMED_ORIGIN),
        id="a byte that is not UTF-8, preflight",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(f"{GOOD}\n"),
        refused(Reason.MALFORMED_ORIGIN),
        id="newline, preflight",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(f"{GOOD}\x7f"),
        refused(Reason.MALFORMED_ORIGIN),
        id="delete, preflight",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(f"{GOOD} "),
        refused(Reason.MALFORMED_ORIGIN),
        id="space, preflight",
    ),
]


def near(words: str, key: str, origin: str, *, listed: bool = False) -> Iterator[Any]:
    """Yield the rows of an origin that is, or is not, the one that is listed."""
    found = readable(origin) if listed else unreadable(Reason.ORIGIN_NOT_LISTED)
    wanted = passes(origin) if listed else refused(Reason.ORIGIN_NOT_LISTED)
    yield pytest.param([{key: PLAIN}], actual(origin), found, id=words)
    yield pytest.param([{key: PLAIN}], preflight(origin), wanted, id=f"{words}, preflight")


#: Origins are compared byte for byte.
NEAR = [
    *near("same", GOOD, GOOD, listed=True),
    *near("same with port", f"{GOOD}:8443", f"{GOOD}:8443", listed=True),
    *near("same address", "http://[::1]:3000", "http://[::1]:3000", listed=True),
    *near("same with a dot", f"{GOOD}.", f"{GOOD}.", listed=True),
    *near("same extension", "chrome-extension://abc", "chrome-extension://abc", listed=True),
    *near("host in upper case", GOOD, "https://GOOD.example"),
    *near("scheme in upper case", GOOD, "HTTPS://good.example"),
    *near("port too many", GOOD, f"{GOOD}:8443"),
    *near("default port", GOOD, f"{GOOD}:443"),
    *near("port missing", f"{GOOD}:8443", GOOD),
    *near("other port", f"{GOOD}:8443", f"{GOOD}:8444"),
    *near("longer port", f"{GOOD}:844", f"{GOOD}:8443"),
    *near("port with a zero", f"{GOOD}:8443", f"{GOOD}:08443"),
    *near("less safe scheme", GOOD, "http://good.example"),
    *near("safer scheme", "http://good.example", GOOD),
    *near("no scheme", GOOD, "good.example"),
    *near("trailing dot", GOOD, f"{GOOD}."),
    *near("trailing dot missing", f"{GOOD}.", GOOD),
    *near("trailing slash", GOOD, f"{GOOD}/"),
    *near("suffix", GOOD, f"{GOOD}.evil.example"),
    *near("prefix of the host", GOOD, "https://evilgood.example"),
    *near("sub-domain", GOOD, "https://www.good.example"),
    *near("parent", "https://www.good.example", GOOD),
    *near("cut off", GOOD, "https://good.exampl"),
    *near("a dot is a dot", GOOD, "https://goodXexample"),
    *near("user info", GOOD, "https://good.example@evil.example"),
    *near("star as Origin", GOOD, "*"),
    *near("empty", GOOD, ""),
]


def methods(*names: str) -> ResourceOptions:
    return ResourceOptions(allow_methods=names)


ALL_METHODS = ResourceOptions(allow_methods="*")


def ruled(
    words: str, layers: list[dict[str, Any]], rule: MethodRule, *, allowed: bool, origin: str = GOOD
) -> Iterator[Any]:
    """Yield the rows of a method that is, or is not, allowed: the rule is the same for both."""
    found = readable(origin) if allowed else unreadable(Reason.METHOD_NOT_SHARED)
    wanted = passes(origin) if allowed else refused(Reason.METHOD_NOT_SHARED)
    yield pytest.param(layers, rule, actual(origin), found, id=words)
    yield pytest.param(layers, rule, preflight(origin), wanted, id=f"{words}, preflight")


METHODS = [
    # the route itself was added
    *ruled("added", [{GOOD: PLAIN}], ADDED, allowed=True),
    *ruled("added, no method listed", [{GOOD: methods()}], ADDED, allowed=True),
    *ruled("added, another listed", [{GOOD: methods("PUT")}], ADDED, allowed=True),
    # its resource was added
    *ruled("safelisted", [{GOOD: PLAIN}], whole("GET"), allowed=True),
    *ruled("safelisted, no method listed", [{GOOD: methods()}], whole("GET"), allowed=False),
    *ruled("safelisted, another listed", [{GOOD: methods("PUT")}], whole("GET"), allowed=False),
    *ruled("safelisted, listed", [{GOOD: methods("GET")}], whole("GET"), allowed=True),
    *ruled("safelisted, all listed", [{GOOD: ALL_METHODS}], whole("GET"), allowed=True),
    *ruled("not safelisted", [{GOOD: PLAIN}], only_listed("PUT"), allowed=False),
    *ruled("none listed", [{GOOD: methods()}], only_listed("PUT"), allowed=False),
    *ruled("listed", [{GOOD: methods("PUT")}], only_listed("PUT"), allowed=True),
    *ruled("listed among others", [{GOOD: methods("A", "PUT")}], only_listed("PUT"), allowed=True),
    *ruled("another listed", [{GOOD: methods("PATCH")}], only_listed("PUT"), allowed=False),
    *ruled("listed in lower case", [{GOOD: methods("put")}], only_listed("PUT"), allowed=True),
    *ruled("requested in lower case", [{GOOD: methods("PUT")}], only_listed("put"), allowed=False),
    *ruled("both in lower case", [{GOOD: methods("patch")}], only_listed("patch"), allowed=False),
    *ruled("requested by a part", [{GOOD: methods("PUT")}], only_listed("PU"), allowed=False),
    *ruled("all listed", [{GOOD: ALL_METHODS}], only_listed("PUT"), allowed=True),
    *ruled("all listed, own method", [{GOOD: ALL_METHODS}], only_listed("FROB"), allowed=True),
    *ruled("all beside others", [{GOOD: methods("GET", "*")}], only_listed("PUT"), allowed=True),
    *ruled("nothing said", [{GOOD: PLAIN}], only_listed(), allowed=False),
    # HEAD is served by the handler of GET
    *ruled("HEAD as GET", [{GOOD: methods("GET")}], only_listed("HEAD", "GET"), allowed=True),
    *ruled("HEAD as itself", [{GOOD: methods("HEAD")}], only_listed("HEAD", "GET"), allowed=True),
    *ruled("HEAD as nothing", [{GOOD: methods("POST")}], only_listed("HEAD", "GET"), allowed=False),
    *ruled("HEAD of its own", [{GOOD: methods("GET")}], only_listed("HEAD"), allowed=False),
    *ruled("GET is no HEAD", [{GOOD: methods("HEAD")}], only_listed("GET"), allowed=False),
    # the options that apply are those of the key that decides
    *ruled(
        "listed for others",
        [{GOOD: PLAIN, OTHER: methods("PUT")}],
        only_listed("PUT"),
        allowed=False,
    ),
    *ruled(
        "listed for any, not for the exact one",
        [{GOOD: PLAIN, "*": methods("PUT")}],
        only_listed("PUT"),
        allowed=False,
    ),
    *ruled(
        "listed for the exact one, not for any",
        [{GOOD: methods("PUT"), "*": PLAIN}],
        only_listed("PUT"),
        allowed=True,
    ),
    *ruled(
        "listed for the exact one alone",
        [{GOOD: methods("PUT"), "*": PLAIN}],
        only_listed("PUT"),
        allowed=False,
        origin=EVIL,
    ),
    *ruled(
        "listed below, not above",
        [{GOOD: PLAIN}, {GOOD: methods("PUT")}],
        only_listed("PUT"),
        allowed=False,
    ),
    *ruled(
        "listed above, not below",
        [{GOOD: methods("PUT")}, {GOOD: PLAIN}],
        only_listed("PUT"),
        allowed=True,
    ),
    *ruled(
        "tightened above",
        [{GOOD: methods()}, {GOOD: ALL_METHODS}],
        whole("GET"),
        allowed=False,
    ),
    *ruled(
        "exact one below tightens",
        [{"*": ALL_METHODS}, {GOOD: methods("GET")}],
        only_listed("PUT"),
        allowed=False,
    ),
    # anonymous "*" alone is one response for all only where it allows the method
    pytest.param(
        [{"*": methods("GET")}],
        only_listed("GET"),
        actual(),
        readable("*", vary=False),
        id="any, listed",
    ),
    pytest.param(
        [{"*": PLAIN}], whole("GET"), actual(), readable("*", vary=False), id="any, safelisted"
    ),
    pytest.param(
        [{"*": methods("GET")}],
        only_listed("PUT"),
        actual(GOOD),
        unreadable(Reason.METHOD_NOT_SHARED),
        id="any, another listed",
    ),
    pytest.param(
        [{"*": methods("GET")}],
        only_listed("PUT"),
        preflight(GOOD),
        refused(Reason.METHOD_NOT_SHARED),
        id="any, another listed, preflight",
    ),
    pytest.param(
        [{"*": methods("GET")}],
        only_listed("PUT"),
        actual(),
        unreadable(Reason.NO_ORIGIN),
        id="any, another listed, no Origin",
    ),
    # what is said first where several things are wrong: users match the words
    pytest.param(
        [{GOOD: methods("GET")}],
        only_listed("PUT"),
        preflight(GOOD, "X-A"),
        refused(Reason.METHOD_NOT_SHARED),
        id="method before headers",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        ADDED,
        preflight(EVIL, "X-A"),
        refused(Reason.ORIGIN_NOT_LISTED),
        id="origin before headers",
    ),
    pytest.param(
        [{GOOD: PLAIN}],
        only_listed("PUT"),
        preflight(EVIL),
        refused(Reason.METHOD_NOT_SHARED),
        id="method before origin",
    ),
    pytest.param(
        [], only_listed("PUT"), preflight(GOOD), refused(Reason.METHOD_NOT_SHARED), id="no layer"
    ),
]

#: The method has no handler: there is nothing that a preflight could be for.
UNROUTED = [
    pytest.param(
        [{GOOD: PLAIN}], preflight(GOOD), refused(Reason.METHOD_NOT_SHARED), id="preflight"
    ),
    pytest.param(
        [{"*": PLAIN}], preflight(GOOD), refused(Reason.METHOD_NOT_SHARED), id="any, preflight"
    ),
    pytest.param(
        [{GOOD: ALL_METHODS}],
        preflight(GOOD),
        refused(Reason.METHOD_NOT_SHARED),
        id="all methods listed, preflight",
    ),
    pytest.param(
        [{GOOD: PLAIN}], preflight(), refused(Reason.NO_ORIGIN), id="no Origin, preflight"
    ),
    pytest.param([{GOOD: PLAIN}], preflight(f"{GOOD}, x"), refused(), id="two lines, preflight"),
    # A page reads the 405.
    pytest.param([{GOOD: PLAIN}], actual(GOOD), readable(GOOD), id="actual"),
    pytest.param([{"*": PLAIN}], actual(), readable("*", vary=False), id="actual, any"),
]


def headers(*names: str, allow_credentials: bool = False) -> ResourceOptions:
    return ResourceOptions(allow_headers=names, allow_credentials=allow_credentials)


ALL_HEADERS = ResourceOptions(allow_headers="*")
ALL_HEADERS_CREDENTIALS = ResourceOptions(allow_headers="*", allow_credentials=True)

HEADERS = [
    pytest.param([{GOOD: PLAIN}], preflight(GOOD), passes(GOOD), id="none listed, none requested"),
    pytest.param(
        [{GOOD: PLAIN}],
        preflight(GOOD, "X-A"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-A"),
        id="none listed",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}], preflight(GOOD), passes(GOOD), id="listed, none requested"
    ),
    pytest.param(
        [{GOOD: headers("X-A")}], preflight(GOOD, "X-A"), passes(GOOD, names="X-A"), id="listed"
    ),
    pytest.param(
        [{GOOD: headers("x-a")}],
        preflight(GOOD, "X-A"),
        passes(GOOD, names="X-A"),
        id="listed in lower case",
    ),
    pytest.param(
        [{GOOD: headers("X-a", "x-A")}],
        preflight(GOOD, "X-A"),
        passes(GOOD, names="X-A"),
        id="listed in two mixed cases",
    ),
    pytest.param(
        [{GOOD: headers("X-C", "X-B", "X-A")}],
        preflight(GOOD, "X-B", "X-A"),
        passes(GOOD, names="X-A,X-B"),
        id="the requested ones, sorted",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}],
        preflight(GOOD, "X-A", "X-B"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-B"),
        id="one of two",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}],
        preflight(GOOD, "X-C", "X-A", "X-B"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-B", "X-C"),
        id="the refused ones sorted",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}],
        preflight(GOOD, "X-AA"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-AA"),
        id="longer name",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}],
        preflight(GOOD, "*"),
        refused(Reason.HEADERS_NOT_ALLOWED, "*"),
        id="star requested",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}],
        preflight(GOOD, "CONTENT-TYPE"),
        refused(Reason.HEADERS_NOT_ALLOWED, "CONTENT-TYPE"),
        id="browsers announce Content-Type only where it needs a grant",
    ),
    pytest.param(
        [{GOOD: headers("X-A")}, {GOOD: headers("X-B")}],
        preflight(GOOD, "X-B"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-B"),
        id="listed in the layer below alone",
    ),
    pytest.param(
        [{GOOD: headers("X-A"), "*": headers("X-B")}],
        preflight(GOOD, "X-B"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-B"),
        id="listed for any alone",
    ),
    pytest.param(
        [{GOOD: ALL_HEADERS}], preflight(GOOD), passes(GOOD), id="wildcard, none requested"
    ),
    pytest.param(
        [{GOOD: ALL_HEADERS}],
        preflight(GOOD, "X-B", "X-A"),
        passes(GOOD, names="X-A,X-B"),
        id="wildcard",
    ),
    pytest.param(
        [{GOOD: headers("*", "X-C")}],
        preflight(GOOD, "X-B", "X-A"),
        passes(GOOD, names="X-A,X-B"),
        id="wildcard beside others",
    ),
    pytest.param(
        [{"*": ALL_HEADERS}], preflight(EVIL, "X-A"), passes("*", names="X-A"), id="wildcard, any"
    ),
    pytest.param(
        [{"*": PLAIN}],
        preflight(EVIL, "X-A"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-A"),
        id="none listed, any",
    ),
    # In the response, browsers would read the name as the wildcard.
    *(
        pytest.param(
            [{GOOD: ResourceOptions(allow_headers=names, allow_credentials=credentials)}],
            preflight(GOOD, "*"),
            refused(Reason.HEADERS_NOT_ALLOWED, "*"),
            id=f"wildcard, star asked for, {description}",
        )
        for names, credentials, description in (
            ("*", False, "anonymous"),
            ("*", True, "credentials"),
            (["*", "Authorization"], False, "beside Authorization"),
        )
    ),
    # The wildcard never covers Authorization (Fetch 4.8).
    pytest.param(
        [{GOOD: ALL_HEADERS}],
        preflight(GOOD, "AUTHORIZATION"),
        refused(Reason.HEADERS_NOT_ALLOWED, "AUTHORIZATION"),
        id="wildcard, Authorization",
    ),
    pytest.param(
        [{GOOD: ALL_HEADERS}],
        preflight(GOOD, "X-A", "AUTHORIZATION"),
        refused(Reason.HEADERS_NOT_ALLOWED, "AUTHORIZATION"),
        id="wildcard, Authorization and another",
    ),
    pytest.param(
        [{GOOD: ALL_HEADERS}],
        preflight(GOOD, "PROXY-AUTHORIZATION"),
        passes(GOOD, names="PROXY-AUTHORIZATION"),
        id="wildcard, another name with Authorization in it",
    ),
    pytest.param(
        [{GOOD: headers("*", "X-A")}],
        preflight(GOOD, "AUTHORIZATION"),
        refused(Reason.HEADERS_NOT_ALLOWED, "AUTHORIZATION"),
        id="wildcard beside another, Authorization",
    ),
    pytest.param(
        [{GOOD: headers("*", "Authorization")}],
        preflight(GOOD, "AUTHORIZATION", "X-A"),
        passes(GOOD, names="AUTHORIZATION,X-A"),
        id="wildcard beside Authorization",
    ),
    pytest.param(
        [{GOOD: headers("authorization", "*")}],
        preflight(GOOD, "AUTHORIZATION"),
        passes(GOOD, names="AUTHORIZATION"),
        id="wildcard beside authorization",
    ),
    pytest.param(
        [{GOOD: headers("Authorization")}],
        preflight(GOOD, "AUTHORIZATION"),
        passes(GOOD, names="AUTHORIZATION"),
        id="Authorization listed",
    ),
    pytest.param(
        [{GOOD: headers("Authorization")}],
        preflight(GOOD, "AUTHORIZATION", "X-A"),
        refused(Reason.HEADERS_NOT_ALLOWED, "X-A"),
        id="Authorization listed, another requested too",
    ),
    pytest.param(
        [{GOOD: ALL_HEADERS_CREDENTIALS}],
        preflight(GOOD, "AUTHORIZATION", "X-A"),
        passes(GOOD, credentials=True, names="AUTHORIZATION,X-A"),
        id="wildcard with credentials, Authorization",
    ),
    pytest.param(
        [{GOOD: CREDENTIALS}],
        preflight(GOOD, "AUTHORIZATION"),
        refused(Reason.HEADERS_NOT_ALLOWED, "AUTHORIZATION"),
        id="credentials alone, Authorization",
    ),
    pytest.param(
        [{"*": ALL_HEADERS_CREDENTIALS}],
        preflight(EVIL, "AUTHORIZATION"),
        passes(EVIL, credentials=True, names="AUTHORIZATION"),
        id="any with credentials, Authorization",
    ),
    pytest.param(
        [{"*": ALL_HEADERS_CREDENTIALS}],
        preflight("null", "X-A"),
        passes("*", names="X-A"),
        id="any with credentials, null",
    ),
    pytest.param(
        [{"*": ALL_HEADERS_CREDENTIALS}],
        preflight("null", "AUTHORIZATION"),
        refused(Reason.HEADERS_NOT_ALLOWED, "AUTHORIZATION"),
        id="any with credentials, Authorization of null, which gets no credentials",
    ),
]


def exposing(*names: str, allow_credentials: bool = False) -> ResourceOptions:
    return ResourceOptions(expose_headers=names, allow_credentials=allow_credentials)


ALL_EXPOSED = ResourceOptions(expose_headers="*")
ALL_EXPOSED_CREDENTIALS = ResourceOptions(expose_headers="*", allow_credentials=True)

EXPOSED = [
    pytest.param([{GOOD: PLAIN}], actual(GOOD, "X-A"), readable(GOOD), id="none"),
    pytest.param(
        [{GOOD: exposing("X-A")}], actual(GOOD), readable(GOOD, expose="X-A"), id="one, not there"
    ),
    pytest.param(
        [{GOOD: exposing("X-C", "X-A", "X-B")}],
        actual(GOOD, "X-D"),
        readable(GOOD, expose="X-A,X-B,X-C"),
        id="sorted",
    ),
    pytest.param(
        [{GOOD: exposing("x-b", "x-a")}],
        actual(GOOD),
        readable(GOOD, expose="x-a,x-b"),
        id="as written",
    ),
    # Which spelling is no matter, but it must not follow the hash seed.
    pytest.param(
        [{GOOD: exposing("x-a", "X-A", "X-a", "x-B")}],
        actual(GOOD),
        readable(GOOD, expose="X-A,x-B"),
        id="each once, whatever the case",
    ),
    pytest.param(
        [{GOOD: exposing("X-A", "Content-Length")}],
        actual(GOOD),
        readable(GOOD, expose="X-A"),
        id="Content-Length is safelisted",
    ),
    pytest.param(
        [
            {
                GOOD: exposing(
                    "Cache-Control",
                    "Content-Language",
                    "Content-Length",
                    "Content-Type",
                    "Expires",
                    "Last-Modified",
                    "Pragma",
                )
            }
        ],
        actual(GOOD),
        readable(GOOD),
        id="all seven safelisted ones",
    ),
    pytest.param(
        [{GOOD: exposing("content-type", "EXPIRES", "X-A")}],
        actual(GOOD),
        readable(GOOD, expose="X-A"),
        id="safelisted in another case",
    ),
    pytest.param(
        [{GOOD: exposing("Set-Cookie", "set-cookie2", "X-A")}],
        actual(GOOD),
        readable(GOOD, expose="X-A"),
        id="cookies never",
    ),
    pytest.param(
        [{GOOD: exposing("SET-COOKIE")}], actual(GOOD), readable(GOOD), id="cookies alone"
    ),
    pytest.param(
        [{GOOD: exposing("X A", "X-B", "", "X,C")}],
        actual(GOOD),
        readable(GOOD, expose="X-B"),
        id="tokens only",
    ),
    pytest.param(
        [{GOOD: exposing("Date", "ETag")}],
        actual(GOOD),
        readable(GOOD, expose="Date,ETag"),
        id="Date and ETag are not safelisted",
    ),
    pytest.param(
        [{"*": exposing("X-A")}],
        actual(),
        readable("*", expose="X-A", vary=False),
        id="any, no Origin",
    ),
    pytest.param(
        [{GOOD: exposing("X-A", allow_credentials=True)}],
        actual(GOOD, "X-B"),
        readable(GOOD, credentials=True, expose="X-A"),
        id="with credentials",
    ),
    pytest.param(
        [{GOOD: exposing("X-A")}],
        actual(EVIL, "X-A"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="not for others",
    ),
    pytest.param(
        [{GOOD: exposing("X-A")}],
        preflight(GOOD),
        passes(GOOD),
        id="not in responses to preflights",
    ),
    # "*": literally where there are no credentials; browsers take it for a name otherwise.
    pytest.param(
        [{GOOD: ALL_EXPOSED}],
        actual(GOOD, "X-B", "Set-Cookie"),
        readable(GOOD, expose="*"),
        id="all",
    ),
    pytest.param(
        [{GOOD: exposing("X-A", "*")}],
        actual(GOOD, "X-B"),
        readable(GOOD, expose="*"),
        id="all beside others",
    ),
    pytest.param(
        [{"*": ALL_EXPOSED}],
        actual(),
        readable("*", expose="*", vary=False),
        id="all, any, no Origin",
    ),
    pytest.param(
        [{GOOD: ALL_EXPOSED_CREDENTIALS}],
        actual(GOOD, "X-B", "X-A"),
        readable(GOOD, credentials=True, expose="X-A,X-B"),
        id="all with credentials, those that are there",
    ),
    pytest.param(
        [{GOOD: ALL_EXPOSED_CREDENTIALS}],
        actual(GOOD, "SET-COOKIE", "content-TYPE", "Content-Length", "ETag", "Set-Cookie2"),
        readable(GOOD, credentials=True, expose="ETag"),
        id="all with credentials, filtered",
    ),
    pytest.param(
        [{GOOD: ALL_EXPOSED_CREDENTIALS}],
        actual(GOOD, "x-a", "X-A", "x-a"),
        readable(GOOD, credentials=True, expose="X-A"),
        id="all with credentials, a header that is there twice",
    ),
    pytest.param(
        [{GOOD: ALL_EXPOSED_CREDENTIALS}],
        actual(GOOD, "Content-Type"),
        readable(GOOD, credentials=True),
        id="all with credentials, nothing left",
    ),
    pytest.param(
        [{GOOD: exposing("*", "X-A", allow_credentials=True)}],
        actual(GOOD, "X-B"),
        readable(GOOD, credentials=True, expose="X-B"),
        id="all beside others with credentials",
    ),
    pytest.param(
        [{"*": ALL_EXPOSED_CREDENTIALS}],
        actual(EVIL, "X-A"),
        readable(EVIL, credentials=True, expose="X-A"),
        id="all with credentials, any",
    ),
    pytest.param(
        [{"*": ALL_EXPOSED_CREDENTIALS}],
        actual("null", "X-A"),
        readable("*", expose="*"),
        id="all with credentials, null",
    ),
]

TIMED = ResourceOptions(allow_timing=True)

OTHER_OPTIONS = [
    pytest.param(
        [{GOOD: ResourceOptions(max_age=None)}], preflight(GOOD), passes(GOOD), id="max_age none"
    ),
    pytest.param(
        [{GOOD: ResourceOptions(max_age=0)}],
        preflight(GOOD),
        passes(GOOD, max_age="0"),
        id="max_age zero",
    ),
    pytest.param(
        [{GOOD: ResourceOptions(max_age=600)}],
        preflight(GOOD),
        passes(GOOD, max_age="600"),
        id="max_age",
    ),
    pytest.param(
        [{GOOD: ResourceOptions(max_age=10**10)}],
        preflight(GOOD),
        passes(GOOD, max_age="10000000000"),
        id="max_age above the cap of every browser",
    ),
    pytest.param(
        [{"*": ResourceOptions(max_age=600)}],
        preflight(EVIL),
        passes("*", max_age="600"),
        id="max_age, any",
    ),
    pytest.param(
        [{"*": ResourceOptions(max_age=600, allow_credentials=True)}],
        preflight("null"),
        passes("*", max_age="600"),
        id="max_age, null of any with credentials",
    ),
    pytest.param(
        [{GOOD: ResourceOptions(max_age=600)}],
        actual(GOOD),
        readable(GOOD),
        id="max_age, actual",
    ),
    pytest.param(
        [{GOOD: ResourceOptions(max_age=600)}],
        preflight(EVIL),
        refused(Reason.ORIGIN_NOT_LISTED),
        id="max_age, refused",
    ),
    pytest.param([{GOOD: TIMED}], actual(GOOD), readable(GOOD, timing=True), id="timing"),
    pytest.param([{GOOD: TIMED}], preflight(GOOD), passes(GOOD), id="timing, preflight"),
    pytest.param(
        [{GOOD: TIMED}], actual(EVIL), unreadable(Reason.ORIGIN_NOT_LISTED), id="timing, refused"
    ),
    pytest.param(
        [{"*": TIMED}], actual(), readable("*", timing=True, vary=False), id="timing, any"
    ),
    pytest.param(
        [{"*": TIMED._replace(allow_credentials=True)}],
        actual("null"),
        readable("*", timing=True),
        id="timing, null of any with credentials",
    ),
    pytest.param(
        [{GOOD: CREDENTIALS}], actual(GOOD), readable(GOOD, credentials=True), id="credentials"
    ),
    pytest.param(
        [{GOOD: CREDENTIALS}],
        preflight(GOOD),
        passes(GOOD, credentials=True),
        id="credentials, preflight",
    ),
    pytest.param(
        [{GOOD: CREDENTIALS}], actual(EVIL), unreadable(Reason.ORIGIN_NOT_LISTED), id="no others"
    ),
    pytest.param(
        [{GOOD: CREDENTIALS, OTHER: PLAIN}],
        actual(OTHER),
        readable(OTHER),
        id="credentials of another",
    ),
    pytest.param(
        [
            {
                GOOD: ResourceOptions(
                    allow_credentials=True,
                    expose_headers=["X-B", "X-A"],
                    allow_headers=["X-C", "X-D"],
                    max_age=60,
                    allow_methods=["PUT"],
                    allow_timing=True,
                )
            }
        ],
        actual(GOOD),
        readable(GOOD, credentials=True, expose="X-A,X-B", timing=True),
        id="all options together",
    ),
    pytest.param(
        [
            {
                GOOD: {
                    "allow_credentials": True,
                    "expose_headers": ["X-B", "X-A"],
                    "allow_headers": ["X-C", "X-D"],
                    "max_age": 60,
                    "allow_methods": ["PUT"],
                    "allow_timing": True,
                }
            }
        ],
        preflight(GOOD, "X-D", "X-C"),
        passes(GOOD, credentials=True, max_age="60", names="X-C,X-D"),
        id="all options together as a mapping, preflight",
    ),
]


def check(policy: Policy, request: Request, expected: Outcome) -> None:
    verdict, headers = written(policy, request)
    assert headers == expected.headers
    assert isinstance(verdict, Grant) is expected.granted
    if expected.denial is not None:
        assert verdict == expected.denial


@pytest.mark.parametrize(("layers", "request_", "expected"), LAYERS)
def test_most_specific_layer_that_has_the_origin_decides(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), ANY)
def test_any_origin_is_the_literal_star_only_where_nothing_else_can_decide(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), OPAQUE)
def test_opaque_origin_is_named_only_where_null_is_listed(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), MALFORMED)
def test_malformed_origin_matches_the_very_same_visible_text_alone(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), NEAR)
def test_origins_are_compared_byte_for_byte(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "rule", "request_", "expected"), METHODS)
def test_method_rule_is_one_for_preflights_and_actual_requests(
    layers: list[dict[str, Any]], rule: MethodRule, request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers, rule), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), UNROUTED)
def test_method_without_a_handler_passes_no_preflight(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers, routed=False), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), HEADERS)
def test_preflight_passes_with_allowed_headers_only(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), EXPOSED)
def test_exposed_headers_are_sorted_and_those_that_need_it(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


@pytest.mark.parametrize(("layers", "request_", "expected"), OTHER_OPTIONS)
def test_option_changes_only_its_own_header(
    layers: list[dict[str, Any]], request_: Request, expected: Outcome
) -> None:
    check(make_policy(layers), request_, expected)


# What holds for the whole table.

UNRULED = [*LAYERS, *ANY, *OPAQUE, *MALFORMED, *NEAR, *HEADERS, *EXPOSED, *OTHER_OPTIONS]
POLICIES = [
    *(make_policy(row.values[0]) for row in UNRULED),
    *(make_policy(row.values[0], row.values[1]) for row in METHODS),
]
ORIGINS = sorted(
    {
        row.values[-2].origin
        for row in [*UNRULED, *METHODS]
        if row.values[-2].origin is not None and row.values[-2].origin.isascii()
    }
)
#: Those that a browser can send.
VISIBLE = [each for each in ORIGINS if all("!" <= character <= "~" for character in each)]


@pytest.mark.parametrize("origin", [pytest.param(each, id=each or "empty") for each in VISIBLE])
def test_preflight_without_headers_passes_wherever_the_actual_request_does(origin: str) -> None:
    differing = [
        policy
        for policy in POLICIES
        if isinstance(decide(policy, origin), Grant)
        is not isinstance(decide(policy, origin, frozenset()), Grant)
    ]

    assert differing == []


@pytest.mark.parametrize("origin", [pytest.param(each, id=each or "empty") for each in ORIGINS])
def test_allow_origin_is_the_origin_or_the_star_without_credentials(origin: str) -> None:
    for policy in POLICIES:
        for requested in (None, frozenset({"X-A"})):
            verdict = decide(policy, origin, requested)
            if isinstance(verdict, Grant) and verdict.allow_origin != origin:
                assert verdict.allow_origin == "*"
                assert not verdict.terms.credentials


@pytest.mark.parametrize(
    ("layers", "request_"), [pytest.param(*row.values[:2], id=row.id) for row in UNRULED]
)
def test_decision_does_not_depend_on_earlier_ones_nor_on_the_order_of_keys(
    layers: list[dict[str, Any]], request_: Request
) -> None:
    first = written(make_policy(layers), request_)[1]
    policy = make_policy([dict(reversed(list(each.items()))) for each in layers])
    for origin in ORIGINS:
        decide(policy, origin, request_.requested)

    assert written(policy, request_)[1] == first


# A mapping that application code returned: for one request, perhaps large or computed.


class Computed(Mapping[str, Any]):
    """A config whose values are dear: it counts those that are read."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self.read: list[str] = []

    def __getitem__(self, key: str) -> Any:
        self.read.append(key)
        return self._config[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._config)

    def __len__(self) -> int:
        return len(self._config)


COMPUTED = [
    pytest.param({GOOD: ROUTE}, actual(GOOD), readable(GOOD, expose="X-Route"), id="exact"),
    pytest.param({GOOD: ROUTE}, preflight(GOOD), passes(GOOD, max_age="1"), id="exact, preflight"),
    pytest.param(
        {GOOD: ROUTE}, actual(EVIL), unreadable(Reason.ORIGIN_NOT_LISTED), id="not listed"
    ),
    pytest.param({GOOD: ROUTE}, actual(), unreadable(Reason.NO_ORIGIN), id="no Origin"),
    pytest.param({}, actual(GOOD), unreadable(Reason.NO_ORIGIN_LISTED), id="empty"),
    pytest.param({}, preflight(GOOD), refused(Reason.NO_ORIGIN_LISTED), id="empty, preflight"),
    pytest.param({"*": PLAIN}, actual(GOOD), readable("*", vary=False), id="any alone"),
    pytest.param({"*": PLAIN}, actual(), readable("*", vary=False), id="any alone, no Origin"),
    pytest.param({"*": PLAIN, GOOD: PLAIN}, actual(GOOD), readable(GOOD), id="any, listed"),
    pytest.param({"*": PLAIN, GOOD: PLAIN}, actual(EVIL), readable(EVIL), id="any beside others"),
    pytest.param({"*": PLAIN, GOOD: PLAIN}, actual("null"), readable("*"), id="any, null"),
    pytest.param(
        {"https://*.good.example": PLAIN},
        actual("https://a.good.example"),
        readable("https://a.good.example"),
        id="wildcard",
    ),
    pytest.param(
        {"https://a*.good.example": PLAIN},
        actual("https://ab.good.example"),
        unreadable(Reason.ORIGIN_NOT_LISTED),
        id="no wildcard",
    ),
]


@pytest.mark.parametrize(("config", "request_", "expected"), COMPUTED)
def test_computed_mapping_decides_as_the_same_config_does(
    config: dict[str, Any], request_: Request, expected: Outcome
) -> None:
    check(policy_of_mapping(config, request_.origin, ADDED), request_, expected)


def test_only_the_values_that_can_decide_are_read_of_a_computed_mapping() -> None:
    config = Computed({f"https://{n}.example": PLAIN for n in range(50)})
    config._config.update({"*": PLAIN, GOOD: PLAIN, "https://*.b.example": PLAIN, "https://*": 1})

    policy_of_mapping(config, GOOD, ADDED)

    assert sorted(config.read) == ["*", "https://*.b.example", GOOD]


def test_wrong_value_of_a_computed_mapping_is_an_error() -> None:
    with pytest.raises(ValueError, match="must be ResourceOptions or a mapping"):
        policy_of_mapping({GOOD: 1}, GOOD, ADDED)  # type: ignore[dict-item]


@pytest.mark.parametrize("flag", [pytest.param(True, id="on"), pytest.param(False, id="off")])
def test_policy_of_a_computed_mapping_keeps_what_it_is_told(flag: bool) -> None:
    policy = policy_of_mapping({GOOD: PLAIN}, GOOD, ADDED, routed=flag, enforce=flag)

    assert (policy.routed, policy.enforce) == (flag, flag)


def test_policy_does_not_enforce_and_its_method_is_routed_by_default() -> None:
    for policy in (Policy((), ADDED), policy_of_mapping({}, None, ADDED)):
        assert (policy.routed, policy.enforce) == (True, False)


@pytest.mark.parametrize(
    ("layers", "rule", "never"),
    [
        pytest.param([{GOOD: PLAIN}], ADDED, False, id="added"),
        pytest.param([], ADDED, False, id="added, nothing configured"),
        pytest.param([{GOOD: PLAIN}], whole("GET"), False, id="safelisted"),
        pytest.param([{GOOD: methods()}], whole("GET"), False, id="safelisted, none listed"),
        pytest.param([{GOOD: PLAIN}], only_listed("PUT"), True, id="not safelisted"),
        pytest.param([], only_listed("PUT"), True, id="nothing configured"),
        pytest.param([{GOOD: methods("PUT")}], only_listed("PUT"), False, id="listed"),
        pytest.param([{GOOD: methods("PATCH")}], only_listed("PUT"), True, id="another listed"),
        pytest.param([{GOOD: ALL_METHODS}], only_listed("PUT"), False, id="all listed"),
        pytest.param(
            [{GOOD: PLAIN}, {EVIL: PLAIN, "*": methods("PUT")}],
            only_listed("PUT"),
            False,
            id="listed below for any",
        ),
        pytest.param(
            [{GOOD: methods("GET")}], only_listed("HEAD", "GET"), False, id="listed as GET"
        ),
        pytest.param([{GOOD: ALL_METHODS}], only_listed(), False, id="all listed, no name"),
    ],
)
def test_policy_knows_whether_nothing_was_said_of_its_method(
    layers: list[dict[str, Any]], rule: MethodRule, never: bool
) -> None:
    assert make_policy(layers, rule).never_allows is never


# How the options are written.


@pytest.mark.parametrize(
    ("expose_headers", "credentials", "exposed", "exposes_all"),
    [
        pytest.param("*", False, "*", False, id="all"),
        pytest.param("*", True, None, True, id="all, with credentials"),
        pytest.param([], True, None, False, id="none"),
        pytest.param(["X-B", "x-a"], True, "x-a,X-B", False, id="sorted in any case"),
        pytest.param(["x-a", "X-A"], False, "X-A", False, id="each once"),
        pytest.param(["Content-Type", "Set-Cookie"], False, None, False, id="needless ones"),
        pytest.param(["x a", "X-B"], False, "X-B", False, id="no token"),
    ],
)
def test_exposed_headers_are_written_once_and_sorted(
    expose_headers: Any, credentials: bool, exposed: str | None, exposes_all: bool
) -> None:
    terms = Terms(ResourceOptions(expose_headers=expose_headers), credentials=credentials)

    assert (terms.exposed, terms.exposes_all) == (exposed, exposes_all)


@pytest.mark.parametrize(
    ("options", "only"),
    [
        pytest.param({}, True, id="as by default"),
        pytest.param({"allow_headers": "*", "max_age": 1}, True, id="for preflights"),
        pytest.param({"allow_credentials": True}, False, id="credentials"),
        pytest.param({"allow_timing": True}, False, id="timing"),
        pytest.param({"expose_headers": ["X-A"]}, False, id="exposed headers"),
    ],
)
def test_responses_need_nothing_but_the_origin_if_the_options_say_nothing_else(
    options: dict[str, Any], only: bool
) -> None:
    made = ResourceOptions(**options)

    assert Terms(made, credentials=made.allow_credentials).only_allow_origin is only
