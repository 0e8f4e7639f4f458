"""The registry: what was added to one CorsConfig, and the snapshot that requests read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from .added import Added
from .entries import NOTHING, Entry, ParsedConfig, Paths, ResourceConfig, Tables, Views
from .layers import Layers
from .snapshot import ResponsePlan, Snapshot

_NO_PLANS: Mapping[web.AbstractRoute, ResponsePlan] = MappingProxyType({})


class Registry:
    """Stores entries. Each change drops the snapshot, and the next request compiles a new one."""

    def __init__(self, defaults: ParsedConfig) -> None:
        self._tables = Tables()
        self._entries: dict[Entry, Entry] = {}
        self._nothing = ResourceConfig()
        self._defaults = self._tables.table(defaults)
        self._paths = Paths()
        self.views = Views(self._tables)
        #: What the application itself was added with.
        self.application: Entry | None = None
        self.resources: dict[web.AbstractResource, ResourceConfig] = {}
        #: The registries of the applications around this one. Their plans depend on this registry,
        #: because the nearest application decides.
        self.around: list[Registry] = []
        #: The snapshot; None until a request needs it.
        self.current: Snapshot | None = None
        #: The plans of the snapshot, which the response hook reads.
        self.plans: Mapping[web.AbstractRoute, ResponsePlan] = _NO_PLANS

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot, compiled if needed."""
        if self.current is None:
            added = Added(self.resources, self._paths, self.application)
            self.current = Snapshot(added, Layers(added, self.views, self._defaults))
            self.plans = self.current.plans
        return self.current

    def entry(self, config: ParsedConfig, inherit: bool = True, enforce: bool = False) -> Entry:
        """Return the entry for a config: equal entries share one object."""
        made = Entry(self._tables.table(config), inherit, enforce)
        return self._entries.setdefault(made, made)

    def check_entry(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, entry: Entry
    ) -> None:
        """Raise ``ValueError`` if a resource, or a route of it, was added with another entry."""
        stored = self.resources.get(resource, NOTHING)
        if route is None:
            existing = stored.default_config
        else:
            existing = stored.method_config.get(route.method)
        if existing is not None and existing != entry:
            raise different(repr(resource if route is None else route), existing, entry)

    def store(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, entry: Entry
    ) -> None:
        """Store the entry of a resource, or of a route of it."""
        stored = self.resources.get(resource)
        if stored is None:
            stored = self._nothing
            self._paths.new.append(resource)
        method = None if route is None else route.method
        self.resources[resource] = stored.with_entry(method, entry)
        if self.current is not None or self.around:
            self.changed()

    def store_application(self, entry: Entry) -> None:
        """Store the entry of the application itself."""
        self.application = entry
        self.changed()

    def replace_defaults(self, config: ParsedConfig) -> None:
        """Replace the defaults."""
        # It is not stored in self._tables, which would grow with each replacement.
        self._defaults = Tables().table(config)
        self.changed()

    def changed(self) -> None:
        """Drop the snapshot."""
        self.current = None
        self.plans = _NO_PLANS
        for registry in self.around:
            registry.changed()

    def complete(self) -> None:
        """Read paths again: applications get no more prefixes."""
        self._paths.read_anew()
        self.changed()


def different(what: str, existing: Entry | None, entry: Entry) -> ValueError:
    """Make the error for something that was added before with another entry."""
    return ValueError(
        f"CORS is already configured for {what} with {existing}; it can't be added again "
        f"with {entry}"
    )
