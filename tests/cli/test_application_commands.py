"""``routes``, ``audit`` and ``explain``, and how they find the application."""

from __future__ import annotations

import importlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from .conftest import Run

GOOD = "https://app.example.com"
ADMIN = "https://admin.example.com"


def test_help_is_printed_without_a_command(run: Run) -> None:
    ran = run()

    assert (ran.status, ran.out) == (2, "")
    for command in ("routes", "audit", "explain", "probe"):
        assert command in ran.err


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ("shop", "APP must be package.module:name, got 'shop'"),
        (":app", "APP must be package.module:name"),
        ("nothing.here:app", "there is no module 'nothing.here'; run the command where"),
        ("shop:nothing", "'shop' has no 'nothing'; name the application, or a function"),
        ("shop:APP", "'shop:APP' is not an aiohttp application but 'https://app.example.com'"),
        ("shop:make_nothing", "'shop:make_nothing' is not an aiohttp application but None"),
        ("shop:fail", "'shop:fail' failed to make an application: RuntimeError('no database')"),
        ("shop:no_cors", "'shop:no_cors' has no CORS; call aiohttp_cors.setup(app) in it"),
        ("leaves:app", "'leaves' can't be imported: SystemExit('bye')"),
        ("shop:leave", "'shop:leave' failed to make an application: SystemExit(3)"),
        ("broken:app", "'broken' can't be imported: ZeroDivisionError"),
        ("needs:app", "'needs' can't be imported: No module named 'no_such_module'"),
    ],
)
@pytest.mark.parametrize("command", ["routes", "audit", "explain"])
def test_what_is_not_an_application_is_one_line_and_exit_2(
    run: Run, command: str, app: str, words: str
) -> None:
    request = ["GET", "/", "--origin", GOOD] if command == "explain" else []

    ran = run(command, app, *request)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("aiohttp_cors: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err


@pytest.mark.parametrize(
    "app", ["shop:app", "shop:make", "shop:make_later", "shop:make_with_default", "shop:make_any"]
)
def test_application_is_taken_or_made(run: Run, app: str) -> None:
    assert run("audit", app, "--fail-on", "error").status == 0


def test_routes_are_a_table(run: Run) -> None:
    ran = run("routes", "shop:app")

    rows = [line.split("  ") for line in ran.out.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ran.status == 0
    assert cells == [
        [
            *("METHODS", "PATH", "ORIGIN", "CREDENTIALS", "ALLOWED HEADERS", "EXPOSED HEADERS"),
            *("MAX AGE", "FROM"),
        ],
        [
            "PUT",
            "/items",
            "'https://admin.example.com'",
            "yes",
            "-",
            "X-Total",
            "-",
            "route PUT /items",
        ],
        ["PUT", "/items", f"'{GOOD}'", "no", "-", "-", "60", "defaults"],
        ["GET", "/items", f"'{GOOD}'", "no", "-", "-", "60", "defaults"],
        ["GET,PUT", "/view", f"'{GOOD}'", "no", "X-A", "-", "-", "view View"],
        ["PUT", "/view", "'*'", "no", "-", "*", "-", "view View.put"],
        ["GET,PUT", "/computed", "-", "-", "-", "-", "-", "Computed.get_request_config"],
        ["*", "/any", "is_tenant", "no", "-", "-", "-", "route * /any"],
        ["*", "/any", f"'{GOOD}'", "no", "-", "-", "60", "defaults"],
        ["GET", "/closed", "-", "-", "-", "-", "-", "no CORS"],
        ["GET", "/empty", "-", "-", "-", "-", "-", "no origin"],
        ["GET", "/inner/mine", "'null'", "no", "-", "-", "-", "defaults"],
        ["GET", "/plain/hello", "-", "-", "-", "-", "-", "no CORS"],
    ]


def test_routes_of_a_router_adapter_of_ones_own_are_its_to_tell(run: Run) -> None:
    ran = run("routes", "shop:make_foreign")

    assert ran.out.splitlines()[1].split("  ")[-1].strip() == "the router adapter Foreign decides"


def test_routes_are_json(run: Run) -> None:
    ran = run("routes", "shop:app", "--json")

    found = json.loads(ran.out)
    assert found[0] == {
        "methods": ["PUT"],
        "path": "/items",
        "key": "'https://admin.example.com'",
        "options": {
            "allow_credentials": True,
            "expose_headers": ["X-Total"],
            "allow_headers": [],
            "max_age": None,
            "allow_methods": None,
            "allow_private_network": False,
            "allow_timing": False,
        },
        "where": "route PUT /items",
    }
    assert found[-1] == {
        "methods": ["GET"],
        "path": "/plain/hello",
        "key": None,
        "options": None,
        "where": "no CORS",
    }


@pytest.mark.parametrize(("level", "status"), [("notice", 1), ("danger", 1), ("error", 0)])
def test_audit_fails_by_severity(run: Run, level: str, status: int) -> None:
    assert run("audit", "shop:app", "--fail-on", level).status == status


def test_audit_prints_the_findings_of_all_applications(run: Run) -> None:
    ran = run("audit", "shop:app")

    assert ran.status == 1
    finding, count = ran.out.splitlines()
    assert finding.startswith("danger: defaults: 'null': ")
    assert finding.endswith(" [null-origin]")
    assert count == "1 finding"


def test_audit_is_json(run: Run) -> None:
    (finding,) = json.loads(run("audit", "shop:app", "--json").out)

    assert list(finding) == ["id", "severity", "where", "value", "message", "hint"]
    assert (finding["id"], finding["where"]) == ("null-origin", "defaults")


def test_explain_prints_what_happens_to_a_request(run: Run) -> None:
    granted = run("explain", "shop:app", "GET", "/items", "--origin", GOOD)
    refused = run(
        *("explain", "shop:app", "GET", "/items", "--origin", GOOD),
        *("--header", "X-A: 1", "--header", "Accept:x/y", "--credentials"),
    )

    assert granted.status == 0
    assert granted.out.startswith(f"GET /items from '{GOOD}': the page can read the ")
    assert refused.status == 1
    assert "X-A" in refused.out


def test_explain_is_json(run: Run) -> None:
    ran = run("explain", "shop:app", "PUT", "/view", "--origin", GOOD, "--json")

    found = json.loads(ran.out)
    assert (ran.status, found["granted"], found["route"]) == (0, True, "* /view")


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (["G T", "/", "--origin", GOOD], "'method' must be a token"),
        (["GET", "items", "--origin", GOOD], "'path' must be a text that begins"),
        (["GET", "/", "--origin", GOOD, "--header", "X A"], "a name in 'headers' must be a token"),
        (["GET", "/", "--origin", GOOD, "--unknown\x1b"], "unrecognized arguments: --unknown\\x1b"),
        (["GET", "/", "--origin", GOOD, "--cred"], "unrecognized arguments: --cred"),
        (["GET", "/"], "the following arguments are required: --origin"),
    ],
)
def test_wrong_argument_of_explain_is_exit_2(run: Run, argument: list[str], words: str) -> None:
    ran = run("explain", "shop:app", *argument)

    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err.splitlines()[-1]


def test_header_of_explain_needs_no_value(run: Run) -> None:
    ran = run("explain", "shop:app", "GET", "/items", "--origin", GOOD, "--header", "X-Token")

    assert ran.status == 1
    assert "X-Token" in ran.out or "X-TOKEN" in ran.out


def test_module_can_be_imported_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("aiohttp_cors.__main__")
    monkeypatch.delitem(sys.modules, "aiohttp_cors.__main__")
    monkeypatch.setattr(sys, "argv", ["aiohttp_cors"])

    with pytest.raises(SystemExit) as exit:
        runpy.run_module("aiohttp_cors", run_name="__main__")

    assert exit.value.code == 2


RAISED = [
    "SystemExit(3)",
    "SystemExit()",
    "KeyboardInterrupt()",
    "GeneratorExit()",
    "asyncio.CancelledError()",
    "BaseException('x')",
    "ExceptionGroup('x', [ValueError()])",
    "RuntimeError('two\\nlines \\x1b[2J \\udcff \\u202e')",
    "Unspeakable()",
]

#: An application's module that raises, in each place where it can.
RAISES = """
import asyncio, sys
from aiohttp import web
import aiohttp_cors

class Unspeakable(Exception):
    def __repr__(self):
        raise SystemExit("no repr")
    __str__ = __repr__

def fail():
    raise ERROR

async def fail_later():
    await asyncio.sleep(0)
    raise ERROR

async def fail_in_a_task():
    await asyncio.wait([asyncio.get_running_loop().create_task(fail_later())])

class Holder:
    @property
    def app(self):
        raise ERROR

class Strange:
    def __repr__(self):
        raise ERROR

class Odd:
    @property
    def __class__(self):
        raise ERROR

holder = Holder()
strange = Strange()
odd = Odd()

class View(web.View, aiohttp_cors.CorsViewMixin):
    @classmethod
    def get_request_config(cls, request, request_method):
        raise ERROR

    async def get(self):
        return web.Response()

def make():
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_view("/", View))
    return app

if "at import" in sys.argv:
    raise ERROR
"""


@pytest.mark.parametrize("json_", [False, True])
@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize(
    "name",
    ["module", "fail", "fail_later", "fail_in_a_task", "holder.app", "strange", "odd", "missing"],
)
def test_whatever_a_module_raises_is_one_line_and_exit_2(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: str,
    json_: bool,
) -> None:
    if "ExceptionGroup" in error and sys.version_info < (3, 11):
        error = "Exception('no groups of exceptions')"
    source = RAISES.replace("ERROR", error)
    (tmp_path / "raising.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["at import"] if name == "module" else [])
    monkeypatch.delitem(sys.modules, "raising", raising=False)

    ran = run("routes", f"raising:{name}", *(["--json"] if json_ else []))

    monkeypatch.delitem(sys.modules, "raising", raising=False)
    text = ran.out if json_ else ran.err
    assert ran.status == 2
    assert (ran.err if json_ else ran.out) == ""
    if json_:
        assert list(json.loads(text)) == ["error"]
    else:
        assert text.startswith("aiohttp_cors: ")
        assert text.endswith("\n")
        assert text[:-1].isprintable()


@pytest.mark.parametrize("error", [each for each in RAISED if "Group" not in each])
def test_whatever_a_view_raises_is_no_traceback_of_explain(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    (tmp_path / "raising.py").write_text(RAISES.replace("ERROR", error), encoding="utf-8")
    monkeypatch.delitem(sys.modules, "raising", raising=False)

    ran = run("explain", "raising:make", "GET", "/", "--origin", GOOD, "--json")

    monkeypatch.delitem(sys.modules, "raising", raising=False)
    assert ran.status in (1, 2)
    assert isinstance(json.loads(ran.out), dict)
    assert "Traceback" not in ran.err


def test_module_may_run_a_loop_of_its_own_when_it_is_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "looping.py").write_text(
        "import asyncio, shop\napp = asyncio.run(shop.make_later([]))\n", encoding="utf-8"
    )

    assert run("routes", "looping:app").status == 0


@pytest.mark.parametrize("json_", [False, True])
def test_interrupted_command_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, json_: bool
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aiohttp_cors._cli.commands.rows_of", interrupt)

    ran = run("routes", "shop:app", *(["--json"] if json_ else []))

    assert ran.status == 2
    assert (ran.out, ran.err) == (
        ('{\n  "error": "interrupted"\n}\n', "") if json_ else ("", "aiohttp_cors: interrupted\n")
    )


@pytest.mark.parametrize("replaced", ["aiohttp.web", "aiohttp.web_app"])
def test_application_is_taken_whose_class_was_replaced(
    run: Run, monkeypatch: pytest.MonkeyPatch, replaced: str
) -> None:
    run("routes", "shop:app")

    with pytest.warns(DeprecationWarning, match="is discouraged"):

        class Instrumented(web.Application):
            pass

    for module in ("aiohttp.web", replaced):
        monkeypatch.setattr(f"{module}.Application", Instrumented)

    assert run("routes", "shop:app").status == 0


def test_module_runs_as_a_command() -> None:
    command = [sys.executable, "-m", "aiohttp_cors", "routes", "no_such_module:app"]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 2
    assert "there is no module 'no_such_module'" in ran.stderr
