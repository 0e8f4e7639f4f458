"""CorsConfig: what an application calls to set CORS up and to add routes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar, cast

from aiohttp import web

from ._core.options import ResourceOptions
from ._core.policy import Config, parse_config
from .abc import AbstractRouterAdapter
from .serving import AdapterServing, RouterServing
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

__all__ = ("CorsConfig",)

_Entity = TypeVar("_Entity")


class Arguments(NamedTuple):
    """What a `CorsConfig` was made with."""

    defaults: Mapping[str, ResourceOptions]
    router_adapter: AbstractRouterAdapter | None
    preflights_first: bool


class CorsConfig:
    """The CORS of one application: `setup` makes it, `add` says what it is for.

    ``defaults`` maps origins to `ResourceOptions` for all that is added. ``router_adapter`` is
    for applications with a router of their own. With ``preflights_first=False`` the
    application's middlewares see preflights before they are answered.

    Raises ``ValueError`` if ``defaults`` is no valid config, ``TypeError`` for an argument of
    another type, and ``RuntimeError`` if the application is frozen already.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        defaults: Config | None = None,
        router_adapter: AbstractRouterAdapter | None = None,
        preflights_first: bool = True,
    ) -> None:
        _check_type("app", app, web.Application)
        _check_type("preflights_first", preflights_first, bool)
        if router_adapter is not None:
            _check_type("router_adapter", router_adapter, AbstractRouterAdapter)
        if app.frozen:
            raise RuntimeError("the application is frozen: set CORS up before it is started")
        self._defaults: Mapping[str, ResourceOptions] = parse_config(defaults, "defaults")
        self._arguments = Arguments(self._defaults, router_adapter, preflights_first)
        if router_adapter is None:
            router_adapter = ResourcesUrlDispatcherRouterAdapter(app.router, self._defaults)
        self._app = app
        # The name is one that test suites of applications reach for.
        self._cors_impl: RouterServing | AdapterServing
        # What a derived adapter overrides has to be asked, so it counts as another one.
        if type(router_adapter) is ResourcesUrlDispatcherRouterAdapter:
            self._cors_impl = RouterServing(app, router_adapter, preflights_first=preflights_first)
        else:
            self._cors_impl = AdapterServing(app, router_adapter)

    @property
    def defaults(self) -> Mapping[str, ResourceOptions]:
        """Origins to options for all that is added, read-only.

        Assign a mapping to replace them; ``ValueError`` for an invalid one, which changes
        nothing.
        """
        return MappingProxyType(cast("dict[str, ResourceOptions]", self._defaults))

    @defaults.setter
    def defaults(self, defaults: Config | None) -> None:
        parsed = parse_config(defaults, "defaults")
        adapter = self._cors_impl._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.defaults = parsed
        self._defaults = parsed

    def add(
        self,
        routing_entity: _Entity,
        config: Config | None = None,
        webview: bool = False,
    ) -> _Entity:
        """Enable CORS for a route, a resource, or all routes of a sub-application.

        ``config`` maps origins to `ResourceOptions`. Given with a route it rules that route
        alone, with a resource every method of it; where it does not have an origin, the defaults
        decide. ``webview`` does nothing. Returns ``routing_entity``.

        Adding an entity again with an equal config changes nothing. Raises ``ValueError`` if it
        can't be added: with another config, with an invalid one, or where the application answers
        OPTIONS itself; ``RuntimeError`` once the application is frozen. Nothing is added then.
        """
        if webview:
            warnings.warn(
                "'webview' does nothing: views are recognised; leave it out",
                DeprecationWarning,
                stacklevel=2,
            )
        if self._app.frozen and self._app.router.frozen:
            raise RuntimeError(
                f"the application is frozen: add {routing_entity!r} before it is started"
            )
        self._cors_impl.add(routing_entity, parse_config(config))
        return routing_entity

    def _added_configs(self, request: web.Request) -> list[Mapping[str, ResourceOptions]]:
        adapter = self._cors_impl._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            return adapter.added_configs(request)
        return []


def _check_type(option: str, value: object, expected: type) -> None:
    if not isinstance(value, expected):
        raise TypeError(f"{option!r} must be of type {expected.__name__}, got {value!r}")
