"""Methods: what scripts may use, how browsers write it, and what no policy allows."""

from __future__ import annotations

import pytest

from aiohttp_cors._core.methods import (
    is_never_allowed,
    is_safelisted_method,
    is_usable_method,
    normalize_method,
)


@pytest.mark.parametrize(
    ("method", "safelisted", "usable", "never_allowed"),
    [
        ("GET", True, True, False),
        ("HEAD", True, True, False),
        ("POST", True, True, False),
        ("get", False, True, False),
        ("PUT", False, True, False),
        ("DELETE", False, True, False),
        ("OPTIONS", False, True, False),
        ("PATCH", False, True, False),
        ("PROPFIND", False, True, False),
        ("TRACE", False, False, True),
        ("trace", False, False, True),
        ("TRACK", False, False, True),
        ("Connect", False, False, True),
        ("CONNECTED", False, True, False),
        # A script may use it; echoed, browsers would read it as the wildcard.
        ("*", False, True, True),
        ("**", False, True, False),
        ("G T", False, False, False),
        ("", False, False, False),
    ],
)
def test_method_is_safelisted_usable_or_never_allowed(
    method: str, safelisted: bool, usable: bool, never_allowed: bool
) -> None:
    found = (is_safelisted_method(method), is_usable_method(method), is_never_allowed(method))

    assert found == (safelisted, usable, never_allowed)


@pytest.mark.parametrize(
    ("method", "sent"),
    [
        ("get", "GET"),
        ("Head", "HEAD"),
        ("post", "POST"),
        ("put", "PUT"),
        ("delete", "DELETE"),
        ("options", "OPTIONS"),
        ("GET", "GET"),
        ("patch", "patch"),
        ("Propfind", "Propfind"),
        ("trace", "trace"),
        ("", ""),
    ],
)
def test_browsers_write_six_methods_in_upper_case(method: str, sent: str) -> None:
    assert normalize_method(method) == sent
