"""The package uses what aiohttp documents; each exception is written down here, with its reason.

A release of aiohttp may rename a private attribute at any time, so each use is a way to break.
"""

from __future__ import annotations

import ast
from pathlib import Path

import aiohttp
import pytest

import aiohttp_cors

from .conftest import check

PACKAGE = Path(aiohttp_cors.__file__).parent

#: Every private attribute of somebody else: the file, and the attribute with what it is of.
EXPECTED = {
    (
        "request_policies.py",
        "request._match_info",
    ): "a guard runs before the request has a match info, and functions of the application that "
    "it asks expect request.app; there is no public setter",
    (
        "router_serving.py",
        "request._match_info",
    ): "the property of that name takes twice as long, and every response is asked for it",
    (
        "router_serving.py",
        "request._match_info._route",
    ): "the same",
}

#: Names that the standard library documents though they begin with an underscore.
DOCUMENTED = {"_asdict", "_fields", "_field_defaults", "_make", "_replace"}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def names_defined(tree):
    """Yield all names that a module, its classes and their instances define."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Names in __slots__.
            yield node.value


def private_uses(tree):
    """Yield the private attributes that a module uses, each with what it is of."""
    by_name = {"getattr", "setattr", "hasattr", "delattr"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in by_name:
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
        else:
            continue
        if is_private(name):
            yield name, ast.unparse(node)


def modules_imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in SOURCES}


def test_private_attributes_of_others_are_those_written_down():
    own = {name for tree in TREES.values() for name in names_defined(tree)}
    found = {
        (file, text)
        for file, tree in TREES.items()
        for name, text in private_uses(tree)
        if name not in own
    }
    check(found, set(EXPECTED))


@pytest.mark.parametrize("file", TREES)
def test_no_private_module_or_name_is_imported(file):
    foreign = [name for name in modules_imported(TREES[file]) if "aiohttp_cors" not in name]
    private = [name for name in foreign if any(map(is_private, name.split(".")))]
    check(private, [])


@pytest.mark.parametrize("file", TREES)
def test_only_documented_modules_of_aiohttp_are_imported(file):
    documented = {
        "aiohttp.web",
        "aiohttp.hdrs",
        "aiohttp.test_utils.make_mocked_request",
        "aiohttp.test_utils.TestClient",
        *(f"aiohttp.{name}" for name in aiohttp.__all__),
    }
    of_aiohttp = {name for name in modules_imported(TREES[file]) if name.startswith("aiohttp.")}
    check(of_aiohttp - documented, set())


@pytest.mark.parametrize("file", TREES)
def test_nothing_is_decided_by_assert(file):
    lines = [node.lineno for node in ast.walk(TREES[file]) if isinstance(node, ast.Assert)]
    check(lines, [])
