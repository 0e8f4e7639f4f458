"""The server that visitors try: a path for each policy, one for their own, and what it saw."""

from __future__ import annotations

import ast
import inspect
import json
import re
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import APP_CONFIG_KEY, ResourceOptions

#: Request headers that are shown.
SHOWN = (
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Cookie",
    "Authorization",
    "X-Token",
    "Content-Type",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Response headers that are shown besides those that begin with Access-Control.
SHOWN_OF_RESPONSES = ("Vary", "CORS-Refused")
#: Longer configs are not read.
LONGEST = 10_000


def open_to_all(page: str) -> dict[str, Any]:
    return {"*": ResourceOptions()}


def this_page(page: str) -> dict[str, Any]:
    return {page: ResourceOptions()}


def with_headers(page: str) -> dict[str, Any]:
    return {
        page: ResourceOptions(allow_headers=["X-Token", "Content-Type"], expose_headers=["X-Total"])
    }


def with_credentials(page: str) -> dict[str, Any]:
    return {page: ResourceOptions(allow_credentials=True, allow_headers=["Authorization"])}


def sub_domains(page: str) -> dict[str, Any]:
    return {"http://*.localhost:*": ResourceOptions(allow_headers="*")}


def another_page(page: str) -> dict[str, Any]:
    return {"https://another.example.com": ResourceOptions()}


#: What visitors choose from.
POLICIES = {
    "Any origin": open_to_all,
    "This page": this_page,
    "This page, some headers": with_headers,
    "This page, with credentials": with_credentials,
    "Subdomains of localhost": sub_domains,
    "Another page": another_page,
}


def make_lab(page: str) -> web.Application:
    """Make the application: ``/0`` has the first policy, and so on; ``/own`` the visitor's."""
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    async def hello(request: web.Request) -> web.StreamResponse:
        return web.Response(text="hello", headers={"X-Total": "3"})

    for number, policy in enumerate(POLICIES.values()):
        for method in METHODS:
            cors.add(app.router.add_route(method, f"/{number}", hello), policy(page), inherit=False)
    for method in METHODS:
        # These use the defaults, which can be replaced while the server is running.
        cors.add(app.router.add_route(method, "/own", hello))
    return app


def use_own(lab: web.Application, text: str) -> dict[str, Any]:
    """Apply a visitor's config; return what is wrong with it, and what is unsafe."""
    cors = lab[APP_CONFIG_KEY]
    try:
        cors.defaults = read_config(text)
    except ValueError as error:
        return {"error": str(error), "findings": []}
    findings = [str(each) for each in cors.audit() if each.where == "defaults"]
    return {"error": None, "findings": findings}


def read_config(text: str) -> dict[str, Any]:
    """Read a config as JSON, or as Python: a dict of strings, with ``ResourceOptions(...)``.

    Nothing in it runs. Raises ``ValueError`` that says what to write.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a config may have {LONGEST} characters here, got {len(text)}")
    text = re.sub(r"^\s*config\s*=", "", text).strip()
    if not text:
        raise ValueError("there is no config: write {...}")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = _read_python(text)
    if not isinstance(found, dict):
        raise ValueError("a config maps origins to options: write {...}")
    return found


def _read_python(text: str) -> Any:
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ValueError("this can't be read as JSON or Python") from None
    if not isinstance(tree, ast.Dict):
        raise ValueError("a config maps origins to options: write {...}")
    return {_read_origin(key): _read_options(value) for key, value in zip(tree.keys, tree.values)}


def _read_origin(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError("an origin must be a string here, not a regular expression or a function")


def _read_options(node: ast.expr) -> Any:
    if not isinstance(node, ast.Call):
        return _literal(node)
    if not isinstance(node.func, ast.Name) or node.func.id != "ResourceOptions" or node.args:
        raise ValueError(f"line {node.lineno}: write ResourceOptions(name=value, ...)")
    options = {each.arg: _literal(each.value) for each in node.keywords}
    if None in options:
        raise ValueError(f"line {node.lineno}: write ResourceOptions(name=value, ...)")
    return options


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise ValueError(
            f"line {node.lineno}: a value must be a string, a list or a number"
        ) from None


def policies(page: str) -> list[dict[str, str]]:
    """Return each policy with its code, as the page shows it."""
    return [
        {"title": title, "code": code_of(policy).replace("page:", f'"{page}":')}
        for title, policy in POLICIES.items()
    ]


def code_of(policy: Any) -> str:
    """Return the config that a function returns, as it is written there."""
    body = inspect.cleandoc("\n" + inspect.getsource(policy).partition("\n")[2])
    return body.replace("return ", "config = ")


async def explain(lab: web.Application, choice: dict[str, Any]) -> dict[str, Any]:
    """Return what the library says about a visitor's request, as text and as data."""
    explanation = await lab[APP_CONFIG_KEY].explain(
        choice["method"],
        choice["path"],
        origin=choice["origin"],
        headers=[(name, value) for name, value in choice["headers"]],
        credentials=choice["cookies"],
    )
    return {"granted": explanation.granted, "text": str(explanation)}


def exchange(request: Any, response: Any) -> dict[str, Any]:
    """Return a request and its response, as far as they are about CORS."""
    return {
        "method": request.method,
        "sent": [[name, request.headers[name]] for name in SHOWN if name in request.headers],
        "status": response.status,
        "received": [
            [name, value]
            for name, value in response.headers.items()
            if name.startswith("Access-Control-") or name in SHOWN_OF_RESPONSES
        ],
    }
