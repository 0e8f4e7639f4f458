"""CORS for the aiohttp web server."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aiohttp import web

from .__about__ import (
    __author__,
    __copyright__,
    __email__,
    __license__,
    __summary__,
    __title__,
    __uri__,
    __version__,
)
from ._checks.finding import CorsConfigError, Finding
from ._core.config import Config
from ._core.verdict import Reason
from ._http.decisions import Decision, OnDecision
from ._routing.views import APP_CONFIG_KEY, CorsViewMixin, custom_cors
from .abc import AbstractRouterAdapter
from .resource_options import ResourceOptions

if TYPE_CHECKING:
    from ._explaining.explanation import Explanation
    from .cors_config import CorsConfig
else:
    # Type checkers would take any name for one of the package.

    def __getattr__(name: str) -> object:
        """Import a name, or a module, that few need before `setup` is called."""
        if name == "Explanation":
            from ._explaining.explanation import Explanation

            return Explanation
        if name == "CorsConfig":
            from .cors_config import CorsConfig

            return CorsConfig
        # Version 0.8.1 imports these with the package.
        if name in ("cors_config", "mixin", "preflight_handler", "urldispatcher_router_adapter"):
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = (
    "APP_CONFIG_KEY",
    "CorsConfig",
    "CorsConfigError",
    "CorsViewMixin",
    "Decision",
    "Explanation",
    "Finding",
    "Reason",
    "ResourceOptions",
    "__author__",
    "__copyright__",
    "__email__",
    "__license__",
    "__summary__",
    "__title__",
    "__uri__",
    "__version__",
    "custom_cors",
    "setup",
)


def setup(
    app: web.Application,
    *,
    defaults: Config | None = None,
    router_adapter: AbstractRouterAdapter | None = None,
    preflights_first: bool = True,
    origin_timeout: float = 1.0,
    existing_headers: str = "replace",
    enforce: bool = False,
    on_decision: OnDecision | None = None,
    strict: bool = False,
) -> CorsConfig:
    """Set CORS up for ``app`` and return its `CorsConfig`, to which routes are added.

    ``defaults`` maps origins to `ResourceOptions`, for everything that is added. Without defaults,
    list origins where you add a route. The other arguments are those of `CorsConfig`.

    A later call returns the same `CorsConfig`, and can give arguments that earlier calls left at
    their defaults.

    Raises ``TypeError`` if ``app`` is not an application, ``ValueError`` for an argument that was
    given before with another value, and what `CorsConfig` raises; nothing changes then.
    """
    # Modules that only define views and options need nothing of what serves requests. The class
    # is read from this package, where tests of applications may have replaced it.
    from . import CorsConfig
    from ._serving.settings import Arguments, check_application

    arguments = Arguments(
        defaults,
        router_adapter,
        preflights_first,
        origin_timeout,
        existing_headers,
        enforce,
        on_decision,
        strict,
    )
    check_application(app)
    existing: CorsConfig | None = app.get(APP_CONFIG_KEY)
    if existing is None:
        app[APP_CONFIG_KEY] = existing = CorsConfig(app, **arguments._asdict())
    else:
        existing._set_up_again(arguments)
    return existing
