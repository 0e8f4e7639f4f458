"""Where configuration is written, and what is found in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, cast

from aiohttp import web

from ._checks.finding import Finding
from ._checks.findings import config_findings, no_origin_finding, view_config_finding
from ._core.options import ResourceOptions
from .entries import ParsedConfig, ResourceConfig
from .mixin import CorsViewMixin, computes_config, is_cors_view, view_configs, view_methods
from .route_policies import RoutePolicies
from .routes import is_library_route, methods_of, views_of


class Place(NamedTuple):
    """A config, and where it is written."""

    where: str
    config: ParsedConfig


def place_of(
    resource: web.AbstractResource, route: web.AbstractRoute | None, config: ParsedConfig
) -> Place:
    """Return the place of the config that a resource, or a route of it, is added with."""
    if route is None:
        return Place(f"resource {resource.canonical}", config)
    return Place(f"route {route.method} {resource.canonical}", config)


def view_places(views: Iterable[type[CorsViewMixin]]) -> Iterator[Place]:
    """Yield the configs that views have themselves."""
    for view in dict.fromkeys(views):
        for method in view_methods(view):
            of_method, of_view = view_configs(view, method)
            yield Place(f"view {view.__name__}.{method.lower()}", of_method)
            yield Place(f"view {view.__name__}", of_view)


def findings_in(places: Iterable[Place]) -> list[Finding]:
    """Return all findings of some configs, each once."""
    found: dict[Finding, None] = {}
    for where, config in places:
        if config:
            for each in _findings_in_config(tuple(config.items())):
                found[each._replace(where=where)] = None
    return list(found)


def findings_at(
    resource: web.AbstractResource, route: web.AbstractRoute | None, config: ParsedConfig
) -> list[Finding]:
    """Return what is found in the config that a resource, or a route of it, is added with."""
    # Where it is has to be said only if there is something to say.
    if not config or not _findings_in_config(tuple(config.items())):
        return []
    return findings_in([place_of(resource, route, config)])


@lru_cache(maxsize=256)
def _findings_in_config(items: tuple[tuple[Any, ResourceOptions], ...]) -> tuple[Finding, ...]:
    # Many routes may be added with one config.
    return tuple(config_findings(dict(items), ""))


def audit(policies: RoutePolicies, routes: Iterable[web.AbstractRoute]) -> list[Finding]:
    """Return what is found in the configs of an application, beside the defaults.

    ``routes`` are those of its router.
    """
    found = findings_in(_added_places(policies))
    whole = policies.application is not None
    for route in routes:
        if whole or route.resource in policies.resources:
            try:
                found += findings_in(view_places(views_of([route])))
            except ValueError as error:
                # It came with a route that was not there yet when its resource was added.
                where = f"view {cast(Any, route.handler).__name__}"
                found.append(view_config_finding(where, error))
    return list(dict.fromkeys([*found, *_without_origins(policies)]))


def _added_places(policies: RoutePolicies) -> Iterator[Place]:
    if policies.application is not None:
        yield Place("the application", policies.application.table.config)
    for resource, stored in policies.resources.items():
        if stored.default_config is not None:
            yield place_of(resource, None, stored.default_config.table.config)
        for route in resource:
            if route.method in stored.method_config:
                yield place_of(resource, route, stored.method_config[route.method].table.config)


def _without_origins(policies: RoutePolicies) -> Iterator[Finding]:
    """Yield a finding for each entity that lists no origin in any layer."""
    for resource, stored in policies.resources.items():
        listed = {
            route: _computes(route) or any(map(_lists_origins, _policies_of(policies, route)))
            for route in resource
            if not is_library_route(route)
        }
        if not listed:
            # Its routes are still to come.
            continue
        whole = stored.default_config
        # Routes may have been added for some of its methods only.
        if whole is not None and whole.inherit and not any(listed.values()):
            yield no_origin_finding(place_of(resource, None, {}).where)
        for route, lists in listed.items():
            if not lists and _inherits(stored, route):
                yield no_origin_finding(place_of(resource, route, {}).where)


def _computes(route: web.AbstractRoute) -> bool:
    return is_cors_view(route.handler) and computes_config(route.handler)


def _policies_of(policies: RoutePolicies, route: web.AbstractRoute) -> Iterator[Any]:
    return (policies.policy(route, method) for method in methods_of(route))


def _lists_origins(policy: Any) -> bool:
    return policy is not None and bool(policy.layers)


def _inherits(stored: ResourceConfig, route: web.AbstractRoute) -> bool:
    entry = stored.method_config.get(route.method)
    return entry is not None and entry.inherit
