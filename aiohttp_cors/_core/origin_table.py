"""OriginTable: which origins one layer of a policy lists, compiled for look-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .headers import is_visible
from .options import ResourceOptions
from .origins import OriginFunction, Wildcards, is_serialized_origin, is_wildcard
from .verdict import Denial, Grant, Terms

#: No honest origin is longer; bounds the time that an expression of the application can take.
_LONGEST_ORIGIN = 512

#: So many grants to origins that are not listed by name are cached, for each ``"*"`` and table.
#: Clients can make up any number, of some 300 bytes each; for ``"*"`` as long as a header may be.
_MOST_GRANTS = 64


class Star:
    """The entry ``"*"``: any origin."""

    __slots__ = ("_anonymous", "_terms", "get", "literal")

    def __init__(self, options: ResourceOptions) -> None:
        self._terms = Terms(options, credentials=options.allow_credentials)
        self._anonymous = Terms(options, credentials=False)
        #: The grant to every origin alike; None where credentials are allowed, because the literal
        #: "*" never goes with them (Fetch §3.3.3).
        self.literal = None if options.allow_credentials else Grant("*", self._anonymous, "*")
        #: Finds the grant to an origin, like the method of a dictionary.
        self.get = lru_cache(maxsize=_MOST_GRANTS)(self._get)

    def _get(self, origin: str, default: Denial | None) -> Grant | Denial | None:
        # Opaque and malformed origins get the literal "*", never credentials: anybody can make a
        # `null` one. Text that no HTTP client should have sent gets nothing.
        if is_serialized_origin(origin):
            return Grant(origin, self._terms, "*")
        return Grant("*", self._anonymous, "*") if is_visible(origin) else default


class OriginTable:
    """The origins of one layer, as look-ups."""

    __slots__ = (
        "_expressions",
        "_listing_methods",
        "_wildcards",
        "config",
        "exact",
        "functions",
        "has_patterns",
        "lists_others",
        "match",
        "methods",
        "options",
        "star",
    )

    def __init__(
        self, config: Mapping[Any, ResourceOptions], *, lists_others: bool = False
    ) -> None:
        """Compile ``config``; ``lists_others``: it is a part of one with other keys."""
        terms = {
            options: Terms(options, credentials=options.allow_credentials)
            for options in set(config.values())
        }
        self.config = config
        self._listing_methods: OriginTable | None = None
        #: All options of the table.
        self.options = frozenset(terms)
        self.exact: dict[str, Grant] = {}
        self._wildcards: Wildcards[tuple[str, Terms]] = Wildcards()
        self._expressions: list[tuple[re.Pattern[str], Terms]] = []
        #: Functions with the terms that they grant, in the order written.
        self.functions: list[tuple[OriginFunction, Terms]] = []
        self.star: Star | None = None
        for key, options in config.items():
            if key == "*":
                self.star = Star(options)
            elif isinstance(key, re.Pattern):
                self._expressions.append((key, terms[options]))
            elif not isinstance(key, str):
                self.functions.append((key, terms[options]))
            elif is_wildcard(key):
                self._wildcards.add(key, (key, terms[options]))
            elif is_visible(key):
                # Other text can equal the Origin header of no honest client.
                self.exact[key] = Grant(key, terms[options], key)
        #: Finds the first wildcard, or else the first expression, that matches an origin.
        self.match = lru_cache(maxsize=_MOST_GRANTS)(self._match)
        self.has_patterns = bool(self._wildcards or self._expressions or self.functions)
        self.lists_others = lists_others or len(config) > (self.star is not None)
        #: The methods that any origin of the table shares by allow_methods ("*": all).
        self.methods = frozenset().union(*(options.allow_methods or () for options in terms))

    @property
    def listing_methods(self) -> OriginTable:
        """The part of this table whose options have ``allow_methods``."""
        if self._listing_methods is None:
            part = {k: v for k, v in self.config.items() if v.allow_methods is not None}
            self._listing_methods = self if len(part) == len(self.config) else OriginTable(part)
        return self._listing_methods

    def _match(self, origin: str) -> Grant | None:
        found = self._wildcards.find(origin) if self._wildcards else None
        if found is not None:
            key, terms = found
            return Grant(origin, terms, key)
        for expression, terms in self._expressions:
            # In full: what merely begins or ends like a match is none.
            if expression.fullmatch(origin):
                return Grant(origin, terms, expression)
        return None


def can_match_patterns(origin: str) -> bool:
    """Tell whether patterns may be tried on ``origin``: ``null`` and malformed ones match none."""
    return len(origin) <= _LONGEST_ORIGIN and is_serialized_origin(origin)
