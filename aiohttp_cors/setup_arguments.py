"""The arguments of `setup`, checked."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from ._core.config import Config, parse_config
from ._core.options import ResourceOptions
from .abc import AbstractRouterAdapter
from .decisions import OnDecision
from .serving import Settings
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter


class Arguments(NamedTuple):
    """What a `CorsConfig` was made with."""

    defaults: Mapping[Any, ResourceOptions]
    router_adapter: AbstractRouterAdapter | None
    settings: Settings


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
    strict: bool,
) -> Arguments:
    """Check the arguments of `CorsConfig`; ``ValueError`` or ``TypeError`` for a wrong one."""
    check_type("app", app, web.Application)
    check_type("preflights_first", preflights_first, bool)
    check_type("enforce", enforce, bool)
    check_type("strict", strict, bool)
    if router_adapter is not None:
        check_type("router_adapter", router_adapter, AbstractRouterAdapter)
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
    settings = Settings(preflights_first, float(origin_timeout), keep, enforce, on_decision, strict)
    return Arguments(parse_config(defaults, "defaults"), router_adapter, settings)


def check_type(option: str, value: object, expected: type) -> None:
    """Raise ``TypeError`` if the value of an argument is of another type."""
    if not isinstance(value, expected):
        raise TypeError(f"{option!r} must be of type {expected.__name__}, got {value!r}")
