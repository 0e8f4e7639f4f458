"""Methods: which ones need no preflight, and which ones no page can use."""

from __future__ import annotations

from .headers import is_token

#: Methods that a page may use without a preflight (Fetch §2.2.1, "CORS-safelisted method").
SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})

#: Methods that a page can never use, in upper or lower case (Fetch §2.2.1, "forbidden method").
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})

_NORMALIZED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})


def is_safelisted_method(method: str) -> bool:
    """Tell whether ``method`` needs no preflight (Fetch §2.2.1, "CORS-safelisted method")."""
    return method in SAFELISTED_METHODS


def is_usable_method(method: str) -> bool:
    """Tell whether scripts may use ``method`` at all (Fetch §2.2.1, "forbidden method")."""
    return is_token(method) and method.upper() not in FORBIDDEN_METHODS


def normalize_method(method: str) -> str:
    """Write a method as browsers send it (Fetch §2.2.1, "normalize"): ``patch`` stays as it is."""
    return method.upper() if method.upper() in _NORMALIZED else method


def is_never_allowed(method: str) -> bool:
    """Tell whether no policy can allow ``method``.

    No page can use a forbidden method, and browsers would read a ``*`` in the response as the
    wildcard (Fetch §3.3.3).
    """
    return method == "*" or method.upper() in FORBIDDEN_METHODS
