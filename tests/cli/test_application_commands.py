"""``routes``, ``audit`` and ``explain``, and how they find the application."""

from __future__ import annotations

import importlib
import json
import runpy
import subprocess
import sys

import pytest

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
        ("shop:APP", "'shop:APP' is no aiohttp application but 'https://app.example.com'"),
        ("shop:make_nothing", "'shop:make_nothing' is no aiohttp application but None"),
        ("shop:fail", "'shop:fail' failed to make an application: RuntimeError('no database')"),
        ("shop:no_cors", "'shop:no_cors' has no CORS; call aiohttp_cors.setup(app) in it"),
        ("leaves:app", "'leaves' can't be imported: SystemExit('bye')"),
        ("shop:leave", "'shop:leave' failed to make an application: SystemExit(3)"),
        ("broken:app", "'broken' can't be imported: ZeroDivisionError"),
        ("needs:app", "'needs' can't be imported: No module named 'no_such_module'"),
    ],
)
@pytest.mark.parametrize("command", ["routes", "audit", "explain"])
def test_application_that_is_none_is_one_line_and_exit_2(
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
    assert ran.out == (
        "danger: defaults: 'null': any website can make a page of this origin, with a sandboxed "
        "frame [null-origin]\n"
        "1 finding\n"
    )


def test_audit_is_json(run: Run) -> None:
    (finding,) = json.loads(run("audit", "shop:app", "--json").out)

    assert list(finding) == ["id", "severity", "where", "value", "message", "hint"]
    assert (finding["id"], finding["where"]) == ("null-origin", "defaults")


def test_explain_prints_what_becomes_of_a_request(run: Run) -> None:
    granted = run("explain", "shop:app", "GET", "/items", "--origin", GOOD)
    refused = run(
        *("explain", "shop:app", "GET", "/items", "--origin", GOOD),
        *("--header", "X-A: 1", "--header", "Accept:x/y", "--credentials"),
    )

    assert granted.status == 0
    assert granted.out.startswith(f"GET /items from '{GOOD}': the page can read the answer\n")
    assert refused.status == 1
    assert "allow_headers is without X-A" in refused.out


def test_explain_is_json(run: Run) -> None:
    ran = run("explain", "shop:app", "PUT", "/view", "--origin", GOOD, "--json")

    found = json.loads(ran.out)
    assert (ran.status, found["granted"], found["route"]) == (0, True, "* /view")


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (["G T", "/", "--origin", GOOD], "'method' must be a token"),
        (["GET", "items", "--origin", GOOD], "'path' must be a text that begins"),
        (["GET", "/", "--origin", GOOD, "--header", "X-A"], "--header must be NAME:VALUE"),
    ],
)
def test_wrong_argument_of_explain_is_exit_2(run: Run, argument: list[str], words: str) -> None:
    ran = run("explain", "shop:app", *argument)

    assert ran.status == 2
    assert words in ran.err


def test_module_can_be_imported_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("aiohttp_cors.__main__")
    monkeypatch.delitem(sys.modules, "aiohttp_cors.__main__")
    monkeypatch.setattr(sys, "argv", ["aiohttp_cors"])

    with pytest.raises(SystemExit) as exit:
        runpy.run_module("aiohttp_cors", run_name="__main__")

    assert exit.value.code == 2


def test_module_runs_as_a_command() -> None:
    command = [sys.executable, "-m", "aiohttp_cors", "routes", "no_such_module:app"]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 2
    assert "there is no module 'no_such_module'" in ran.stderr
