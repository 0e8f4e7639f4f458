"""OriginTable: the origins that one layer of a policy lists, compiled for look-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .headers import is_visible
from .options import ResourceOptions
from .origins import OriginFunction, Wildcards, is_serialized_origin, is_wildcard
from .verdict import Denial, Grant, Terms

#: No page has a longer origin. It bounds the time that the application's regular expressions take.
_LONGEST_ORIGIN = 512

#: How many grants each ``"*"`` and each table caches for origins that are not listed by name.
#: Clients can make up any number of origins. A grant takes about 300 bytes, and one of ``"*"`` as
#: many more as a header may have.
_MOST_GRANTS = 64


class Star:
    """The entry ``"*"``: any origin."""

    __slots__ = ("_anonymous", "_terms", "get", "literal")

    def __init__(self, options: ResourceOptions) -> None:
        self._terms = Terms(options, credentials=options.allow_credentials)
        self._anonymous = Terms(options, credentials=False)
        #: The same grant for every origin; None if credentials are allowed, because browsers refuse
        #: a literal "*" with credentials (Fetch §3.3.3).
        self.literal = None if options.allow_credentials else Grant("*", self._anonymous, "*")
        #: Returns the grant for an origin, like ``dict.get``.
        self.get = lru_cache(maxsize=_MOST_GRANTS)(self._get)

    def _get(self, origin: str, default: Denial | None) -> Grant | Denial | None:
        # Only a serialized origin is echoed. Other text, "null" included, gets the literal "*"
        # without credentials, because every site can send it. What is not visible gets nothing.
        if is_serialized_origin(origin):
            return Grant(origin, self._terms, "*")
        return Grant("*", self._anonymous, "*") if is_visible(origin) else default


class OriginTable:
    """The origins of one layer, compiled for look-up."""

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
        """Compile ``config``.

        ``lists_others``: it is part of a larger config, which lists other origins than ``"*"``.
        """
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
                # No browser sends other text as its Origin header.
                self.exact[key] = Grant(key, terms[options], key)
        #: Finds the first wildcard, or else the first expression, that matches an origin.
        self.match = lru_cache(maxsize=_MOST_GRANTS)(self._match)
        self.has_patterns = bool(self._wildcards or self._expressions or self.functions)
        self.lists_others = lists_others or len(config) > (self.star is not None)
        #: The methods that allow_methods lists for any origin of the table ("*": all).
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
            # A match of only the start or the end would let look-alikes pass.
            if expression.fullmatch(origin):
                return Grant(origin, terms, expression)
        return None


def can_match_patterns(origin: str) -> bool:
    """Tell whether patterns can match ``origin``: they never match ``null`` or malformed text."""
    return len(origin) <= _LONGEST_ORIGIN and is_serialized_origin(origin)
