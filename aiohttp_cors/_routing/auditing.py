"""Auditing: the findings in what was added, and where each config was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aiohttp import hdrs, web

from .._checks.finding import Finding
from .._core.options import ResourceOptions
from .entries import ParsedConfig
from .routes import is_library_route, methods_of, views_of
from .views import CorsViewMixin, computes_config, is_cors_view, lost_configs, view_configs

if TYPE_CHECKING:
    from .registry import Registry


class ConfigSource(NamedTuple):
    """A config, and where it was written."""

    where: str
    config: ParsedConfig


def source_of(
    resource: web.AbstractResource, route: web.AbstractRoute | None, config: ParsedConfig
) -> ConfigSource:
    """Return the source of a config that a resource, or a route of it, is added with."""
    kind = "resource" if route is None else f"route {route.method}"
    return ConfigSource(f"{kind} {resource.canonical}", config)


def source_of_application(config: ParsedConfig) -> ConfigSource:
    """Return the source of a config that the application itself is added with."""
    return ConfigSource("the application", config)


def findings_in_defaults(defaults: ParsedConfig) -> list[Finding]:
    """Return the findings in the defaults of an application."""
    return findings_in([ConfigSource("defaults", defaults)])


def findings_in(sources: Iterable[ConfigSource]) -> list[Finding]:
    """Return all findings in some configs, each once."""
    found: dict[Finding, None] = {}
    for where, config in sources:
        if config:
            for each in _findings_in_config(tuple(config.items())):
                found[each._replace(where=where)] = None
    return list(found)


def has_findings(config: ParsedConfig) -> bool:
    """Tell whether a config has findings, wherever it was written."""
    return bool(config) and _findings_in_config(tuple(config.items())) != ()


def findings_of_views(views: Iterable[type[CorsViewMixin]]) -> list[Finding]:
    """Return the findings in views; raise ``ValueError`` if a view has an invalid config."""
    from .._checks.findings import lost_config_finding

    found = []
    for view in views:
        found += findings_in(_sources_of_view(view))
        for name in lost_configs(view):
            found.append(lost_config_finding(f"view {view.__name__}", name))
    return found


def _sources_of_view(view: type[CorsViewMixin]) -> Iterator[ConfigSource]:
    for method in sorted(hdrs.METH_ALL):
        if callable(getattr(view, method.lower(), None)):
            of_method, of_view = view_configs(view, method)
            yield ConfigSource(f"view {view.__name__}.{method.lower()}", of_method)
            yield ConfigSource(f"view {view.__name__}", of_view)


@lru_cache(maxsize=256)
def _findings_in_config(items: tuple[tuple[Any, ResourceOptions], ...]) -> tuple[Finding, ...]:
    # Cached, because many routes may have one config. The first config imports the checks.
    from .._checks.findings import config_findings

    return tuple(config_findings(dict(items), ""))


def audit(registry: Registry, router: web.UrlDispatcher) -> list[Finding]:
    """Return the findings in everything that was added, without the defaults."""
    from .._checks.findings import view_config_finding

    found = findings_in(_sources(registry))
    for route in router.routes():
        if registry.application is not None or route.resource in registry.resources:
            try:
                found += findings_of_views(views_of([route]))
            except ValueError as error:
                # The route of the view was added to the resource after the resource was added.
                where = f"view {cast(Any, route.handler).__name__}"
                found.append(view_config_finding(where, error))
    return list(dict.fromkeys([*found, *_without_origins(registry, router)]))


def _sources(registry: Registry) -> Iterator[ConfigSource]:
    if registry.application is not None:
        yield source_of_application(registry.application.table.config)
    for resource, stored in registry.resources.items():
        if stored.default_config is not None:
            yield source_of(resource, None, stored.default_config.table.config)
        for route in resource:
            if route.method in stored.method_config:
                yield source_of(resource, route, stored.method_config[route.method].table.config)


def _without_origins(registry: Registry, router: web.UrlDispatcher) -> Iterator[Finding]:
    """Yield a finding for each entity for which no layer lists an origin."""
    from .._checks.findings import no_origin_finding

    for resource, stored in registry.resources.items():
        listed = {
            route: _lists_origins(registry, route, router)
            for route in resource
            if not is_library_route(route)
        }
        if not listed:
            # The resource has no routes yet.
            continue
        whole = stored.default_config
        # Some of its routes may have been added with their own configs.
        if whole is not None and whole.inherit and not any(listed.values()):
            yield no_origin_finding(source_of(resource, None, {}).where)
        for route, lists in listed.items():
            entry = stored.method_config.get(route.method)
            if not lists and entry is not None and entry.inherit:
                yield no_origin_finding(source_of(resource, route, {}).where)


def _lists_origins(registry: Registry, route: web.AbstractRoute, router: web.UrlDispatcher) -> bool:
    if is_cors_view(route.handler) and computes_config(route.handler):
        return True
    snapshot = registry.snapshot
    return any(
        layer.table.config
        for method in methods_of(route)
        for layer in snapshot.layers.of(route, method, router)
    )
