"""Names under which anybody can register one: ``com``, ``co.uk``, ``github.io``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _list() -> Any:
    """Return the list of the extra ``strict``, or None without it; nothing is downloaded."""
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return None
    # Names that are not listed are of private networks.
    return PublicSuffixList(accept_unknown=False)


def is_public_suffix(domain: str) -> tuple[bool, bool]:
    """Tell whether ``domain`` is a public suffix, and whether that is certain.

    Without the extra ``strict``, only single labels are known for such.
    """
    if domain == "localhost":
        # Names under it never leave the machine (RFC 6761 §6.3).
        return False, True
    suffixes = _list()
    if suffixes is None:
        return "." not in domain, False
    return suffixes.publicsuffix(domain) == domain, True
