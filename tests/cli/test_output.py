"""What commands print, and where: to terminals, to programs, to pipes that nobody reads."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aiohttp_cors._cli import main
from aiohttp_cors._cli.output import Printer, described, printable

from .conftest import Run

GOOD = "https://app.example.com"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text 'quoted' \"twice\" \\", "plain text 'quoted' \"twice\" \\"),
        ("größe 数据库 😀", "größe 数据库 😀"),
        ("\x00\x07\x08\t\n\r\x1b[2J\x7f", r"\x00\x07\x08\t\n\r\x1b[2J\x7f"),
        ("\x80\x85\x9b2J\x9d0;x\x9c", r"\x80\x85\x9b2J\x9d0;x\x9c"),
        ("\u061c\u200e\u200f", r"\u061c\u200e\u200f"),
        ("\u202a\u202b\u202c\u202d\u202e", r"\u202a\u202b\u202c\u202d\u202e"),
        ("\u2066\u2067\u2068\u2069", r"\u2066\u2067\u2068\u2069"),
        ("\u2028\u2029\u00ad\u200b\ufeff\u00a0", r"\u2028\u2029\xad\u200b\ufeff\xa0"),
        ("\ud800\udcff\ue000\U000e0041", r"\ud800\udcff\ue000\U000e0041"),
    ],
)
def test_what_a_terminal_does_not_show_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


def test_no_control_character_and_no_turn_of_direction_is_printable() -> None:
    controls = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F]
    controls += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)]

    assert [code for code in controls if not printable(chr(code)).isascii()] == []


def test_object_without_a_repr_is_described() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise SystemExit

    assert described(Broken()) == "<Broken, whose repr() fails>"
    assert described("\x1b") == r"'\x1b'"


def written(encoding: str, print_to: Any) -> bytes:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="\n")
    print_to(Printer(stream))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "ä数\\udcff\n".encode()),
        ("latin-1", b"\xe4\\u6570\\udcff\n"),
        ("ascii", b"\\xe4\\u6570\\udcff\n"),
        ("utf-16-le", "ä数\\udcff\n".encode("utf-16-le")),
    ],
)
def test_text_is_in_the_encoding_of_the_stream(encoding: str, expected: bytes) -> None:
    assert written(encoding, lambda printer: printer.line("ä数\udcff")) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "utf-16"])
def test_json_is_utf_8_in_any_stream(encoding: str) -> None:
    value = {"ä\udcff": ["数", "\ud800", ("\x1b", None, 1, True)]}

    found = written(encoding, lambda printer: printer.json(value))

    assert json.loads(found.decode("utf-8")) == {
        "ä\\udcff": ["数", "\\ud800", ["\x1b", None, 1, True]]
    }


def test_json_goes_to_streams_of_text_too() -> None:
    stream = io.StringIO()

    Printer(stream).json(["\ud800"])

    assert json.loads(stream.getvalue()) == ["\\ud800"]


def test_lines_and_tables_are_printable() -> None:
    stream = io.StringIO()
    printer = Printer(stream)

    printer.lines("one\ntwo\x85\x1b")
    printer.table(["A", "B\x1b"], [["\u202e", "x"]])

    assert stream.getvalue() == "one\ntwo\\x85\\x1b\nA       B\\x1b\n\\u202e  x\n"


def test_nothing_is_printed_without_a_stream() -> None:
    closed = io.StringIO()
    closed.close()

    for printer in (Printer(None), Printer(closed)):
        printer.line("x")
        printer.json({})


@pytest.mark.parametrize("lines", [1, 10_000])
def test_pipe_that_nobody_reads_swallows_the_rest(lines: int) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w", encoding="utf-8") as stream:
        printer = Printer(stream)
        for _ in range(lines):
            printer.line("x" * 10)
        printer.json({})


def test_command_without_streams_has_a_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)

    assert main(["routes", "no_such_module:app"]) == 2


@pytest.mark.parametrize("command", [["routes", "shop:app"], ["audit", "shop:app"]])
def test_standard_output_is_there_again_after_a_command(run: Run, command: list[str]) -> None:
    before = sys.stdout

    run(*command)

    assert sys.stdout is before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["routes"],
        ["explain", "shop:app"],
        ["unknown"],
        ["routes", "shop:app", "\udcff\x1b"],
        ["audit", "shop:app", "--fail-on", "x"],
        ["audit", "shop:nothing"],
        ["probe", "x", "--origin", "\udcff"],
        ["probe", "http://127.0.0.1/", "--origin", "\x1b", "--header", "\udcff"],
        ["explain", "shop:app", "GET", "/\udcff", "--origin", "\udcff"],
        ["explain", "shop:app", "G\x1b", "/", "--origin", GOOD],
        ["explain", "\udcff:app", "GET", "/", "--origin", GOOD],
        ["routes", "shop:\udcff"],
    ],
)
def test_option_json_prints_errors_as_json_and_nothing_else(run: Run, arguments: list[str]) -> None:
    ran = run(*arguments, "--json")

    assert (ran.status, ran.err) == (2, "")
    assert list(json.loads(ran.out)) == ["error"]


@pytest.mark.parametrize("arguments", [["--help"], ["probe", "--help"]])
def test_help_is_text_or_json(run: Run, arguments: list[str]) -> None:
    text, as_json = run(*arguments), run("--json", *arguments)

    assert (text.status, text.err) == (0, "")
    assert text.out.startswith("usage: python -m aiohttp_cors")
    assert (as_json.status, as_json.err) == (0, "")
    assert json.loads(as_json.out) == {"help": text.out.rstrip("\n")}


#: A module without findings, which would be logged.
QUIET = """
from aiohttp import web
import aiohttp_cors

app = web.Application()
cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": aiohttp_cors.ResourceOptions()})
cors.add(app)
"""

#: A module that prints in all the ways that there are.
LOUD = """
import atexit, os, subprocess, sys
from quiet import app

print("printed")
sys.stdout.write("written")
sys.__stdout__.write("written to the first one")
sys.__stdout__.flush()
os.write(1, b"written to the descriptor")
subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
atexit.register(print, "printed at exit")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with modules of applications."""
    (tmp_path / "quiet.py").write_text(QUIET, encoding="utf-8")
    (tmp_path / "loud.py").write_text(LOUD, encoding="utf-8")
    return tmp_path


def command(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "aiohttp_cors", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_what_a_module_prints_goes_to_standard_error(folder: Path) -> None:
    ran = command(folder, "routes", "loud:app", "--json")

    assert ran.returncode == 0
    assert isinstance(json.loads(ran.stdout), list)
    printed = (
        "printed",
        "written",
        "to the first one",
        "to the descriptor",
        "by a child",
        "at exit",
    )
    for words in printed:
        assert words in ran.stderr.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_of_a_command_is_utf_8(folder: Path, encoding: str) -> None:
    ran = command(folder, "routes", "quiet:größe\x1b", "--json", PYTHONIOENCODING=encoding)

    assert ran.returncode == 2
    assert "größe" in json.loads(ran.stdout.decode("utf-8"))["error"]


def test_text_of_a_command_suits_a_terminal_that_has_ascii_only(folder: Path) -> None:
    ran = command(folder, "routes", "quiet:größe\x1b", PYTHONIOENCODING="ascii")

    assert (ran.returncode, ran.stdout) == (2, b"")
    assert rb"'gr\xf6\xdfe\x1b'" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["routes", "quiet:app"], 0),
        (["audit", "quiet:app", "--json"], 0),
        (["routes", "quiet:nothing", "--json"], 2),
        (["--help"], 0),
    ],
)
def test_pipe_that_nobody_reads_is_no_traceback(
    folder: Path, arguments: list[str], status: int
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "aiohttp_cors", *arguments],
            cwd=folder,
            stdout=write_end,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write_end)

    assert (ran.returncode, ran.stderr) == (status, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor in a shell of Unix")
def test_closed_standard_output_is_no_traceback(folder: Path) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" -m aiohttp_cors routes quiet:app >&-', sys.executable],
        cwd=folder,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, b"")


def test_descriptors_are_left_to_others_for_results(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    results, errors = tmp_path / "results", tmp_path / "errors"
    with results.open("w") as out, errors.open("w") as err, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        status = main(["routes", "no_such_module:app", "--json"])
        # The process may print when it ends: that is no result.
        out.write("late")

    assert status == 2
    assert list(json.loads(results.read_text())) == ["error"]
    assert errors.read_text() == "late"
