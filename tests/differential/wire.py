"""HTTP/1.1 as bytes on a connection, so that a request may be anything."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from .descriptions import Request


class Reply(NamedTuple):
    """A response as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def first(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)


class Connection:
    """A connection to a server on this machine, opened anew whenever it was closed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Reply:
        """Send a request, and read the response."""
        if self._streams is not None:
            try:
                return await self._send(request, *self._streams)
            except (ConnectionError, asyncio.IncompleteReadError):
                # The server has closed it after the last response.
                self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        return await self._send(request, *self._streams)

    async def _send(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Reply:
        lines = [f"{request.method} {request.target} HTTP/1.1".encode()]
        if not request.all("Host"):
            lines.append(f"Host: 127.0.0.1:{self.port}".encode())
        lines += [name.encode() + b": " + value for name, value in request.headers]
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1")
        status, *rest = head.split("\r\n")
        pairs = (line.partition(":") for line in rest)
        headers = tuple((name, value.strip()) for name, _, value in pairs)
        reply = Reply(int(status.split(" ", 2)[1]), headers, b"")
        length = int(reply.first("content-length") or 0)
        if reply.first("transfer-encoding") == "chunked":
            body = await reader.readuntil(b"0\r\n\r\n")
        elif request.method.upper() == "HEAD" or not length:
            body = b""
        else:
            body = await reader.readexactly(length)
        # After what a parser took for an upgrade nothing else can be sent.
        if request.all("Upgrade") or (reply.first("connection") or "").lower() == "close":
            self.close()
        return reply._replace(body=body)

    def close(self) -> None:
        """Close it; the next request opens another one."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
