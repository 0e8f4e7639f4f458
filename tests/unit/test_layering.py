"""Imports go one way: each module of the package may import those before it, and no other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import aiohttp_cors

PACKAGE = Path(aiohttp_cors.__file__).parent

#: The one order. A new module gets its place here first.
ORDER = [
    "__about__",
    # The decision, which knows no aiohttp.
    "_core",
    "_core.grammar",
    "_core.options",
    "_core.verdict",
    "_core.wildcards",
    "_core.origins",
    "_core.same_origin",
    "_core.policy",
    "_core.safelist",
    "_core.cors_protocol",
    "_core.preflight_cache",
    "_core.fetch",
    "_core.public_suffixes",
    "_core.look_alikes",
    "_core.unusable_origins",
    "_core.findings",
    # What makes it aiohttp's.
    "resource_options",
    "abc",
    "origin_functions",
    "preflight_handler",
    "outermost",
    "kept_preflights",
    "mixin",
    "routes",
    "entries",
    "route_policies",
    "auditing",
    "urldispatcher_router_adapter",
    "response_headers",
    "response_signal",
    "decisions",
    "request_policies",
    "serving",
    "router_serving",
    "explanation",
    "rehearsal",
    "explaining",
    "setup_arguments",
    "cors_config",
    # What users import, and what is made of it.
    "",
    "fetch_arguments",
    "testing",
    "_cli.application",
    "_cli.output",
    "_cli.routes",
    "_cli.commands",
    "_cli.probe",
    "_cli",
    "__main__",
]

#: All that is imported besides the standard library.
DEPENDENCIES = {"aiohttp", "aiosignal", "multidict", "yarl", "publicsuffixlist"}


def module_name(path: Path) -> str:
    """Name a module within the package: ``""`` is the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Yield the full names that ``module`` imports when it runs, also inside of functions.

    What only a type checker imports is passed over.
    """
    full = f"aiohttp_cors.{module}".rstrip(".")
    inside = full if is_package else full.rpartition(".")[0]
    for node in _running(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = inside.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *base.split(".")])
                base = base.rstrip(".")
            yield from (_module_of(base, alias.name) for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through the statements that run."""
    yield node
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.If) and ast.unparse(node.test) in (
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    ):
        children = list(node.orelse)
    for child in children:
        yield from _running(child)


def _module_of(base: str, name: str) -> str:
    """Tell what ``from base import name`` imports: a module of ours, or something out of one."""
    within = f"{base}.{name}".partition("aiohttp_cors.")[2]
    return f"{base}.{name}" if within in ORDER else base


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


@pytest.mark.parametrize("module", list(MODULES))
def test_module_has_its_place_in_the_order(module: str) -> None:
    assert module in ORDER


def test_no_module_has_two_places() -> None:
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", list(MODULES))
def test_module_imports_those_before_it_alone(module: str) -> None:
    allowed = set(ORDER[: ORDER.index(module)])

    assert ours(imports_of(module)) - allowed == set()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs sys.stdlib_module_names")
@pytest.mark.parametrize("module", [each for each in MODULES if each.startswith("_core")])
def test_decision_imports_the_standard_library_alone(module: str) -> None:
    found = others(imports_of(module))
    if module == "_core.public_suffixes":
        # The data of the extra "strict"; it does without.
        found.remove("publicsuffixlist")

    assert found - sys.stdlib_module_names == set()  # type: ignore[attr-defined,unused-ignore]


@pytest.mark.parametrize("module", [each for each in MODULES if each.startswith("_core")])
def test_decision_knows_no_event_loop(module: str) -> None:
    found = others(imports_of(module))

    assert found & {"aiohttp", "multidict", "yarl", "asyncio", "socket", "time", "logging"} == set()


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
        pytest.param("if TYPE_CHECKING:\n from .abc import x", "mixin", set(), id="checkers only"),
        pytest.param(
            "if typing.TYPE_CHECKING:\n from .abc import x", "mixin", set(), id="checkers, dotted"
        ),
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
