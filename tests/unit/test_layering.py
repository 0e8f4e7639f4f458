"""Imports go one way: each room of the package may import the rooms below it, and no other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import aiohttp_cors

PACKAGE = Path(aiohttp_cors.__file__).parent

#: The rooms, from the bottom up, each with the rooms that it may import. A new folder gets its
#: place here first.
ROOMS: dict[str, set[str]] = {
    "_core": set(),
    "_checks": {"_core"},
    "_browser": {"_core", "_checks"},
    "_http": {"_core"},
    "_routing": {"_core", "_checks", "_http"},
    "_serving": {"_core", "_checks", "_http", "_routing"},
    "_explaining": {"_core", "_checks", "_browser", "_http", "_routing", "_serving"},
    "_cli": {"_core", "_checks", "_browser", "_http", "_routing", "_serving", "_explaining"},
}

#: Modules of the top folder that rooms may import: the interface of routers, with its options, and
#: what the command line is about.
FROM_THE_TOP = {
    "_routing": {"abc"},
    "_serving": {"abc"},
    "_cli": {"abc", "cors_config", "mixin"},
}

#: Rooms that know nothing of aiohttp.
PURE = ("_core", "_checks", "_browser")

#: Rooms that decide about requests and serve them.
SERVING = ("_core", "_http", "_routing", "_serving")
#: It has all methods that applications call or override.
THE_INTERFACE_OF_0_8_1 = "ResourcesUrlDispatcherRouterAdapter"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: All that is imported besides the standard library (typing_extensions for types alone).
DEPENDENCIES = {
    "ada_url",
    "aiohttp",
    "aiosignal",
    "multidict",
    "publicsuffixlist",
    "typing_extensions",
    "yarl",
}


def module_name(path: Path) -> str:
    """Name a module within the package: ``""`` is the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Yield the full names that ``module`` imports: inside of functions, and for types, too."""
    full = f"aiohttp_cors.{module}".rstrip(".")
    inside = full if is_package else full.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = inside.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *base.split(".")])
                base = base.rstrip(".")
            yield from (_module_of(base, alias.name) for alias in node.names)


def _module_of(base: str, name: str) -> str:
    """Tell what ``from base import name`` imports: a module of ours, or something out of one."""
    within = f"{base}.{name}".partition("aiohttp_cors.")[2]
    return f"{base}.{name}" if within in MODULES else base


def ours(names: Iterable[str]) -> set[str]:
    """Return the modules of the package among ``names``."""
    return {
        name.partition("aiohttp_cors")[2].lstrip(".")
        for name in names
        if name.partition(".")[0] == "aiohttp_cors"
    }


def others(names: Iterable[str]) -> set[str]:
    """Return the top names of other distributions and of the standard library."""
    return {name.partition(".")[0] for name in names} - {"aiohttp_cors"}


def imports_of(module: str) -> list[str]:
    path = MODULES[module]
    is_package = path.name == "__init__.py"
    return list(imports(path.read_text("utf-8"), module, is_package=is_package))


def room_of(module: str) -> str:
    """Return the room of a module; that of the top folder is ``""``."""
    return module.partition(".")[0] if module.startswith("_") and module != "__about__" else ""


def test_every_folder_is_a_room() -> None:
    assert {room_of(module) for module in MODULES} - {"", "__main__"} == set(ROOMS)


@pytest.mark.parametrize("module", list(MODULES))
def test_room_imports_the_rooms_below_it_alone(module: str) -> None:
    room = room_of(module)
    if room not in ROOMS:
        # The top folder is the house's door.
        return

    for imported in ours(imports_of(module)):
        allowed = ROOMS[room] | {room}
        assert room_of(imported) in allowed or imported in FROM_THE_TOP.get(room, set()), imported


def test_modules_form_no_circle() -> None:
    below = {module: ours(imports_of(module)) - {module} for module in MODULES}
    while below:
        done = {module for module, imported in below.items() if not imported & below.keys()}
        assert done, f"these import each other: {sorted(below)}"
        below = {module: imported for module, imported in below.items() if module not in done}


@pytest.mark.parametrize("module", list(MODULES))
def test_module_is_short(module: str) -> None:
    assert len(MODULES[module].read_text("utf-8").splitlines()) < 320


@pytest.mark.parametrize("module", [each for each in MODULES if room_of(each) in SERVING])
def test_class_has_few_methods(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name != THE_INTERFACE_OF_0_8_1:
            methods = [each.name for each in node.body if isinstance(each, FUNCTIONS)]
            assert len(methods) < 10, node.name


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs sys.stdlib_module_names")
@pytest.mark.parametrize("module", [each for each in MODULES if each.startswith("_core")])
def test_decision_imports_the_standard_library_alone(module: str) -> None:
    found = others(imports_of(module))

    assert found - sys.stdlib_module_names == set()  # type: ignore[attr-defined,unused-ignore]


@pytest.mark.parametrize("module", [each for each in MODULES if room_of(each) in PURE])
def test_pure_room_knows_no_event_loop(module: str) -> None:
    found = others(imports_of(module))

    assert found & {"aiohttp", "multidict", "asyncio", "socket"} == set()


@pytest.mark.parametrize("module", [each for each in MODULES if each.startswith("_core")])
def test_decision_knows_no_clock_and_no_log(module: str) -> None:
    assert others(imports_of(module)) & {"time", "logging"} == set()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs sys.stdlib_module_names")
@pytest.mark.parametrize("module", list(MODULES))
def test_module_imports_no_distribution_but_aiohttp(module: str) -> None:
    found = others(imports_of(module))

    assert found - sys.stdlib_module_names <= DEPENDENCIES  # type: ignore[attr-defined,unused-ignore]


@pytest.mark.parametrize("module", list(MODULES))
def test_nothing_is_decided_by_assert(module: str) -> None:
    # ``python -O`` leaves assert statements out.
    tree = ast.parse(MODULES[module].read_text("utf-8"))

    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("module", list(MODULES))
def test_nothing_is_decided_by_the_optimization_level(module: str) -> None:
    source = MODULES[module].read_text("utf-8")

    assert "__debug__" not in source
    assert "sys.flags" not in source


# The reader of imports itself.


@pytest.mark.parametrize(
    ("source", "module", "expected"),
    [
        pytest.param("import os", "mixin", set(), id="library"),
        pytest.param("import aiohttp_cors_other", "mixin", set(), id="longer name"),
        pytest.param("import aiohttp_cors", "mixin", {""}, id="package"),
        pytest.param("import aiohttp_cors.abc as a", "mixin", {"abc"}, id="full name"),
        pytest.param("import os, aiohttp_cors.abc", "mixin", {"abc"}, id="two in one"),
        pytest.param("from aiohttp_cors.abc import x", "mixin", {"abc"}, id="out of full name"),
        pytest.param("from aiohttp_cors import abc", "mixin", {"abc"}, id="module of the package"),
        pytest.param("from aiohttp_cors import setup", "mixin", {""}, id="name of the package"),
        pytest.param("from . import abc", "mixin", {"abc"}, id="dot"),
        pytest.param("from . import setup", "mixin", {""}, id="name behind the dot"),
        pytest.param("from .abc import x", "mixin", {"abc"}, id="dot and module"),
        pytest.param("from ._core.policy import x", "mixin", {"_core.policy"}, id="dot and path"),
        pytest.param("from ._core import policy", "mixin", {"_core.policy"}, id="inner package"),
        pytest.param("from .policy import x", "_core.origins", {"_core.policy"}, id="inner dot"),
        pytest.param("from . import policy", "_core.origins", {"_core.policy"}, id="inner module"),
        pytest.param("from ..mixin import x", "_core.origins", {"mixin"}, id="two dots"),
        pytest.param("from .. import mixin", "_core.origins", {"mixin"}, id="two dots alone"),
        pytest.param("def f():\n from .abc import x", "mixin", {"abc"}, id="inside a function"),
        pytest.param("try:\n from .abc import x\nexcept E: pass", "mixin", {"abc"}, id="in try"),
        pytest.param("if TYPE_CHECKING:\n from .abc import x", "mixin", {"abc"}, id="for types"),
        pytest.param(
            "if TYPE_CHECKING:\n pass\nelse:\n from .abc import x",
            "mixin",
            {"abc"},
            id="else of checkers only",
        ),
        pytest.param(
            "if not TYPE_CHECKING:\n from .abc import x", "mixin", {"abc"}, id="not for checkers"
        ),
    ],
)
def test_imports_are_found(source: str, module: str, expected: set[str]) -> None:
    assert ours(imports(source, module)) == expected


@pytest.mark.parametrize(
    ("source", "module", "expected"),
    [
        pytest.param("from .abc import x", "", {"abc"}, id="package"),
        pytest.param("from . import abc", "", {"abc"}, id="package, dot"),
        pytest.param("from .policy import x", "_core", {"_core.policy"}, id="inner package"),
        pytest.param("from ..abc import x", "_core", {"abc"}, id="out of the inner package"),
    ],
)
def test_imports_of_a_package_are_found(source: str, module: str, expected: set[str]) -> None:
    assert ours(imports(source, module, is_package=True)) == expected


def test_other_distributions_are_found() -> None:
    source = "import yarl.x\nfrom aiohttp import web\nfrom .abc import x\nimport re"

    assert others(imports(source, "mixin")) == {"yarl", "aiohttp", "re"}
