"""CORS for class-based views."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from aiohttp import hdrs, web

from ._core.config import Config, parse_config
from ._core.policy import MethodRule
from ._core.verdict import Denial, Reason
from .origin_functions import OriginFunctions
from .preflight_handler import Answer, Preflight, _PreflightHandler
from .resource_options import ResourceOptions

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

    from .cors_config import CorsConfig

__all__ = ("CorsViewMixin", "custom_cors")

#: The key under which `setup` stores the `CorsConfig` of an application.
APP_CONFIG_KEY: web.AppKey[CorsConfig] = web.AppKey("aiohttp_cors")

_Function = TypeVar("_Function", bound=Callable[..., object])


def custom_cors(config: Config) -> Callable[[_Function], _Function]:
    """Give one method of a view its own config, more specific than the view's ``cors_config``.

    ``config`` maps origins to `ResourceOptions`. Raises ``ValueError`` if it is no valid config.
    """
    parse_config(config, "custom_cors")

    def decorate(function: _Function) -> _Function:
        setattr(function, f"{function.__name__}_cors_config", config)
        return function

    return decorate


class CorsViewMixin(_PreflightHandler):
    """Makes a `web.View` a view with CORS, before or after it in the bases.

    The view is added like any route, ``cors.add(app.router.add_view("/path", View))``. Of the
    config of a method (`custom_cors`), ``cors_config``, the config given to ``cors.add`` and the
    defaults, the most specific one that has the origin decides.
    """

    #: Origins to options for all methods of the view; read when the view is added.
    cors_config: ClassVar[Config | None] = None

    @classmethod
    def get_request_config(
        cls, request: web.Request, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config for ``request_method``: override it to compute one at each request.

        Raises ``KeyError`` if the view has no such method, and ``ValueError`` if the application
        has no CORS set up.
        """
        cors = _find_cors(request)
        if cors is None:
            raise ValueError(
                "CORS is not configured: call aiohttp_cors.setup(app) with the application that "
                "serves this view, or with one around it"
            )
        method = request_method.upper()
        if method not in view_methods(cls):
            raise KeyError(request_method)
        return ChainMap(
            *view_configs(cls, method), *map(dict, cors._configs_below_view(request, method))
        )

    @staticmethod
    def _method_rule(method: str) -> MethodRule:
        return view_rule(method)

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        return self.get_request_config(request, request_method)

    async def _answer_preflight(self, request: web.Request, asked: Preflight) -> Answer:
        known = [cors._cors_impl.knows(request.match_info.route) for cors in _all_cors(request)]
        if True in known:
            serving = _all_cors(request)[known.index(True)]._cors_impl
            return await serving._answer_preflight(request, asked)
        if False in known:
            # What was not added is not shared, so its preflights are refused too.
            return Answer(Denial(Reason.METHOD_NOT_SHARED), asked)
        return await super()._answer_preflight(request, asked)

    def _origin_functions(self, request: web.Request) -> OriginFunctions:
        cors = _find_cors(request)
        return OriginFunctions() if cors is None else cors._cors_impl.functions

    def _note_answer(self, request: web.Request, answer: Answer) -> None:
        cors = _find_cors(request)
        if cors is not None:
            cors._cors_impl._note_answer(request, answer)

    async def options(self) -> web.StreamResponse:
        """Answer OPTIONS requests that reach the view."""
        return await self._preflight_handler(cast(web.View, self).request)


def is_cors_view(handler: object) -> TypeGuard[type[CorsViewMixin]]:
    """Tell whether a route's handler is a view with CORS."""
    return isinstance(handler, type) and issubclass(handler, CorsViewMixin)


def computes_config(view: type[CorsViewMixin]) -> bool:
    """Tell whether a view overrides `CorsViewMixin.get_request_config`."""
    function = getattr(view.get_request_config, "__func__", None)
    return function is not CorsViewMixin.get_request_config.__func__  # type: ignore[attr-defined]


def view_methods(view: type) -> list[str]:
    """Return the methods that a view has handlers for: real ones, sorted."""
    return sorted(m for m in hdrs.METH_ALL if callable(getattr(view, m.lower(), None)))


def view_configs(view: type[CorsViewMixin], method: str) -> list[dict[Any, ResourceOptions]]:
    """Parse the configs of a view that apply to ``method``, the most specific first.

    Raises ``ValueError`` for an invalid one.
    """
    name = method.lower()
    handler = getattr(view, name, None)
    return [
        parse_config(
            getattr(handler, f"{name}_cors_config", None), f"custom_cors of {view.__name__}.{name}"
        ),
        parse_config(view.cors_config, f"{view.__name__}.cors_config"),
    ]


def view_rule(method: str) -> MethodRule:
    """Return the rule of a view that was added: all its methods, as far as allow_methods goes."""
    return MethodRule(explicit=False, by_default=True, names=(method,))


def _find_cors(request: web.Request) -> CorsConfig | None:
    """Return the `CorsConfig` of the innermost application that has one."""
    return next(iter(_all_cors(request)), None)


def _all_cors(request: web.Request) -> list[CorsConfig]:
    """Return the `CorsConfig`s of the applications of a request, the innermost first."""
    apps = request.match_info.apps
    if not isinstance(apps, tuple):
        # The request is a test double.
        apps = (request.app,)
    return [app[APP_CONFIG_KEY] for app in reversed(apps) if APP_CONFIG_KEY in app]
