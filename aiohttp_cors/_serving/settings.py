"""The arguments of `setup`: checked, and merged with those of earlier calls."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from .._core.config import Config, parse_config
from .._core.options import ResourceOptions
from .._http.decisions import OnDecision
from .._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from ..abc import AbstractRouterAdapter


class Arguments(NamedTuple):
    """The arguments of `setup`, as the user wrote them."""

    defaults: Config | None = None
    router_adapter: AbstractRouterAdapter | None = None
    #: Respond to preflights before the application's middlewares.
    preflights_first: bool = True
    #: How many seconds a function of the application may take to decide about an origin.
    origin_timeout: float = 1.0
    #: ``"replace"`` or ``"keep"`` the headers of responses that have Access-Control-Allow-Origin.
    existing_headers: str = "replace"
    #: Refuse all cross-origin requests that are not granted.
    enforce: bool = False
    #: Called with each `Decision`.
    on_decision: OnDecision | None = None
    #: Raise findings instead of logging them.
    strict: bool = False

    def copied(self) -> Arguments:
        """Return the arguments with a copy of the defaults, which the user may change later."""
        return self._replace(defaults=None if self.defaults is None else dict(self.defaults))

    def merged(self, later: Arguments) -> Arguments:
        """Return the arguments together with those of a later call.

        An argument counts as given if it does not have its default value. Raises ``ValueError`` for
        one that was given with two values.
        """
        given = {}
        for name, value in later._asdict().items():
            default, existing = _DEFAULTS[name], getattr(self, name)
            if _is_same(name, value, default) or _is_same(name, value, existing):
                continue
            if name == "router_adapter" or not _is_same(name, existing, default):
                raise ValueError(
                    f"{name!r} was given to setup() with two values for this application, "
                    f"{existing!r} and {value!r}; give it once, or take the CorsConfig from "
                    "app[aiohttp_cors.APP_CONFIG_KEY]"
                )
            given[name] = value
        return self._replace(**given)


_DEFAULTS: dict[str, Any] = Arguments._field_defaults


def _is_same(name: str, value: Any, other: Any) -> bool:
    if name == "defaults":
        # Parsed values are compared, and defaults without origins are the same as None.
        return parse_config(value, name) == parse_config(other, name)
    return value is other or bool(value == other)


def parse_arguments(app: web.Application, arguments: Arguments) -> Mapping[Any, ResourceOptions]:
    """Check arguments and return the parsed defaults.

    Raises ``ValueError`` or ``TypeError`` for an invalid one.
    """
    check_application(app)
    for flag in ("preflights_first", "enforce", "strict"):
        check_type(flag, getattr(arguments, flag), bool)
    adapter = arguments.router_adapter
    if adapter is not None:
        check_type("router_adapter", adapter, AbstractRouterAdapter)
        if arguments.enforce and type(adapter) is not ResourcesUrlDispatcherRouterAdapter:
            raise ValueError("'enforce' is for aiohttp's own router; leave out 'router_adapter'")
    if arguments.existing_headers not in ("replace", "keep"):
        raise ValueError(
            f"'existing_headers' must be 'replace' or 'keep', got {arguments.existing_headers!r}"
        )
    _check_timeout(arguments.origin_timeout)
    _check_on_decision(arguments.on_decision)
    return parse_config(arguments.defaults, "defaults")


def _check_timeout(seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"'origin_timeout' must be a number of seconds, got {seconds!r}")
    if not 0 < seconds < float("inf"):
        raise ValueError(f"'origin_timeout' must be positive seconds, got {seconds!r}")


def _check_on_decision(function: object) -> None:
    if function is None:
        return
    if not callable(function):
        raise TypeError(f"'on_decision' must be a function or None, got {function!r}")
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"'on_decision' is not awaited: it must be a plain function, got {function!r}"
        )


#: The attributes of an application that the library uses.
_ATTRIBUTES = ("router", "on_response_prepare", "frozen", "pre_freeze")


def check_application(app: object) -> None:
    """Raise ``TypeError`` if ``app`` is not an application.

    Monitoring may replace `web.Application`, so instances of the original class count too.
    """
    if isinstance(app, web.Application):
        return
    if isinstance(app, type) or not all(hasattr(app, name) for name in _ATTRIBUTES):
        raise TypeError(f"'app' must be of type Application, got {app!r}")


def check_type(option: str, value: object, expected: type) -> None:
    """Raise ``TypeError`` if the value of an argument is not of type ``expected``."""
    if not isinstance(value, expected):
        raise TypeError(f"{option!r} must be of type {expected.__name__}, got {value!r}")
