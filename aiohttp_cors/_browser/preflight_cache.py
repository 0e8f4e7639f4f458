"""The CORS-preflight cache of a browser (Fetch §4.9)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from .._core.methods import is_safelisted_method
from .cors_protocol import PreflightGrant


class _Key(NamedTuple):
    origin: str
    url: str
    credentials: bool
    #: A method, or a header name in lower case with a colon.
    what: str


class PreflightCache:
    """What preflights have allowed, and until when.

    ``clock`` returns seconds. ``longest`` bounds how long a response is cached, in seconds: 7200 in
    Chromium, 86400 in Firefox, 600 in WebKit.
    """

    def __init__(self, clock: Callable[[], float], longest: float = 7200) -> None:
        self._clock = clock
        self._longest = longest
        self._until: dict[_Key, float] = {}

    def store(self, origin: str, url: str, *, credentials: bool, grant: PreflightGrant) -> None:
        """Cache what a preflight for ``url`` has allowed ("create a new cache entry")."""
        until = self._clock() + min(grant.max_age, self._longest)
        for what in (*grant.methods, *(f"{name}:" for name in grant.headers)):
            # With credentials, "*" is not a wildcard.
            if not (credentials and what in ("*", "*:")):
                self._until[_Key(origin, url, credentials, what)] = until

    def covers(
        self, origin: str, url: str, *, credentials: bool, method: str, names: Collection[str]
    ) -> bool:
        """Tell whether the cache allows the method and all names, so that no preflight is sent."""
        whats = [] if is_safelisted_method(method) else [[method, "*"]]
        whats += map(_matching, names)
        return all(self._has(origin, url, credentials, either) for either in whats)

    def clear(self, origin: str, url: str) -> None:
        """Remove all entries of ``url`` after a request to it failed ("clear cache entries")."""
        for key in [key for key in self._until if key[:2] == (origin, url)]:
            del self._until[key]

    def _has(self, origin: str, url: str, credentials: bool, whats: Collection[str]) -> bool:
        # What is allowed with credentials is also allowed without them.
        now = self._clock()
        return any(
            self._until.get(_Key(origin, url, stored, what), now) > now
            for stored in ({True} if credentials else {True, False})
            for what in whats
        )


def _matching(name: str) -> list[str]:
    return [f"{name}:"] if name == "authorization" else [f"{name}:", "*:"]
