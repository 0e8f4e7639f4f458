"""The README renders, its code runs, and its commands are answered as it says."""

from __future__ import annotations

import ast
import asyncio
import inspect
import logging
import re
import shlex
import sys
from typing import NamedTuple

import pytest
from aiohttp import web
from docutils import nodes

import aiohttp_cors
from aiohttp_cors import Reason, ResourceOptions
from aiohttp_cors._checks.findings import SEVERITY_OF, config_findings
from aiohttp_cors._cli import main
from aiohttp_cors.testing import Step

from .conftest import ROOT, Exchange, check, read_exchanges, read_rst, replay

README = (ROOT / "README.rst").read_text(encoding="utf-8")


class Snippet(NamedTuple):
    """A block of Python, and the commands written between it and the next one."""

    code: str
    exchanges: list[Exchange]


def read_snippets():
    snippets: list[Snippet] = []
    for block in read_rst(README).findall(nodes.literal_block):
        if "python" in block["classes"]:
            snippets.append(Snippet(block.astext(), []))
        else:
            exchanges = read_exchanges(block.astext())
            if exchanges:
                snippets[-1].exchanges.extend(exchanges)
    return snippets


SNIPPETS = read_snippets()


def run(snippet):
    """Execute a snippet with the names of the first one, as the README says; return its names."""
    names: dict[str, object] = {"__name__": "readme"}
    for code in (SNIPPETS[0].code, snippet.code):
        names.pop("app", None)
        exec(compile(code, "README.rst", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Start in a folder with the files that the README speaks of."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "hello.txt").write_text("hello\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("snippet", "exchange"),
    [
        pytest.param(snippet, exchange, id=f"{number}-{exchange.command.rpartition('/')[2]}-{at}")
        for number, snippet in enumerate(SNIPPETS, start=1)
        for at, exchange in enumerate(snippet.exchanges, start=1)
    ],
)
async def test_documented_command_is_answered_as_documented(aiohttp_server, snippet, exchange):
    await replay(await aiohttp_server(run(snippet)["app"]), exchange)


@pytest.mark.parametrize(
    "snippet", [pytest.param(each, id=str(at)) for at, each in enumerate(SNIPPETS, start=1)]
)
async def test_code_runs_and_what_its_application_answers_is_documented(snippet):
    check("app" in run(snippet), snippet.exchanges != [])


def test_the_first_screen_has_15_lines_of_code():
    check(len(SNIPPETS[0].code.splitlines()), 15)


def tables():
    """Return the tables of the README: the texts of each cell, without the head."""
    return [
        [[cell.astext() for cell in row.findall(nodes.entry)] for row in body.findall(nodes.row)]
        for body in read_rst(README).findall(nodes.tbody)
    ]


#: The tables, in the order of the README.
CONSOLES, OPTIONS, ARGUMENTS, FINDINGS, PLACES, REFUSALS = range(6)


def test_options_have_the_documented_defaults():
    options = tables()[OPTIONS]
    check([name for name, *_ in options], list(ResourceOptions._fields))
    for name, _, default, example, _ in options:
        check(ResourceOptions(**{name: ast.literal_eval(default)}), ResourceOptions())
        check(ResourceOptions(**{name: ast.literal_eval(example)}) == ResourceOptions(), False)


def test_arguments_have_the_documented_defaults():
    parameters = inspect.signature(aiohttp_cors.setup).parameters
    defaults = {name: repr(parameters[name].default) for name in parameters if name != "app"}
    check({name: default for name, default, _ in tables()[ARGUMENTS]}, defaults)


async def headers_of(client_of, options):
    """Return the names of all CORS headers in a preflight's answer, and in the answer."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={ORIGIN: ResourceOptions(**options)})
    resource = cors.add(app.router.add_resource("/hello"))
    resource.add_route("GET", hello)
    resource.add_route("PUT", hello)
    client = await client_of(app)
    names = {"Content-Type", "X-Token"} if "allow_headers" in options else set()
    asked = {ASK_HEADERS: ",".join(names)} if names else {}
    method = "PUT" if "allow_methods" in options else "GET"
    asked.update({"Access-Control-Request-Private-Network": "true", ASK: method})
    preflight = await client.options("/hello", headers={"Origin": ORIGIN, **asked})
    answer = await client.get("/hello", headers={"Origin": ORIGIN})
    check((preflight.status, answer.status), (200, 200))
    return {*preflight.headers, *answer.headers}


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in tables()[OPTIONS]])
async def test_example_of_an_option_becomes_the_documented_header(aiohttp_client, row):
    name, _, _, example, text = row
    documented = re.findall("[A-Z][a-z]+(?:-[A-Z][a-z]+)+", text)[0]

    found = await headers_of(aiohttp_client, {name: ast.literal_eval(example)})

    check(documented in found, True)
    # The methods of a resource are listed for each option.
    without = documented in await headers_of(aiohttp_client, {})
    check(without, name == "allow_methods")


ORIGIN = "https://app.example.com"
ASK = "Access-Control-Request-Method"
ASK_HEADERS = "Access-Control-Request-Headers"
OTHER = {"https://other.example.com": ResourceOptions()}
LISTED = {ORIGIN: ResourceOptions()}
REFUSED = [
    (OTHER, {"Origin": ORIGIN, ASK: "GET"}),
    ({}, {"Origin": ORIGIN, ASK: "GET"}),
    (LISTED, {"Origin": ORIGIN, ASK: "PUT"}),
    (LISTED, {"Origin": ORIGIN, ASK: "GET", ASK_HEADERS: "x-token"}),
    (LISTED, {ASK: "GET"}),
    (LISTED, {"Origin": ORIGIN}),
    (LISTED, {"Origin": ORIGIN, ASK: "G T"}),
    (LISTED, {"Origin": ORIGIN, ASK: "GET", ASK_HEADERS: "x token"}),
    (LISTED, {"Origin": f"{ORIGIN} x", ASK: "GET"}),
]


async def hello(request):
    return web.Response(text="hello")


async def test_refusals_have_the_documented_texts(aiohttp_client):
    refusals = tables()[REFUSALS]
    texts = []
    for defaults, headers in REFUSED:
        app = web.Application()
        cors = aiohttp_cors.setup(app, defaults=defaults)
        cors.add(app.router.add_get("/hello", hello))
        client = await aiohttp_client(app)
        response = await client.options("/hello", headers=headers)
        check(response.status, 403)
        texts.append((await response.text()).removeprefix("CORS preflight request failed: "))
    check(texts, [text for text, _ in refusals])


# What the command line prints, and the tests that people paste


def read_runs():
    """Return each command of the library that the README shows, with what it prints."""
    runs = []
    for block in read_rst(README).findall(nodes.literal_block):
        text = block.astext()
        if text.startswith("$ python -m aiohttp_cors "):
            command, _, printed = text.partition("\n")
            runs.append((command.removeprefix("$ python -m aiohttp_cors "), printed))
    return runs


@pytest.mark.parametrize(("command", "printed"), read_runs())
async def test_command_prints_what_is_documented(tmp_path, monkeypatch, capsys, command, printed):
    (tmp_path / "server.py").write_text(SNIPPETS[0].code, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "server", raising=False)

    # It has an event loop of its own, and would take the one of the tests away.
    await asyncio.get_running_loop().run_in_executor(None, main, shlex.split(command))

    check(capsys.readouterr().out.rstrip("\n"), printed)


def test_documented_commands_are_there():
    check([command.split()[0] for command, _ in read_runs()], ["explain", "routes"])


FINDING_ROWS = tables()[FINDINGS]


@pytest.mark.parametrize(
    ("id", "severity", "example", "advice"), [pytest.param(*row, id=row[0]) for row in FINDING_ROWS]
)
def test_finding_is_found_in_its_example(id, severity, example, advice):
    config = eval(example, {"re": re, "ResourceOptions": ResourceOptions})

    found = config_findings(config, "defaults")

    check([(each.id, each.severity) for each in found], [(id, severity)])
    check(advice != "", True)


def test_every_finding_is_documented_once_with_its_severity():
    documented = [(id, severity) for id, severity, *_ in FINDING_ROWS + tables()[PLACES]]
    check(sorted(documented), sorted(SEVERITY_OF.items()))


def snippet_with(name):
    return next(run(each)[name] for each in SNIPPETS if f"def {name}(" in each.code)


def test_documented_filter_silences_one_finding(caplog):
    logger = logging.getLogger("aiohttp_cors")
    is_news = snippet_with("is_news")
    logger.addFilter(is_news)
    try:
        options = ResourceOptions(max_age=604800, allow_methods=["TRACE"])
        aiohttp_cors.setup(web.Application(), defaults={ORIGIN: options})
    finally:
        logger.removeFilter(is_news)

    check([record.finding.id for record in caplog.records], ["method-forbidden"])
    check(is_news(logging.makeLogRecord({"msg": "another"})), True)


async def test_documented_test_passes(aiohttp_client):
    await snippet_with("test_front_end_reads_hello")(aiohttp_client)


async def test_documented_program_tells_the_step():
    step, sentence = await snippet_with("main")()
    check((step, "there is no Access-Control-Allow-Origin" in sentence), (Step.ORIGIN, True))


async def test_documented_explanation_is_one():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": ResourceOptions()})
    cors.add(app.router.add_put("/items", hello))

    granted, reason, where, preflight, response = await snippet_with("why")(cors)

    check((granted, reason, where), (False, Reason.HEADERS_NOT_ALLOWED, "defaults"))
    check((preflight.status, response), (403, None))
