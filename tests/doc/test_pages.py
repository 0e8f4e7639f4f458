"""What README and docs show is so: code runs, requests get the responses that are shown."""

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

from .conftest import PAGES, Exchange, check, read_exchanges, read_rst, replay

DOCUMENTS = {name: read_rst(text) for name, text in PAGES.items()}
OURS = "python -m aiohttp_cors "


class Snippet(NamedTuple):
    """A block of Python, and the commands written between it and the next one."""

    page: str
    code: str
    exchanges: list[Exchange]


def read_snippets(page):
    snippets: list[Snippet] = []
    for block in DOCUMENTS[page].findall(nodes.literal_block):
        if "python" in block["classes"]:
            snippets.append(Snippet(page, block.astext(), []))
        else:
            exchanges = read_exchanges(block.astext())
            if exchanges:
                snippets[-1].exchanges.extend(exchanges)
    return snippets


BY_PAGE = {page: read_snippets(page) for page in PAGES}
SNIPPETS = [snippet for snippets in BY_PAGE.values() for snippet in snippets]
FIRST = BY_PAGE["README.rst"][0]


def name_of(snippet):
    return f"{snippet.page}-{BY_PAGE[snippet.page].index(snippet) + 1}"


def run(snippet):
    """Execute a snippet with the names of the first one, as the pages say; return its names."""
    names: dict[str, object] = {"__name__": "page"}
    for code in (FIRST.code, snippet.code):
        names.pop("app", None)
        exec(compile(code, snippet.page, "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Start in a folder with the files that the pages speak of."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "hello.txt").write_text("hello\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("snippet", "exchange"),
    [
        pytest.param(each, exchange, id=f"{name_of(each)}-{at}")
        for each in SNIPPETS
        for at, exchange in enumerate(each.exchanges, start=1)
    ],
)
async def test_documented_request_gets_the_documented_response(aiohttp_server, snippet, exchange):
    await replay(await aiohttp_server(run(snippet)["app"]), exchange)


@pytest.mark.parametrize("snippet", [pytest.param(each, id=name_of(each)) for each in SNIPPETS])
async def test_code_runs_and_responses_of_its_application_are_documented(aiohttp_server, snippet):
    app = run(snippet).get("app")

    if app is None or snippet.page == "README.rst":
        check(snippet.exchanges == [], snippet is not FIRST)
    else:
        # That of the first page is shown with its responses in the README.
        check(snippet.exchanges != [], snippet.code != FIRST.code)
    if app is not None:
        await aiohttp_server(app)


VENV = "python3 -m venv .venv && .venv/bin/pip install"
#: Commands of the shell that are not about the library; CI, or another test, runs them.
SHELL = {
    "pip install aiohttp-cors",
    "pip install --upgrade aiohttp-cors",
    f"{VENV} -e . && .venv/bin/python -m examples.playground",
    f"{VENV} -e '.[test]' && .venv/bin/python -m pytest",
}


def test_each_block_is_run_by_a_test():
    left = [
        block.astext()
        for document in DOCUMENTS.values()
        for block in document.findall(nodes.literal_block)
        if "python" not in block["classes"] and not read_exchanges(block.astext())
    ]
    left = [text for text in left if not text.removeprefix("$ ").startswith(OURS)]
    hook, logged = YAML.astext(), LOGGED.astext()

    check(sorted({*left} - SHELL), sorted([hook, logged]))
    check("entry: python -m aiohttp_cors audit server:app" in hook, True)


def test_code_and_commands_fit_on_a_page():
    lines = [
        line
        for document in DOCUMENTS.values()
        for block in document.findall(nodes.literal_block)
        for line in block.astext().splitlines()
        if "python" in block["classes"] or line.startswith("$ ")
    ]
    # A page of a desktop is as wide as these.
    check([line for line in lines if len(line) > 91], [])


AUDIT = DOCUMENTS["docs/how-to/audit.rst"]
(YAML,) = (each for each in AUDIT.findall(nodes.literal_block) if "yaml" in each["classes"])
(LOGGED,) = (
    each for each in AUDIT.findall(nodes.literal_block) if each.astext().startswith("aiohttp_cors:")
)


def test_documented_line_is_logged(caplog):
    run(BY_PAGE["docs/how-to/audit.rst"][0])

    check([record.getMessage() for record in caplog.records], [LOGGED.astext()])


def test_documented_filter_silences_one_finding(caplog):
    names = run(BY_PAGE["docs/how-to/audit.rst"][1])
    logger = logging.getLogger("aiohttp_cors")
    options = ResourceOptions(max_age=604800, expose_headers=["Content-Type"])
    try:
        names["set_up_logging"]()
        aiohttp_cors.setup(web.Application(), defaults={ORIGIN: options})
    finally:
        logger.removeFilter(names["is_news"])

    check([record.finding.id for record in caplog.records], ["response-header-safelisted"])


def test_function_that_is_documented_for_metrics_counts():
    names = run(BY_PAGE["docs/how-to/monitoring.rst"][0])
    for reason in (None, Reason.ORIGIN_NOT_LISTED):
        names["count"](aiohttp_cors.Decision("response", reason is None, reason, "GET", "/"))

    check(names["counts"], {"allowed": 1, "ORIGIN_NOT_LISTED": 1})


def test_readme_is_short_and_its_first_application_shorter():
    check(len(PAGES["README.rst"].splitlines()) <= 350, True)
    check(len(FIRST.code.splitlines()), 15)


def test_readme_has_ten_tasks_with_one_block_each():
    (tasks,) = (
        each
        for each in DOCUMENTS["README.rst"].findall(nodes.section)
        if "ten-tasks" in each["ids"]
    )
    found = [each for each in tasks.children if isinstance(each, nodes.section)]
    check([len(list(each.findall(nodes.literal_block))) for each in found], [1] * 10)


# The reference.


def rows_of(page):
    """Return the texts of each cell of the table of a page, without its head."""
    (body,) = DOCUMENTS[page].findall(nodes.tbody)
    return [[cell.astext() for cell in row.findall(nodes.entry)] for row in body.findall(nodes.row)]


OPTIONS = rows_of("docs/reference/options.rst")


def test_options_have_the_documented_defaults():
    check([name for name, *_ in OPTIONS], list(ResourceOptions._fields))
    for name, _, default, example, _ in OPTIONS:
        check(ResourceOptions(**{name: ast.literal_eval(default)}), ResourceOptions())
        check(ResourceOptions(**{name: ast.literal_eval(example)}) == ResourceOptions(), False)


def test_arguments_have_the_documented_defaults():
    parameters = inspect.signature(aiohttp_cors.setup).parameters
    defaults = {name: repr(parameters[name].default) for name in parameters if name != "app"}
    documented = rows_of("docs/reference/arguments.rst")
    check({name: default for name, default, _ in documented}, defaults)


ORIGIN = "https://app.example.com"
ASK = "Access-Control-Request-Method"
ASK_HEADERS = "Access-Control-Request-Headers"


async def hello(request):
    return web.Response(text="hello")


async def headers_of(client_of, options):
    """Return the names of all headers of a preflight's response, and of the response."""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={ORIGIN: ResourceOptions(**options)})
    resource = cors.add(app.router.add_resource("/hello"))
    resource.add_route("GET", hello)
    resource.add_route("PUT", hello)
    client = await client_of(app)
    names = {"Content-Type", "X-Token"} if "allow_headers" in options else set()
    requested = {ASK_HEADERS: ",".join(names)} if names else {}
    method = "PUT" if "allow_methods" in options else "GET"
    requested.update({"Access-Control-Request-Private-Network": "true", ASK: method})
    preflight = await client.options("/hello", headers={"Origin": ORIGIN, **requested})
    response = await client.get("/hello", headers={"Origin": ORIGIN})
    check((preflight.status, response.status), (200, 200))
    return {*preflight.headers, *response.headers}


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in OPTIONS])
async def test_example_of_an_option_becomes_the_documented_header(aiohttp_client, row):
    name, _, _, example, text = row
    documented = re.findall("[A-Z][a-z]+(?:-[A-Z][a-z]+)+", text)[0]

    found = await headers_of(aiohttp_client, {name: ast.literal_eval(example)})

    check(documented in found, True)
    # A preflight that passes has the method, whatever the options are.
    without = documented in await headers_of(aiohttp_client, {})
    check(without, name == "allow_methods")


def definitions_of(page):
    """Return each term of a page, with its paragraphs."""
    return [
        [item.children[0].astext(), *(each.astext() for each in item.findall(nodes.paragraph))]
        for item in DOCUMENTS[page].findall(nodes.definition_list_item)
    ]


FINDINGS = definitions_of("docs/reference/findings.rst")
REASONS = definitions_of("docs/reference/reasons.rst")


def anchors_of(page):
    """Return the anchors of a page that are written in it."""
    return [
        name for target in DOCUMENTS[page].findall(nodes.target) for name in target_names(target)
    ]


def target_names(target):
    return [target["refid"]] if "refid" in target else target["ids"]


@pytest.mark.parametrize(
    ("id", "example", "advice"),
    [pytest.param(*row, id=row[0]) for row in FINDINGS if len(row) == 3],
)
def test_finding_is_found_in_its_example(id, example, advice):
    config = eval(example, {"re": re, "ResourceOptions": ResourceOptions})

    found = config_findings(config, "defaults")

    check([(each.id, each.severity) for each in found], [(id, SEVERITY_OF[id])])
    check(advice != "", True)


def test_every_finding_is_documented_once_with_an_anchor_below_its_severity():
    sections = DOCUMENTS["docs/reference/findings.rst"].findall(nodes.section)
    documented = {
        each["ids"][0].partition("-")[0]: sorted(term.astext() for term in each.findall(nodes.term))
        for each in sections
    }
    expected = {
        f"{severity}s": sorted(id for id, its in SEVERITY_OF.items() if its == severity)
        for severity in ("error", "danger", "notice")
    }
    check(documented, {**expected})
    check(sorted(anchors_of("docs/reference/findings.rst")), sorted(SEVERITY_OF))


def test_every_reason_is_documented_once_with_an_anchor():
    names = sorted(each.name for each in Reason)
    anchors = sorted(f"reason-{name.lower().replace('_', '-')}" for name in names)
    check(sorted(name for name, *_ in REASONS), names)
    check(sorted(anchors_of("docs/reference/reasons.rst")), anchors)


OTHER = {"https://other.example.com": ResourceOptions()}
LISTED = {ORIGIN: ResourceOptions()}
REFUSED = {
    "ORIGIN_NOT_LISTED": (OTHER, {"Origin": ORIGIN, ASK: "GET"}),
    "NO_ORIGIN_LISTED": ({}, {"Origin": ORIGIN, ASK: "GET"}),
    "METHOD_NOT_SHARED": (LISTED, {"Origin": ORIGIN, ASK: "PUT"}),
    "HEADERS_NOT_ALLOWED": (LISTED, {"Origin": ORIGIN, ASK: "GET", ASK_HEADERS: "x-token"}),
    "NO_ORIGIN": (LISTED, {ASK: "GET"}),
    "NO_REQUEST_METHOD": (LISTED, {"Origin": ORIGIN}),
    "MALFORMED_METHOD": (LISTED, {"Origin": ORIGIN, ASK: "G T"}),
    "MALFORMED_HEADERS": (LISTED, {"Origin": ORIGIN, ASK: "GET", ASK_HEADERS: "x token"}),
    "MALFORMED_ORIGIN": (LISTED, {"Origin": f"{ORIGIN} x", ASK: "GET"}),
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_refusal_has_the_documented_text(aiohttp_client, reason):
    (text,) = (each for name, each, *_ in REASONS if name == reason)
    defaults, headers = REFUSED[reason]
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=defaults)
    cors.add(app.router.add_get("/hello", hello))
    client = await aiohttp_client(app)

    response = await client.options("/hello", headers=headers)

    expected = f"CORS preflight request failed: {text}"
    found = (response.status, await response.text(), response.headers["CORS-Refused"])
    check(found, (403, expected, expected))


# What the command line prints, and the tests that users paste.


def read_runs():
    """Return each command of the library that the pages show, with what it prints."""
    runs = []
    for document in DOCUMENTS.values():
        for block in document.findall(nodes.literal_block):
            text = block.astext().removeprefix("$ ").replace("\\\n", "")
            if text.startswith(OURS):
                command, _, printed = text.partition("\n")
                runs.append((command.removeprefix(OURS), printed))
    return runs


@pytest.mark.parametrize(("command", "printed"), read_runs())
async def test_command_prints_what_is_documented(tmp_path, monkeypatch, capsys, command, printed):
    (tmp_path / "server.py").write_text(FIRST.code, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "server", raising=False)

    # It has an event loop of its own, and would take the one of the tests away.
    status = await asyncio.get_running_loop().run_in_executor(None, main, shlex.split(command))

    # Some are shown without what they print.
    found = capsys.readouterr().out.rstrip("\n")
    check(found if printed else status, printed or 0)


def test_documented_commands_are_there():
    check(
        sorted(command.split()[0] for command, _ in read_runs()),
        ["doctor", "doctor", "doctor", "explain", "routes"],
    )


def snippet_with(name, page):
    return next(run(each)[name] for each in BY_PAGE[page] if f"def {name}(" in each.code)


@pytest.mark.parametrize("page", ["README.rst", "docs/testing.rst"])
async def test_documented_test_passes(aiohttp_client, page):
    await snippet_with("test_front_end_reads_hello", page)(aiohttp_client)


async def test_documented_program_tells_the_step():
    step, sentence = await snippet_with("main", "docs/testing.rst")()
    check((step, "there is no Access-Control-Allow-Origin" in sentence), (Step.ORIGIN, True))


async def test_documented_explanation_is_one():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={ORIGIN: ResourceOptions()})
    cors.add(app.router.add_put("/items", hello))

    why = snippet_with("why", "docs/how-to/explain.rst")
    granted, reason, where, preflight, response = await why(cors)

    check((granted, reason, where), (False, Reason.HEADERS_NOT_ALLOWED, "defaults"))
    check((preflight.status, response), (403, None))
