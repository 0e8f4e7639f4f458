"""Random policies, and the reference that says what they allow: written once more, from the rules.

Nothing here calls what the package decides with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler
from hypothesis import strategies as st

import aiohttp_cors
from aiohttp_cors import ResourceOptions

ORIGINS = [
    "https://a.example",
    "https://b.example",
    "https://x.sub.example",
    "https://x.y.sub.example",
    "https://sub.example",
    "http://localhost",
    "http://localhost:3000",
    "https://pr-1.example",
    "null",
]
WILDCARDS = {
    "https://*.sub.example": {"https://x.sub.example", "https://x.y.sub.example"},
    "http://localhost:*": {"http://localhost", "http://localhost:3000"},
}
EXPRESSIONS = {
    re.compile(r"https://(a|pr-\d)\.example"): {"https://a.example", "https://pr-1.example"}
}
KEYS: list[Any] = [*ORIGINS, *WILDCARDS, *EXPRESSIONS, "*"]
METHODS = ["GET", "POST", "PUT", "DELETE"]
SAFELISTED = {"GET", "POST"}
HEADERS = ["X-A", "X-B", "Authorization"]

names = st.one_of(st.just("*"), st.lists(st.sampled_from(HEADERS), max_size=2))
options = st.builds(
    ResourceOptions,
    allow_credentials=st.booleans(),
    allow_headers=names,
    expose_headers=names,
    max_age=st.sampled_from([None, 0, 60]),
    allow_methods=st.one_of(
        st.none(), st.just("*"), st.lists(st.sampled_from(METHODS), max_size=3)
    ),
    allow_timing=st.booleans(),
)
configs = st.dictionaries(st.sampled_from(KEYS), options, max_size=3)


class Added(NamedTuple):
    """What a route or a resource is added with."""

    config: dict[Any, ResourceOptions]
    inherit: bool


class Written(NamedTuple):
    """An application of one path."""

    defaults: dict[Any, ResourceOptions]
    #: None: the resource itself is not added.
    resource: Added | None
    #: By method; None: the route is there and is not added.
    routes: dict[str, Added | None]


added = st.builds(Added, config=configs, inherit=st.booleans())
written = st.builds(
    Written,
    defaults=configs,
    resource=st.one_of(st.none(), added),
    routes=st.dictionaries(
        st.sampled_from(METHODS), st.one_of(st.none(), added), min_size=1, max_size=4
    ),
)


class Sent(NamedTuple):
    """A request of a page."""

    origin: str
    method: str
    headers: list[str]
    credentials: bool


@st.composite
def cases(draw: st.DrawFn) -> tuple[Written, Sent]:
    """Draw an application, and a request for one of its methods."""
    policy = draw(written)
    request = st.builds(
        Sent,
        origin=st.sampled_from(ORIGINS),
        method=st.sampled_from(sorted(policy.routes)),
        headers=st.lists(st.sampled_from(HEADERS), max_size=2, unique=True),
        credentials=st.booleans(),
    )
    return policy, draw(request)


# The reference


def layers_of(policy: Written, method: str) -> list[dict[Any, ResourceOptions]]:
    """Return the configs that apply to a method, the most specific first."""
    own, resource = policy.routes[method], policy.resource
    if own is not None:
        added = [own] if resource is None else [own, resource]
        siblings = []
    else:
        added = [] if resource is None else [resource]
        siblings = [each.config for each in policy.routes.values() if each is not None]
    layers = []
    for each in added:
        layers.append(each.config)
        if not each.inherit:
            return layers
    return [*layers, *map(listing, siblings), policy.defaults]


def listing(config: dict[Any, ResourceOptions]) -> dict[Any, ResourceOptions]:
    """Return the part of a config that says anything about methods of other routes."""
    return {key: each for key, each in config.items() if each.allow_methods is not None}


def find(layers: list[dict[Any, ResourceOptions]], origin: str) -> ResourceOptions | None:
    """Return the options that apply, without credentials where nobody may get them."""
    for layer in layers:
        if origin in layer:
            return layer[origin]
    for layer in layers:
        for patterns in (WILDCARDS, EXPRESSIONS):
            # Of several, the first one written.
            for key, found in layer.items():
                if key in patterns and origin in patterns[key]:
                    return found
    for layer in layers:
        if "*" in layer:
            anonymous = origin == "null"
            return layer["*"]._replace(allow_credentials=False) if anonymous else layer["*"]
    return None


def allowing(policy: Written, origin: str, method: str) -> ResourceOptions | None:
    """Return the options by which a method is allowed for an origin, or None."""
    if policy.resource is None and not any(policy.routes.values()):
        return None
    layers = layers_of(policy, method)
    if policy.routes[method] is not None:
        # Its route was added, so it is allowed for all listed origins.
        return find(layers, origin)
    by_default = policy.resource is not None and method in SAFELISTED
    # Where only a list can allow it, options without one say nothing about it.
    found = find(layers if by_default else [listing(each) for each in layers], origin)
    if found is None or found.allow_methods is None:
        return found
    return found if found.is_method_allowed(method) else None


def may_read(policy: Written, request: Sent) -> bool:
    """Tell whether a page may send the request and read the response."""
    found = allowing(policy, request.origin, request.method)
    if found is None or (request.credentials and not found.allow_credentials):
        return False
    for name in request.headers:
        listed = name.upper() in found.allow_headers
        wild = "*" in found.allow_headers
        if name == "Authorization":
            wild = wild and found.allow_credentials
        if not (listed or wild):
            return False
    return True


# The application


def build(
    policy: Written, handler: Handler, *, added_in: Callable[[list[Any]], Any] = list
) -> web.Application:
    """Make the application; ``added_in`` is the order in which its entities are added."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=policy.defaults)
    resource = app.router.add_resource("/")
    entities: list[tuple[Any, Added | None]] = [(resource, policy.resource)]
    for method, each in policy.routes.items():
        entities.append((resource.add_route(method, handler), each))
    for entity, each in added_in(entities):
        if each is not None:
            cors.add(entity, each.config, inherit=each.inherit)
    return app
