"""What users import: where it is, how it is called, and that it is explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import (
    abc,
    cors_config,
    mixin,
    preflight_handler,
    resource_options,
    testing,
    urldispatcher_router_adapter,
)

ABOUT = [
    "__author__",
    "__copyright__",
    "__email__",
    "__license__",
    "__summary__",
    "__title__",
    "__uri__",
    "__version__",
]

#: Each name, and the modules that users import it from.
NAMES = {
    "setup": ["aiohttp_cors"],
    "CorsConfig": ["aiohttp_cors", "aiohttp_cors.cors_config"],
    "ResourceOptions": ["aiohttp_cors", "aiohttp_cors.resource_options"],
    "CorsViewMixin": ["aiohttp_cors", "aiohttp_cors.mixin"],
    "custom_cors": ["aiohttp_cors", "aiohttp_cors.mixin"],
    "APP_CONFIG_KEY": ["aiohttp_cors"],
    "Decision": ["aiohttp_cors"],
    "Explanation": ["aiohttp_cors"],
    "CorsConfigError": ["aiohttp_cors"],
    "Finding": ["aiohttp_cors"],
    "Reason": ["aiohttp_cors"],
    "AbstractRouterAdapter": ["aiohttp_cors.abc"],
    "_PreflightHandler": ["aiohttp_cors.preflight_handler"],
    "ResourcesUrlDispatcherRouterAdapter": ["aiohttp_cors.urldispatcher_router_adapter"],
    "CorsError": ["aiohttp_cors.testing"],
    "Page": ["aiohttp_cors.testing"],
    "PageResponse": ["aiohttp_cors.testing"],
    "Step": ["aiohttp_cors.testing"],
    **{name: ["aiohttp_cors", "aiohttp_cors.__about__"] for name in ABOUT},
}


@pytest.mark.parametrize(
    ("name", "module"),
    [
        pytest.param(name, module, id=f"{module}.{name}")
        for name, modules in NAMES.items()
        for module in modules
    ],
)
def test_name_is_imported_from_its_place_and_is_the_same_object(name: str, module: str) -> None:
    found = getattr(importlib.import_module(module), name)

    assert found is getattr(importlib.import_module(NAMES[name][0]), name)


def test_package_offers_its_names_and_no_other() -> None:
    public = [name for name, modules in NAMES.items() if modules[0] == "aiohttp_cors"]

    assert sorted(aiohttp_cors.__all__) == sorted(public)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        pytest.param(abc, {"AbstractRouterAdapter"}, id="abc"),
        pytest.param(cors_config, {"CorsConfig"}, id="cors_config"),
        pytest.param(mixin, {"CorsViewMixin", "custom_cors"}, id="mixin"),
        pytest.param(resource_options, {"ResourceOptions"}, id="resource_options"),
        pytest.param(testing, {"CorsError", "Page", "PageResponse", "Step"}, id="testing"),
        pytest.param(
            urldispatcher_router_adapter,
            {"ResourcesUrlDispatcherRouterAdapter"},
            id="urldispatcher_router_adapter",
        ),
    ],
)
def test_star_import_of_a_module_brings_its_public_names(module: Any, names: set[str]) -> None:
    assert set(module.__all__) == names


def test_application_key_is_one_of_aiohttp() -> None:
    assert isinstance(aiohttp_cors.APP_CONFIG_KEY, web.AppKey)


def test_setup_leaves_its_result_under_the_application_key() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    assert app[aiohttp_cors.APP_CONFIG_KEY] is cors


def public_names() -> Iterator[tuple[str, Any]]:
    """Yield the functions and classes that users import, and what the classes define."""
    for name, (module, *_) in NAMES.items():
        public = getattr(importlib.import_module(module), name)
        if not callable(public):
            continue
        yield name, public
        for inner, member in vars(public).items() if inspect.isclass(public) else ():
            # An enumeration's members are no functions; a named tuple's fields are descriptors.
            explained = callable(member) or isinstance(member, (classmethod, property))
            if not inner.startswith("_") and explained:
                yield f"{name}.{inner}", getattr(public, inner)


PUBLIC = dict(public_names())


# Signatures, without annotations: what calls break by.

BASE = abc.AbstractRouterAdapter
ADAPTER = urldispatcher_router_adapter.ResourcesUrlDispatcherRouterAdapter
HANDLER = preflight_handler._PreflightHandler
VIEW = aiohttp_cors.CorsViewMixin

SETTINGS = (
    "defaults=None, router_adapter=None, preflights_first=True, origin_timeout=1.0, "
    "existing_headers='replace', enforce=False, on_decision=None, strict=False"
)
CLOCK = "clock=<built-in function monotonic>"
PREFLIGHT_CONFIG = "(self, preflight_request, origin, requested_method)"

SIGNATURES = [
    pytest.param(aiohttp_cors.setup, f"(app, *, {SETTINGS})", id="setup"),
    pytest.param(aiohttp_cors.CorsConfig, f"(app, *, {SETTINGS})", id="CorsConfig"),
    pytest.param(
        aiohttp_cors.CorsConfig.add,
        "(self, routing_entity, config=None, webview=False, *, inherit=True, enforce=False)",
        id="CorsConfig.add",
    ),
    pytest.param(aiohttp_cors.CorsConfig.audit, "(self)", id="CorsConfig.audit"),
    pytest.param(
        aiohttp_cors.CorsConfig.explain,
        "(self, method, path, *, origin, headers=(), credentials=False)",
        id="CorsConfig.explain",
    ),
    pytest.param(
        aiohttp_cors.ResourceOptions,
        "(*, allow_credentials=False, expose_headers=(), allow_headers=(), max_age=None, "
        "allow_methods=None, allow_private_network=False, allow_timing=False)",
        id="ResourceOptions",
    ),
    pytest.param(
        aiohttp_cors.ResourceOptions.is_method_allowed,
        "(self, method)",
        id="ResourceOptions.is_method_allowed",
    ),
    pytest.param(aiohttp_cors.custom_cors, "(config)", id="custom_cors"),
    pytest.param(aiohttp_cors.CorsConfigError, "(findings)", id="CorsConfigError"),
    pytest.param(aiohttp_cors.Decision, "(kind, granted, reason, method, path)", id="Decision"),
    pytest.param(
        aiohttp_cors.Explanation,
        "(method, path, origin, credentials, granted, reason, why, hint, route, where, key, "
        "options, preflight, response, assumed=(), notes=())",
        id="Explanation",
    ),
    pytest.param(
        aiohttp_cors.Finding, "(id, severity, where, value, message, hint=None)", id="Finding"
    ),
    pytest.param(testing.CorsError, "(request, failure, exchanges)", id="CorsError"),
    pytest.param(testing.Page, f"(clients, *, origin, {CLOCK})", id="Page"),
    pytest.param(testing.Page.opaque, f"(clients, *, {CLOCK})", id="Page.opaque"),
    pytest.param(
        testing.Page.fetch,
        "(self, url, *, method='GET', headers=None, body=None, credentials='same-origin', "
        "mode='cors', redirect='follow')",
        id="Page.fetch",
    ),
    pytest.param(
        VIEW.get_request_config, "(request, request_method)", id="CorsViewMixin.get_request_config"
    ),
    pytest.param(VIEW.options, "(self)", id="CorsViewMixin.options"),
    pytest.param(HANDLER._get_config, "(self, request, origin, request_method)", id="_get_config"),
    pytest.param(HANDLER._preflight_handler, "(self, request)", id="_preflight_handler"),
    pytest.param(ADAPTER, "(router, defaults)", id="adapter"),
    pytest.param(
        ADAPTER.is_cors_for_resource, "(self, resource)", id="adapter.is_cors_for_resource"
    ),
    *(
        pytest.param(getattr(cls, name), signature, id=f"{words}.{name}")
        for words, cls in (("abstract adapter", BASE), ("adapter", ADAPTER))
        for name, signature in (
            ("add_preflight_handler", "(self, routing_entity, handler)"),
            ("is_preflight_request", "(self, request)"),
            ("is_cors_enabled_on_request", "(self, request)"),
            ("set_config_for_routing_entity", "(self, routing_entity, config)"),
            ("get_preflight_request_config", PREFLIGHT_CONFIG),
            ("get_non_preflight_request_config", "(self, request)"),
        )
    ),
]


def signature_of(function: Any) -> str:
    """Write a signature down without annotations."""
    signature = inspect.signature(function)
    bare = [
        each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))


@pytest.mark.parametrize(("function", "expected"), SIGNATURES)
def test_signature_is_fixed(function: Any, expected: str) -> None:
    assert signature_of(function) == expected


def test_each_public_function_has_its_signature_fixed() -> None:
    fixed = {function.values[0].__qualname__ for function in SIGNATURES}
    made_by_the_library = {"PageResponse", "Reason", "Step"}
    without_arguments = {
        name
        for name, public in PUBLIC.items()
        if not callable(public) or signature_of(public) in ("()", "(self)")
    }

    # What CorsConfig alone calls; to others the adapter is a router adapter.
    own = {f"{ADAPTER.__name__}.{name}" for name in vars(ADAPTER).keys() - vars(BASE).keys()}

    left = {getattr(public, "__qualname__", name) for name, public in PUBLIC.items()} - fixed

    assert left - made_by_the_library - without_arguments - own == set()


@pytest.mark.parametrize(
    ("function", "coroutine"),
    [
        pytest.param(BASE.get_preflight_request_config, True, id="abstract, preflight config"),
        pytest.param(BASE.get_non_preflight_request_config, False, id="abstract, actual config"),
        pytest.param(ADAPTER.get_preflight_request_config, True, id="preflight config"),
        pytest.param(ADAPTER.get_non_preflight_request_config, False, id="actual config"),
        pytest.param(HANDLER._get_config, True, id="_get_config"),
        pytest.param(HANDLER._preflight_handler, True, id="_preflight_handler"),
        pytest.param(VIEW.options, True, id="options"),
        pytest.param(VIEW.get_request_config, False, id="get_request_config"),
        pytest.param(aiohttp_cors.setup, False, id="setup"),
        pytest.param(aiohttp_cors.CorsConfig.add, False, id="add"),
    ],
)
def test_function_is_awaited_or_not_as_in_0_8_1(function: Any, coroutine: bool) -> None:
    assert inspect.iscoroutinefunction(function) is coroutine


def test_router_adapter_has_six_methods_to_write() -> None:
    assert BASE.__abstractmethods__ == {
        "add_preflight_handler",
        "is_preflight_request",
        "is_cors_enabled_on_request",
        "set_config_for_routing_entity",
        "get_preflight_request_config",
        "get_non_preflight_request_config",
    }


def test_router_adapter_with_a_method_missing_is_not_made() -> None:
    class Half(BASE):  # type: ignore[misc,valid-type]
        def is_preflight_request(self, request: web.Request) -> bool:
            return False

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_adapter_of_aiohttp_is_a_router_adapter() -> None:
    assert issubclass(ADAPTER, BASE)


def test_view_mixin_is_a_preflight_handler() -> None:
    assert issubclass(VIEW, HANDLER)
    assert VIEW.cors_config is None


async def test_config_of_a_bare_preflight_handler_is_not_implemented() -> None:
    with pytest.raises(NotImplementedError):
        await HANDLER()._get_config(None, "https://app.example.com", "GET")  # type: ignore[arg-type]


def test_custom_cors_leaves_the_config_on_the_handler() -> None:
    config = {"https://app.example.com": aiohttp_cors.ResourceOptions()}

    @aiohttp_cors.custom_cors(config)
    async def put() -> None: ...

    assert put.put_cors_config is config  # type: ignore[attr-defined]
    assert put.__name__ == "put"


def test_custom_cors_refuses_a_wrong_config_at_once() -> None:
    with pytest.raises(ValueError, match="'custom_cors'"):
        aiohttp_cors.custom_cors({"https://app.example.com": 5})  # type: ignore[dict-item]


# Explained.


@pytest.mark.parametrize(
    "documented",
    [
        *(pytest.param(public, id=name) for name, public in PUBLIC.items()),
        *(pytest.param(module, id=module.__name__) for module in (aiohttp_cors, testing)),
        pytest.param(HANDLER._get_config, id="_get_config"),
        pytest.param(HANDLER._preflight_handler, id="_preflight_handler"),
    ],
)
def test_public_name_has_a_docstring_of_its_own(documented: Any) -> None:
    # Not inspect.getdoc(), which takes that of a base class.
    first = (documented.__doc__ or "").strip().split("\n")[0]

    assert first.endswith((".", ":"))


@pytest.mark.parametrize("option", aiohttp_cors.ResourceOptions._fields)
def test_each_option_is_explained(option: str) -> None:
    assert re.search(rf"^ *``{option}`` \(", aiohttp_cors.ResourceOptions.__doc__ or "", re.M)


@pytest.mark.parametrize(
    ("function", "place"),
    [
        pytest.param(aiohttp_cors.CorsConfig, aiohttp_cors.CorsConfig, id="CorsConfig"),
        pytest.param(aiohttp_cors.CorsConfig.add, aiohttp_cors.CorsConfig.add, id="add"),
        pytest.param(aiohttp_cors.setup, aiohttp_cors.CorsConfig, id="setup"),
    ],
)
def test_each_argument_is_explained(function: Any, place: Any) -> None:
    arguments = set(inspect.signature(function).parameters) - {"self", "app", "routing_entity"}

    assert {name for name in arguments if f"``{name}``" not in place.__doc__} == set()


# The distribution.


def test_about_runs_alone(tmp_path: Path) -> None:
    source = Path(aiohttp_cors.__file__).with_name("__about__.py")
    copied = shutil.copy(source, tmp_path / "about.py")

    found = runpy.run_path(str(copied))

    assert {name: found[name] for name in ABOUT} == {
        name: getattr(aiohttp_cors, name) for name in ABOUT
    }


def test_about_imports_nothing() -> None:
    source = Path(aiohttp_cors.__file__).with_name("__about__.py").read_text("utf-8")
    imported = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]

    assert imported == []


@pytest.mark.parametrize("name", ABOUT)
def test_about_is_text(name: str) -> None:
    value = getattr(aiohttp_cors, name)

    assert isinstance(value, str)
    assert value == value.strip() != ""


def rooms_after(program: str) -> set[str]:
    """Return the rooms of the package that a program has imported, printed by itself."""
    ending = """
print(*{each.split(".")[1] for each in sys.modules if each.startswith("aiohttp_cors._")})
"""
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys, aiohttp_cors\n{program}\n{ending}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(printed.split())


IMPORTED = {"__about__", "_checks", "_core", "_http", "_routing"}


@pytest.mark.parametrize(
    ("program", "more"),
    [
        pytest.param("", set(), id="package"),
        pytest.param("aiohttp_cors.ResourceOptions", set(), id="options"),
        pytest.param("aiohttp_cors.CorsConfig", {"_serving"}, id="CorsConfig"),
        pytest.param("aiohttp_cors.cors_config.CorsConfig", {"_serving"}, id="cors_config"),
        pytest.param("from aiohttp_cors import cors_config", {"_serving"}, id="module"),
        pytest.param("aiohttp_cors.Explanation", {"_explaining"}, id="Explanation"),
    ],
)
def test_rooms_are_imported_when_they_are_needed(program: str, more: set[str]) -> None:
    assert rooms_after(program) == IMPORTED | more


def test_setup_makes_what_a_test_has_put_in_the_place_of_cors_config() -> None:
    with mock.patch("aiohttp_cors.CorsConfig", autospec=True) as replaced:
        assert aiohttp_cors.setup(web.Application()) is replaced.return_value


@pytest.mark.parametrize(
    "module",
    [
        "abc",
        "cors_config",
        "mixin",
        "preflight_handler",
        "resource_options",
        "urldispatcher_router_adapter",
    ],
)
def test_module_of_0_8_1_is_an_attribute_of_the_package(module: str) -> None:
    # As 0.8.1 itself imports all of them.
    program = f"import aiohttp_cors; print(aiohttp_cors.{module}.__name__)"
    command = [sys.executable, "-c", program]

    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert printed.strip() == f"aiohttp_cors.{module}"


def test_package_lists_the_names_that_are_imported_later() -> None:
    assert set(aiohttp_cors.__all__) <= set(dir(aiohttp_cors))


def test_package_has_no_other_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'aiohttp_cors' has no attribute 'nothing'"):
        aiohttp_cors.nothing  # noqa: B018


#: Serves all kinds of requests, and prints the modules that the first of each has imported.
SERVING = """
import asyncio, re, sys
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import aiohttp_cors
from aiohttp_cors import ResourceOptions


async def hello(request):
    return web.Response()


async def listed(origin, request):
    return origin == "https://listed.example"


class View(aiohttp_cors.CorsViewMixin, web.View):
    cors_config = {"https://*.view.example": ResourceOptions(expose_headers="*")}

    async def get(self):
        return web.Response()


async def serve():
    app = web.Application()
    cors = aiohttp_cors.setup(
        app,
        defaults={
            "https://a.example": ResourceOptions(),
            "https://*.b.example": ResourceOptions(allow_credentials=True),
            re.compile(r"https://c[0-9]\\.example"): ResourceOptions(max_age=1),
            listed: ResourceOptions(),
        },
        enforce=True,
    )
    cors.add(app)
    cors.add(app.router.add_get("/", hello))
    cors.add(app.router.add_view("/view", View))
    async with TestClient(TestServer(app)) as client:
        before = set(sys.modules)
        for host in ("a", "x.b", "c1", "listed", "x.view", "unknown"):
            for path in ("/", "/view", "/none"):
                asked = {"Origin": f"https://{host}.example"}
                await client.get(path, headers=asked)
                asked["Access-Control-Request-Method"] = "GET"
                await client.options(path, headers=asked)
        print(*sorted(each for each in set(sys.modules) - before if "cors" in each))


asyncio.run(serve())
"""


def test_requests_import_nothing() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", SERVING], check=True, capture_output=True, text=True
    ).stdout

    assert printed == "\n"


def test_distribution_takes_the_place_of_aiohttp_cors() -> None:
    assert aiohttp_cors.__title__ == "aiohttp-cors"


#: The normal form of versions (PEP 440, appendix B), without an epoch and a local part.
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?")


def test_version_satisfies_requirements_of_0_7_and_up() -> None:
    numbers = VERSION.fullmatch(aiohttp_cors.__version__)

    assert numbers is not None
    assert tuple(map(int, numbers.groups())) >= (0, 9, 0)


def test_version_is_the_newest_that_changes_are_listed_for() -> None:
    changes = Path(__file__).parents[2] / "CHANGES.rst"
    newest = next(filter(VERSION.fullmatch, changes.read_text("utf-8").splitlines()))

    assert aiohttp_cors.__version__ == newest


def test_package_says_that_it_is_typed() -> None:
    assert Path(aiohttp_cors.__file__).with_name("py.typed").is_file()
