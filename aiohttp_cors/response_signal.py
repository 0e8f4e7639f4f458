"""The signal that writes CORS headers: awaited where others listen too, or just called."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Optional

from aiohttp import web
from aiosignal import Signal

#: Writes the headers of a response, now (None), or once something else has answered.
Respond = Callable[[web.Request, web.StreamResponse], Optional[Awaitable[None]]]


def connect(app: web.Application, respond: Respond) -> None:
    """Let ``respond`` see every response of ``app`` before it is sent.

    Nearly always it is done at once; a coroutine for a receiver, and another one for the signal,
    would cost more than all that it does. So where ours is the only receiver in the end, the
    signal calls it directly.
    """

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        pending = respond(request, response)
        if pending is not None:
            await pending

    class DirectSignal(Signal):  # type: ignore[type-arg]
        __slots__ = ()

        def send(self, request: Any, response: Any) -> Awaitable[None]:  # type: ignore[override]
            return respond(request, response) or _NOTHING

    class OpenSignal(Signal):  # type: ignore[type-arg]
        __slots__ = ()

        def freeze(self) -> None:
            super().freeze()
            # From now on nobody else can listen.
            if list(self) == [receive]:
                self.__class__ = DirectSignal

    signal = app.on_response_prepare
    signal.append(receive)
    # Another class may do more than to call its receivers.
    if type(signal) is Signal:
        signal.__class__ = OpenSignal


@types.coroutine
def _nothing() -> Generator[None, None, None]:
    yield from ()


#: There is nothing to wait for: a generator that has come to its end may be awaited any number of
#: times.
_NOTHING = _nothing()
for _ in _NOTHING:
    pass
