"""Whether a request comes from the server's own pages."""

from __future__ import annotations

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_same_origin(origin: str, site: str | None, host: str | None) -> bool:
    """Tell whether a request with an Origin header comes from the server's own pages.

    ``site`` is the header Sec-Fetch-Site, which no script can set (Fetch Metadata §2.4), and
    ``host`` the header Host; ``None`` without one. A browser that sends no Sec-Fetch-Site is
    believed where Origin and Host name the same host and port. The scheme plays no part: behind
    a proxy that ends TLS the server does not know it.
    """
    if site is not None:
        return site in ("same-origin", "none")
    scheme, separator, authority = origin.partition("://")
    if not separator or not authority or host is None:
        return False
    port = _DEFAULT_PORTS.get(scheme)
    return _without(host.lower(), port) == _without(authority, port)


def _without(authority: str, port: str | None) -> str:
    return authority[: -len(port)] if port and authority.endswith(port) else authority
