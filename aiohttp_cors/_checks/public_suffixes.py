"""Public suffixes, under which anybody can register a name: ``com``, ``co.uk``, ``github.io``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

#: Names under which nobody registers any: of one machine or one network (RFC 6761 §6, RFC 6762 §3,
#: RFC 8375; "internal" is reserved for private use), and of documentation (RFC 6761 §6).
_PRIVATE = frozenset({"example", "home.arpa", "internal", "invalid", "local", "localhost", "test"})


class _List(NamedTuple):
    rules: Any
    #: The suffixes of more than one label, as they are in URLs.
    suffixes: tuple[str, ...]


@lru_cache(maxsize=1)
def _list() -> _List | None:
    """Return the list of the extra ``strict``, or None without it; nothing is downloaded."""
    try:
        from publicsuffixlist import PSLFILE, PublicSuffixList
    except ImportError:
        return None
    with open(PSLFILE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    names = (line.split(" ")[0] for line in lines if not line.startswith(("//", "!")))
    suffixes = (name.removeprefix("*.") for name in names if "." in name)
    # Names that are not listed are of private networks.
    rules = PublicSuffixList(lines, accept_unknown=False)
    return _List(rules, tuple(name.encode("idna").decode("ascii") for name in suffixes))


def has_list() -> bool:
    """Tell whether all public suffixes are known, and not single labels only."""
    return _list() is not None


def is_public_suffix(domain: str) -> bool:
    """Tell whether anybody can register a name right under ``domain``."""
    domain = domain.removesuffix(".")
    if domain in _PRIVATE:
        return False
    known = _list()
    if known is None:
        return "." not in domain
    return bool(known.rules.publicsuffix(domain) == domain)


def open_suffix(domain: str) -> str | None:
    """Return ``domain``, or a name below it, if that is a public suffix.

    ``s3.amazonaws.com`` is one, and ``amazonaws.com``, to which it belongs, is not. Names below
    are known with the list only.
    """
    domain = domain.removesuffix(".")
    if is_public_suffix(domain):
        return domain
    known = _list()
    if known is None:
        return None
    below = (each for each in known.suffixes if each.endswith(f".{domain}"))
    return min(below, key=lambda name: (len(name), name), default=None)
