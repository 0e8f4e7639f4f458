"""OriginTable: which origins one layer of a policy lists, compiled for look-up."""

from __future__ import annotations

from collections.abc import Mapping

from .grammar import is_serialized_origin, is_visible
from .options import ResourceOptions
from .verdict import Grant, Terms


class Star:
    """The key ``"*"``: any origin."""

    __slots__ = ("_anonymous", "_terms", "literal")

    def __init__(self, options: ResourceOptions) -> None:
        self._terms = Terms(options, credentials=options.allow_credentials)
        self._anonymous = Terms(options, credentials=False)
        #: The answer that is the same for every origin, or None if it has to name the origin:
        #: the literal "*" never goes with credentials (Fetch §3.3.3).
        self.literal = None if options.allow_credentials else Grant("*", self._anonymous)

    def grant(self, origin: str) -> Grant | None:
        """Grant ``origin``, echoing it only if it is one.

        Opaque and malformed origins get the literal ``"*"``, never credentials: anybody can
        make a ``null`` one. Text that no HTTP client should have sent gets nothing.
        """
        if is_serialized_origin(origin):
            return Grant(origin, self._terms)
        return Grant("*", self._anonymous) if is_visible(origin) else None


class OriginTable:
    """The origins of one layer, as look-ups: exact ones, and ``"*"``."""

    __slots__ = ("config", "exact", "lists_others", "methods", "star")

    def __init__(
        self, config: Mapping[str, ResourceOptions], *, lists_others: bool = False
    ) -> None:
        """Compile ``config``; ``lists_others``: it is a part of one with other keys."""
        terms: dict[ResourceOptions, Terms] = {}
        self.config = config
        self.exact: dict[str, Grant] = {}
        for origin, options in config.items():
            # A key that is not visible ASCII can equal the Origin header of no honest client.
            if origin != "*" and is_visible(origin):
                if options not in terms:
                    terms[options] = Terms(options, credentials=options.allow_credentials)
                self.exact[origin] = Grant(origin, terms[options])
        star = config.get("*")
        self.star = None if star is None else Star(star)
        self.lists_others = lists_others or any(origin != "*" for origin in config)
        #: The methods that any origin of the table shares by allow_methods ("*": all).
        self.methods = frozenset().union(
            *(options.allow_methods or () for options in set(config.values()))
        )
