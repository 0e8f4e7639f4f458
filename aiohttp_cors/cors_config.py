"""CorsConfig: the CORS configuration of one application."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiohttp import web

from ._checks.finding import Finding, Reporter
from ._core.config import Config, parse_config
from ._core.options import ResourceOptions
from ._http.decisions import OnDecision
from ._http.hooks import replace_resolve
from ._http.response_signal import connect_responses
from ._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from ._routing.auditing import findings_in_defaults
from ._routing.entries import ParsedConfig
from ._routing.views import SERVER_KEY
from ._serving.before_middlewares import resolver
from ._serving.builtin_router import BuiltinRouterServer
from ._serving.responses import custom_responder, responder
from ._serving.settings import Arguments, check_type, parse_arguments
from .abc import AbstractRouterAdapter

if TYPE_CHECKING:
    from ._explaining.explanation import Explanation, Headers
    from ._serving.custom_router import CustomRouterServer

__all__ = ("CorsConfig",)

_Entity = TypeVar("_Entity")

#: What is added without a config.
_NO_CONFIG: ParsedConfig = MappingProxyType({})


class CorsConfig:
    """The CORS configuration of one application: `setup` makes it, `add` enables CORS for routes.

    ``defaults`` (a mapping, or ``None``)
        Origins to `ResourceOptions`, for everything that is added.
    ``router_adapter`` (`AbstractRouterAdapter <aiohttp_cors.abc.AbstractRouterAdapter>`)
        For an application with its own router.
    ``preflights_first`` (``bool``)
        ``False``: preflights go through the application's middlewares before the library responds.
    ``origin_timeout`` (``float``)
        How many seconds a function that decides about an origin may take. After that, the origin is
        refused.
    ``existing_headers`` (``str``)
        What to do with a response that already has ``Access-Control-Allow-Origin``:
        ``"replace"`` its CORS headers, or ``"keep"`` them.
    ``enforce`` (``bool``)
        ``True``: every cross-origin request that is not allowed gets 403 before the application's
        middlewares run, in sub-applications too. `add` has the same argument for single routes.
    ``on_decision`` (a function, or ``None``)
        Called with a `Decision` for each cross-origin request, for metrics. Its result is ignored,
        and an exception is logged.
    ``strict`` (``bool``)
        ``True``: a configuration that cannot work or is unsafe raises `CorsConfigError` with all
        findings. ``False``: each finding is logged once, as a warning.

    Raises ``ValueError`` or ``TypeError`` for an invalid argument, and ``RuntimeError`` if the
    application is already frozen. Fetch §3.3 defines the headers.
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
        strict: bool = False,
    ) -> None:
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
        parsed = parse_arguments(app, arguments)
        _check_is_open(app)
        self._app = app
        self._arguments = arguments.copied()
        self._defaults = parsed
        #: The last config that was given to `add`, and the parsed one.
        self._given: Config | None = None
        self._parsed = _NO_CONFIG
        self._reporter = Reporter()
        findings = findings_in_defaults(parsed)
        self._reporter.raise_if_strict(findings, arguments.strict)
        # Test suites of applications use this name.
        self._cors_impl: BuiltinRouterServer | CustomRouterServer
        adapter = router_adapter or ResourcesUrlDispatcherRouterAdapter(app.router, parsed)
        # A subclass counts as another adapter, because what it overrides must be called.
        if type(adapter) is ResourcesUrlDispatcherRouterAdapter:
            server = BuiltinRouterServer(app, adapter, arguments)
            replace_resolve(app.router, resolver(server))
            connect_responses(app, responder(server), self._complete)
            self._cors_impl = server
        else:
            # Few applications have a router of their own.
            from ._serving.custom_router import CustomRouterServer

            self._cors_impl = CustomRouterServer(adapter, arguments, parsed)
            connect_responses(app, custom_responder(self._cors_impl), self._complete)
        app.setdefault(SERVER_KEY, self._cors_impl)
        #: Whether the application was started, and whether its signals are frozen. A runner starts
        #: it first; the signals of a sub-application are frozen when it is added.
        self._started = False
        self._signals_frozen = False
        if app.on_startup.frozen:
            # A startup handler has called setup().
            self._started = True
        else:
            app.on_startup.append(self._start)
        self._reporter.log(findings)

    def _set_up_again(self, arguments: Arguments) -> None:
        """Take the arguments of a later call of `setup`; nothing changes if one is invalid."""
        parsed = parse_arguments(self._app, arguments)
        merged = self._arguments.merged(arguments)
        if merged == self._arguments:
            return
        _check_is_open(self._app)
        new_defaults = merged.defaults is not self._arguments.defaults
        findings = findings_in_defaults(parsed) if new_defaults else []
        server = self._cors_impl
        if merged.strict and not self._arguments.strict:
            findings = [*findings_in_defaults(self._defaults), *findings]
            # Origins may be listed later.
            findings += [each for each in server.registration.audit() if each.id != "no-origin"]
        self._reporter.raise_if_strict(findings, merged.strict)
        server.registration.check(preflights_first=merged.preflights_first, enforce=merged.enforce)
        if new_defaults:
            self._replace_defaults(parsed)
        self._arguments = merged.copied()
        server.configure(merged)
        self._reporter.log(findings)

    @property
    def defaults(self) -> Mapping[Any, ResourceOptions]:
        """The origins and options for everything that is added, as a read-only mapping.

        Assign another mapping to replace them, even while the application serves requests. An
        invalid one raises ``ValueError``, and findings raise `CorsConfigError` with
        ``strict=True``; nothing changes then.
        """
        return MappingProxyType(cast("dict[Any, ResourceOptions]", self._defaults))

    @defaults.setter
    def defaults(self, defaults: Config | None) -> None:
        parsed = parse_config(defaults, "defaults")
        findings = findings_in_defaults(parsed)
        self._reporter.raise_if_strict(findings, self._arguments.strict)
        self._replace_defaults(parsed)
        self._reporter.log(findings)

    def _replace_defaults(self, defaults: ParsedConfig) -> None:
        self._cors_impl.registration.replace_defaults(defaults)
        self._defaults = defaults

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

        ``config`` (a mapping, or ``None``)
            Origins to `ResourceOptions`. For a route, it applies to that route; for a resource, to
            all of its methods; for the application, to all routes of it and of its
            sub-applications, even those added later, and to 404 and 405 responses.
        ``inherit`` (``bool``)
            ``True``: for origins that are not in ``config``, less specific configs and the defaults
            decide. ``False``: only ``config`` decides, so an empty one allows no origin.
        ``enforce`` (``bool``)
            ``True``: a cross-origin request that is not allowed gets 403 before middlewares and
            handler run, WebSocket handshakes included.
        ``webview``
            Deprecated; it has no effect.

        Returns ``routing_entity``. Adding an entity again with an equal config changes nothing.
        Raises ``ValueError`` if the entity was added with another config, if ``config`` is invalid,
        or if the application has its own OPTIONS handler there; `CorsConfigError` for findings,
        with ``strict=True``; ``TypeError`` for a flag that is not a ``bool``; and ``RuntimeError``
        if the application is frozen. Nothing is added then.
        """
        if webview:
            warnings.warn(
                "'webview' does nothing: views are recognised; leave it out",
                DeprecationWarning,
                stacklevel=2,
            )
        if inherit is not True or enforce is not False:
            check_type("inherit", inherit, bool)
            check_type("enforce", enforce, bool)
        parsed = _NO_CONFIG if config is None else self._parse(config)
        if self._app.frozen and self._app.router.frozen:
            raise RuntimeError(
                f"the application is frozen: add {routing_entity!r} before it is started"
            )
        registration: Any = self._cors_impl.registration
        if routing_entity is self._app:
            plan = registration.plan_application(parsed, inherit=inherit, enforce=enforce)
        else:
            plan = registration.plan(routing_entity, parsed, inherit=inherit, enforce=enforce)
        if plan.findings:
            self._reporter.raise_if_strict(plan.findings, self._arguments.strict)
        registration.apply(plan)
        if enforce:
            cast(BuiltinRouterServer, self._cors_impl).start_enforcing()
        if plan.findings:
            self._reporter.log(plan.findings)
        return routing_entity

    def _parse(self, config: Config) -> ParsedConfig:
        # Most routes are added with the same config as the last one, which may have been changed.
        if config is not self._given or list(config.items()) != list(self._parsed.items()):
            self._parsed = parse_config(config)
            self._given = config
        return self._parsed

    def audit(self) -> list[Finding]:
        """Return each `Finding`: what cannot work or is unsafe in the configuration as it is now.

        Only this method finds entities without any origin, because origins may still be listed
        while routes are being added.
        """
        return [
            *findings_in_defaults(self._defaults),
            *self._cors_impl.registration.audit(),
            *self._nothing_added(),
        ]

    def _nothing_added(self) -> list[Finding]:
        # If the router is not frozen, routes may still be added.
        complete = self._signals_frozen and self._app.router.frozen
        if not complete or not self._defaults or self._cors_impl.registration.has_entries:
            return []
        from ._checks.findings import nothing_added_finding

        return [nothing_added_finding()]

    def _complete(self) -> None:
        self._cors_impl.link()
        self._signals_frozen = True
        self._log_if_nothing_added()

    async def _start(self, app: web.Application) -> None:
        self._started = True
        # An application around this one may have got a prefix since this one was added to it.
        self._cors_impl.link()
        self._log_if_nothing_added()

    def _log_if_nothing_added(self) -> None:
        if self._started and self._signals_frozen:
            self._reporter.log(self._nothing_added())

    async def explain(
        self,
        method: str,
        path: str,
        *,
        origin: str,
        headers: Headers = (),
        credentials: bool = False,
    ) -> Explanation:
        """Say what happens to a request of a page, and why, without sending it.

        ``path`` is as in the request line, with the prefixes of sub-applications. ``origin`` is
        that of the page. ``headers`` are those that its script sets: an iterable of names, or of
        pairs of name and value, or a mapping. ``credentials`` (``bool``): it sends cookies.

        The code that serves requests decides, about a preflight first if browsers send one (Fetch
        §4.1). ``"OPTIONS"`` with the header ``Access-Control-Request-Method`` is a preflight too.
        Handlers and middlewares do not run, but functions that decide about origins do.

        Raises ``ValueError`` or ``TypeError`` for an invalid argument.
        """
        # Importing it takes longer than importing everything else.
        from ._explaining.explaining import explain

        return await explain(
            self._app, method, path, origin=origin, headers=headers, credentials=credentials
        )


def _check_is_open(app: web.Application) -> None:
    """Raise ``RuntimeError`` if it is too late to set CORS up."""
    if app.frozen or app.pre_frozen:
        raise RuntimeError(
            "the application is frozen already: call aiohttp_cors.setup(app) before "
            "add_subapp(), and before the application is run"
        )
