"""The log of what arrives at the servers of the browser tests is complete."""

from __future__ import annotations

import asyncio

from aiohttp import web

from .policies import socket
from .servers import Servers

HANDSHAKE = b"""\
GET /socket?row=socket HTTP/1.1\r
Host: 127.0.0.1\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
"""


async def test_socket_that_goes_away_without_a_word_is_logged() -> None:
    app = web.Application()
    app.router.add_get("/socket", socket)
    servers = Servers()
    await servers.start("api", app)
    reader, writer = await asyncio.open_connection("127.0.0.1", servers.running["api"].port)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"message")
    writer.close()
    await writer.wait_closed()

    await servers.stop()

    assert servers.seen("socket") == "GET 101"
