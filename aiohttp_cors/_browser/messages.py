"""What a page requests, what is sent over the network, and what the page sees."""

from __future__ import annotations

from typing import Any, NamedTuple

from .cors_protocol import Headers


class Request(NamedTuple):
    """What a script passes to ``fetch()``."""

    #: As `urls.read` returns it.
    url: str
    #: The origin of the page; ``"null"`` if it is opaque.
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
    """A request as it is sent to a server."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    #: Send cookies, and store those of the response.
    credentials: bool
    preflight: bool = False


class HttpResponse(NamedTuple):
    """The response of a server."""

    status: int
    headers: Headers
    #: Passed on as it is: what sends the request chooses its type.
    body: Any = None


class Readable(NamedTuple):
    """What a page sees of a response."""

    #: ``"basic"``, ``"cors"``, ``"opaque"`` or ``"opaqueredirect"``.
    type: str
    url: str
    #: 0 if the response is opaque.
    status: int
    headers: Headers
    body: Any
    redirected: bool
