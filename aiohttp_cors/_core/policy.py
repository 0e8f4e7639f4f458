"""Policies: combining layers, and the one decision that everything else goes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, cast

from .config import parse_config
from .methods import is_never_allowed
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
    """Whether a method is allowed for an origin that is listed.

    One and the same for preflights and actual requests, so a browser that passes the preflight
    never fails the actual request.
    """

    #: The method's own route was added: it is allowed, whatever ``allow_methods`` says.
    explicit: bool
    #: It is allowed by options whose ``allow_methods`` is ``None``.
    by_default: bool
    #: The names under which ``allow_methods`` may list it: HEAD also as the GET that serves it.
    names: tuple[str, ...]

    def allows(self, options: ResourceOptions) -> bool:
        """Tell whether the options of an origin allow the method."""
        if self.explicit:
            return True
        if options.allow_methods is None:
            return self.by_default
        return any(map(options.is_method_allowed, self.names))


#: The rule of a method that is allowed whatever the options say.
ALLOWED = MethodRule(explicit=True, by_default=True, names=())
#: The rule of a method that is not allowed whatever the options say.
NOT_ALLOWED = MethodRule(explicit=False, by_default=False, names=())


def rule_of_mapping(method: str) -> MethodRule:
    """Return the rule for a config that application code returned for ``method``."""
    # Returning one says that the method is allowed.
    return NOT_ALLOWED if is_never_allowed(method) else ALLOWED


class Grants(Protocol):
    """Finds the grant to an origin, as mappings do."""

    def get(self, origin: str, default: Denial | None, /) -> Grant | Denial | None:
        """Return the grant to ``origin``, or ``default`` if it has none here."""


class Policy:
    """Whom one method of one resource is allowed for: layers, and the method rule.

    Compiled from what was added, immutable, and the same object for all routes that were added
    alike.
    """

    __slots__ = (
        "allows_all",
        "by_origin",
        "guard",
        "has_patterns",
        "layers",
        "never_allows",
        "otherwise",
        "public",
        "routed",
        "rule",
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

        ``routed``: the method has a handler. ``guard``: requests that are not granted must not
        run.
        """
        self.guard = guard
        self.layers = layers
        self.rule = rule
        self.routed = routed
        self.has_patterns = any(layer.has_patterns for layer in layers)
        self.stars = tuple(layer.star for layer in layers if layer.star is not None)
        lists_others = any(layer.lists_others for layer in layers)
        # The entry "*", where there is nothing else.
        only_star = self.stars[0] if self.stars and not lists_others else None
        #: The grant to every origin and to none, where an anonymous "*" is all that can decide.
        self.public = None if only_star is None else only_star.literal
        if self.public is not None and not rule.allows(self.public.terms.options):
            self.public = None
        #: No origin, listed or not, can be granted the method.
        self.never_allows = self._never_allows()
        #: The rule allows the method for every origin that is listed.
        self.allows_all = all(rule.allows(each) for layer in layers for each in layer.options)
        #: The denial of origins that are not listed.
        self.unlisted = self._unlisted()
        #: Finds the grant to an origin where that is final, so that most requests are decided by
        #: one look-up.
        self.by_origin: Grants = {}
        #: The denial of origins that are not found so; None where they may be granted, too.
        self.otherwise: Denial | None = None
        if not layers:
            self.otherwise = self.unlisted
        elif self.allows_all and only_star is not None:
            self.by_origin, self.otherwise = only_star, self.unlisted
        elif self.allows_all:
            self.by_origin = layers[0].exact
            if len(layers) == 1 and not self.has_patterns and not self.stars:
                self.otherwise = self.unlisted
        #: The verdict about requests without an origin.
        self.without_origin = self.public or _NO_ORIGIN

    def _never_allows(self) -> bool:
        rule = self.rule
        return not (
            rule.explicit
            or rule.by_default
            or any("*" in layer.methods or layer.methods & {*rule.names} for layer in self.layers)
        )

    def _unlisted(self) -> Denial:
        if self.never_allows:
            return _METHOD_NOT_SHARED
        return _ORIGIN_NOT_LISTED if self.layers else _NO_ORIGIN_LISTED

    def lookup(self, origin: str, answers: Answers) -> Grant | Question | None:
        """Find what lists ``origin``: exact origins, then patterns, then ``"*"``.

        Of each kind the one in the most specific layer decides; of the patterns of one layer,
        wildcards before expressions before functions.
        """
        for layer in self.layers:
            grant = layer.exact.get(origin)
            if grant is not None:
                return grant
        if self.has_patterns and can_match_patterns(origin):
            found = self._match(origin, answers)
            if found is not None:
                return found
        return cast("Grant | None", self.stars[0].get(origin, None)) if self.stars else None

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

    Pure: the same arguments give the same verdict (Fetch §3.3, §4.8 and §4.9 say how browsers
    read it).
    """
    if requested is not None:
        if origin is None:
            return _NO_ORIGIN
        # `is_visible`, without a call.
        if not (origin.isascii() and origin.isprintable() and " " not in origin):
            return _MALFORMED_ORIGIN
        if not policy.routed:
            return _METHOD_NOT_SHARED
    grant = policy.public
    if grant is None:
        if origin is None:
            return policy.without_origin
        found: Grant | Denial | Question | None
        found = policy.by_origin.get(origin, policy.otherwise)
        if found is None:
            found = policy.lookup(origin, answers)
            if (
                type(found) is Grant
                and not policy.allows_all
                and not policy.rule.allows(found.terms.options)
            ):
                return _METHOD_NOT_SHARED
        if type(found) is not Grant:
            return found or policy.unlisted
        grant = found
    if requested and not requested <= grant.terms.allowed:
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

    Only the entries that can decide are read, so it may be large, or computed. Raises
    ``ValueError`` as `parse_config` does.
    """
    keys = [
        key
        for key in config
        if not isinstance(key, str) or key == origin or ("*" in key and _decides(key))
    ]
    part = parse_config({key: config[key] for key in keys})
    table = OriginTable(part, lists_others=any(key != "*" for key in config))
    return Policy((table,) if config else (), rule, routed=routed, guard=guard)
