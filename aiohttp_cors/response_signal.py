"""The signal that writes CORS headers: awaited where others listen too, or just called."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiosignal import Signal

if TYPE_CHECKING:
    _ResponseSignal = Signal[web.Request, web.StreamResponse]
else:
    _ResponseSignal = Signal

#: Writes the headers of a response at once, and returns `DONE`; or later, awaited. The first
#: argument is not looked at: it is the signal, where this is its method.
Respond = Callable[[Any, web.Request, web.StreamResponse], Awaitable[None]]


@types.coroutine
def _nothing() -> Generator[None, None, None]:
    yield from ()


_ended: Any = _nothing()
next(_ended, None)
#: There is nothing to wait for: a generator that has come to its end may be awaited any number of
#: times.
DONE: Awaitable[None] = _ended


def connect(app: web.Application, respond: Respond) -> None:
    """Let ``respond`` see every response of ``app`` before it is sent.

    Nearly always it is done at once; a coroutine for a receiver, and another one for the signal,
    would cost more than all that it does. So where ours is the only receiver in the end, it takes
    the place of the method that sends the signal.
    """

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        await respond(None, request, response)

    class DirectSignal(_ResponseSignal):
        __slots__ = ()

        # Unpacking arguments that are never there would cost more than all that is done.
        send = respond  # type: ignore[assignment] # pyright: ignore

    class OpenSignal(_ResponseSignal):
        __slots__ = ()

        def freeze(self) -> None:
            super().freeze()
            # From now on nobody else can listen.
            if list(self) == [receive]:
                _become(self, DirectSignal)

    app.on_response_prepare.append(receive)
    # Another class may do more than to call its receivers.
    if type(app.on_response_prepare) is Signal:
        _become(app.on_response_prepare, OpenSignal)


def _become(signal: Any, its_class: type[Any]) -> None:
    signal.__class__ = its_class
