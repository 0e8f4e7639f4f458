"""Outside scanners, run against applications that are served by TLS under the names of hosts.

Nothing leaves the machine: the scanners send requests to ``https://app.example.com:4711/`` through
a proxy that connects each name with the port of 127.0.0.1, and with no other ports.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from tests.security.programs import find

#: Seconds for a scanner; it takes one or two minutes, and longer on a machine that is busy.
_PATIENCE = 900


class Report(NamedTuple):
    """What the scanners found at an address, and how many of their requests arrived."""

    corscanner: frozenset[str]
    sorx: frozenset[str]
    arrived: int


#: How many requests they send to an address where they find nothing.
ASKED = 37 + 34


async def scan(
    applications: Mapping[str, web.Application], urls: Iterable[str]
) -> dict[str, Report]:
    """Serve the applications and scan the addresses, ``https://HOST:{NAME}/PATH`` each.

    NAME is that of an application: its port takes its place.
    """
    corscanner, sorx = find("corscanner"), find("sorx")
    with tempfile.TemporaryDirectory() as folder:
        async with _served(applications, Path(folder)) as site:
            addresses = {url: url.format(**site.ports) for url in urls}
            targets = Path(folder, "targets")
            targets.write_text("\n".join(addresses.values()))
            by_corscanner, by_sorx = Path(folder, "corscanner.json"), Path(folder, "sorx.json")
            # Few at a time: for CORScanner, what takes five seconds has no CORS.
            corscanner_command = (corscanner, "-t", "6", "-i", targets, "-o", by_corscanner)
            sorx_command = (sorx, "-t", "6", "-m", "deep", "-l", targets, "-j", by_sorx)
            await asyncio.gather(
                _run(*map(str, corscanner_command), env=site.environment),
                _run(*map(str, sorx_command), env=site.environment),
            )
            mistakes = json.loads(by_corscanner.read_text())
            rules = json.loads(by_sorx.read_text())
    return {
        url: Report(
            frozenset(found["type"] for found in mistakes if found["url"] == address),
            frozenset(found["id"] for found in rules[address]),
            site.arrived[address],
        )
        for url, address in addresses.items()
    }


async def _run(*command: str, env: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    # Neither scanner says by its code what it has found.
    if process.returncode != 0:
        raise AssertionError(f"{command} ended with {process.returncode}: {said.decode()}")


class _Site(NamedTuple):
    ports: dict[str, int]
    #: Requests, by address.
    arrived: Counter[str]
    environment: dict[str, str]


@contextlib.asynccontextmanager
async def _served(
    applications: Mapping[str, web.Application], folder: Path
) -> AsyncIterator[_Site]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("*.example.com", "acme.example").configure_cert(context)
    arrived: Counter[str] = Counter()

    class Recorder(AbstractAccessLogger):
        def log(self, request: Any, response: Any, time: float) -> None:
            arrived[f"https://{request.host}{request.path_qs}"] += 1

    async with contextlib.AsyncExitStack() as stack:
        ports = {}
        for name, app in applications.items():
            runner = web.AppRunner(app, access_log_class=Recorder)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            ports[name] = runner.addresses[0][1]
        proxy = await asyncio.start_server(_tunnels(set(ports.values())), "127.0.0.1", 0)
        await stack.enter_async_context(proxy)
        address = "http://{}:{}".format(*proxy.sockets[0].getsockname())
        yield _Site(ports, arrived, _environment(folder, address))


def _environment(folder: Path, proxy: str) -> dict[str, str]:
    without = ("no_proxy", "all_proxy", "http_proxy", "https_proxy")
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in without}
    return {
        **inherited,
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
        "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
        "TLDEXTRACT_CACHE": str(folder / "public-suffixes"),
    }


def _tunnels(ports: set[int]) -> Any:
    """Return what serves a proxy's clients: it lets them through to these ports."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            port = int(target.rpartition(b":")[2])
            if method == b"CONNECT" and port in ports:
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
            else:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    return serve


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
