"""Policies: parsing a config, combining layers, and the one decision that all else asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Union

from .grammar import is_visible
from .options import ResourceOptions
from .origins import OriginTable
from .verdict import Denial, Grant, Reason

Config = Mapping[str, Union[ResourceOptions, Mapping[str, Any]]]

_EXAMPLE = "{'https://app.example.com': ResourceOptions()}"


def parse_config(config: Config | None, name: str = "config") -> dict[str, ResourceOptions]:
    """Check a mapping of origins to options and return it with every value parsed.

    ``name`` says in errors what is being read. Raises ``ValueError``.
    """
    if config is None:
        return {}
    if not isinstance(config, Mapping):
        raise ValueError(
            f"{name!r} must map origins to ResourceOptions, got {config!r}; write {_EXAMPLE}"
        )
    return {_origin(name, key): _options(name, key, value) for key, value in config.items()}


def _origin(name: str, key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f"an origin in {name!r} must be a string, got {key!r}; write {_EXAMPLE}")
    return key


def _options(name: str, origin: str, value: object) -> ResourceOptions:
    if isinstance(value, ResourceOptions):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(
            f"the options of {origin!r} in {name!r} must be ResourceOptions or a mapping of "
            f"their fields, got {value!r}"
        )
    unknown = sorted(map(repr, set(value) - set(ResourceOptions._fields)))
    if unknown:
        raise ValueError(
            f"the options of {origin!r} in {name!r} have no field {', '.join(unknown)}; "
            f"the fields are {', '.join(ResourceOptions._fields)}"
        )
    try:
        return ResourceOptions(**value)
    except ValueError as error:
        raise ValueError(f"the options of {origin!r} in {name!r}: {error}") from None


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


class Policy:
    """Whom one method of one resource is shared with: layers, and the method rule.

    Compiled at registration, immutable, and shared by all routes to which the same applies.
    """

    __slots__ = ("layers", "public", "routed", "rule", "stars")

    def __init__(
        self, layers: tuple[OriginTable, ...], rule: MethodRule, *, routed: bool = True
    ) -> None:
        """Combine ``layers``, the most specific first; ``routed``: the method has a handler."""
        self.layers = layers
        self.rule = rule
        self.routed = routed
        self.stars = tuple(layer.star for layer in layers if layer.star is not None)
        #: The answer to every origin and to none, where an anonymous "*" is all that can decide.
        self.public = self._public()

    def _public(self) -> Grant | None:
        if not self.stars or any(layer.lists_others for layer in self.layers):
            return None
        grant = self.stars[0].literal
        return grant if grant is not None and self.rule.allows(grant.terms.options) else None

    @property
    def never_shares(self) -> bool:
        """No origin, listed or not, can be granted: nothing was said about the method."""
        rule = self.rule
        return not (
            rule.explicit
            or rule.by_default
            or any("*" in layer.methods or layer.methods & {*rule.names} for layer in self.layers)
        )

    def lookup(self, origin: str) -> Grant | None:
        """Find the key that decides for ``origin``: exact ones first, then ``"*"``.

        Of each kind, the one in the most specific layer.
        """
        for layer in self.layers:
            grant = layer.exact.get(origin)
            if grant is not None:
                return grant
        return self.stars[0].grant(origin) if self.stars else None


_NO_ORIGIN = Denial(Reason.NO_ORIGIN)
_NO_ORIGIN_LISTED = Denial(Reason.NO_ORIGIN_LISTED)
_ORIGIN_NOT_LISTED = Denial(Reason.ORIGIN_NOT_LISTED)
_MALFORMED_ORIGIN = Denial(Reason.MALFORMED_ORIGIN)
_METHOD_NOT_SHARED = Denial(Reason.METHOD_NOT_SHARED)


def decide(
    policy: Policy, origin: str | None, requested: frozenset[str] | None = None
) -> Grant | Denial:
    """Decide whether ``origin`` may use the method that ``policy`` is about.

    ``origin`` is the text of the Origin header, all field lines joined by ``", "``, or ``None``
    without one. ``requested`` are the header names that a preflight asks for, in upper case, and
    ``None`` for an actual request.

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
    verdict = policy.public or _decide_origin(policy, origin)
    if requested and isinstance(verdict, Grant):
        refused = verdict.terms.refused_headers(requested)
        if refused:
            return Denial(Reason.HEADERS_NOT_ALLOWED, tuple(sorted(refused)))
    return verdict


def _decide_origin(policy: Policy, origin: str | None) -> Grant | Denial:
    if origin is None:
        return _NO_ORIGIN
    grant = policy.lookup(origin)
    if grant is None:
        if policy.never_shares:
            return _METHOD_NOT_SHARED
        return _ORIGIN_NOT_LISTED if policy.layers else _NO_ORIGIN_LISTED
    return grant if policy.rule.allows(grant.terms.options) else _METHOD_NOT_SHARED


def policy_of_mapping(
    config: Mapping[str, ResourceOptions],
    origin: str | None,
    rule: MethodRule,
    *,
    routed: bool = True,
) -> Policy:
    """Make the policy for one request from a mapping that application code returned.

    Only the two keys that can decide are read, so it may be large, or computed. Raises
    ``ValueError`` as `parse_config` does.
    """
    keys = [key for key in ("*", origin) if key is not None and key in config]
    part = parse_config({key: config[key] for key in keys})
    table = OriginTable(part, lists_others=any(key != "*" for key in config))
    return Policy((table,) if config else (), rule, routed=routed)
