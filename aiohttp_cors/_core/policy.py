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

#: The results of the application's functions for an origin.
Answers = Mapping[OriginFunction, bool]

_NO_ANSWERS: Answers = {}
_NO_ORIGIN = Denial(Reason.NO_ORIGIN)
_NO_ORIGIN_LISTED = Denial(Reason.NO_ORIGIN_LISTED)
_ORIGIN_NOT_LISTED = Denial(Reason.ORIGIN_NOT_LISTED)
_MALFORMED_ORIGIN = Denial(Reason.MALFORMED_ORIGIN)
_METHOD_NOT_SHARED = Denial(Reason.METHOD_NOT_SHARED)


class MethodRule(NamedTuple):
    """Whether a method is allowed for an origin that is listed.

    Preflights and actual requests have the same rule, so that an actual request never fails after
    its preflight has passed.
    """

    #: The route of the method was added: the method is allowed, whatever ``allow_methods`` says.
    explicit: bool
    #: Options whose ``allow_methods`` is ``None`` allow the method.
    by_default: bool
    #: What ``allow_methods`` may list to allow it: for HEAD, also the GET with the same handler.
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
    # By returning a config, the code allows the method.
    return NOT_ALLOWED if is_never_allowed(method) else ALLOWED


class Grants(Protocol):
    """Returns the grant for an origin, as the method of a mapping does."""

    def get(self, origin: str, default: Denial | None, /) -> Grant | Denial | None:
        """Return the grant for ``origin``, or else ``default``."""
        ...


class Policy:
    """Which origins one method of one resource is allowed for: layers, and the method rule.

    It is compiled from what was added, immutable, and shared by all routes that were added with
    equal configs.
    """

    __slots__ = (
        "allows_all",
        "by_origin",
        "enforce",
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
        enforce: bool = False,
    ) -> None:
        """Combine ``layers``, the most specific first.

        ``routed``: the method has a handler. ``enforce``: requests that are not granted are refused
        before they run.
        """
        self.enforce = enforce
        self.layers = layers
        self.rule = rule
        self.routed = routed
        self.has_patterns = any(layer.has_patterns for layer in layers)
        self.stars = tuple(layer.star for layer in layers if layer.star is not None)
        lists_others = any(layer.lists_others for layer in layers)
        # The entry "*", if no layer lists another origin.
        only_star = self.stars[0] if self.stars and not lists_others else None
        #: The grant for all requests, even without an origin, if only an anonymous "*" decides.
        self.public = None if only_star is None else only_star.literal
        if self.public is not None and not rule.allows(self.public.terms.options):
            self.public = None
        #: The method is not allowed for any origin.
        self.never_allows = not (
            rule.explicit
            or rule.by_default
            or any("*" in layer.methods or layer.methods & {*rule.names} for layer in layers)
        )
        #: The rule allows the method for every listed origin.
        self.allows_all = all(rule.allows(each) for layer in layers for each in layer.options)
        #: The denial of origins that are not listed.
        self.unlisted = self._unlisted()
        #: Returns the grant for an origin if no other layer can change it: one look-up decides most
        #: requests.
        self.by_origin: Grants = {}
        #: The denial of origins that ``by_origin`` does not have; None if `lookup` must decide.
        self.otherwise: Denial | None = None
        if not layers:
            self.otherwise = self.unlisted
        elif self.allows_all and only_star is not None:
            self.by_origin, self.otherwise = only_star, self.unlisted
        elif self.allows_all:
            self.by_origin = layers[0].exact
            if len(layers) == 1 and not self.has_patterns and not self.stars:
                self.otherwise = self.unlisted
        #: The verdict for requests without an Origin header.
        self.without_origin = self.public or _NO_ORIGIN

    def _unlisted(self) -> Denial:
        if self.never_allows:
            return _METHOD_NOT_SHARED
        return _ORIGIN_NOT_LISTED if self.layers else _NO_ORIGIN_LISTED

    def find(self, origin: str, answers: Answers) -> Grant | Denial | Question:
        """Decide about an origin that `by_origin` does not find."""
        found = self.lookup(origin, answers)
        if found is None:
            return self.unlisted
        if isinstance(found, Question) or self.allows_all or self.rule.allows(found.terms.options):
            return found
        return _METHOD_NOT_SHARED

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
    """Decide whether the method of ``policy`` is allowed for ``origin``.

    ``origin`` is the text of the Origin header, with several field lines joined by ``", "``, or
    ``None``. ``requested`` are the header names that a preflight requests, in upper case; ``None``
    for an actual request. ``answers`` are the results of the application's functions so far; a
    returned `Question` names the next function to call.

    The function is pure: the same arguments give the same verdict. Fetch §3.3, §4.8 and §4.9 say
    how browsers read it.
    """
    verdict: Grant | Denial | Question | None = policy.public
    if verdict is None:
        if origin is None:
            return _NO_ORIGIN
        verdict = policy.by_origin.get(origin, policy.otherwise) or policy.find(origin, answers)
    if requested is None:
        return verdict
    if origin is None:
        return _NO_ORIGIN
    # What is listed is visible; otherwise look, like `is_visible`, without a call.
    if (type(verdict) is not Grant or verdict is policy.public) and not (
        origin.isascii() and origin.isprintable() and " " not in origin
    ):
        return _MALFORMED_ORIGIN
    if not policy.routed:
        return _METHOD_NOT_SHARED
    if type(verdict) is Grant and not requested <= verdict.terms.allowed:
        refused = verdict.terms.refused_headers(requested)
        if refused:
            return Denial(Reason.HEADERS_NOT_ALLOWED, tuple(sorted(refused)))
    return verdict


def _decides(key: str) -> bool:
    return key == "*" or is_wildcard(key)


def policy_of_mapping(
    config: Mapping[Any, ResourceOptions],
    origin: str | None,
    rule: MethodRule,
    *,
    routed: bool = True,
    enforce: bool = False,
) -> Policy:
    """Make the policy for one request from a config that application code returned.

    Only the entries that can decide are read, so ``config`` may be large, or compute its values.
    Raises ``ValueError`` as `parse_config` does.
    """
    keys = [
        key
        for key in config
        if not isinstance(key, str) or key == origin or ("*" in key and _decides(key))
    ]
    part = parse_config({key: config[key] for key in keys})
    table = OriginTable(part, lists_others=any(key != "*" for key in config))
    return Policy((table,) if config else (), rule, routed=routed, enforce=enforce)
