"""Many clients at once, each of which checks its own answers, and the processes that serve them."""

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
#: So much of what a client does is to go away in the middle.
_GOES = 0.04
_BODY = 20_000
#: Seconds after which an answer, a start, or the end of what clients left behind is late.
_PATIENCE = 30

_HERE = Path(__file__).parent


# What is asked, and what the answers have to be


class Ask(NamedTuple):
    """One kind of request, with the whole of CORS that each origin has to get."""

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


def _preflight(method: str, path: str) -> list[tuple[Ask, set[str]]]:
    head = (
        f"OPTIONS {path} HTTP/1.1\r\nAccess-Control-Request-Method: {method}\r\n"
        "Access-Control-Request-Headers: x-client\r\n"
    )
    allowed = {"Allow-Methods": method, "Allow-Headers": "X-CLIENT"}
    trusted = _access(TRUSTED, **allowed, **{"Allow-Credentials": "true", "Max-Age": "600"})
    vary = {"vary": _VARY_PREFLIGHT}
    headers = {TRUSTED: {**trusted, **vary}, ANONYMOUS: {**_access(ANONYMOUS, **allowed), **vary}}
    granted = Ask(head, 200, 0, headers)
    refused = f"CORS preflight request failed: origin '{EVIL}' is not allowed"
    return [
        (granted, {TRUSTED, ANONYMOUS}),
        (Ask(head, 403, len(refused), {EVIL: {**vary, "cors-refused": refused}}), {EVIL}),
    ]


_CACHEABLE = _granted("Accept-Language, Origin")
_OPEN = {**_access("*", **{"Expose-Headers": "*"}), "vary": "Accept-Language"}
_EVERYBODY = {TRUSTED, ANONYMOUS, EVIL}
_STREAMED = Ask("GET /streamed HTTP/1.1\r\n", 200, CHUNKS * CHUNK, _granted("Origin"))
_UPLOAD = Ask("PUT /upload HTTP/1.1\r\n", 200, 0, _granted("Origin"), _BODY)
_ASKS = [
    (Ask("GET /cacheable HTTP/1.1\r\n", 200, 0, _CACHEABLE), _EVERYBODY),
    (Ask('GET /cacheable HTTP/1.1\r\nIf-None-Match: "1"\r\n', 304, 0, _CACHEABLE), _EVERYBODY),
    (Ask("GET /open HTTP/1.1\r\n", 200, 0, dict.fromkeys(_EVERYBODY, _OPEN)), _EVERYBODY),
    (_STREAMED, _EVERYBODY),
    (_UPLOAD, _EVERYBODY),
    *_preflight("GET", "/cacheable"),
    *_preflight("PUT", "/upload"),
]


# Clients


class Client:
    """A page of one origin that asks again and again, on a connection that it keeps."""

    def __init__(self, port: int, number: int, seed: int) -> None:
        self._port = port
        self._number = number
        self._chance = random.Random(f"{seed} {number}")
        self._origin = (TRUSTED, ANONYMOUS, EVIL)[number % 3]
        self._asks = [ask for ask, origins in _ASKS if self._origin in origins]
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, turns: Iterator[int]) -> str | None:
        """Ask until there are no more ``turns``; return the first thing that is wrong."""
        try:
            for turn in turns:
                mark = f"{self._number}-{turn}"
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                if self._chance.random() < _GOES:
                    await self._go(mark, *self._streams)
                    continue
                ask = self._chance.choice(self._asks)
                wrong = await asyncio.wait_for(self._ask(ask, mark, *self._streams), _PATIENCE)
                if wrong:
                    return f"{ask.head!r} of {self._origin}: {wrong}"
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
        """Go away before the answer, in the middle of it, or in the middle of the own body."""
        way = self._chance.randrange(3)
        if way == 0:
            writer.write(self._head(self._chance.choice(self._asks), mark))
        elif way == 1:
            writer.write(self._head(_STREAMED, mark))
            await reader.readexactly(CHUNK * self._chance.randint(1, CHUNKS - 1))
        else:
            writer.write(self._head(_UPLOAD, mark) + b"x" * (_BODY // 2))
            await asyncio.sleep(self._chance.random() / 100)
        self._leave()

    def _head(self, ask: Ask, mark: str) -> bytes:
        length = f"Content-Length: {ask.body}\r\n" if ask.body else ""
        fields = f"Host: 127.0.0.1\r\nOrigin: {self._origin}\r\nX-Client: {mark}\r\n{length}\r\n"
        return (ask.head + fields).encode()

    async def _ask(
        self, ask: Ask, mark: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str | None:
        writer.write(self._head(ask, mark) + b"x" * ask.body)
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
        return self._judge(ask, mark, (status, length), headers)

    def _judge(
        self, ask: Ask, mark: str, got: tuple[int, int], headers: dict[str, str]
    ) -> str | None:
        if got != (ask.status, ask.length):
            return f"got status and length {got}, not {(ask.status, ask.length)}"
        cors = {
            name: value
            for name, value in headers.items()
            if name.startswith("access-control-") or name in ("vary", "cors-refused")
        }
        if cors != ask.headers[self._origin]:
            return f"got {cors}, not {ask.headers[self._origin]}"
        if not ask.head.startswith("OPTIONS") and headers.get("x-client") != mark:
            return f"got the answer to {headers.get('x-client')}, not to {mark}"
        return None


async def load(port: int, count: int, seed: int) -> list[str]:
    """Make ``count`` requests by all clients; return what was wrong."""
    turns = iter(range(count))
    clients = [Client(port, number, seed) for number in range(CLIENTS)]
    results = await asyncio.gather(*(client.run(turns) for client in clients))
    return [wrong for wrong in results if wrong]


# Servers


class State(NamedTuple):
    """What a process has in it while nobody else asks it."""

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
    """Ask each process for its state, some times; return the lowest figures of each.

    Which process answers is not ours to say: of two requests at a time, each process is more
    likely to get one; but where one gets both, it has them both in it.
    """
    found: dict[int, list[State]] = {}
    late = time.monotonic() + _PATIENCE
    at_a_time = 1
    while len(found) < processes or min(map(len, found.values())) < 4:
        if time.monotonic() > late:
            raise TimeoutError(f"found {found}, not {processes} processes")
        at_a_time = 2 if processes > 1 and at_a_time == 1 else 1
        asked = [_state(port) for _ in range(at_a_time)]
        for each in await asyncio.gather(*asked, return_exceptions=True):
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
        answer = await reader.read()
        if not answer:
            raise ConnectionResetError
        state: dict[str, int] = json.loads(answer.partition(b"\r\n\r\n")[2])
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
