"""Quirks: where an engine differs from the standard, so that its rows have another outcome.

A test fails when an engine no longer has a quirk: then its name is removed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .rows import BLOCKED, PLAIN, TWO_PREFLIGHTS


class Quirk(NamedTuple):
    """What is different about a row, in some engines."""

    row: str
    engines: tuple[str, ...]
    why: str
    #: The fields of the `Outcome` that are other ones than those written in the row.
    fields: Mapping[str, str]


def quirk(row: str, engines: str, why: str, **fields: str) -> Quirk:
    return Quirk(row, tuple(engines.split()), why, fields)


CACHEABLE = f"cache-control {PLAIN}"

QUIRKS = [
    quirk(
        "mistaken: any-header, Authorization",
        "chromium firefox webkit",
        "the wildcard covers Authorization (Fetch §4.8: it has to be listed)",
        got="200 GET",
        seen="OPTIONS 200, GET 200",
        reads=PLAIN,
    ),
    quirk(
        "mistaken: max-age-negative",
        "chromium firefox webkit",
        "a negative number is not malformed, but 0 (RFC 9111 §1.2.2: digits)",
        seen=TWO_PREFLIGHTS,
    ),
    quirk(
        "mistaken: max-age-word",
        "firefox",
        "a malformed Max-Age is 0 (Fetch §4.8: as if there were none, 5 seconds)",
        seen=TWO_PREFLIGHTS,
    ),
    quirk(
        "cached preflight, cache no-store",
        "chromium firefox",
        "the cache mode is for the preflight cache too (Fetch §4.4 looks there in every mode)",
        seen=TWO_PREFLIGHTS,
    ),
    quirk(
        "cached preflight, cache reload",
        "chromium firefox",
        "the cache mode is for the preflight cache too (Fetch §4.4 looks there in every mode)",
        seen=TWO_PREFLIGHTS,
    ),
    quirk(
        "cached preflight with credentials, then without",
        "firefox",
        "a preflight with credentials is no use without (Fetch §4.9: it matches both)",
        seen=TWO_PREFLIGHTS,
    ),
    quirk(
        "303 makes GET of PUT",
        "firefox webkit",
        "once preflighted, always preflighted (Fetch §4.1 looks at the method again)",
        seen="OPTIONS 200, PUT 303, OPTIONS 200, GET 200",
    ),
    quirk(
        "redirect to another origin takes Authorization away",
        "firefox",
        "once preflighted, always preflighted (Fetch §4.1 looks at the headers again)",
        seen="OPTIONS 200, GET 307, OPTIONS 200, GET 200",
    ),
    quirk(
        "redirect to another origin takes Authorization away",
        "webkit",
        "Authorization is taken away from the request, but not from its preflight (Fetch §4.4)",
        got=BLOCKED,
        seen="OPTIONS 200, GET 307, OPTIONS 403",
        reads="",
    ),
    quirk(
        "redirect to another origin, PUT, null is listed",
        "firefox",
        "the preflight of a tainted origin names the page's (Fetch §3.1: null)",
        got=BLOCKED,
        seen="OPTIONS 200, PUT 307, OPTIONS 403",
        reads="",
    ),
    quirk(
        "redirect to another origin, PUT, listed",
        "firefox",
        "the preflight of a tainted origin names the page's (Fetch §3.1: null)",
        seen="OPTIONS 200, PUT 307, OPTIONS 200, PUT 200",
    ),
    quirk(
        "opaque origin with credentials, listed",
        "webkit",
        "a frame of an opaque origin sends its host's cookies (SameSite=Lax: no other site's)",
        got="200 GET user=ada",
    ),
    # What a cache keeps is its own affair (RFC 9111 §3); the standard would let it.
    quirk(
        "cached response, without Vary",
        "webkit",
        "a response is not reused for a request with another mode",
        got="0 opaque | 200 GET",
        seen="GET 200, GET 200",
        reads=f" | {CACHEABLE}",
    ),
    quirk(
        "cached response of another origin, without Vary",
        "webkit",
        "a response is not reused for another origin",
        got="200 GET | 200 GET",
        seen="GET 200, GET 200",
        reads=f"{CACHEABLE} | {CACHEABLE}",
    ),
    quirk(
        "cached response for anyone",
        "webkit",
        "a response is not reused for another origin",
        seen="GET 200, GET 200",
    ),
]
