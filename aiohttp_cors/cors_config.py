"""CorsConfig: what an application calls to set CORS up and to add routes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from aiohttp import web

from ._checks.findings import CorsConfigError, Finding
from ._core.config import Config, parse_config
from ._core.options import ResourceOptions
from .abc import AbstractRouterAdapter
from .auditing import Place, findings_in
from .decisions import OnDecision
from .entries import ParsedConfig
from .explanation import Explanation, Headers
from .router_serving import RouterServing
from .serving import AdapterServing
from .setup_arguments import check_type, parse_arguments
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

__all__ = ("CorsConfig",)

logger = logging.getLogger("aiohttp_cors")

_Entity = TypeVar("_Entity")


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
    ``strict``
        ``True``: configuration that cannot work, or is unsafe, raises `CorsConfigError` with all
        its findings. ``False``: each finding is logged once, as a warning.

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
        strict: bool = False,
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
            strict=strict,
        )
        if app.frozen:
            raise RuntimeError("the application is frozen: set CORS up before it is started")
        settings = self._arguments.settings
        self._app = app
        self._defaults = self._arguments.defaults
        #: What was given to `add`, and what it came to.
        self._given: Config | None = None
        self._parsed: ParsedConfig = {}
        self._logged: set[tuple[str, str, str]] = set()
        findings = findings_in([Place("defaults", self._defaults)])
        self._refuse(findings)
        if router_adapter is None:
            router_adapter = ResourcesUrlDispatcherRouterAdapter(app.router, self._defaults)
        # The name is one that test suites of applications reach for.
        self._cors_impl: RouterServing | AdapterServing
        # What a derived adapter overrides has to be asked, so it counts as another one.
        if type(router_adapter) is ResourcesUrlDispatcherRouterAdapter:
            self._cors_impl = RouterServing(app, router_adapter, settings)
        else:
            self._cors_impl = AdapterServing(app, router_adapter, settings)
        self._log(findings)

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
        findings = findings_in([Place("defaults", parsed)])
        self._refuse(findings)
        adapter = self._cors_impl._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.policies.replace_defaults(parsed)
        self._defaults = parsed
        self._log(findings)

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
        check_type("inherit", inherit, bool)
        check_type("enforce", enforce, bool)
        parsed = self._parse(config)
        if self._app.frozen and self._app.router.frozen:
            raise RuntimeError(
                f"the application is frozen: add {routing_entity!r} before it is started"
            )
        findings = self._cors_impl.add(
            routing_entity, parsed, self._refuse, inherit=inherit, enforce=enforce
        )
        if findings:
            self._log(findings)
        return routing_entity

    def _parse(self, config: Config | None) -> ParsedConfig:
        # Most routes are added with the config of the one before.
        if config is not self._given or (config is not None and config != self._parsed):
            self._parsed = parse_config(config)
            self._given = config
        return self._parsed

    def audit(self) -> list[Finding]:
        """Return what cannot work, or is unsafe, in the configuration as it is now.

        Entities for which no origin is listed at all are found here only: while routes are being
        added, nobody can tell.
        """
        defaults = findings_in([Place("defaults", self._defaults)])
        return [*defaults, *self._cors_impl.audit()]

    def _refuse(self, findings: list[Finding]) -> None:
        if findings and self._arguments.settings.strict:
            raise CorsConfigError(findings)

    def _log(self, findings: list[Finding]) -> None:
        for finding in findings:
            # Once, however many routes share a config.
            what = (finding.id, finding.value, finding.message)
            if what not in self._logged:
                self._logged.add(what)
                logger.warning("%s", finding)

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
