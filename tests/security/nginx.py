"""nginx as a cache that all users share, in front of a server."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.security.programs import find

#: Seconds until nginx listens; far more than it takes, also on a machine that is busy.
_PATIENCE = 30

#: It listens on a socket in the file system, so that no port must be guessed. What says
#: nothing of caching is kept for a minute, errors too: the more is stored, the more can go wrong.
_CONFIG = """\
daemon off;
user {user};
pid {folder}/pid;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    proxy_cache_path {folder}/cache keys_zone=shared:1m;
    server {{
        listen unix:{folder}/socket;
        location / {{
            proxy_pass http://{server};
            proxy_http_version 1.1;
            proxy_cache shared;
            proxy_cache_valid any 1m;
            proxy_cache_revalidate on;
        }}
    }}
}}
"""


@contextlib.asynccontextmanager
async def shared_cache(server: str) -> AsyncIterator[str]:
    """Run nginx in front of ``server`` (host:port); return the path of the socket it listens on."""
    program = find("nginx")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(_CONFIG.format(folder=folder, server=server, user=getpass.getuser()))
        process = await asyncio.create_subprocess_exec(
            program, "-p", folder, "-c", str(config), "-e", "stderr", stderr=asyncio.subprocess.PIPE
        )
        try:
            await asyncio.wait_for(_listening(process, f"{folder}/socket"), _PATIENCE)
            yield f"{folder}/socket"
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.communicate()


async def _listening(process: asyncio.subprocess.Process, path: str) -> None:
    while True:
        if process.returncode is not None:
            said = (await process.communicate())[1].decode()
            raise AssertionError(f"nginx ended with code {process.returncode}: {said}")
        try:
            _, writer = await asyncio.open_unix_connection(path)
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
