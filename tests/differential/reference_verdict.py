"""Which origins a policy allows, and what it writes: the half of the reference without routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .descriptions import FUNCTIONS, Config, Key, Options, Setup

VISIBLE = re.compile(rb"[\x21-\x7e]*")
#: Response headers that a page may read always, and two that it may read never.
UNLISTED = {
    *("cache-control", "content-language", "content-length", "content-type"),
    *("expires", "last-modified", "pragma", "set-cookie", "set-cookie2"),
}

Headers = tuple[tuple[str, str], ...]


class Policy(NamedTuple):
    """What decides about one method of one path."""

    #: The most specific first.
    layers: tuple[Config, ...]
    #: The names that the method goes by: HEAD with GET's handler is GET as well.
    methods: tuple[str, ...]
    #: The route that serves the method was added.
    is_added: bool = False
    #: It serves any method, or is a view: allow_methods narrows what was added.
    narrows: bool = False
    #: The resource was added, and the method is safelisted.
    opens_safelisted: bool = False
    #: The application was added, and is not cut off.
    opens_all: bool = False
    #: A view that was added lacks the method.
    is_lacked: bool = False

    def opens(self, options: Options) -> bool:
        """Say whether options that were found allow the method."""
        listed = options.allow_methods
        # (a) The route that serves the method was added.
        if self.is_added:
            return not self.narrows or listed is None or lists(listed, self.methods)
        # (b) allow_methods opens exactly what it lists.
        if listed is not None:
            return lists(listed, self.methods)
        # (c) The resource itself was added, and silence allows what is safelisted.
        # (d) The application was added, and silence allows every method, routed or not.
        return self.opens_safelisted or self.opens_all


def lists(listed: str | tuple[str, ...], methods: tuple[str, ...]) -> bool:
    """Say whether ``allow_methods`` lists a method."""
    return listed == "*" or any(each.upper() in methods for each in listed)


def speaking(layer: Config) -> Config:
    """Leave out options that are silent about methods."""
    return tuple(entry for entry in layer if entry[1].allow_methods is not None)


class Verdict(NamedTuple):
    """The decision about one request."""

    #: None: it is not allowed.
    allow_origin: str | None
    credentials: bool
    options: Options
    #: The response is the same for every origin, and without one.
    for_all: bool
    keeps_existing: bool

    def write(self, own: Headers) -> Headers:
        """Return the headers of an actual response."""
        names = {name.lower() for name, _ in own}
        if self.keeps_existing and "access-control-allow-origin" in names:
            return own
        # Exactly one layer decides.
        replaced = {f"access-control-{name}" for name in ALLOW}
        allowed = self.allow_origin
        if allowed is not None and self.options.allow_timing:
            replaced.add("timing-allow-origin")
        headers = [(name, value) for name, value in own if name.lower() not in replaced]
        if not self.for_all:
            headers = vary(headers, ("Origin",))
        if allowed is None:
            return tuple(headers)
        headers.append(("Access-Control-Allow-Origin", allowed))
        if self.credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        exposed = self.options.expose_headers
        if exposed == "*" and not self.credentials:
            headers.append(("Access-Control-Expose-Headers", "*"))
        else:
            listed = names_of(own) if exposed == "*" else exposed
            readable = sorted(
                (each for each in listed if each.lower() not in UNLISTED), key=str.lower
            )
            if readable:
                headers.append(("Access-Control-Expose-Headers", ",".join(readable)))
        if self.options.allow_timing:
            headers.append(("Timing-Allow-Origin", allowed))
        return tuple(headers)


#: What browsers look at in an actual response.
ALLOW = ("allow-origin", "allow-credentials", "expose-headers")


def names_of(headers: Headers) -> list[str]:
    """Return the names of a response's headers, but those that CORS is about."""
    cors = {f"access-control-{name}" for name in ALLOW}
    return [name for name in dict(headers) if name.lower() not in cors]


def vary(headers: list[tuple[str, str]], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Merge names into ``Vary``: what is there stays, nothing twice, ``*`` stays ``*``."""
    present = [value for name, value in headers if name.lower() == "vary"]
    there = [each.strip() for value in present for each in value.split(",")]
    lower = {each.lower() for each in there}
    if "*" in lower:
        return headers
    merged = there + [each for each in names if each.lower() not in lower]
    others = [(name, value) for name, value in headers if name.lower() != "vary"]
    return [*others, ("Vary", ", ".join(merged))]


def is_serialized(origin: str) -> bool:
    """Say whether it is an origin with scheme and host, as a browser writes it."""
    match = re.fullmatch(r"([a-z][a-z0-9+.\-]*)://([^/?#@:\s]*)(?::(\d+))?", origin)
    if match is None:
        return False
    scheme, host, port = match.groups()
    if scheme not in ("http", "https", "ws", "wss", "ftp"):
        # Its host is opaque, may be empty, and keeps its case.
        return "*" not in host
    defaults = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
    return re.fullmatch(r"[a-z0-9.\-]+", host) is not None and port != defaults[scheme]


def is_wildcard(key: Key) -> bool:
    return key.kind == "text" and key.text != "*" and "*" in key.text


def matches_wildcard(pattern: str, origin: str) -> bool:
    scheme, _, rest = pattern.partition("://")
    any_port = rest.endswith(":*")
    rest = rest[:-2] if any_port else rest
    labels = r"([a-z0-9\-]+\.)+" if rest.startswith("*.") else ""
    rest = rest[2:] if rest.startswith("*.") else rest
    port = r"(:\d+)?" if any_port else ""
    expression = re.escape(f"{scheme}://") + labels + re.escape(rest) + port
    return re.fullmatch(expression, origin) is not None


def matching(layer: Config, origin: str) -> Iterator[Options]:
    """Yield what patterns of a layer say: wildcards, then expressions, then functions."""
    for key, options in layer:
        if is_wildcard(key) and matches_wildcard(key.text, origin):
            yield options
    for key, options in layer:
        if key.kind == "expression" and re.fullmatch(key.text, origin):
            yield options
    # Open: a function that raises refuses for itself; what is written behind it is still tried.
    for key, options in layer:
        if key.kind == "function" and origin in FUNCTIONS[key.text].accepts:
            yield options


def find(layers: tuple[Config, ...], origin: str) -> tuple[Options, bool] | None:
    """Return the options that an origin gets, and whether ``"*"`` gave them."""
    # The exact origin in the most specific layer that has it.
    for layer in layers:
        for key, options in layer:
            if key.kind == "text" and "*" not in key.text and key.text == origin:
                return options, False
    # Then patterns, which match neither "null" nor what is no origin.
    if is_serialized(origin):
        for layer in layers:
            for options in matching(layer, origin):
                return options, False
    for layer in layers:
        for key, options in layer:
            if key.kind == "text" and key.text == "*":
                return options, True
    return None


NOTHING = Options()


def decide(setup: Setup, policy: Policy, method: str, lines: list[bytes]) -> Verdict:
    """Decide about a method for an origin."""
    keeps = setup.existing_headers == "keep"
    refused = Verdict(None, False, NOTHING, False, keeps)
    # The method * is never allowed.
    if method == "*":
        return refused
    keys = [entry for layer in policy.layers for entry in layer]
    if keys and all(key.text == "*" for key, _ in keys):
        _, options = keys[0]
        if not options.allow_credentials and policy.opens(options):
            # The anonymous "*" is the only thing that can decide.
            return Verdict("*", False, options, True, keeps)
    if len(lines) != 1 or not VISIBLE.fullmatch(lines[0]):
        return refused
    origin = lines[0].decode()
    found = find(policy.layers, origin)
    if found is None or not policy.opens(found[0]):
        return refused
    options, by_any = found
    if by_any and not is_serialized(origin):
        # Opaque and malformed origins: the literal *, never credentials.
        return Verdict("*", False, options, False, keeps)
    return Verdict(origin, options.allow_credentials, options, False, keeps)
