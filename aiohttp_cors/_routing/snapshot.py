"""The snapshot that requests read: the policies of routes, compiled from what was added."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Union

from aiohttp import hdrs, web

from .._core.methods import SAFELISTED_METHODS, is_never_allowed
from .._core.origin_table import OriginTable
from .._core.policy import ALLOWED, NOT_ALLOWED, MethodRule, Policy
from .added import Added
from .entries import NOTHING, Entry, ResourceConfig
from .layers import Layer, Layers
from .routes import has_handler, is_library_method, is_library_route, is_registered, served_as
from .views import computes_config, is_cors_view


class Undecided(Enum):
    """The route alone does not determine the policy: the request must be read."""

    UNDECIDED = 0


UNDECIDED = Undecided.UNDECIDED

#: What decides about the responses of a route, by method if it serves several; None if nothing that
#: was added applies to them.
ResponsePlan = Union[Policy, None, Undecided, "dict[str, Policy | None]"]


def _serves_several(route: web.AbstractRoute) -> bool:
    """Tell whether a route serves several methods, as views and routes of all methods do."""
    return route.method == hdrs.METH_ANY or isinstance(route.handler, type)


class Snapshot:
    """The policies of one `CorsConfig` as it was at one time; each change replaces the snapshot.

    Policies are compiled when they are first needed. A request reads its policy from the snapshot
    without awaiting anything, and uses that policy to its end, so that changes only affect later
    requests.
    """

    def __init__(self, added: Added, layers: Layers) -> None:
        self.added = added
        self.layers = layers
        self._resources = added.resources
        #: The plans of routes that were requested.
        self.plans: dict[web.AbstractRoute, ResponsePlan] = {}
        #: The policies of routes that were requested, by method.
        self.by_method: dict[tuple[web.AbstractRoute, str], Policy | None] = {}
        #: The policies of routes that were requested, by what was added. Views have their own.
        self.alike: dict[tuple[ResourceConfig | None, str], Policy | None] = {}
        #: Routes that were made for one request must not pile up in `plans`.
        self.most_plans = len(added.resources)
        self._policies: dict[tuple[object, ...], Policy] = {}

    def plan(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> ResponsePlan:
        """Return what decides about the responses of a route of this application."""
        if route.resource is None:
            return None if self.added.application is None else UNDECIDED
        if is_library_route(route):
            return UNDECIDED
        view = route.handler if is_cors_view(route.handler) else None
        if view and computes_config(view):
            return UNDECIDED
        if not view and route.method != hdrs.METH_ANY:
            return self.policy(route, route.method, router)
        # An OPTIONS request to a view may be a preflight, whose headers are already written.
        methods = hdrs.METH_ALL - {hdrs.METH_OPTIONS} if view else hdrs.METH_ALL
        return {method: self.policy(route, method, router) for method in methods}

    def policy(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> Policy | None:
        """Return the policy for ``method`` on a route, or None if nothing that was added applies.

        ``router`` is the router of the route: it may have another resource with the same path.
        """
        try:
            return self.by_method[route, method]
        except KeyError:
            pass
        stored = self._resources.get(route.resource, NOTHING)  # type: ignore[arg-type]
        if stored is NOTHING and not self.added.knows(route, router):
            return None
        # Most routes were added with the same entries as others, but views have their own configs.
        alike = (
            method == route.method and method in stored.method_config and not _serves_several(route)
        )
        if alike and (stored, method) in self.alike:
            policy = self.alike[stored, method]
        else:
            policy = self._compile(route, method, router, stored.default_config)
            if alike:
                self.alike[stored, method] = policy
        # A GET route with the same handler may still be added.
        open_end = route.method == hdrs.METH_HEAD and not served_as(route)
        if method in hdrs.METH_ALL and not open_end and is_registered(route):
            self.by_method[route, method] = policy
        return policy

    def _compile(
        self,
        route: web.AbstractRoute,
        method: str,
        router: web.UrlDispatcher | None,
        own_whole: Entry | None,
    ) -> Policy | None:
        entries = self.added.of_route(route, router)
        added = (
            entries.own is not None or entries.whole is not None or entries.application is not None
        )
        names = (method, *served_as(route))
        if is_never_allowed(method):
            rule = NOT_ALLOWED
        elif entries.own is not None and not _serves_several(route):
            # allow_methods has no effect, so that all routes with the same layers have one policy.
            rule = ALLOWED
        else:
            by_default = entries.covered or (own_whole is not None and method in SAFELISTED_METHODS)
            if _serves_several(route) and not is_library_method(route, method):
                by_default |= entries.own is not None
                by_default |= own_whole is not None and is_cors_view(route.handler)
            rule = MethodRule(explicit=False, by_default=by_default, names=names)
        routed = entries.covered or has_handler(route, method)
        if not routed and entries.own is None and own_whole is None:
            return None
        layers = [table for _, table in self.layers.tables(route, method, entries)]
        if not rule.explicit and not rule.by_default:
            # Only allow_methods can allow the method, so options without it do not count.
            layers = [table.listing_methods for table in layers]
        enforce = entries.enforces or any(
            entry.enforce and any(map(rule.allows, entry.table.listing_methods.options))
            for _, entry in entries.siblings
        )
        policy = self._policy_with(layers, rule, method, routed=routed, enforce=enforce)
        return None if policy.never_allows and not added else policy

    def unrouted_policy(
        self, resources: Iterable[web.AbstractResource | None], method: str
    ) -> Policy:
        """Return the policy for 404 responses, and for 405 responses of a path with ``resources``.

        It applies only if the application itself was added.
        """
        resources = list(resources)
        enforce = any(map(self.added.enforces_at, [None, *resources]))
        entries = self.added.unrouted(resources)
        # inherit=False of a resource also cuts off the methods that it does not have.
        allowed = entries.covered and not is_never_allowed(method)
        rule = MethodRule(explicit=False, by_default=True, names=(method,))
        layers = (
            [table for _, table in self.layers.tables(None, method, entries)] if allowed else []
        )
        return self._policy_with(
            layers, rule if allowed else NOT_ALLOWED, method, routed=True, enforce=enforce
        )

    def allowed_layers(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher
    ) -> list[Layer] | None:
        """Return the parts of the `layers` that allow ``method``; None if there is no policy."""
        policy = self.policy(route, method, router)
        if policy is None:
            return None
        layers = self.layers.of(route, method, router) if policy.routed else []
        return [layer.allowing(policy.rule) for layer in layers]

    def _policy_with(
        self,
        tables: Iterable[OriginTable],
        rule: MethodRule,
        method: str,
        *,
        routed: bool,
        enforce: bool,
    ) -> Policy:
        layers = tuple(table for table in tables if table.config)
        if method not in hdrs.METH_ALL:
            # Not cached, because clients can make up any number of methods.
            return Policy(layers, rule, routed=routed, enforce=enforce)
        key = (*map(id, layers), rule, routed, enforce)
        if key not in self._policies:
            self._policies[key] = Policy(layers, rule, routed=routed, enforce=enforce)
        return self._policies[key]
