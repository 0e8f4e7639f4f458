"""What a page asks for, what goes over the network, and what the page sees of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .cors_protocol import Headers


class Request(NamedTuple):
    """What a script passes to ``fetch()``."""

    #: As `urls.read` returns it.
    url: str
    #: The page's; ``"null"`` for an opaque one.
    origin: str
    method: str = "GET"
    #: The headers that the script sets.
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None
    #: ``"omit"``, ``"same-origin"`` or ``"include"``.
    credentials: str = "same-origin"
    #: ``"cors"``, ``"no-cors"`` or ``"same-origin"``.
    mode: str = "cors"
    #: ``"follow"``, ``"error"`` or ``"manual"``.
    redirect: str = "follow"


class HttpRequest(NamedTuple):
    """What goes to a server."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    #: Send cookies, and keep those of the response.
    credentials: bool
    preflight: bool = False


class HttpResponse(NamedTuple):
    """What a server responds with."""

    status: int
    headers: Headers
    #: Whatever the caller reads it from.
    body: Any = None


class Readable(NamedTuple):
    """What a page sees of the response."""

    #: ``"basic"``, ``"cors"``, ``"opaque"`` or ``"opaqueredirect"``.
    type: str
    url: str
    #: 0 and nothing else where it is opaque.
    status: int
    headers: Headers
    body: Any
    redirected: bool
