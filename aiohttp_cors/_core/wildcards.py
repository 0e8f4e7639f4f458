"""Wildcard origins: ``https://*.example.com``, ``http://localhost:*``, and both together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

from .grammar import is_serialized_origin

_Value = TypeVar("_Value")

_PARTS = re.compile(r"(?P<scheme>[^:]+://)(?P<host>\[[^\]]*\]|[^:]*)(?P<port>(?::[0-9]+)?)")

#: No host name is longer (RFC 1035 §2.3.4), which bounds the look-ups for one origin.
_LONGEST_HOST = 253


def is_wildcard(key: str) -> bool:
    """Tell whether ``key`` is a wildcard origin: a leading ``*.``, a whole port ``*``, or both."""
    scheme, separator, rest = key.partition("://")
    host = rest[2:] if rest.startswith("*.") else rest
    bare = host[:-2] if host.endswith(":*") else host
    if bare == rest or not is_serialized_origin(scheme + separator + bare):
        return False
    return host == rest or not _is_address(bare.partition(":")[0])


def _is_address(host: str) -> bool:
    # The labels of an IP address are no sub-domains of each other (URL §3.5: a host that ends in
    # a number is an IPv4 address).
    return host.startswith("[") or host.rpartition(".")[2].isdigit()


class Wildcards(Generic[_Value]):
    """Finds the wildcards that match an origin; the cost does not grow with their number."""

    __slots__ = ("_by_text",)

    def __init__(self) -> None:
        self._by_text: dict[str, tuple[int, _Value]] = {}

    def __len__(self) -> int:
        return len(self._by_text)

    def add(self, wildcard: str, value: _Value) -> None:
        """Add a text for which `is_wildcard` holds; of those that match, the first one decides."""
        self._by_text.setdefault(wildcard, (len(self._by_text), value))

    def find(self, origin: str) -> _Value | None:
        """Return the value of the first wildcard that matches a serialized origin."""
        found = [self._by_text[text] for text in _candidates(origin) if text in self._by_text]
        return min(found, key=lambda pair: pair[0])[1] if found else None


def _candidates(origin: str) -> Iterator[str]:
    """Yield each wildcard that matches ``origin``, whether somebody has listed it or not."""
    parts = _PARTS.fullmatch(origin)
    if parts is None or len(parts["host"]) > _LONGEST_HOST:
        return
    scheme, host, port = parts.groups()
    yield f"{scheme}{host}:*"
    if _is_address(host) or not all(host.split(".")):
        return
    while "." in host:
        host = host.partition(".")[2]
        yield f"{scheme}*.{host}{port}"
        yield f"{scheme}*.{host}:*"
