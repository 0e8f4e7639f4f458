"""Pictures that are made from the package itself when the pages are built, light and dark.

Each is an SVG inside its page, so that it takes the colours of the page and its text can be copied.
"""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from docutils import nodes
from docutils.parsers.rst import Directive

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

PACKAGE = Path(aiohttp_cors.__file__).parent
ORIGIN = "https://app.example.com"
LISTED = {ORIGIN: ResourceOptions()}
#: All are this wide, so that they fit on a phone.
WIDTH = 360


class Drawing:
    """An SVG that grows downwards."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.parts: list[str] = []
        self.bottom = 0.0

    def text(
        self, x: float, y: float, text: str, kind: str = "", size: int = 12, at: str = "start"
    ):
        self.parts.append(
            f'<text x="{x}" y="{y}" class="{kind}" font-size="{size}" text-anchor="{at}">'
            f"{escape(text)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, kind: str = "") -> None:
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" class="{kind}"/>'
        )

    def arrow(self, y: float) -> None:
        self.parts.append(f'<path d="M20 {y} v10 m-3.5 -4 l3.5 4 l3.5 -4"/>')

    def svg(self) -> str:
        return (
            f'<svg class="picture" viewBox="0 0 {WIDTH} {self.bottom}" role="img" '
            f'style="max-width: {WIDTH * 1.5}px"><title>{escape(self.title)}</title>'
            f"{''.join(self.parts)}</svg>"
        )


# How a request is handled.

ROUTER = "aiohttp.web.UrlDispatcher.resolve"

#: What a function does, of those that matter, by the module and the name.
STEPS = {
    "_http.hooks.resolve": "looks for two headers of the request",
    "_http.preflights.read_preflight": "reads origin, method and header names",
    "_http.hooks.announced": "makes the announced request",
    ROUTER: "aiohttp finds the route",
    "_serving.plans.of_request": "finds what decides, by the route",
    "_routing.snapshot.policy": "returns the policy of route and method",
    "_core.origins.is_same_origin": "is it a page of the server itself?",
    "_core.policy.decide": "decides: Grant or Denial",
    "_serving.before_middlewares.respond_early": "takes the place of the handler",
    "_http.hooks.respond": "decides by the policy of the route",
    "_http.response_headers.write_verdict": "writes the headers",
    "_http.preflights.preflight_response": "writes the response",
    "_http.preflights.enforcement_response": "writes the 403",
}
HANDLER = "middlewares and handler"
#: What is requested, with a page's origin, and whether only granted requests may run.
REQUESTS: dict[str, tuple[str, dict[str, str], bool]] = {
    "get": ("GET", {"Origin": ORIGIN}, False),
    "preflight": (
        "OPTIONS",
        {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"},
        False,
    ),
    "refusal": ("GET", {"Origin": "https://other.example.com"}, True),
}


def trace(name: str) -> list[str]:
    """Return the steps of a request, in the order in which they are called."""
    return asyncio.run(_trace(*REQUESTS[name]))


async def _trace(method: str, headers: dict[str, str], enforce: bool) -> list[str]:
    async def handler(request: web.Request) -> web.Response:
        called.append(HANDLER)
        return web.Response()

    called: list[str] = []
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=LISTED)
    cors.add(app.router.add_get("/", handler), enforce=enforce)

    def profile(frame: Any, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and frame.f_code is web.UrlDispatcher.resolve.__code__:
            called.append(ROUTER)
        elif event == "call" and PACKAGE in path.parents:
            module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            called.append(f"{module}.{frame.f_code.co_name}")

    server = TestServer(app)
    await server.start_server(access_log=None)
    async with TestClient(server) as client:
        sys.setprofile(profile)
        try:
            async with client.request(method, "/", headers=headers):
                pass
        finally:
            sys.setprofile(None)
    return [step for step in dict.fromkeys(called) if step in STEPS or step == HANDLER]


def draw_way(name: str) -> str:
    """Draw the steps of a request."""
    method, headers, _ = REQUESTS[name]
    drawing = Drawing(f"How a request is handled: {name}")
    drawing.text(0, 14, f"{method}, Origin: {headers['Origin']}", "code", 11)
    y = 24.0
    for step in trace(name):
        drawing.arrow(y)
        y += 13
        own = step != HANDLER
        drawing.box(0.5, y, WIDTH - 1, 36 if own else 24, "" if own else "of-app")
        if own:
            drawing.text(10, y + 15, step, "code", 11)
            drawing.text(10, y + 29, STEPS[step], "quiet", 11)
        else:
            drawing.text(10, y + 16, f"{step} of the application", "", 11)
        y += 38 if own else 26
    drawing.bottom = y
    return drawing.svg()


# How policies combine.

ROWS = {
    "view": ("view", "custom_cors, cors_config"),
    "own": ("route", "cors.add(route, …)"),
    "resource": ("resource", "cors.add(resource, …)"),
    "sibling": ("sibling routes", "if they list methods"),
    "the": ("application", "cors.add(app, …)"),
    "defaults": ("defaults", "setup(app, defaults=…)"),
}
KINDS = ("exact origin", "pattern", '"*"')
RULE = (
    ("The method's own route was added", "allowed"),
    ("Something on its path was added", "if allow_methods lists it"),
    ("… the resource, without allow_methods", "GET, HEAD, POST"),
    ("… the application, without allow_methods", "allowed"),
)


def layers() -> list[str]:
    """Return the places of configs, the most specific first, as the package orders them."""

    class View(web.View, CorsViewMixin):
        cors_config = LISTED

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=LISTED)
    resource = app.router.add_resource("/")
    view = resource.add_route("GET", View)
    sibling = resource.add_route("PUT", View)
    cors.add(app, LISTED)
    cors.add(resource, LISTED)
    cors.add(view, {ORIGIN: ResourceOptions(allow_methods=["PUT"])})
    snapshot = cors._cors_impl.registry.snapshot

    def kinds(route: web.AbstractRoute, route_is: str) -> Iterator[str]:
        for layer in snapshot.layers.of(route, route.method, app.router):
            kind = layer.source.partition(" ")[0]
            yield route_is if kind == "route" else kind

    added, beside = list(kinds(view, "own")), list(kinds(sibling, "sibling"))
    # The sibling comes after what precedes it there.
    before = beside[beside.index("sibling") - 1]
    added.insert(added.index(before) + 1, "sibling")
    return list(dict.fromkeys(added))


def draw_policies() -> str:
    """Draw in which order configs are looked at, and the method rule."""
    drawing = Drawing("Which entry of which config decides, and which methods are allowed")
    places = layers()
    left, width = 150, 70
    for column, kind in enumerate(KINDS):
        drawing.text(left + column * width + width / 2, 14, kind, "", 11, "middle")
    for row, place in enumerate(places):
        y = 24 + row * 36
        name, written = ROWS[place]
        drawing.text(0, y + 14, name, "", 12)
        drawing.text(0, y + 28, written, "quiet code", 10)
        for column in range(len(KINDS)):
            drawing.box(left + column * width + 2, y, width - 4, 32, "" if column else "strong")
            number = column * len(places) + row + 1
            drawing.text(left + column * width + width / 2, y + 21, str(number), "", 13, "middle")
    y = 24 + len(places) * 36 + 20
    drawing.text(0, y, "The lowest number that lists the origin decides. Methods:", "", 11)
    y += 12
    for row, (condition, outcome) in enumerate(RULE):
        drawing.box(0.5, y, WIDTH - 1, 26, "" if row else "strong")
        drawing.text(10, y + 17, condition, "", 11)
        drawing.text(WIDTH - 10, y + 17, outcome, "quiet", 11, "end")
        y += 30
    drawing.bottom = y
    return drawing.svg()


# What is cached.


def caches() -> list[tuple[str, str]]:
    """Return the module and the name of each function whose results are cached."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                if any("lru_cache" in ast.unparse(each) for each in node.decorator_list):
                    found.append((module, node.name))
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("lru_cache("):
                found.append((module, ast.unparse(node.args[0]).rpartition(".")[2]))
    return found


#: What is cached of each; a test fails where one is missing, or gone.
CACHED = {
    "_is_origin": "whether a text is a serialized origin",
    "_get": "the grant to an origin that a star matches",
    "_match": "the pattern that an origin matches",
    "exposable_of_response": "the Access-Control-Expose-Headers for the headers of a response",
    "_parse": "what a preflight requests",
    "_render": "the headers of an allowed preflight",
    "_refuse": "the headers and body of a refused preflight",
    "_findings_in_config": "the findings of a config, while it is added",
    "_list": "the list of public suffixes, while configs are added",
}


class Picture(Directive):
    """Draws ``get``, ``preflight``, ``refusal`` or ``policies``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        svg = draw_policies() if name == "policies" else draw_way(name)
        return [nodes.raw("", svg, format="html")]


class Caches(Directive):
    """Lists what is cached."""

    def run(self) -> list[nodes.Node]:
        items = []
        for module, name in caches():
            text = nodes.paragraph("", "", nodes.literal("", f"{module}.py"), nodes.Text(": "))
            text += nodes.Text(CACHED[name])
            items.append(nodes.list_item("", text))
        return [nodes.bullet_list("", *items)]


def setup(app: Any) -> dict[str, bool]:
    """Register the directives with Sphinx."""
    app.add_directive("picture", Picture)
    app.add_directive("caches", Caches)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
