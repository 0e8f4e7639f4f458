"""What an application allows: a row for each route and origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from aiohttp import web

from .._core.options import ResourceOptions, options_dict
from .._core.origins import OriginKey, origin_text
from .._routing.routes import inner_application, is_library_route, methods_of
from .._routing.views import APP_CONFIG_KEY, computes_config, is_cors_view
from .._serving.builtin_router import BuiltinRouterServer

TITLES = (
    "METHODS",
    "PATH",
    "ORIGIN",
    "CREDENTIALS",
    "ALLOWED HEADERS",
    "EXPOSED HEADERS",
    "MAX AGE",
    "FROM",
)


class Row(NamedTuple):
    """What one route allows one origin to do; ``key`` is None if it allows no origin."""

    methods: list[str]
    path: str
    key: OriginKey | None = None
    options: ResourceOptions | None = None
    #: Where the origin was written; without an origin, why there is none.
    where: str = "no CORS"

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "methods": self.methods,
            "path": self.path,
            "key": None if self.key is None else origin_text(self.key),
            "options": None if self.options is None else options_dict(self.options),
            "where": self.where,
        }

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the row as text, in the order of ``TITLES``."""
        methods = "*" if len(self.methods) > _MANY else ",".join(self.methods)
        if self.key is None or self.options is None:
            return (methods, self.path, "-", "-", "-", "-", "-", self.where)
        options = options_dict(self.options)
        return (
            methods,
            self.path,
            origin_text(self.key),
            "yes" if self.options.allow_credentials else "no",
            ",".join(options["allow_headers"]) or "-",
            ",".join(options["expose_headers"]) or "-",
            "-" if self.options.max_age is None else str(self.options.max_age),
            self.where,
        )


#: More methods than this are shown as "*".
_MANY = 6


def rows_of(app: web.Application, outer: tuple[web.Application, ...] = ()) -> Iterator[Row]:
    """Yield the rows of an application and of those inside it.

    ``outer`` are the applications around it.
    """
    apps = (app, *outer)
    for resource in app.router.resources():
        inner = inner_application(resource)
        if inner is not None:
            yield from rows_of(inner, apps)
            continue
        for route in resource:
            if not is_library_route(route):
                yield from _rows_of_route(route, resource.canonical, apps)


def _rows_of_route(
    route: web.AbstractRoute, path: str, apps: tuple[web.Application, ...]
) -> Iterator[Row]:
    methods = methods_of(route)
    view = route.handler
    if is_cors_view(view) and computes_config(view):
        yield Row(methods, path, where=f"{view.__name__}.get_request_config")
        return
    layers = {method: _layers_of(route, method, apps) for method in methods}
    allowed: dict[tuple[Any, ResourceOptions, str], list[str]] = {}
    for method, its_layers in layers.items():
        # If several layers list an origin, the most specific one counts.
        deciding: dict[Any, tuple[ResourceOptions, str]] = {}
        for where, config in its_layers or ():
            for key, options in config.items():
                deciding.setdefault(key, (options, where))
        for key, (options, where) in deciding.items():
            allowed.setdefault((key, options, where), []).append(method)
    for (key, options, where), its_methods in allowed.items():
        yield Row(its_methods, path, key, options, where)
    configs = [app[APP_CONFIG_KEY] for app in apps if APP_CONFIG_KEY in app]
    foreign = [
        each._cors_impl for each in configs if not isinstance(each._cors_impl, BuiltinRouterServer)
    ]
    if not allowed and foreign:
        adapter = type(foreign[0]._router_adapter).__name__
        yield Row(methods, path, where=f"the router adapter {adapter} decides")
    elif not allowed:
        added = any(each is not None for each in layers.values())
        yield Row(methods, path, where="no origin" if added else "no CORS")


def _layers_of(
    route: web.AbstractRoute, method: str, apps: tuple[web.Application, ...]
) -> list[tuple[str, Any]] | None:
    # The nearest application with a policy decides alone.
    for app in apps:
        cors = app.get(APP_CONFIG_KEY)
        if cors is not None and isinstance(cors._cors_impl, BuiltinRouterServer):
            layers = cors._cors_impl.registry.snapshot.allowed_layers(route, method, apps[0].router)
            if layers is not None:
                return [(layer.source, layer.table.config) for layer in layers]
    return None
