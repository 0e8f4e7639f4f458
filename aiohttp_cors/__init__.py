"""CORS for the aiohttp web server."""

from __future__ import annotations

from typing import Any

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
from ._checks.findings import CorsConfigError, Finding
from ._core.config import Config
from ._core.verdict import Reason
from .abc import AbstractRouterAdapter
from .cors_config import CorsConfig
from .decisions import Decision, OnDecision
from .explanation import Explanation
from .mixin import APP_CONFIG_KEY, CorsViewMixin, custom_cors
from .resource_options import ResourceOptions
from .setup_arguments import parse_arguments

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

    ``defaults`` maps origins to `ResourceOptions` for all that is added; without any, an origin
    has to be listed where a route is added. The other arguments are those of `CorsConfig`.

    Calling it again with equal arguments returns the same `CorsConfig`. Raises ``ValueError`` if
    it was called with other ones, and what `CorsConfig` raises.
    """
    given: dict[str, Any] = {
        "defaults": defaults,
        "router_adapter": router_adapter,
        "preflights_first": preflights_first,
        "origin_timeout": origin_timeout,
        "existing_headers": existing_headers,
        "enforce": enforce,
        "on_decision": on_decision,
        "strict": strict,
    }
    arguments = parse_arguments(app, **given)
    existing = app.get(APP_CONFIG_KEY)
    if existing is None:
        app[APP_CONFIG_KEY] = existing = CorsConfig(app, **given)
    elif existing._arguments != arguments:
        raise ValueError(
            f"setup() was called for this application with {existing._arguments}; it can't be "
            f"called again with {arguments}; take the CorsConfig from app[APP_CONFIG_KEY]"
        )
    return existing
