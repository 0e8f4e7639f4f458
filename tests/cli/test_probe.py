"""``probe``: asking live servers as a browser would."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .conftest import Run, in_thread

GOOD = "https://app.example.com"


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Total": "3"})


def application() -> web.Application:
    app = web.Application()
    options = ResourceOptions(allow_headers=["X-A"], expose_headers=["X-Total"])
    cors = aiohttp_cors.setup(app, defaults={GOOD: options, "null": ResourceOptions()})
    for method in ("GET", "PUT"):
        cors.add(app.router.add_route(method, "/hello", hello))
    return app


def answering(status: int = 200, **headers: str) -> web.Application:
    """Return an application that answers everything alike; "{origin}" is the one that asks."""

    async def answer(request: web.Request) -> web.Response:
        origin = request.headers.get("Origin", "")
        given = {name.replace("_", "-"): each for name, each in headers.items()}
        return web.Response(
            status=status,
            headers={name: each.replace("{origin}", origin) for name, each in given.items()},
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def test_readable_answer_is_exit_0(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(application())
    url = str(server.make_url("/hello"))

    ran = await in_thread(
        run, "probe", f"{url}#top", "--origin", GOOD, "--method", "put", "--header", "X-A: 1"
    )

    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"PUT {url} from {GOOD}\n"
        f"preflight: OPTIONS {url}\n"
        "  > Access-Control-Request-Method: PUT\n"
        "  > Access-Control-Request-Headers: x-a\n"
        f"  > Origin: {GOOD}\n"
        "  < 200\n"
        f"  < Access-Control-Allow-Origin: {GOOD}\n"
        "  < Access-Control-Allow-Methods: GET,PUT\n"
        "  < Access-Control-Allow-Headers: X-A\n"
        "  < Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\n"
        f"request: PUT {url}\n"
        f"  > Origin: {GOOD}\n"
        "  < 200\n"
        f"  < Access-Control-Allow-Origin: {GOOD}\n"
        "  < Access-Control-Expose-Headers: X-Total\n"
        "  < Vary: Origin\n"
        "readable: status 200, headers X-Total, Content-Type, Content-Length\n"
    )


async def test_blocked_page_is_exit_1_and_says_what_to_send(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(application())
    url = str(server.make_url("/hello"))

    ran = await in_thread(run, "probe", url, "--origin", GOOD, "--credentials")

    assert ran.status == 1
    assert ran.out == (
        f"GET {url} from {GOOD} with credentials\n"
        "no preflight: a browser sends none for it\n"
        f"request: GET {url}\n"
        f"  > Origin: {GOOD}\n"
        "  < 200\n"
        f"  < Access-Control-Allow-Origin: {GOOD}\n"
        "  < Access-Control-Expose-Headers: X-Total\n"
        "  < Vary: Origin\n"
        "blocked at the CORS check of the response: its credentials: there is no "
        "Access-Control-Allow-Credentials; the server must send "
        "'Access-Control-Allow-Credentials: true'\n"
    )


async def test_request_is_not_sent_after_a_refused_preflight(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(application())
    url = str(server.make_url("/hello"))

    ran = await in_thread(run, "probe", url, "--origin", GOOD, "--method", "DELETE", "--json")

    found = json.loads(ran.out)
    assert (ran.status, found["readable"], found["step"]) == (1, False, "PREFLIGHT_STATUS")
    assert [(each["method"], each["status"]) for each in found["exchanges"]] == [("OPTIONS", 403)]


async def test_answer_is_json(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(application())
    url = str(server.make_url("/hello"))

    ran = await in_thread(run, "probe", url, "--origin", "null", "--json")

    assert json.loads(ran.out) == {
        "url": url,
        "origin": "null",
        "method": "GET",
        "credentials": False,
        "readable": True,
        "step": None,
        "sentence": None,
        "readable_headers": ["Content-Type", "Content-Length"],
        "warnings": [],
        "exchanges": [
            {
                "preflight": False,
                "method": "GET",
                "url": url,
                "sent": [["Origin", "null"]],
                "status": 200,
                "received": [["Access-Control-Allow-Origin", "null"], ["Vary", "Origin"]],
            }
        ],
    }


@pytest.mark.parametrize(
    ("headers", "credentials", "words"),
    [
        ({"Access_Control_Allow_Origin": "*"}, False, []),
        ({"Access_Control_Allow_Origin": GOOD, "Vary": "Origin"}, False, []),
        ({"Access_Control_Allow_Origin": GOOD}, False, ["'Vary: Origin'"]),
        (
            {"Access_Control_Allow_Origin": "{origin}", "Vary": "Origin"},
            False,
            ["the server allows any origin, even one made up at random"],
        ),
        (
            {"Access_Control_Allow_Origin": "{origin}", "Access_Control_Allow_Credentials": "true"},
            True,
            ["'Vary: Origin'", "allows any origin with credentials"],
        ),
    ],
)
async def test_what_works_and_is_unsafe_is_warned_of(
    aiohttp_server: Any, run: Run, headers: dict[str, str], credentials: bool, words: list[str]
) -> None:
    server = await aiohttp_server(answering(**headers))
    mode = ["--credentials"] if credentials else []

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD, *mode)

    warnings = [line for line in ran.out.splitlines() if line.startswith("warning: ")]
    assert ran.status == 0
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings))


@pytest.mark.parametrize(
    ("method", "status", "warned"), [("DELETE", 200, True), ("DELETE", 404, False)]
)
async def test_request_that_changes_something_is_sent_once(
    aiohttp_server: Any, run: Run, method: str, status: int, warned: bool
) -> None:
    sent = []

    async def answer(request: web.Request) -> web.Response:
        sent.append(request.method)
        origin = request.headers["Origin"]
        shared = origin == GOOD or warned
        given = {"Access-Control-Allow-Methods": "DELETE", "Vary": "Origin"}
        if shared:
            given["Access-Control-Allow-Origin"] = origin
        return web.Response(status=200 if shared else status, headers=given)

    app = web.Application()
    app.router.add_route("*", "/", answer)
    server = await aiohttp_server(app)

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", method
    )

    assert (ran.status, ran.err) == (0, "")
    assert sent == ["OPTIONS", "DELETE", "OPTIONS"]
    assert ("made up at random" in ran.out) is warned


async def test_server_that_drops_unknown_origins_is_read_all_the_same(
    aiohttp_server: Any, run: Run
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.headers["Origin"] != GOOD:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(headers={"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"})

    app = web.Application()
    app.router.add_get("/", answer)
    server = await aiohttp_server(app)

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert (ran.status, ran.err) == (0, "")
    assert "readable: status 200" in ran.out


async def test_redirect_to_a_server_that_is_not_there_is_shown(
    aiohttp_server: Any, run: Run, unused_tcp_port: int
) -> None:
    away = f"http://127.0.0.1:{unused_tcp_port}/"
    server = await aiohttp_server(
        answering(302, Location=away, Access_Control_Allow_Origin="{origin}")
    )

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 2
    assert f"  < Location: {away}\n" in ran.out
    assert f"could not ask {away}" in ran.err


async def test_method_in_lower_case_is_not_sent_in_upper_case(
    aiohttp_server: Any, run: Run
) -> None:
    headers = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Methods": "patch"}
    server = await aiohttp_server(answering(**headers))

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", "patch"
    )

    assert ran.status == 2
    assert "methods are sent in upper case" in ran.err


async def test_own_origin_needs_no_cors(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(answering())
    url = str(server.make_url("/"))

    ran = await in_thread(run, "probe", url, "--origin", url.rstrip("/"))

    assert ran.status == 0
    assert "readable: status 200" in ran.out


async def test_redirects_are_followed_and_shown(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(
        answering(302, Location="/again", Access_Control_Allow_Origin="*")
    )

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 1
    assert ran.out.count("request: GET") == 21
    assert "there are more than 20 of them" in ran.out


async def test_what_a_server_sends_commands_no_terminal(aiohttp_server: Any, run: Run) -> None:
    value = "https://\x9b31m.example\u202e"
    server = await aiohttp_server(answering(Access_Control_Allow_Origin=value))

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 1
    assert ran.out.isascii()
    assert "\\u202e" in ran.out


async def test_server_that_does_not_answer_is_exit_2(aiohttp_server: Any, run: Run) -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        raise NotImplementedError

    app = web.Application()
    app.router.add_get("/", hang)
    server = await aiohttp_server(app)

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--timeout", "0.2"
    )

    assert (ran.status, ran.out) == (2, "")
    assert "no answer in time; see --timeout" in ran.err


#: A server of its own process: some versions of asyncio leave the transports of TLS open.
TLS_SERVER = """
import asyncio, ssl, sys
from aiohttp import web
import aiohttp_cors

async def hello(request):
    return web.Response()

async def main():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"*": aiohttp_cors.ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize(("trusted", "status"), [(True, 0), (False, 2)])
def test_https_is_asked_if_its_certificate_is_trusted(
    tmp_path: Path, trusted: bool, status: int
) -> None:
    authority, certificate = tmp_path / "ca.pem", tmp_path / "server.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    issuer.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    server = subprocess.Popen(
        [sys.executable, "-c", TLS_SERVER, str(certificate)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"https://localhost:{server.stdout.readline().strip()}/hello"
        ran = subprocess.run(
            [sys.executable, "-m", "aiohttp_cors", "probe", url, "--origin", GOOD],
            env={**os.environ, "SSL_CERT_FILE": str(authority) if trusted else ""},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.kill()
        server.communicate()

    assert ran.returncode == status, (ran.stdout, ran.stderr)
    assert ("readable: status 200" in ran.stdout) is trusted
    assert ("certificate" in ran.stderr) is not trusted


def test_server_that_is_not_there_is_exit_2(run: Run, unused_tcp_port: int) -> None:
    ran = run("probe", f"http://127.0.0.1:{unused_tcp_port}/", "--origin", GOOD)

    assert (ran.status, ran.out) == (2, "")
    assert "could not ask http://127.0.0.1" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://a.example/", "--origin", GOOD], "URL can't be asked: must be an absolute URL"),
        (["/hello", "--origin", GOOD], "URL can't be asked"),
        (["http://127.0.0.1/", "--origin", "app.example.com"], "--origin must be an origin as"),
        (["http://127.0.0.1/", "--origin", GOOD, "--method", "TRACE"], "--method must be one"),
        (["http://127.0.0.1/", "--origin", GOOD, "--header", "Cookie: 1"], "no script can set"),
        (
            ["http://127.0.0.1/", "--origin", GOOD, "--timeout", "0"],
            "--timeout must be seconds, up to 3600",
        ),
        (["http://127.0.0.1/", "--origin", GOOD, "--timeout", "inf"], "up to 3600, got inf"),
        (["http://u:p@127.0.0.1/", "--origin", GOOD], "no script can ask for a URL with a user"),
        (["http://127.0.0.1/"], "the following arguments are required: --origin"),
    ],
)
def test_wrong_argument_is_exit_2(run: Run, arguments: list[str], words: str) -> None:
    ran = run("probe", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err
