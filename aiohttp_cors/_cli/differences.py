"""Where a running server differs from its configuration, and what else must have responded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .._browser.cors_protocol import Failure, Headers, get
from .._browser.messages import HttpRequest, HttpResponse, Readable
from .._explaining.explanation import Exchange, Explanation
from .probe import Observed

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
#: The headers that browsers look at.
_COMPARED = (
    _ALLOW_ORIGIN,
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
)
_RESTART = (
    "Deploy this configuration, and start the server again; if a proxy is in front, let it pass "
    "OPTIONS requests and CORS headers through as they are."
)


class Difference(NamedTuple):
    """One difference."""

    #: What the server sends, and what the configuration says: a sentence.
    what: str
    #: What must have sent it: a sentence.
    who: str
    #: What to do.
    hint: str


def differences(explanation: Explanation, observed: Observed) -> list[Difference]:
    """Return the differences, the most telling one first."""
    preflights = [pair for pair in observed.exchanges if pair[0].preflight]
    requests = [pair for pair in observed.exchanges if not pair[0].preflight]
    found: list[Difference] = []
    if preflights and explanation.preflight is not None:
        found += _in_preflight(explanation.preflight, *preflights[0])
    if requests and explanation.response is not None:
        found += _in_response(explanation, explanation.response, *requests[0])
    return [*found, *_elsewhere(requests, observed)]


def _in_preflight(
    expected: Exchange, sent: HttpRequest, response: HttpResponse
) -> Iterator[Difference]:
    status, refused = response.status, get(response.headers, "CORS-Refused")
    if expected.status is None or status == expected.status:
        if status == 200:
            yield from _in_headers(expected, response.headers, "preflight", keeps=False)
        return
    what = f"The preflight's status is {status}, and the configuration says {expected.status}."
    if refused is not None:
        who = f"This library refused it: {refused!a}. So the server runs another configuration."
        yield Difference(what, who, _RESTART)
    elif _is_aiohttp(response.headers) and status == 200:
        yield Difference(what, "The server runs another configuration, which allows it.", _RESTART)
    elif _is_aiohttp(response.headers):
        yield Difference(
            what,
            "This library did not respond, and the application did: a middleware that runs before, "
            "because of preflights_first=False, or an older version of the application.",
            "Leave preflights_first=False out of aiohttp_cors.setup(app), and start the server "
            "again.",
        )
    else:
        yield Difference(
            what,
            f"This library did not respond: {_front(response.headers)} did.",
            "Let OPTIONS requests through to the application in the proxy's configuration.",
        )


def _in_response(
    explanation: Explanation, expected: Exchange, sent: HttpRequest, response: HttpResponse
) -> Iterator[Difference]:
    status = response.status
    if 300 <= status < 400 and expected.status is None:
        # What follows the redirect is compared instead.
        return
    keeps = any("existing_headers='keep'" in each for each in explanation.notes)
    yield from _in_headers(expected, response.headers, "response", keeps=keeps)
    if status >= 500:
        yield Difference(
            f"The status is {status}.",
            "The handler, or a middleware, failed; that has nothing to do with CORS."
            if _is_aiohttp(response.headers)
            else f"{_front(response.headers, 'A')} responded.",
            f"Look at the log of the server for what {explanation.method} {explanation.path} "
            "raises, and fix the handler.",
        )
    elif expected.status is not None and status != expected.status:
        yield Difference(
            f"The status is {status}, and the configuration says {expected.status}.",
            "Another configuration runs there.",
            _RESTART,
        )


def _in_headers(
    expected: Exchange, headers: Headers, what: str, *, keeps: bool
) -> Iterator[Difference]:
    allowed = [value for name, value in headers if name.lower() == _ALLOW_ORIGIN.lower()]
    mine = expected.headers.get(_ALLOW_ORIGIN)
    if len(allowed) > 1:
        others = [value for value in allowed if value != mine] or allowed[1:]
        yield Difference(
            f"The {what} has {_ALLOW_ORIGIN} {len(allowed)} times, "
            f"{' and '.join(map(ascii, allowed))}, and browsers accept one.",
            f"This library writes it once, so {_front(headers)} adds {others[0]!a}.",
            f"Take {_ALLOW_ORIGIN} out of the proxy's configuration; in nginx, write "
            f"proxy_hide_header {_ALLOW_ORIGIN}; or leave the add_header line out.",
        )
        return
    for name in _COMPARED:
        value, wanted = get(headers, name), expected.headers.get(name)
        # Values are compared as lists of names, in any case.
        if _parts(value) != _parts(wanted):
            yield _in_header(name, value, wanted, headers, what, keeps=keeps)
            return
    if "origin" in _parts(expected.headers.get("Vary")) and not (
        {"origin", "*"} & _parts(get(headers, "Vary"))
    ):
        yield Difference(
            f"The {what} lacks 'Vary: Origin', which this library writes.",
            f"{_front(headers, 'A')} takes it away, and a cache may then "
            "hand the response to another page.",
            "Let the header Vary through in the proxy's configuration.",
        )


def _in_header(
    name: str, value: str | None, wanted: str | None, headers: Headers, what: str, *, keeps: bool
) -> Difference:
    says = f"this library writes {wanted!a}" if wanted is not None else "this library writes none"
    if value is None:
        return Difference(
            f"The {what} has no {name}, and {says}.",
            f"Another handler responded, or {_front(headers)} takes the header away.",
            _RESTART,
        )
    found = f"The {what} has {name}: {value!a}, and {says}."
    if _age(headers):
        return Difference(
            found,
            "A cache in front hands out the response for another page.",
            "Let the cache heed Vary: Origin, or empty it.",
        )
    if keeps and _is_aiohttp(headers):
        return Difference(
            found,
            "The handler, or a middleware, writes it, and existing_headers='keep' leaves it.",
            "Leave existing_headers='keep' out of aiohttp_cors.setup(app), or the header out of "
            "the handler.",
        )
    if _is_aiohttp(headers):
        return Difference(found, "The server runs another configuration.", _RESTART)
    return Difference(
        found,
        f"{_front(headers, 'A')} writes it.",
        f"Take {name} out of the proxy's configuration.",
    )


def _elsewhere(
    requests: list[tuple[HttpRequest, HttpResponse]], observed: Observed
) -> Iterator[Difference]:
    """Compare what the page gets after redirects."""
    if len(requests) < 2 and not (requests and 300 <= requests[0][1].status < 400):
        return
    sent, response = requests[0]
    to = get(response.headers, "Location") or "nowhere"
    if isinstance(observed.outcome, Failure):
        yield Difference(
            f"{sent.method} {sent.url} is redirected with status {response.status} to {to!a}, and "
            "the page may not read what is there.",
            "The handler or a middleware redirects, for example to a login page.",
            "Respond with a status that the script can act on instead: write "
            "raise web.HTTPUnauthorized() in place of the redirect.",
        )
    elif isinstance(observed.outcome, Readable) and observed.outcome.status >= 400:
        yield Difference(
            f"{sent.method} {sent.url} is redirected to {to!a}, and the status there is "
            f"{observed.outcome.status}.",
            "The handler or a middleware redirects.",
            "Write the final address in the page.",
        )


def _parts(value: str | None) -> set[str]:
    return {each.strip().lower() for each in (value or "").split(",")} - {""}


def _is_aiohttp(headers: Headers) -> bool:
    return "aiohttp" in (get(headers, "Server") or "") and not get(headers, "Via")


def _age(headers: Headers) -> bool:
    hit = "hit" in (get(headers, "X-Cache") or get(headers, "CF-Cache-Status") or "").lower()
    return hit or get(headers, "Age") is not None


def _front(headers: Headers, article: str = "a") -> str:
    """Name the proxy in front of the application, by its Server header."""
    server = get(headers, "Server")
    if server is None or "aiohttp" in server:
        return f"{article} proxy in front"
    return f"{article} proxy in front, which calls itself {server!a},"
