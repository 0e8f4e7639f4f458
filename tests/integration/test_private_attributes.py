"""The package uses what aiohttp documents; the exceptions are in one module, with their reasons.

A release of aiohttp may rename a private attribute at any time, so each use is a way to break.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

import aiohttp_cors

from .conftest import check

PACKAGE = Path(aiohttp_cors.__file__).parent

#: The one module that may use them; its docstring says for each what it is used for.
HOOKS = "_http/hooks.py"

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
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
            yield from ast.literal_eval(node.value)


def private_uses(tree):
    """Yield the private attributes that a module uses of anything but ``self``."""
    by_name = {"getattr": 1, "setattr": 1, "hasattr": 1, "delattr": 1}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names = [] if ast.unparse(node.value) in ("self", "cls") else [node.attr]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in by_name:
            name = node.args[by_name[ast.unparse(node.func)]]
            names = [name.value] if isinstance(name, ast.Constant) else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "attrgetter":
            names = [name for each in node.args for name in each.value.split(".")]
        else:
            continue
        yield from filter(is_private, names)


def private_keywords(tree):
    """Yield the private names in calls like ``vars(request).update(_method="GET")``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (each.arg for each in node.keywords if is_private(each.arg or ""))


def modules_imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in SOURCES}


OWN = {name for tree in TREES.values() for name in names_defined(tree)}
#: The private attributes of others that hooks document, by class.
DOCUMENTED_IN_HOOKS = re.findall(r"``(\w+)\.(_\w+)``", ast.get_docstring(TREES[HOOKS]) or "")


#: Other modules may use those that the package defines, unless aiohttp has the same name.
ALLOWED = OWN - {name for _, name in DOCUMENTED_IN_HOOKS}


@pytest.mark.parametrize("file", [file for file in TREES if file != HOOKS])
def test_private_attributes_of_others_are_used_in_hooks_alone(file):
    check(set(private_uses(TREES[file])) - ALLOWED, set())


def test_private_attributes_in_hooks_are_those_that_it_documents():
    uses = {*private_uses(TREES[HOOKS]), *private_keywords(TREES[HOOKS])}
    own = set(names_defined(TREES[HOOKS]))
    check(uses - own, {name for _, name in DOCUMENTED_IN_HOOKS})


async def handler(request):
    raise NotImplementedError


@pytest.mark.parametrize(("owner", "name"), DOCUMENTED_IN_HOOKS)
def test_private_attribute_is_there_in_this_aiohttp(owner, name):
    request = make_mocked_request("GET", "/")
    made = {
        "AbstractRoute": web.UrlDispatcher().add_get("/", handler),
        "Request": request,
        "StreamResponse": web.Response(),
        "UrlMappingMatchInfo": request.match_info,
    }
    check(isinstance(made[owner], getattr(web, owner)), True)
    check(hasattr(made[owner], name), True)


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
    if file == HOOKS and "web_urldispatcher" in (ast.get_docstring(TREES[HOOKS]) or ""):
        documented.add("aiohttp.web_urldispatcher")
    of_aiohttp = {name for name in modules_imported(TREES[file]) if name.startswith("aiohttp.")}
    check(of_aiohttp - documented, set())


@pytest.mark.parametrize("file", TREES)
def test_nothing_is_decided_by_assert(file):
    lines = [node.lineno for node in ast.walk(TREES[file]) if isinstance(node, ast.Assert)]
    check(lines, [])
