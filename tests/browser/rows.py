"""What a row of the matrix is: what scripts fetch, and what is to become of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

BLOCKED = "blocked"
#: What a page may read of most responses: no header that must be exposed.
PLAIN = "content-length content-type"
#: What a page may read of a response of its own server, or where all headers are exposed.
ALL = f"{PLAIN} date server x-secret x-total"
#: What it may read where the literal "*" exposes all.
EXPOSED = f"access-control-allow-origin access-control-expose-headers {PLAIN} date server"
NONE: Mapping[str, str] = MappingProxyType({})


class Fetch(NamedTuple):
    """What a script does: ``url`` is a server and a path, the rest as for ``fetch()``."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = NONE
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    cache: str = "default"
    #: Whose script: a key of `SCRIPTS`.
    script: str = "page"
    #: Or "websocket", or "eventsource".
    kind: str = "fetch"
    #: Seconds to let pass before.
    wait: float = 0


class Outcome(NamedTuple):
    """What became of a row; of several fetches each, with " | " between."""

    #: Status and text, "blocked" where the script gets nothing.
    got: str
    #: What arrived at the servers.
    seen: str
    #: The headers that the script can read.
    reads: str


class Row(NamedTuple):
    """What scripts fetch, one after the other, and what is to become of it."""

    name: str
    fetches: Fetch | tuple[Fetch, ...]
    got: str
    seen: str
    #: None: `PLAIN` of each response that is not blocked.
    reads: str | None = None
    #: The model of the browser has no WebSockets, no cache of responses, and no forbidden headers.
    model: bool = True

    @property
    def steps(self) -> tuple[Fetch, ...]:
        return (self.fetches,) if isinstance(self.fetches, Fetch) else self.fetches

    @property
    def written(self) -> Outcome:
        reads = ["" if got == BLOCKED else PLAIN for got in self.got.split(" | ")]
        return Outcome(self.got, self.seen, " | ".join(reads) if self.reads is None else self.reads)


TOKEN = {"X-Token": "t"}
BASIC = {"Authorization": "Bearer secret"}
#: Preflights of PUT twice, and once.
TWICE = "200 PUT | 200 PUT"
ONE_PREFLIGHT = "OPTIONS 200, PUT 200, PUT 200"
TWO_PREFLIGHTS = "OPTIONS 200, PUT 200, OPTIONS 200, PUT 200"


def with_cookies(url: str, method: str = "GET", **more: Any) -> Fetch:
    return Fetch(url, method, credentials="include", **more)
