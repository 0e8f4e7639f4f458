"""Public suffixes, under which anybody can register a name: ``com``, ``co.uk``, ``github.io``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

#: Names under which nobody can register a name: those of one machine, of one network, and of
#: documentation (RFC 6761 §6, RFC 6762 §3, RFC 8375; "internal" is reserved for private use).
_PRIVATE = frozenset({"example", "home.arpa", "internal", "invalid", "local", "localhost", "test"})


class _List(NamedTuple):
    rules: Any
    #: The suffixes of more than one label, in the form that URLs have.
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
    # Names that are not listed belong to private networks.
    rules = PublicSuffixList(lines, accept_unknown=False)
    return _List(rules, tuple(name.encode("idna").decode("ascii") for name in suffixes))


def has_list() -> bool:
    """Tell whether the list is installed; without it, only single labels are public suffixes."""
    return _list() is not None


def is_public_suffix(domain: str) -> bool:
    """Tell whether anybody can register a name directly under ``domain``."""
    domain = domain.removesuffix(".")
    if domain in _PRIVATE:
        return False
    known = _list()
    if known is None:
        return "." not in domain
    return bool(known.rules.publicsuffix(domain) == domain)


def open_suffix(domain: str) -> str | None:
    """Return ``domain``, or a name below it, if that is a public suffix.

    ``s3.amazonaws.com`` is a public suffix, and ``amazonaws.com`` is not. Names below ``domain``
    are known only if the list is installed.
    """
    domain = domain.removesuffix(".")
    if is_public_suffix(domain):
        return domain
    known = _list()
    if known is None:
        return None
    below = (each for each in known.suffixes if each.endswith(f".{domain}"))
    return min(below, key=lambda name: (len(name), name), default=None)
