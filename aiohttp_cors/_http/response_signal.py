"""The ``on_response_prepare`` signal: the library's receiver runs last, and fast."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiosignal import Signal

#: Writes the headers of a response, either at once, returning `DONE`, or when it is awaited. The
#: first argument is the signal, which is not used.
Respond = Callable[[Any, web.Request, web.StreamResponse], Awaitable[None]]


@types.coroutine
def _nothing() -> Any:
    yield from ()


_ended: Any = _nothing()
next(_ended, None)
#: Nothing to wait for: a finished generator can be awaited any number of times.
DONE: Awaitable[None] = _ended


def connect_responses(
    app: web.Application, respond: Respond, at_freeze: Callable[[], None]
) -> None:
    """Call ``respond`` for every response of ``app`` before it is sent, after all other receivers.

    ``at_freeze`` is called when the signal freezes: then the application is complete.

    Awaiting a signal and a receiver takes longer than everything that ``respond`` does. So if it is
    the only receiver when the signal freezes, it replaces the method that sends the signal.
    """

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        await respond(None, request, response)

    signal = app.on_response_prepare
    # A signal of another class may do more than call its receivers.
    plain = type(signal) is Signal

    class DirectSignal(type(signal)):  # type: ignore[misc]
        __slots__ = ()

        # It has the arguments of all calls: ``*args`` would take longer than everything it does.
        send = respond  # pyright: ignore[reportAssignmentType]

    class OpenSignal(type(signal)):  # type: ignore[misc]
        __slots__ = ()

        def freeze(self) -> None:
            if not self.frozen:
                if receive in self:
                    # Last, so that what the others set is merged and exposed.
                    self.remove(receive)
                    self.append(receive)
                at_freeze()
            super().freeze()
            if plain and list(self) == [receive]:
                _become(self, DirectSignal)

    signal.append(receive)
    _become(signal, OpenSignal)


def _become(signal: Any, its_class: type[Any]) -> None:
    signal.__class__ = its_class
