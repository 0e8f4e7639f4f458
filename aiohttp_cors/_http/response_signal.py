"""Seeing every response of an application before it is sent, after all other receivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiosignal import Signal

from .hooks import Respond


def connect_responses(
    app: web.Application, respond: Respond, at_freeze: Callable[[], None]
) -> None:
    """Let ``respond`` see every response of ``app`` before it is sent, after all other receivers.

    ``at_freeze`` is called when the application is complete.

    Awaiting a receiver, and a signal, costs more than all that ours does. So where it is the only
    one when the signal freezes, it takes the place of the method that sends the signal.
    """

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        await respond(None, request, response)

    signal = app.on_response_prepare
    # A signal of another class may do more than call its receivers.
    plain = type(signal) is Signal

    class DirectSignal(type(signal)):  # type: ignore[misc]
        __slots__ = ()

        # Unpacking arguments that are never there would cost more than all that is done.
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
