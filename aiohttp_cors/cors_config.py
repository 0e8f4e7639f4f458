"""CorsConfig: what an application calls to set CORS up and to add routes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiohttp import web

from ._checks.finding import CorsConfigError, Finding, log_finding
from ._core.config import Config, parse_config
from ._core.options import ResourceOptions
from ._http.decisions import OnDecision
from ._http.hooks import replace_resolve
from ._http.response_signal import connect_responses
from ._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from ._routing.auditing import ConfigSource, findings_in
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
    """The CORS of one application: `setup` makes it, `add` says what it is for.

    ``defaults`` (a mapping, or ``None``)
        Origins to `ResourceOptions`, for everything that is added.
    ``router_adapter`` (`AbstractRouterAdapter <aiohttp_cors.abc.AbstractRouterAdapter>`)
        For applications with a router of their own.
    ``preflights_first`` (``bool``)
        ``False``: preflights pass the application's middlewares before the library responds.
    ``origin_timeout`` (``float``)
        Seconds that a function among the origins may take; then the origin is refused.
    ``existing_headers`` (``str``)
        What happens to a response that already has ``Access-Control-Allow-Origin``:
        ``"replace"`` its CORS headers, or ``"keep"`` it as it is.
    ``enforce`` (``bool``)
        ``True``: every request of another origin that is not allowed gets 403 before the
        application's middlewares run, in sub-applications too; see the same argument of `add`.
    ``on_decision`` (a function, or ``None``)
        Called with a `Decision` for each request of another origin, for metrics. What it returns
        is ignored; if it raises, that is logged.
    ``strict`` (``bool``)
        ``True``: configuration that cannot work, or is unsafe, raises `CorsConfigError` with all
        its findings. ``False``: each finding is logged once, as a warning.

    Raises ``ValueError`` or ``TypeError`` for an argument that is wrong, and ``RuntimeError`` if
    the application is frozen already. Source: Fetch §3.3 says what preflights and responses have.
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
        #: What was given to `add` last, and what it was parsed to.
        self._given: Config | None = None
        self._parsed = _NO_CONFIG
        self._logged: set[tuple[str, str, str]] = set()
        findings = self._findings_in_defaults(parsed)
        self._raise_if_strict(findings, arguments.strict)
        # The name is one that test suites of applications use.
        self._cors_impl: BuiltinRouterServer | CustomRouterServer
        adapter = router_adapter or ResourcesUrlDispatcherRouterAdapter(app.router, parsed)
        # What a derived adapter overrides must be called, so it counts as another one.
        if type(adapter) is ResourcesUrlDispatcherRouterAdapter:
            server = BuiltinRouterServer(app, adapter, arguments)
            replace_resolve(app.router, resolver(server))
            connect_responses(app, responder(server), self._complete)
            self._cors_impl = server
        else:
            # Few applications have a router of their own.
            from ._serving.custom_router import CustomRouterServer

            self._cors_impl = CustomRouterServer(app, adapter, arguments, parsed)
            connect_responses(app, custom_responder(self._cors_impl), self._complete)
        app.setdefault(SERVER_KEY, self._cors_impl)
        #: The application was started, and its signals are frozen: a runner starts it first, and
        #: one inside another is frozen when it is added.
        self._started = False
        self._signals_frozen = False
        if app.on_startup.frozen:
            # A handler of it has called setup().
            self._started = True
        else:
            app.on_startup.append(self._start)
        self._log(findings)

    def _set_up_again(self, arguments: Arguments) -> None:
        """Take the arguments of a later call of `setup`; nothing is changed if one is wrong."""
        parsed = parse_arguments(self._app, arguments)
        merged = self._arguments.merged(arguments)
        if merged == self._arguments:
            return
        _check_is_open(self._app)
        new_defaults = merged.defaults is not self._arguments.defaults
        findings = self._findings_in_defaults(parsed) if new_defaults else []
        server = self._cors_impl
        if merged.strict and not self._arguments.strict:
            findings = [*self._findings_in_defaults(self._defaults), *findings]
            # Origins may still be listed.
            findings += [each for each in server.audit() if each.id != "no-origin"]
        self._raise_if_strict(findings, merged.strict)
        server.check(merged)
        if new_defaults:
            self._put_in_force(parsed)
        self._arguments = merged.copied()
        server.configure(merged)
        self._log(findings)

    @property
    def defaults(self) -> Mapping[Any, ResourceOptions]:
        """Origins to options for everything that is added, read-only.

        Assign a mapping to replace them. Raises ``ValueError`` for an invalid one, and
        `CorsConfigError` for findings with ``strict=True``; nothing is changed then.
        """
        return MappingProxyType(cast("dict[Any, ResourceOptions]", self._defaults))

    @defaults.setter
    def defaults(self, defaults: Config | None) -> None:
        parsed = parse_config(defaults, "defaults")
        findings = self._findings_in_defaults(parsed)
        self._raise_if_strict(findings, self._arguments.strict)
        self._put_in_force(parsed)
        self._log(findings)

    def _put_in_force(self, defaults: ParsedConfig) -> None:
        self._cors_impl.replace_defaults(defaults)
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
            Origins to `ResourceOptions`. Given with a route it rules that route alone, with a
            resource every method of it, with the application every route of it and of its
            sub-applications, those added later too, and its 404 and 405 responses.
        ``inherit`` (``bool``)
            Where ``config`` does not have an origin, less specific configs and the defaults decide.
            ``False``: only ``config`` does; an empty one closes the entity.
        ``enforce`` (``bool``)
            A request of another origin that the policy does not allow gets 403 before
            middlewares and handler run, WebSocket handshakes included.
        ``webview``
            Does nothing.

        Returns ``routing_entity``. Adding an entity again with an equal config changes nothing.
        Raises ``ValueError`` if it can't be added: with another config, with an invalid one, or
        where the application answers OPTIONS itself; `CorsConfigError` for findings, if CORS was
        set up with ``strict=True``; ``TypeError`` for a flag that is not a ``bool``;
        ``RuntimeError`` once the application is frozen. Nothing is added then.
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
        plan = self._cors_impl.plan(routing_entity, parsed, inherit=inherit, enforce=enforce)
        if plan.findings:
            self._raise_if_strict(plan.findings, self._arguments.strict)
        self._cors_impl.apply(plan)  # type: ignore[arg-type]
        if plan.findings:
            self._log(plan.findings)
        return routing_entity

    def _parse(self, config: Config) -> ParsedConfig:
        # Most routes are added with the config of the one before; it may have been changed since.
        if config is not self._given or list(config.items()) != list(self._parsed.items()):
            self._parsed = parse_config(config)
            self._given = config
        return self._parsed

    def audit(self) -> list[Finding]:
        """Return each `Finding`: what cannot work, or is unsafe, in the configuration as it is now.

        Entities for which no origin is listed at all are found here only: while routes are being
        added, nobody can tell.
        """
        return [
            *self._findings_in_defaults(self._defaults),
            *self._cors_impl.audit(),
            *self._nothing_added(),
        ]

    def _findings_in_defaults(self, defaults: ParsedConfig) -> list[Finding]:
        return findings_in([ConfigSource("defaults", defaults)])

    def _nothing_added(self) -> list[Finding]:
        # Where the router does not freeze, routes may still come.
        complete = self._signals_frozen and self._app.router.frozen
        if not complete or not self._defaults or self._cors_impl.has_entries:
            return []
        from ._checks.findings import nothing_added_finding

        return [nothing_added_finding()]

    def _complete(self) -> None:
        self._cors_impl.link()
        self._signals_frozen = True
        self._log_if_nothing_added()

    async def _start(self, app: web.Application) -> None:
        self._started = True
        # Prefixes may have been added since this application was: by one around it.
        self._cors_impl.link()
        self._log_if_nothing_added()

    def _log_if_nothing_added(self) -> None:
        if self._started and self._signals_frozen:
            self._log(self._nothing_added())

    def _raise_if_strict(self, findings: list[Finding], strict: bool) -> None:
        if findings and strict:
            raise CorsConfigError(findings)

    def _log(self, findings: list[Finding]) -> None:
        for finding in findings:
            # Once, however many routes share a config.
            what = (finding.id, finding.value, finding.message)
            if what not in self._logged:
                self._logged.add(what)
                log_finding(finding)

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

        The code that serves requests decides, with its preflight first where browsers send one
        (Fetch §4.1). With ``"OPTIONS"`` and the header ``Access-Control-Request-Method`` the
        request is a preflight itself. Handlers and middlewares do not run, functions among the
        origins do.

        Raises ``ValueError`` or ``TypeError`` for an argument that is wrong.
        """
        # Its import costs more than that of all the rest.
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
