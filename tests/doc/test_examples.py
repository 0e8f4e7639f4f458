"""The examples respond as their docstrings say."""

from __future__ import annotations

import ast
import asyncio
import inspect
import runpy

import pytest
from docutils import nodes

from aiohttp_cors._cli import main

from .conftest import ROOT, check, read_exchanges, read_rst, replay

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != "__init__.py")


def docstring(name):
    source = (EXAMPLES / name).read_text(encoding="utf-8")
    return inspect.cleandoc(ast.get_docstring(ast.parse(source)))


def load(name):
    """Run an example's file; skip the test where what the example needs is not installed."""
    try:
        return runpy.run_path(str(EXAMPLES / name))
    except ModuleNotFoundError as error:
        pytest.skip(f"{name} needs {error.name}, which is not installed")


def exchanges(name):
    blocks = read_rst(docstring(name)).findall(nodes.literal_block)
    return [exchange for block in blocks for exchange in read_exchanges(block.astext())]


@pytest.mark.parametrize(
    ("name", "exchange"),
    [
        pytest.param(name, exchange, id=f"{name}-{number}")
        for name in NAMES
        for number, exchange in enumerate(exchanges(name), start=1)
    ],
)
async def test_documented_command_gets_the_documented_response(aiohttp_server, name, exchange):
    await replay(await aiohttp_server(load(name)["make_app"]()), exchange)


@pytest.mark.parametrize("name", NAMES)
def test_example_documents_how_to_start_it_and_how_it_responds(name):
    start = f"``python -m examples.{name.removesuffix('.py')}``"
    check((start in docstring(name), exchanges(name) != []), (True, True))


@pytest.mark.parametrize("name", NAMES)
def test_docstring_renders_without_a_warning(name):
    read_rst(docstring(name), report=1)


@pytest.mark.parametrize("name", NAMES)
def test_example_has_less_than_80_lines(name):
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
    check(len(lines) < 80, True)


def test_all_examples_are_listed():
    document = read_rst((EXAMPLES / "README.rst").read_text(encoding="utf-8"))
    listed = [term.astext() for term in document.findall(nodes.term)]
    check(sorted(listed), NAMES)


async def test_audit_says_of_the_mistakes_what_is_documented(capsys):
    document = read_rst(docstring("mistakes.py"))
    blocks = [each.astext() for each in document.findall(nodes.literal_block)]
    (block,) = (text for text in blocks if text.startswith("$ python"))
    command, _, documented = block.replace("\\\n", "").partition("\n")
    arguments = command.removeprefix("$ python -m aiohttp_cors ").split()

    # It has an event loop of its own, and would take the one of the tests away.
    status = await asyncio.get_running_loop().run_in_executor(None, main, arguments)

    check((status, capsys.readouterr().out.rstrip("\n")), (1, documented))
