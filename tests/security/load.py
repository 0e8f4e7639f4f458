"""Many clients at once, each of which checks its responses, and the processes that serve them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp_cors

from .load_application import ANONYMOUS, CHUNK, CHUNKS, TRUSTED

EVIL = "https://evil.example"
CLIENTS = 200
#: The share of requests in the middle of which a client disconnects.
_GOES = 0.04
_BODY = 20_000
#: Seconds after which a response, a start, or the end of what clients left behind is late.
_PATIENCE = 30

_HERE = Path(__file__).parent


# What is requested, and what the responses must be


class Request(NamedTuple):
    """One kind of request, with all CORS headers that each origin must get."""

    head: str
    status: int
    length: int
    headers: dict[str, dict[str, str]]
    body: int = 0


_VARY_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def _granted(vary: str) -> dict[str, dict[str, str]]:
    """Return the headers of an actual response under the defaults."""
    trusted = {"Allow-Credentials": "true", "Expose-Headers": "X-Client"}
    return {
        TRUSTED: {**_access(TRUSTED, **trusted), "vary": vary},
        ANONYMOUS: {**_access(ANONYMOUS), "vary": vary},
        EVIL: {"vary": vary},
    }


def _access(origin: str, **headers: str) -> dict[str, str]:
    named = {f"access-control-{name.lower()}": value for name, value in headers.items()}
    return {"access-control-allow-origin": origin, **named}


def _preflight(method: str, path: str) -> list[tuple[Request, set[str]]]:
    head = (
        f"OPTIONS {path} HTTP/1.1\r\nAccess-Control-Request-Method: {method}\r\n"
        "Access-Control-Request-Headers: x-client\r\n"
    )
    allowed = {"Allow-Methods": method, "Allow-Headers": "X-CLIENT"}
    trusted = _access(TRUSTED, **allowed, **{"Allow-Credentials": "true", "Max-Age": "600"})
    vary = {"vary": _VARY_PREFLIGHT}
    headers = {TRUSTED: {**trusted, **vary}, ANONYMOUS: {**_access(ANONYMOUS, **allowed), **vary}}
    granted = Request(head, 200, 0, headers)
    refused = f"CORS preflight request failed: origin '{EVIL}' is not allowed"
    return [
        (granted, {TRUSTED, ANONYMOUS}),
        (Request(head, 403, len(refused), {EVIL: {**vary, "cors-refused": refused}}), {EVIL}),
    ]


_CACHEABLE = _granted("Accept-Language, Origin")
_OPEN = {**_access("*", **{"Expose-Headers": "*"}), "vary": "Accept-Language"}
_EVERYBODY = {TRUSTED, ANONYMOUS, EVIL}
_STREAMED = Request("GET /streamed HTTP/1.1\r\n", 200, CHUNKS * CHUNK, _granted("Origin"))
_UPLOAD = Request("PUT /upload HTTP/1.1\r\n", 200, 0, _granted("Origin"), _BODY)
_REQUESTS = [
    (Request("GET /cacheable HTTP/1.1\r\n", 200, 0, _CACHEABLE), _EVERYBODY),
    (Request('GET /cacheable HTTP/1.1\r\nIf-None-Match: "1"\r\n', 304, 0, _CACHEABLE), _EVERYBODY),
    (Request("GET /open HTTP/1.1\r\n", 200, 0, dict.fromkeys(_EVERYBODY, _OPEN)), _EVERYBODY),
    (_STREAMED, _EVERYBODY),
    (_UPLOAD, _EVERYBODY),
    *_preflight("GET", "/cacheable"),
    *_preflight("PUT", "/upload"),
]


# Clients


class Client:
    """A page of one origin that sends requests again and again, on one connection."""

    def __init__(self, port: int, number: int, seed: int) -> None:
        self._port = port
        self._number = number
        self._chance = random.Random(f"{seed} {number}")
        self._origin = (TRUSTED, ANONYMOUS, EVIL)[number % 3]
        self._requests = [request for request, origins in _REQUESTS if self._origin in origins]
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, turns: Iterator[int]) -> str | None:
        """Send requests until there are no more ``turns``; return the first thing that is wrong."""
        try:
            for turn in turns:
                mark = f"{self._number}-{turn}"
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                if self._chance.random() < _GOES:
                    await self._go(mark, *self._streams)
                    continue
                request = self._chance.choice(self._requests)
                wrong = await asyncio.wait_for(self._send(request, mark, *self._streams), _PATIENCE)
                if wrong:
                    return f"{request.head!r} of {self._origin}: {wrong}"
        finally:
            self._leave()
        return None

    def _leave(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _go(
        self, mark: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Disconnect before or in the middle of the response, or while sending the body."""
        way = self._chance.randrange(3)
        if way == 0:
            writer.write(self._head(self._chance.choice(self._requests), mark))
        elif way == 1:
            writer.write(self._head(_STREAMED, mark))
            await reader.readexactly(CHUNK * self._chance.randint(1, CHUNKS - 1))
        else:
            writer.write(self._head(_UPLOAD, mark) + b"x" * (_BODY // 2))
            await asyncio.sleep(self._chance.random() / 100)
        self._leave()

    def _head(self, request: Request, mark: str) -> bytes:
        length = f"Content-Length: {request.body}\r\n" if request.body else ""
        fields = f"Host: 127.0.0.1\r\nOrigin: {self._origin}\r\nX-Client: {mark}\r\n{length}\r\n"
        return (request.head + fields).encode()

    async def _send(
        self,
        request: Request,
        mark: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> str | None:
        writer.write(self._head(request, mark) + b"x" * request.body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers: dict[str, str] = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(": ")
            if headers.setdefault(name.lower(), value) is not value:
                return f"{name} twice"
        length = 0
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                length += len(await reader.readexactly(size + 2)) - 2
            await reader.readexactly(2)
        elif status != 304:
            length = len(await reader.readexactly(int(headers.get("content-length", "0"))))
        return self._judge(request, mark, (status, length), headers)

    def _judge(
        self, request: Request, mark: str, got: tuple[int, int], headers: dict[str, str]
    ) -> str | None:
        if got != (request.status, request.length):
            return f"got status and length {got}, not {(request.status, request.length)}"
        cors = {
            name: value
            for name, value in headers.items()
            if name.startswith("access-control-") or name in ("vary", "cors-refused")
        }
        if cors != request.headers[self._origin]:
            return f"got {cors}, not {request.headers[self._origin]}"
        if not request.head.startswith("OPTIONS") and headers.get("x-client") != mark:
            return f"got the response to {headers.get('x-client')}, not to {mark}"
        return None


async def load(port: int, count: int, seed: int) -> list[str]:
    """Make ``count`` requests by all clients; return what was wrong."""
    turns = iter(range(count))
    clients = [Client(port, number, seed) for number in range(CLIENTS)]
    results = await asyncio.gather(*(client.run(turns) for client in clients))
    return [wrong for wrong in results if wrong]


# Servers


class State(NamedTuple):
    """What a process has in it while it gets no other request."""

    served: int
    tasks: int
    #: What Python has allocated, in pieces of any size.
    blocks: int
    #: What the process has of the machine's memory, in bytes.
    memory: int


def _commands(kind: str, port: int) -> list[list[str]]:
    script = [sys.executable, str(_HERE / "load_application.py"), str(port)]
    gunicorn = [sys.executable, "-m", "gunicorn", "load_application:application"]
    options = ["-k", "aiohttp.GunicornWebWorker", "-w", "2", "-b", f"127.0.0.1:{port}"]
    return {
        "one process": [script],
        "two processes": [script, script],
        "gunicorn": [
            [
                *gunicorn,
                *options,
                "--log-level",
                "warning",
                "--keep-alive",
                "75",
                "--graceful-timeout",
                "1",
            ]
        ],
    }[kind]


@contextlib.asynccontextmanager
async def serving(kind: str, log: Path, **environment: str) -> AsyncIterator[int]:
    """Serve the application in processes of their own, which write to ``log``; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join([str(Path(aiohttp_cors.__file__).parent.parent), str(_HERE)])
    environment = {**os.environ, "PYTHONPATH": path, **environment}
    with log.open("wb") as errors:
        processes = [
            subprocess.Popen(each, env=environment, stderr=errors) for each in _commands(kind, port)
        ]
    try:
        yield port
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


async def states(port: int, processes: int) -> dict[int, State]:
    """Request the state of each process several times; return the lowest figures of each.

    The system chooses the process. Of two requests at a time, each process probably gets one; if
    one process gets both, its state counts both.
    """
    found: dict[int, list[State]] = {}
    late = time.monotonic() + _PATIENCE
    at_a_time = 1
    while len(found) < processes or min(map(len, found.values())) < 4:
        if time.monotonic() > late:
            raise TimeoutError(f"found {found}, not {processes} processes")
        at_a_time = 2 if processes > 1 and at_a_time == 1 else 1
        replies = [_state(port) for _ in range(at_a_time)]
        for each in await asyncio.gather(*replies, return_exceptions=True):
            if isinstance(each, ConnectionError):
                # It is not there yet.
                await asyncio.sleep(0.05)
            elif isinstance(each, BaseException):
                raise each
            else:
                found.setdefault(each.pop("process"), []).append(State(**each))
    return {process: State(*map(min, zip(*each))) for process, each in found.items()}


async def _state(port: int) -> dict[str, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /state HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        response = await reader.read()
        if not response:
            raise ConnectionResetError
        state: dict[str, int] = json.loads(response.partition(b"\r\n\r\n")[2])
        return state
    finally:
        writer.close()


async def settled(port: int, before: dict[int, State]) -> dict[int, State]:
    """Return the states as soon as there are no more tasks than before, or after a while."""
    late = time.monotonic() + 3
    while True:
        after = await states(port, len(before))
        more = [each for each in after if each in before and after[each].tasks > before[each].tasks]
        if not more or time.monotonic() > late:
            return after
        await asyncio.sleep(0.1)
