"""What a script may send: for `Page`, ``probe`` and ``explain`` alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._core.headers import is_forbidden_request_header, is_header_value, is_token
from .._core.methods import is_safelisted_method, is_usable_method, normalize_method
from .._core.origins import is_serialized_origin
from .messages import Request
from .safelist import unsafe_request_header_names
from .urls import read, split

_SETTINGS = {
    "credentials": ("omit", "same-origin", "include"),
    "mode": ("cors", "no-cors", "same-origin"),
    "redirect": ("follow", "error", "manual"),
}


def check_page_origin(origin: str) -> None:
    """Raise ``ValueError`` for an origin that no page has, ``TypeError`` for what is not text."""
    _check_text("'origin'", origin)
    if origin != "null" and not is_serialized_origin(origin):
        raise ValueError(
            f"'origin' must be an origin as browsers write it, got {origin!a}; write "
            "'https://app.example.com', without a path or slash, in lower case"
        )


def check_origins_of_clients(clients: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for a key of ``clients`` that is not the origin of an http(s) URL."""
    if not clients:
        raise ValueError("'clients' must have a client, got none; write Page(client, origin=...)")
    for origin in clients:
        if not (is_serialized_origin(origin) and origin.startswith(("http://", "https://"))):
            raise ValueError(
                f"a key of 'clients' must be an origin as browsers write it, got {origin!r}; write "
                "'https://api.example.com', without a path or slash, in lower case"
            )


def absolute_url(url: str, base: str | None = None) -> str:
    """Return ``url`` as browsers parse it, without a fragment.

    ``base`` is the origin that ``url`` may be relative to. Raises ``ValueError`` if it is not an
    http or https URL, ``TypeError`` if it contains a user name, and ``ModuleNotFoundError`` if the
    extra ``testing`` is needed and not installed.
    """
    _check_text("'url'", url)
    try:
        found = read(url, base and f"{base}/")
    except ValueError as error:
        raise ValueError(f"'url' {error}") from None
    if split(found).user:
        raise TypeError(f"'url' must be without a user name, got {url!r}")
    return found


def request_of_script(
    origin: str,
    url: str,
    *,
    method: str,
    headers: Iterable[tuple[str, str]] = (),
    body: str | bytes | None = None,
    **settings: str,
) -> Request:
    """Return the request that a script makes (Fetch §5.4, "Request class").

    ``settings`` can be ``credentials``, ``mode`` and ``redirect``. Raises ``ValueError`` or
    ``TypeError`` for what no script can send.
    """
    for setting, value in settings.items():
        values = _SETTINGS[setting]
        if value not in values:
            raise ValueError(
                f"{setting!r} must be one of {', '.join(map(repr, values))}, got {value!r}"
            )
    _check_text("'method'", method)
    if not is_usable_method(method):
        raise ValueError(f"'method' must be one that scripts may use, got {method!r}")
    method = normalize_method(method)
    pairs = [_pair(name, value) for name, value in headers]
    if not isinstance(body, (str, bytes, type(None))):
        raise TypeError(f"'body' must be a string or bytes, got {body!r}; write json.dumps(...)")
    if body is not None and method in ("GET", "HEAD"):
        raise TypeError(f"{method} never has a 'body', got {body!r}")
    if isinstance(body, str) and "content-type" not in {name.lower() for name, _ in pairs}:
        pairs.append(("Content-Type", "text/plain;charset=UTF-8"))
    request = Request(url, origin, method, tuple(pairs), body, **settings)
    if request.mode == "no-cors":
        _check_no_cors(request)
    return request


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string, got {value!r}")


def header_items(headers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """Return headers as pairs; raise ``TypeError`` unless they are a mapping."""
    if headers is None:
        return []
    if not isinstance(headers, Mapping):
        raise TypeError(f"'headers' must be a mapping, got {headers!r}")
    return list(headers.items())


def _pair(name: str, value: str) -> tuple[str, str]:
    _check_text("a name in 'headers'", name)
    _check_text(f"the value of {name!r} in 'headers'", value)
    # "Normalize" (Fetch §2.2.2).
    value = value.strip(" \t\r\n")
    if not is_token(name):
        raise ValueError(f"a name in 'headers' must be a token, got {name!r}")
    if not is_header_value(value):
        raise ValueError(
            f"the value of {name!r} in 'headers' must be Latin-1 without line breaks, got {value!r}"
        )
    if is_forbidden_request_header(name, value):
        raise ValueError(f"no script can set the header {name!r}: browsers set it themselves")
    return name, value


def _check_no_cors(request: Request) -> None:
    unsafe = unsafe_request_header_names(request.headers)
    if unsafe or not is_safelisted_method(request.method) or request.redirect != "follow":
        raise TypeError(
            "mode 'no-cors' is for GET, HEAD and POST, safelisted headers, and redirects that are "
            f"followed, got {request.method} with {unsafe} and redirect={request.redirect!r}"
        )
