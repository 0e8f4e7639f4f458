"""CorsConfig: what an application calls to set CORS up and to add routes."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from aiohttp import web

from ._core.options import ResourceOptions
from ._core.policy import Config, parse_config
from .abc import AbstractRouterAdapter
from .decisions import OnDecision
from .explanation import Explanation, Headers
from .router_serving import RouterServing
from .serving import AdapterServing, Settings
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

__all__ = ("CorsConfig",)

_Entity = TypeVar("_Entity")


class Arguments(NamedTuple):
    """What a `CorsConfig` was made with."""

    defaults: Mapping[Any, ResourceOptions]
    router_adapter: AbstractRouterAdapter | None
    settings: Settings


class CorsConfig:
    """The CORS of one application: `setup` makes it, `add` says what it is for.

    ``defaults``
        Origins to `ResourceOptions`, for all that is added.
    ``router_adapter``
        For applications with a router of their own.
    ``preflights_first``
        ``False``: the application's middlewares see preflights before they are answered.
    ``origin_timeout``
        Seconds that a function among the origins may take; then the origin is refused.
    ``existing_headers``
        What becomes of a response that has ``Access-Control-Allow-Origin`` already:
        ``"replace"`` its CORS headers, or ``"keep"`` it as it is.
    ``enforce``
        ``True``: every request of another origin that is not granted is refused with 403 before
        the application's middlewares, as `add` does with the same argument.
    ``on_decision``
        Called with a `Decision` for each request of another origin, for metrics. What it returns
        is ignored; if it raises, that is logged.

    Raises ``ValueError`` or ``TypeError`` for an argument that is wrong, and ``RuntimeError`` if
    the application is frozen already.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        defaults: Config | None = None,
        router_adapter: AbstractRouterAdapter | None = None,
        preflights_first: bool = True,
        origin_timeout: float = 1.0,
        existing_headers: str = "replace",
        enforce: bool = False,
        on_decision: OnDecision | None = None,
    ) -> None:
        self._arguments = parse_arguments(
            app,
            defaults=defaults,
            router_adapter=router_adapter,
            preflights_first=preflights_first,
            origin_timeout=origin_timeout,
            existing_headers=existing_headers,
            enforce=enforce,
            on_decision=on_decision,
        )
        if app.frozen:
            raise RuntimeError("the application is frozen: set CORS up before it is started")
        settings = self._arguments.settings
        self._app = app
        self._defaults = self._arguments.defaults
        if router_adapter is None:
            router_adapter = ResourcesUrlDispatcherRouterAdapter(app.router, self._defaults)
        # The name is one that test suites of applications reach for.
        self._cors_impl: RouterServing | AdapterServing
        # What a derived adapter overrides has to be asked, so it counts as another one.
        if type(router_adapter) is ResourcesUrlDispatcherRouterAdapter:
            self._cors_impl = RouterServing(app, router_adapter, settings)
        else:
            self._cors_impl = AdapterServing(app, router_adapter, settings)

    @property
    def defaults(self) -> Mapping[Any, ResourceOptions]:
        """Origins to options for all that is added, read-only.

        Assign a mapping to replace them; ``ValueError`` for an invalid one, which changes
        nothing.
        """
        return MappingProxyType(cast("dict[Any, ResourceOptions]", self._defaults))

    @defaults.setter
    def defaults(self, defaults: Config | None) -> None:
        parsed = parse_config(defaults, "defaults")
        adapter = self._cors_impl._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.policies.replace_defaults(parsed)
        self._defaults = parsed

    def add(
        self,
        routing_entity: _Entity,
        config: Config | None = None,
        webview: bool = False,
        *,
        inherit: bool = True,
        enforce: bool = False,
    ) -> _Entity:
        """Enable CORS for a route, a resource, a sub-application, or the application itself.

        ``config``
            Origins to `ResourceOptions`. Given with a route it rules that route alone, with a
            resource every method of it, with the application every route of it and of its
            sub-applications, those added later too, and its 404 and 405 answers.
        ``inherit``
            Where ``config`` does not have an origin, less specific ones and the defaults decide.
            ``False``: only ``config`` does; an empty one closes the entity.
        ``enforce``
            The policy is a guard: a request of another origin that is not granted is refused
            with 403 before middlewares and handler run, WebSocket handshakes included.
        ``webview``
            Does nothing.

        Returns ``routing_entity``. Adding an entity again with an equal config changes nothing.
        Raises ``ValueError`` if it can't be added: with another config, with an invalid one, or
        where the application answers OPTIONS itself; ``RuntimeError`` once the application is
        frozen. Nothing is added then.
        """
        if webview:
            warnings.warn(
                "'webview' does nothing: views are recognised; leave it out",
                DeprecationWarning,
                stacklevel=2,
            )
        _check_type("inherit", inherit, bool)
        _check_type("enforce", enforce, bool)
        parsed = parse_config(config)
        if self._app.frozen and self._app.router.frozen:
            raise RuntimeError(
                f"the application is frozen: add {routing_entity!r} before it is started"
            )
        self._cors_impl.add(routing_entity, parsed, inherit=inherit, enforce=enforce)
        return routing_entity

    async def explain(
        self,
        method: str,
        path: str,
        *,
        origin: str,
        headers: Headers = (),
        credentials: bool = False,
    ) -> Explanation:
        """Say what becomes of a request of a page, and why, without sending it.

        ``path`` is as in the request line, with the prefixes of sub-applications. ``origin`` is
        that of the page. ``headers`` are those that its script sets: names, or names with values.
        ``credentials``: it sends cookies.

        The code that serves requests decides, with its preflight first where browsers send one
        (Fetch §4.1). With ``"OPTIONS"`` and the header ``Access-Control-Request-Method`` the
        request is a preflight itself. Handlers and middlewares do not run, functions among the
        origins do.

        Raises ``ValueError`` or ``TypeError`` for an argument that is wrong.
        """
        # Its import costs more than that of all the rest.
        from .explaining import explain

        return await explain(
            self._app, method, path, origin=origin, headers=headers, credentials=credentials
        )

    def _configs_below_view(
        self, request: web.Request, method: str
    ) -> list[Mapping[Any, ResourceOptions]]:
        adapter = self._cors_impl._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            return adapter.configs_below_view(request, method)
        return [self._defaults]


def parse_arguments(
    app: web.Application,
    *,
    defaults: Config | None,
    router_adapter: AbstractRouterAdapter | None,
    preflights_first: bool,
    origin_timeout: float,
    existing_headers: str,
    enforce: bool,
    on_decision: OnDecision | None,
) -> Arguments:
    """Check the arguments of `CorsConfig`; ``ValueError`` or ``TypeError`` for a wrong one."""
    _check_type("app", app, web.Application)
    _check_type("preflights_first", preflights_first, bool)
    _check_type("enforce", enforce, bool)
    if router_adapter is not None:
        _check_type("router_adapter", router_adapter, AbstractRouterAdapter)
        if enforce and type(router_adapter) is not ResourcesUrlDispatcherRouterAdapter:
            raise ValueError("'enforce' is for aiohttp's own router; leave out 'router_adapter'")
    if existing_headers not in ("replace", "keep"):
        raise ValueError(
            f"'existing_headers' must be 'replace' or 'keep', got {existing_headers!r}"
        )
    if isinstance(origin_timeout, bool) or not isinstance(origin_timeout, (int, float)):
        raise TypeError(f"'origin_timeout' must be a number of seconds, got {origin_timeout!r}")
    if not 0 < origin_timeout < float("inf"):
        raise ValueError(f"'origin_timeout' must be positive seconds, got {origin_timeout!r}")
    if on_decision is not None:
        if not callable(on_decision):
            raise TypeError(f"'on_decision' must be a function or None, got {on_decision!r}")
        if inspect.iscoroutinefunction(on_decision):
            raise TypeError(
                f"'on_decision' is not awaited: it must be a plain function, got {on_decision!r}"
            )
    keep = existing_headers == "keep"
    settings = Settings(preflights_first, float(origin_timeout), keep, enforce, on_decision)
    return Arguments(parse_config(defaults, "defaults"), router_adapter, settings)


def _check_type(option: str, value: object, expected: type) -> None:
    if not isinstance(value, expected):
        raise TypeError(f"{option!r} must be of type {expected.__name__}, got {value!r}")
