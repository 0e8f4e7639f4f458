"""Checking what a test asks of a `Page`: what no script can ask for is an error of the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yarl import URL

from .._core.headers import is_forbidden_request_header, is_header_value, is_token
from .._core.methods import is_safelisted_method, is_usable_method, normalize_method
from .._core.origins import is_serialized_origin
from .fetch import Request, origin_of
from .safelist import unsafe_request_header_names

_SETTINGS = {
    "credentials": ("omit", "same-origin", "include"),
    "mode": ("cors", "no-cors", "same-origin"),
    "redirect": ("follow", "error", "manual"),
}


def check_page_origin(origin: str) -> None:
    """Raise ``ValueError`` for an origin that no page has, ``TypeError`` for no text."""
    _check_text("'origin'", origin)
    if origin != "null" and not is_serialized_origin(origin):
        raise ValueError(
            f"'origin' must be an origin as browsers write it, got {origin!r}; write "
            "'https://app.example.com', without a path or slash, in lower case"
        )


def check_origins_of_clients(clients: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for a key of ``clients`` that no URL of http or https has as origin."""
    if not clients:
        raise ValueError("'clients' must have a client, got none; write Page(client, origin=...)")
    for origin in clients:
        if not (is_serialized_origin(origin) and origin.startswith(("http://", "https://"))):
            raise ValueError(
                f"a key of 'clients' must be an origin as browsers write it, got {origin!r}; write "
                "'https://api.example.com', without a path or slash, in lower case"
            )


def absolute_url(url: str, base: str) -> str:
    """Return the URL that a script means by ``url``, without a fragment; ``base`` is an origin.

    Raises ``ValueError`` if it is none of http or https, ``TypeError`` if it has a user name.
    """
    _check_text("'url'", url)
    try:
        joined = URL(f"{base}/").join(URL(url)).with_fragment(None)
    except ValueError as error:
        raise ValueError(f"'url' must be a URL, got {url!r}: {error}") from None
    if joined.user is not None:
        raise TypeError(f"'url' must be without a user name, got {url!r}")
    try:
        origin_of(str(joined))
    except ValueError as error:
        raise ValueError(f"'url' {error}") from None
    return str(joined)


def request_of_script(
    origin: str,
    url: str,
    *,
    method: str,
    headers: Mapping[str, str] | None,
    body: str | bytes | None,
    **settings: str,
) -> Request:
    """Return the request that a script asks for (Fetch §5.4, "Request class").

    Raises ``ValueError`` or ``TypeError`` for what it cannot ask for.
    """
    for setting, values in _SETTINGS.items():
        if settings[setting] not in values:
            raise ValueError(
                f"{setting!r} must be one of {', '.join(map(repr, values))}, "
                f"got {settings[setting]!r}"
            )
    _check_text("'method'", method)
    if not is_usable_method(method):
        raise ValueError(f"'method' must be one that scripts may use, got {method!r}")
    method = normalize_method(method)
    pairs = _pairs(headers or {})
    if not isinstance(body, (str, bytes, type(None))):
        raise TypeError(f"'body' must be text or bytes, got {body!r}; write json.dumps(...)")
    if body is not None and method in ("GET", "HEAD"):
        raise TypeError(f"{method} takes no 'body', got {body!r}")
    if isinstance(body, str) and "content-type" not in {name.lower() for name, _ in pairs}:
        pairs.append(("Content-Type", "text/plain;charset=UTF-8"))
    request = Request(url, origin, method, tuple(pairs), body, **settings)
    if request.mode == "no-cors":
        _check_no_cors(request)
    return request


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be text, got {value!r}")


def _pairs(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    if not isinstance(headers, Mapping):
        raise TypeError(f"'headers' must be a mapping, got {headers!r}")
    for name, value in headers.items():
        _check_text("a name in 'headers'", name)
        _check_text(f"the value of {name!r} in 'headers'", value)
        if not is_token(name):
            raise ValueError(f"a name in 'headers' must be a token, got {name!r}")
        if not is_header_value(value.strip(" \t\r\n")):
            raise ValueError(
                f"the value of {name!r} in 'headers' must be Latin-1 without line breaks, "
                f"got {value!r}"
            )
        if is_forbidden_request_header(name, value):
            raise ValueError(f"no script can set the header {name!r}: browsers set it themselves")
    # "Normalize" (Fetch §2.2.2).
    return [(name, value.strip(" \t\r\n")) for name, value in headers.items()]


def _check_no_cors(request: Request) -> None:
    unsafe = unsafe_request_header_names(request.headers)
    if unsafe or not is_safelisted_method(request.method) or request.redirect != "follow":
        raise TypeError(
            "mode 'no-cors' is for GET, HEAD and POST, safelisted headers, and redirects that are "
            f"followed, got {request.method} with {unsafe} and redirect={request.redirect!r}"
        )
