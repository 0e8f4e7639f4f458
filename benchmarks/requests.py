"""Requests as aiohttp's server makes them, without the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from unittest import mock

from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.http_writer import StreamWriter
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

#: What a browser sends besides the headers of a case.
COMMON = {"Host": "127.0.0.1:8080", "Accept": "*/*", "User-Agent": "benchmarks"}


class SilentTransport(asyncio.Transport):
    """Discards what is written."""

    def write(self, data: Any) -> None:
        pass

    def writelines(self, list_of_data: Any) -> None:
        pass

    def is_closing(self) -> bool:
        return False


class Connection:
    """As much of aiohttp's server protocol as requests and their writers look at."""

    transport = SilentTransport()
    peername = ("127.0.0.1", 50000)
    sockname = ("127.0.0.1", 8080)
    ssl_context = None
    writing_paused = False
    _paused = False

    async def _drain_helper(self) -> None:
        pass


CONNECTION: Any = Connection()
TASK: Any = mock.Mock()


def make_request(method: str, path: str, headers: Mapping[str, str]) -> web.Request:
    """Return a request as the server hands it to an application."""
    fields = CIMultiDictProxy(CIMultiDict({**COMMON, **headers}))
    raw = tuple((name.encode(), value.encode()) for name, value in fields.items())
    url = URL.build(path=path, encoded=True)
    message = RawRequestMessage(
        method, path, HttpVersion11, fields, raw, False, None, False, False, url
    )
    loop = asyncio.get_running_loop()
    writer = StreamWriter(CONNECTION, loop)
    return web.Request(
        message, EMPTY_PAYLOAD, CONNECTION, writer, TASK, loop, client_max_size=2**20
    )


async def serve(app: web.Application, request: web.Request) -> None:
    """Serve a request as the server does."""
    try:
        response = await app._handle(request)
    except web.HTTPException as error:
        response = error
    await response.prepare(request)
    await response.write_eof()
