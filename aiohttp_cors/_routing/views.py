"""CORS for class-based views."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar, cast

from aiohttp import hdrs, web

from .._core.config import Config, parse_config
from .._core.options import ResourceOptions
from .._core.verdict import Denial
from .._http.handler import Outcome, _PreflightHandler
from .._http.preflights import Preflight

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

#: The key under which `setup` stores the `CorsConfig` of an application.
APP_CONFIG_KEY: web.AppKey[Any] = web.AppKey("aiohttp_cors")
#: The key under which every `CorsConfig` stores the server of its application.
SERVER_KEY: web.AppKey[Any] = web.AppKey("aiohttp_cors_server")

_Function = TypeVar("_Function", bound=Callable[..., object])

#: The attribute of a decorated function that has its config.
_MARK = "__custom_cors__"
#: The names of all decorated functions, by module and class.
_decorated: dict[tuple[str, str], set[str]] = {}


class _Mark(NamedTuple):
    """What `custom_cors` stores on a function; ``functools.wraps`` copies it."""

    config: Config
    module: str
    #: The qualified name of the function.
    name: str


def custom_cors(config: Config) -> Callable[[_Function], _Function]:
    """Decorate a method of a view with its own config, more specific than ``cors_config``.

    ``config`` maps origins to `ResourceOptions`. Raises ``ValueError`` if it is not valid.
    """
    parse_config(config, "custom_cors")

    def decorate(function: _Function) -> _Function:
        setattr(function, f"{function.__name__}_cors_config", config)
        setattr(function, _MARK, _Mark(config, function.__module__, function.__qualname__))
        owner, _, name = function.__qualname__.rpartition(".")
        _decorated.setdefault((function.__module__, owner), set()).add(name)
        return function

    return decorate


class ServerOfViews(Protocol):
    """What a view needs from the server of its application."""

    #: It decides about preflights that reach a view.
    decides_for_views: bool

    async def _decide(self, request: web.Request, preflight: Preflight | Denial) -> Outcome:
        """Decide about such a preflight."""
        ...

    def _observe(self, request: web.Request, outcome: Outcome) -> None:
        """Report the decision."""

    def configs_below_view(
        self, request: web.Request, method: str
    ) -> list[Mapping[Any, ResourceOptions]]:
        """Return the configs that apply to a request, without those of the view itself."""
        ...


class CorsViewMixin(_PreflightHandler):
    """Makes a `web.View` a view with CORS; it may come before or after `web.View` in the bases.

    Add the view like any route: ``cors.add(app.router.add_view("/path", View))``. The most specific
    config that has the origin decides: first that of the method (`custom_cors`), then
    ``cors_config``, the config given to ``cors.add``, and the defaults.
    """

    #: A mapping of origins to options for all methods; it is read when the view is added.
    cors_config: ClassVar[Config | None] = None

    @classmethod
    def get_request_config(
        cls, request: web.Request, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config for ``request_method``; override it to compute one for each request.

        Raises ``KeyError`` if the view does not have that method, and ``ValueError`` if CORS was
        not set up for the application.
        """
        servers = servers_around(request)
        if not servers:
            raise ValueError(
                "CORS is not configured: call aiohttp_cors.setup(app) with the application that "
                "serves this view, or with one around it"
            )
        method = request_method.upper()
        if method not in view_methods(cls):
            raise KeyError(request_method)
        below = servers[0].configs_below_view(request, method)
        return ChainMap(*view_configs(cls, method), *map(dict, below))

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        return self.get_request_config(request, request_method)

    async def _decide(self, request: web.Request, preflight: Preflight | Denial) -> Outcome:
        for server in servers_around(request):
            # A test double has no match info that says what was added.
            if server.decides_for_views and isinstance(request, web.BaseRequest):
                return await server._decide(request, preflight)
        return await super()._decide(request, preflight)

    def _observe(self, request: web.Request, outcome: Outcome) -> None:
        for server in servers_around(request)[:1]:
            server._observe(request, outcome)

    async def options(self) -> web.StreamResponse:
        """Respond to OPTIONS requests that reach the view."""
        return await self._preflight_handler(cast(web.View, self).request)


def is_cors_view(handler: object) -> TypeGuard[type[CorsViewMixin]]:
    """Tell whether a route's handler is a view with CORS."""
    return isinstance(handler, type) and issubclass(handler, CorsViewMixin)


def computes_config(view: type[CorsViewMixin]) -> bool:
    """Tell whether a view overrides `CorsViewMixin.get_request_config`."""
    function = getattr(view.get_request_config, "__func__", None)
    return function is not CorsViewMixin.get_request_config.__func__  # type: ignore[attr-defined]


def view_methods(view: type) -> list[str]:
    """Return the HTTP methods that a view has handlers for, sorted."""
    return sorted(m for m in hdrs.METH_ALL if callable(getattr(view, m.lower(), None)))


def view_configs(view: type[CorsViewMixin], method: str) -> list[dict[Any, ResourceOptions]]:
    """Parse the configs of a view that apply to ``method``, the most specific first.

    Raises ``ValueError`` if one is invalid.
    """
    name = method.lower()
    custom = _custom_config(view, name) if method in hdrs.METH_ALL else None
    return [
        parse_config(custom, f"custom_cors of {view.__name__}.{name}"),
        parse_config(view.cors_config, f"{view.__name__}.cors_config"),
    ]


def _custom_config(view: type, name: str) -> Config | None:
    handler = getattr(view, name, None)
    config: Config | None = getattr(handler, f"{name}_cors_config", None)
    mark = _mark_of(handler)
    return mark.config if config is None and mark is not None else config


def _mark_of(handler: object) -> _Mark | None:
    return getattr(handler, _MARK, None)


def lost_configs(view: type) -> Iterator[str]:
    """Yield the names of functions with `custom_cors` that are no longer methods of their view.

    Another decorator may have replaced the decorated function.
    """
    for each in view.__mro__:
        decorated = _decorated.get((each.__module__, each.__qualname__), set()) & vars(each).keys()
        marks = [_mark_of(getattr(each, method.lower(), None)) for method in hdrs.METH_ALL]
        carried = {(mark.module, mark.name) for mark in marks if mark is not None}
        for name in sorted(decorated):
            if (each.__module__, f"{each.__qualname__}.{name}") not in carried:
                yield f"{each.__name__}.{name}"


def servers_around(request: web.Request) -> list[ServerOfViews]:
    """Return the servers of the applications around a handler, the innermost first."""
    apps = request.match_info.apps
    if not isinstance(apps, tuple):
        # The request is a test double.
        apps = (request.app,)
    return [app[SERVER_KEY] for app in reversed(apps) if SERVER_KEY in app]
