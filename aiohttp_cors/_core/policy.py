"""Policies: combining layers, and the one decision that everything else goes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .config import parse_config
from .headers import is_visible
from .options import ResourceOptions
from .origin_table import OriginTable, can_match_patterns
from .origins import OriginFunction, is_wildcard
from .verdict import Denial, Grant, Question, Reason

#: What functions of the application have said of an origin.
Answers = Mapping[OriginFunction, bool]

_NO_ANSWERS: Answers = {}
_NO_ORIGIN = Denial(Reason.NO_ORIGIN)
_NO_ORIGIN_LISTED = Denial(Reason.NO_ORIGIN_LISTED)
_ORIGIN_NOT_LISTED = Denial(Reason.ORIGIN_NOT_LISTED)
_MALFORMED_ORIGIN = Denial(Reason.MALFORMED_ORIGIN)
_METHOD_NOT_SHARED = Denial(Reason.METHOD_NOT_SHARED)


class MethodRule(NamedTuple):
    """Whether a method of a resource is shared with an origin that is listed.

    One and the same for preflights and actual requests, so a browser that passes the one never
    fails the other.
    """

    #: The method's own route was added: it is shared, whatever ``allow_methods`` says.
    explicit: bool
    #: It is shared by options whose ``allow_methods`` is ``None``.
    by_default: bool
    #: The names that ``allow_methods`` may know it by: HEAD also as the GET that serves it.
    names: tuple[str, ...]

    def allows(self, options: ResourceOptions) -> bool:
        """Tell whether the options that apply to an origin share the method with it."""
        if self.explicit:
            return True
        if options.allow_methods is None:
            return self.by_default
        return any(map(options.is_method_allowed, self.names))


#: The rule of what shares a method whatever its options say.
SHARED = MethodRule(explicit=True, by_default=True, names=())


class Policy:
    """Whom one method of one resource is shared with: layers, and the method rule.

    Compiled at registration, immutable, and shared by all routes to which the same applies.
    """

    __slots__ = (
        "asks",
        "granted",
        "guard",
        "has_patterns",
        "is_list",
        "layers",
        "lists_nobody",
        "never_shares",
        "public",
        "routed",
        "rule",
        "shares_all",
        "stars",
        "unlisted",
        "without_origin",
    )

    def __init__(
        self,
        layers: tuple[OriginTable, ...],
        rule: MethodRule,
        *,
        routed: bool = True,
        guard: bool = False,
    ) -> None:
        """Combine ``layers``, the most specific first.

        ``routed``: the method has a handler. ``guard``: what is not granted is not to run.
        """
        self.guard = guard
        self.layers = layers
        self.rule = rule
        self.routed = routed
        #: Functions of the application may have a say.
        self.asks = any(layer.functions for layer in layers)
        self.has_patterns = any(layer.has_patterns for layer in layers)
        self.stars = tuple(layer.star for layer in layers if layer.star is not None)
        #: There is nothing but ``"*"``.
        self.lists_nobody = bool(self.stars) and not any(layer.lists_others for layer in layers)
        #: The answer to every origin and to none, where an anonymous "*" is all that can decide.
        self.public = self._public()
        #: No origin, listed or not, can be granted: nothing was said about the method.
        self.never_shares = self._never_shares()
        #: The rule shares the method with every origin that is listed.
        self.shares_all = all(rule.allows(each) for layer in layers for each in layer.options)
        #: Exact origins whose grant is final: most requests are decided by one look-up.
        self.granted: Mapping[str, Grant] = {}
        if layers and self.shares_all:
            self.granted = layers[0].exact
        #: No origin is listed but those.
        self.is_list = not layers or (
            self.shares_all and len(layers) == 1 and not self.has_patterns and not self.stars
        )
        #: The answer to origins that no key lists.
        self.unlisted = self._unlisted()
        #: The answer to requests without an origin.
        self.without_origin = self.public or _NO_ORIGIN

    def _public(self) -> Grant | None:
        if not self.lists_nobody:
            return None
        grant = self.stars[0].literal
        return grant if grant is not None and self.rule.allows(grant.terms.options) else None

    def _never_shares(self) -> bool:
        rule = self.rule
        return not (
            rule.explicit
            or rule.by_default
            or any("*" in layer.methods or layer.methods & {*rule.names} for layer in self.layers)
        )

    def _unlisted(self) -> Denial:
        if self.never_shares:
            return _METHOD_NOT_SHARED
        return _ORIGIN_NOT_LISTED if self.layers else _NO_ORIGIN_LISTED

    def lookup(self, origin: str, answers: Answers) -> Grant | Question | None:
        """Find the key that decides for ``origin``: exact ones, then patterns, then ``"*"``.

        Of each kind, the one in the most specific layer; of the patterns of one layer, wildcards
        before expressions before functions.
        """
        if self.lists_nobody:
            return self.stars[0].grant(origin)
        for layer in self.layers:
            grant = layer.exact.get(origin)
            if grant is not None:
                return grant
        if self.has_patterns and can_match_patterns(origin):
            found = self._match(origin, answers)
            if found is not None:
                return found
        return self.stars[0].grant(origin) if self.stars else None

    def _match(self, origin: str, answers: Answers) -> Grant | Question | None:
        for layer in self.layers:
            grant = layer.match(origin)
            if grant is not None:
                return grant
            for function, terms in layer.functions:
                if function not in answers:
                    return Question(function)
                if answers[function]:
                    return Grant(origin, terms, function)
        return None


def decide(
    policy: Policy,
    origin: str | None,
    requested: frozenset[str] | None = None,
    answers: Answers = _NO_ANSWERS,
) -> Grant | Denial | Question:
    """Decide whether ``origin`` may use the method that ``policy`` is about.

    ``origin`` is the text of the Origin header, all field lines joined by ``", "``, or ``None``
    without one. ``requested`` are the header names that a preflight asks for, in upper case, and
    ``None`` for an actual request. ``answers`` are those of the application's functions so far;
    a `Question` asks for one more.

    Pure: the same arguments give the same answer (Fetch §3.3, §4.8 and §4.9 for what browsers
    make of it).
    """
    if requested is not None:
        if origin is None:
            return _NO_ORIGIN
        if not is_visible(origin):
            return _MALFORMED_ORIGIN
        if not policy.routed:
            return _METHOD_NOT_SHARED
    grant = policy.public
    if grant is None:
        if origin is None:
            return policy.without_origin
        grant = policy.granted.get(origin)
        if grant is None:
            found = None if policy.is_list else policy.lookup(origin, answers)
            if found is None:
                return policy.unlisted
            if isinstance(found, Question):
                return found
            if not policy.shares_all and not policy.rule.allows(found.terms.options):
                return _METHOD_NOT_SHARED
            grant = found
    if requested:
        refused = grant.terms.refused_headers(requested)
        if refused:
            return Denial(Reason.HEADERS_NOT_ALLOWED, tuple(sorted(refused)))
    return grant


def _decides(key: str) -> bool:
    return key == "*" or is_wildcard(key)


def policy_of_mapping(
    config: Mapping[Any, ResourceOptions],
    origin: str | None,
    rule: MethodRule,
    *,
    routed: bool = True,
    guard: bool = False,
) -> Policy:
    """Make the policy for one request from a mapping that application code returned.

    Where no pattern is among its keys only the two that can decide are read, so it may be large,
    or computed. Raises ``ValueError`` as `parse_config` does.
    """
    keys = [
        key
        for key in config
        if not isinstance(key, str) or key == origin or ("*" in key and _decides(key))
    ]
    part = parse_config({key: config[key] for key in keys})
    table = OriginTable(part, lists_others=any(key != "*" for key in config))
    return Policy((table,) if config else (), rule, routed=routed, guard=guard)
