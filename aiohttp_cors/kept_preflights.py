"""Preflights that come again: where they lead is kept, and so are the grants."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, Optional, cast, final

from aiohttp import hdrs, web
from multidict import CIMultiDictProxy

from ._core.methods import FORBIDDEN_METHODS
from ._core.origins import OriginKey
from ._core.policy import decide
from ._core.verdict import Denial, Grant
from .outermost import PreflightMatchInfo
from .preflight_handler import REQUEST_PRIVATE_NETWORK, Answer, Preflight, grant_headers, joined

#: So much is kept of one application: preflights of some 1000 bytes, grants of as many. What
#: clients make up only pushes other things out.
_MOST_MATCHES = 128
_MOST_GRANTS = 1000

#: Longer ones are not kept, so they can't fill the memory.
_LONGEST = 300

_METHODS = hdrs.METH_ALL - FORBIDDEN_METHODS

#: All that a preflight says, but its origin: the path as it was sent, the method, the headers, and
#: whether it asks for a private network.
PreflightKey = tuple[str, Optional[str], Optional[str], Optional[str]]


@final
class KeptGrant(NamedTuple):
    """The answer to a preflight that is granted, with its headers."""

    answer: Answer
    headers: CIMultiDictProxy[str]


class KeptMatchInfo(PreflightMatchInfo):
    """Where a preflight leads, from whatever origin: one for any number of requests at a time."""

    def __init__(self, match: PreflightMatchInfo, asked: Preflight):
        super().__init__(match, match.outermost, asked, match.policy)
        # Not by request.match_info: it may have to be another one, and is kept once it was read.
        self._handler = partial(match.outermost.answer_kept, self)
        self._chain = list(match.apps)
        self.method = asked.method
        self._names = asked.headers
        #: By what the policy grants them: an origin, or ``"*"``.
        self._grants: dict[OriginKey, KeptGrant] = {}

    def recall(self, origin: str) -> KeptGrant | Denial | None:
        """Return the grant for a preflight that leads here, or a refusal; None if none is kept."""
        known = self._grants.get(origin)
        if known is not None:
            return known
        verdict = decide(self.policy, origin, self._names)
        return verdict if type(verdict) is Denial else self._grants.get(cast(Grant, verdict).key)

    def keep(self, grant: Grant, answer: Answer) -> None:
        """Keep the answer to a preflight that is the same for all to whom one key grants it."""
        self._grants[grant.key] = KeptGrant(answer, grant_headers(answer))

    def add_app(self, app: web.Application) -> None:
        # It is there already.
        pass

    def start_answering(self) -> None:
        # Another request may just be looking for middlewares.
        pass


class KeptPreflights:
    """What is known of preflights to one application, until its configuration changes."""

    def __init__(self) -> None:
        self._matches: dict[PreflightKey, KeptMatchInfo] = {}
        self._grants = 0
        #: Finds where a preflight leads.
        self.match = self._matches.get

    def keep(
        self, key: PreflightKey, match: PreflightMatchInfo, answer: Answer, *, same_for_all: bool
    ) -> None:
        """Keep where a preflight leads, and its answer if that is a grant.

        ``same_for_all``: whoever is granted by ``"*"`` gets the same one.
        """
        asked = cast(Preflight, answer.asked)
        if asked.method not in _METHODS or sum(len(text or "") for text in key) > _LONGEST:
            # No page would send it.
            return
        if len(self._matches) >= _MOST_MATCHES or self._grants >= _MOST_GRANTS:
            self._matches.clear()
            self._grants = 0
        kept = self._matches.setdefault(key, KeptMatchInfo(match, asked))
        grant = answer.verdict
        if isinstance(grant, Denial):
            return
        # Origins that are not listed by name are the client's to choose, and would pile up.
        if grant.key == asked.origin or (same_for_all and grant.allow_origin == "*"):
            self._grants += 1
            kept.keep(grant, answer)


def preflight_key(request: web.Request) -> PreflightKey:
    """Return what a preflight is kept by."""
    headers = request.headers
    return (
        request.raw_path,
        joined(headers, hdrs.ACCESS_CONTROL_REQUEST_METHOD),
        joined(headers, hdrs.ACCESS_CONTROL_REQUEST_HEADERS),
        headers.get(REQUEST_PRIVATE_NETWORK),
    )
