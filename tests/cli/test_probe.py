"""``probe``: sending requests to live servers as a browser would."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .conftest import Ran, Run, in_thread

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


def responding(status: int = 200, **headers: str) -> web.Application:
    """Return an application whose responses are all alike; "{origin}" is that of the request."""

    async def respond(request: web.Request) -> web.Response:
        origin = request.headers.get("Origin", "")
        given = {name.replace("_", "-"): each for name, each in headers.items()}
        return web.Response(
            status=status,
            headers={name: each.replace("{origin}", origin) for name, each in given.items()},
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    return app


async def test_readable_response_is_exit_0(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(
        responding(
            Access_Control_Allow_Origin="{origin}",
            Access_Control_Allow_Methods="PUT",
            Access_Control_Allow_Headers="X-A",
            Access_Control_Expose_Headers="X-Total",
            Vary="Origin",
            X_Total="3",
        )
    )
    url = str(server.make_url("/hello"))

    ran = await in_thread(
        run, "probe", f"{url}#top", "--origin", GOOD, "--method", "put", "--header", "X-A: 1"
    )

    received = (
        "  < 200\n"
        f"  < Access-Control-Allow-Origin: {GOOD}\n"
        "  < Access-Control-Allow-Methods: PUT\n"
        "  < Access-Control-Allow-Headers: X-A\n"
        "  < Access-Control-Expose-Headers: X-Total\n"
        "  < Vary: Origin\n"
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"PUT {url} from {GOOD}\n"
        f"preflight: OPTIONS {url}\n"
        "  > Access-Control-Request-Method: PUT\n"
        "  > Access-Control-Request-Headers: x-a\n"
        f"  > Origin: {GOOD}\n"
        f"{received}"
        f"now PUT {url} is really sent (not with --preflight-only)\n"
        f"request: PUT {url}\n"
        f"  > Origin: {GOOD}\n"
        f"{received}"
        "readable: status 200, headers X-Total, Content-Length\n"
        "now the preflight is sent once more, from an origin made up at random\n"
        "warning: the server allows any origin, even one made up at random; list the ones you "
        "mean\n"
    )


async def test_blocked_page_is_exit_1_and_says_what_to_send(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(application())
    url = str(server.make_url("/hello"))

    ran = await in_thread(run, "probe", url, "--origin", GOOD, "--credentials")

    assert ran.status == 1
    assert ran.out == (
        f"GET {url} from {GOOD} with credentials\n"
        "no preflight: a browser sends none for this request\n"
        f"now GET {url} is really sent (not with --preflight-only)\n"
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
    assert found["refusal"].startswith("CORS preflight request failed: ")
    assert ran.err == ""


async def test_response_is_json(aiohttp_server: Any, run: Run) -> None:
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
        "refusal": None,
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
    server = await aiohttp_server(responding(**headers))
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

    async def respond(request: web.Request) -> web.Response:
        sent.append(request.method)
        origin = request.headers["Origin"]
        shared = origin == GOOD or warned
        given = {"Access-Control-Allow-Methods": "DELETE", "Vary": "Origin"}
        if shared:
            given["Access-Control-Allow-Origin"] = origin
        return web.Response(status=200 if shared else status, headers=given)

    app = web.Application()
    app.router.add_route("*", "/", respond)
    server = await aiohttp_server(app)

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", method
    )

    assert (ran.status, ran.err) == (0, "")
    assert sent == ["OPTIONS", "DELETE", "OPTIONS"]
    assert ("even one made up at random" in ran.out) is warned


async def test_server_that_drops_unknown_origins_is_read_all_the_same(
    aiohttp_server: Any, run: Run
) -> None:
    async def respond(request: web.Request) -> web.Response:
        if request.headers["Origin"] != GOOD:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(headers={"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"})

    app = web.Application()
    app.router.add_get("/", respond)
    server = await aiohttp_server(app)

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert (ran.status, ran.err) == (0, "")
    assert "readable: status 200" in ran.out


async def test_redirect_to_a_server_that_is_not_there_is_shown(
    aiohttp_server: Any, run: Run, unused_tcp_port: int
) -> None:
    away = f"http://127.0.0.1:{unused_tcp_port}/"
    server = await aiohttp_server(
        responding(302, Location=away, Access_Control_Allow_Origin="{origin}")
    )

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 2
    assert f"  < Location: {away}\n" in ran.out
    assert f"can't send a request to {away}" in ran.err


async def test_method_in_lower_case_is_not_sent_in_upper_case(
    aiohttp_server: Any, run: Run
) -> None:
    headers = {"Access_Control_Allow_Origin": "*", "Access_Control_Allow_Methods": "patch"}
    server = await aiohttp_server(responding(**headers))

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", "patch"
    )

    assert ran.status == 2
    assert "sends methods in upper case; write PATCH" in ran.err


async def test_own_origin_needs_no_cors(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(responding())
    url = str(server.make_url("/"))

    ran = await in_thread(run, "probe", url, "--origin", url.rstrip("/"))

    assert ran.status == 0
    assert "readable: status 200" in ran.out


async def test_redirects_are_followed_and_shown(aiohttp_server: Any, run: Run) -> None:
    server = await aiohttp_server(
        responding(302, Location="/again", Access_Control_Allow_Origin="*")
    )

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 1
    assert ran.out.count("request: GET") == 21
    assert "there are more than 20 of them" in ran.out


async def test_what_a_server_sends_commands_no_terminal(aiohttp_server: Any, run: Run) -> None:
    value = "https://\x9b31m.example\u202e"
    server = await aiohttp_server(responding(Access_Control_Allow_Origin=value))

    ran = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    assert ran.status == 1
    assert ran.out.isascii()
    assert "\\u202e" in ran.out


async def test_server_without_a_response_is_exit_2(aiohttp_server: Any, run: Run) -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        raise NotImplementedError

    app = web.Application()
    app.router.add_get("/", hang)
    server = await aiohttp_server(app)

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--timeout", "0.2"
    )

    assert ran.status == 2
    assert ran.err.endswith(" in time; see --timeout\n")


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
def test_https_is_read_if_its_certificate_is_trusted(
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

    assert ran.status == 2
    assert "can't send a request to http://127.0.0.1" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ftp://a.example/", "--origin", GOOD], "'url' must be an absolute URL of http or https"),
        (["/hello", "--origin", GOOD], "'url' must be a URL, got '/hello'"),
        (["http://a b/", "--origin", GOOD], "'url' must be a URL, got 'http://a b/'"),
        (["http://127.0.0.1/", "--origin", "app.example.com"], "'origin' must be an origin as"),
        (["http://127.0.0.1/", "--origin", "https://A.example"], "'origin' must be an origin as"),
        (["http://127.0.0.1/", "--origin", GOOD, "--method", "TRACE"], "'method' must be one that"),
        (["http://127.0.0.1/", "--origin", GOOD, "--header", "Cookie: 1"], "no script can set"),
        (["http://127.0.0.1/", "--origin", GOOD, "--header", "X A"], "must be a token, got 'X A'"),
        (["http://127.0.0.1/", "--origin", GOOD, "--header", "X:\u2603"], "must be Latin-1"),
        (
            ["http://127.0.0.1/", "--origin", GOOD, "--timeout", "0"],
            "--timeout must be seconds, up to 3600",
        ),
        (["http://127.0.0.1/", "--origin", GOOD, "--timeout", "inf"], "up to 3600, got inf"),
        (["http://127.0.0.1/", "--origin", GOOD, "--timeout", "x"], "invalid float value: 'x'"),
        (["http://u:p@127.0.0.1/", "--origin", GOOD], "'url' must be without a user name"),
        (["http://127.0.0.1/"], "the following arguments are required: --origin"),
    ],
)
def test_wrong_argument_is_exit_2(run: Run, arguments: list[str], words: str) -> None:
    ran = run("probe", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


async def counting(aiohttp_server: Any, **headers: str) -> tuple[Any, list[str]]:
    """Return a server whose responses have these headers, and the methods that it has seen."""
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.method)
        return web.Response(
            status=int(headers.get("status", 200)),
            body=headers.get("body", "").encode("latin-1"),
            headers={
                name.replace("_", "-"): value
                for name, value in headers.items()
                if name not in ("status", "body")
            },
        )

    app = web.Application()
    app.router.add_route("*", "/", respond)
    return await aiohttp_server(app), seen


GRANTED = {
    "Access_Control_Allow_Origin": "*",
    "Access_Control_Allow_Methods": "PUT",
    "Access_Control_Allow_Headers": "x-a",
}


@pytest.mark.parametrize(
    ("arguments", "headers", "status", "seen", "last"),
    [
        (
            ["--method", "PUT"],
            GRANTED,
            0,
            ["OPTIONS"],
            "the preflight passes; --preflight-only stops before the request",
        ),
        (
            ["--method", "PUT"],
            {**GRANTED, "Access_Control_Allow_Origin": GOOD},
            0,
            ["OPTIONS", "OPTIONS"],
            "now the preflight is sent once more, from an origin made up at random",
        ),
        (
            ["--header", "X-A"],
            {**GRANTED, "Access_Control_Allow_Origin": GOOD},
            0,
            ["OPTIONS", "OPTIONS"],
            "now the preflight is sent once more, from an origin made up at random",
        ),
        (
            ["--method", "DELETE"],
            GRANTED,
            1,
            ["OPTIONS"],
            "blocked at the methods that the preflight allows: Access-Control-Allow-Methods (PUT) "
            "does not list DELETE; the server must send 'Access-Control-Allow-Methods: DELETE'",
        ),
        (
            [],
            GRANTED,
            0,
            [],
            "nothing was sent; --preflight-only stops before the request",
        ),
    ],
)
async def test_preflight_only_sends_no_other_request(
    aiohttp_server: Any,
    run: Run,
    arguments: list[str],
    headers: dict[str, str],
    status: int,
    seen: list[str],
    last: str,
) -> None:
    server, found = await counting(aiohttp_server, **headers)
    command = ["probe", str(server.make_url("/")), "--origin", GOOD, "--preflight-only"]

    ran = await in_thread(run, *command, *arguments)

    assert (ran.status, ran.err) == (status, "")
    assert found == seen
    assert ran.out.splitlines()[-1] == last
    assert "really sent" not in ran.out
    as_json = json.loads((await in_thread(run, *command, *arguments, "--json")).out)
    assert as_json["readable"] is (None if status == 0 else False)


async def test_request_is_announced_before_it_is_sent(aiohttp_server: Any, run: Run) -> None:
    server, seen = await counting(aiohttp_server, **GRANTED)
    url = str(server.make_url("/"))

    text = await in_thread(run, "probe", url, "--origin", GOOD, "--method", "PUT")
    as_json = await in_thread(run, "probe", url, "--origin", GOOD, "--method", "PUT", "--json")

    notice = f"now PUT {url} is really sent (not with --preflight-only)"
    lines = text.out.splitlines()
    assert lines.index(notice) < lines.index(f"request: PUT {url}")
    assert (text.err, as_json.err) == ("", f"{notice}\n")
    assert json.loads(as_json.out)["readable"] is True
    assert seen == ["OPTIONS", "PUT"] * 2


@pytest.mark.parametrize(
    ("headers", "status", "body", "quoted"),
    [
        ({}, 403, "not allowed", "not allowed"),
        ({}, 403, "x" * 300, "x" * 200),
        ({}, 403, "a\r\n\x1b[2J\x9b", "a\\r\\n\\x1b[2J\ufffd"),
        (GRANTED, 200, "wrong method", "wrong method"),
        ({}, 403, "", None),
    ],
)
async def test_refused_preflight_is_quoted(
    aiohttp_server: Any, run: Run, headers: dict[str, str], status: int, body: str, quoted: str
) -> None:
    server, _ = await counting(aiohttp_server, **headers, status=str(status), body=body)

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", "DELETE"
    )

    title = "the body of the response to the preflight begins: "
    found = [line for line in ran.out.splitlines() if line.startswith(title)]
    assert ran.status == 1
    assert found == ([] if quoted is None else [f"{title}{quoted}"])


async def test_cors_refused_is_quoted(aiohttp_server: Any, run: Run) -> None:
    server, _ = await counting(aiohttp_server, CORS_Refused="headers are not allowed: X-B")

    ran = await in_thread(
        run, "probe", str(server.make_url("/")), "--origin", GOOD, "--method", "PUT"
    )

    assert "  < CORS-Refused: headers are not allowed: X-B\n" in ran.out


async def serving(*responses: bytes) -> asyncio.AbstractServer:
    """Return a server that sends these bytes, one after the other, each on a connection."""
    left = list(responses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # Clients may try again.
        writer.write(left.pop(0) if left else b"")
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def probe_raw(run: Run, *responses: bytes, arguments: Sequence[str] = ()) -> Ran:
    async with await serving(*responses) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        return await in_thread(run, "probe", url, "--origin", GOOD, *arguments)


async def test_preflight_whose_body_breaks_off_is_a_preflight_all_the_same(run: Run) -> None:
    ran = await probe_raw(
        run,
        b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nhalf",
        arguments=["--method", "PUT"],
    )

    assert (ran.status, ran.err) == (1, "")
    assert ran.out.endswith("the body of the response to the preflight begins: half\n")


HOSTILE = [
    b"HTTP/1.1 \x1b[2J\r\n\r\n",
    b"HTTP/1.1 200 \x1b[2J\r\nX: 1\r\n\r\n",
    b"\x1b]0;title\x07 \xc2\x9b2J\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX\x1b: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: \xe2\x80\xae\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \xc2\x9b2J\xff\xe2\x80\xae\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \xed\xa0\x80\xe2\x80\xa8\r\n\r\n",
    b"HTTP/1.1 302 OK\r\nAccess-Control-Allow-Origin: *\r\nLocation: \xc2\x85\xff\r\n\r\n",
    b"HTTP/1.1 302 OK\r\nAccess-Control-Allow-Origin: *\r\nLocation: app://\xc2\x9b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n"
    b"Vary: \xc2\x9b31m\r\nX: \xff\r\n\r\n",
]


@pytest.mark.parametrize("json_", [False, True])
@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_a_server_sends_is_printable(run: Run, hostile: bytes, json_: bool) -> None:
    ran = await probe_raw(
        run, hostile, b"HTTP/1.1 200 OK\r\n\r\n", arguments=["--json"] if json_ else []
    )

    text = ran.out + ran.err
    assert ran.status in (0, 1, 2)
    assert all(line.isprintable() for line in text.split("\n"))
    if json_:
        assert isinstance(json.loads(ran.out), dict)


@pytest.mark.parametrize(
    "origin",
    [
        "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "app://App",
        "capacitor://localhost",
        "file://",
    ],
)
async def test_origin_of_an_extension_is_sent_as_it_is(
    aiohttp_server: Any, run: Run, origin: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={origin: ResourceOptions()})
    cors.add(app.router.add_put("/", hello))
    server = await aiohttp_server(app)
    url = str(server.make_url("/"))

    ran = await in_thread(run, "probe", url, "--origin", origin, "--method", "PUT")
    other = await in_thread(run, "probe", url, "--origin", f"{origin}x", "--method", "PUT")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"PUT {url} from {origin}\n")
    assert other.status == 1


async def test_url_is_sent_as_browsers_send_it(aiohttp_server: Any, run: Run) -> None:
    seen: list[str] = []

    async def respond(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    app = web.Application()
    app.router.add_get("/{path:.*}", respond)
    server = await aiohttp_server(app)

    ran = await in_thread(
        run, "probe", f"HTTP:\\\\127.1:{server.port}/a/../%7Eb c?'#d", "--origin", GOOD
    )

    assert (ran.status, ran.err) == (0, "")
    assert seen == ["/%7Eb%20c?%27"]


async def test_what_needs_the_parser_is_exit_2_without_it(
    aiohttp_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ada_url", None)
    server = await aiohttp_server(responding(302, Location="\\x", Access_Control_Allow_Origin="*"))

    argument = await in_thread(run, "probe", "http://127.1/", "--origin", GOOD)
    location = await in_thread(run, "probe", str(server.make_url("/")), "--origin", GOOD)

    for ran in (argument, location):
        assert ran.status == 2
        assert "pip install 'aiohttp-cors[testing]'" in ran.err


def test_port_that_is_not_for_browsers_is_blocked_and_not_sent_to(run: Run) -> None:
    ran = run("probe", "http://127.0.0.1:22/", "--origin", GOOD)

    assert (ran.status, ran.err) == (1, "")
    assert ran.out == (
        f"GET http://127.0.0.1:22/ from {GOOD}\n"
        "blocked at the port of the URL: no browser fetches from port 22; use another one\n"
    )
