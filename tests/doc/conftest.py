"""Helpers of the tests of the documentation: reading documented exchanges, and replaying them."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import ClientSession
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from multidict import CIMultiDict

ROOT = Path(__file__).parents[2]

#: The README, and the pages of the documentation.
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.rst", *sorted(ROOT.glob("docs/**/*.rst")))
}

#: What every documented command is sent to.
BASE = "127.0.0.1:8080"

_WITH_METHOD = ("-X", "--request")
_WITH_HEADER = ("-H", "--header")
_WITHOUT_VALUE = ("-i", "--include")


def check(actual: object, expected: object) -> None:
    """Compare, with optimization too: ``assert`` does nothing then."""
    if actual != expected:
        raise AssertionError(f"got\n  {actual!r}\ninstead of\n  {expected!r}")


class Exchange(NamedTuple):
    """A documented command and the response written below it."""

    command: str
    status: str
    headers: CIMultiDict[str]
    #: None: not documented.
    body: str | None


class Command(NamedTuple):
    """What a documented command sends."""

    method: str
    path: str
    headers: CIMultiDict[str]


class SphinxLink(nodes.inline):
    """A role of Sphinx, with its name and its target."""


def _sphinx_role(name, rawtext, text, lineno, inliner, options=None, content=()):
    title, _, target = text.removesuffix(">").rpartition("<")
    return [SphinxLink(rawtext, title or text, role=name, target=target)], []


#: Options of directives, as the pages use them.
_OPTIONS = ["caption", "func", "hidden", "maxdepth", "member-order", "members", "module"]
_OPTIONS += ["no-index", "nodefault", "prog", "undoc-members"]


class SphinxDirective(Directive):
    """A directive that Sphinx alone knows, with its name, arguments and content."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(_OPTIONS, directives.unchanged)

    def run(self):
        return [nodes.comment("", name=self.name, words=[*self.arguments, *self.content])]


for _name in ("class", "doc", "func", "meth", "ref"):
    roles.register_local_role(_name, _sphinx_role)
for _name in ("argparse", "autoclass", "autoexception", "autofunction", "automethod"):
    directives.register_directive(_name, SphinxDirective)
for _name in ("automodule", "caches", "currentmodule", "include", "picture", "py:data", "toctree"):
    directives.register_directive(_name, SphinxDirective)


def read_rst(text: str, *, report: int = 5) -> nodes.document:
    """Parse reStructuredText; whatever docutils reports from level ``report`` on is an error.

    Level 1 is the strictest one. At 5 nothing is reported, so that tests can be collected.
    """
    settings = {
        "report_level": report,
        "halt_level": report,
        "warning_stream": io.StringIO(),
        # Pygments is not installed everywhere, and colours are not what is tested.
        "syntax_highlight": "none",
        "file_insertion_enabled": False,
        "raw_enabled": False,
    }
    return publish_doctree(text, settings_overrides=settings)


def read_exchanges(block: str) -> list[Exchange]:
    """Read the commands of a literal block, each with its response; none if it has no command."""
    if not block.startswith("$ curl "):
        return []
    return [_read_exchange(part) for part in block.removeprefix("$ ").split("\n$ ")]


def _read_exchange(text: str) -> Exchange:
    command, response = text.replace("\\\n", " ").split("\n", 1)
    head, separator, body = response.rstrip("\n").partition("\n\n")
    status, *lines = head.split("\n")
    headers = CIMultiDict(tuple(line.split(": ", 1)) for line in lines)
    return Exchange(" ".join(command.split()), status, headers, body if separator else None)


def parse_command(command: str) -> Command:
    """Read a curl command, as far as the documentation uses curl."""
    words = iter(shlex.split(command)[1:])
    method = "GET"
    url = ""
    headers: CIMultiDict[str] = CIMultiDict()
    for word in words:
        if word in _WITH_METHOD:
            method = next(words)
        elif word in _WITH_HEADER:
            name, value = next(words).split(": ", 1)
            headers.add(name, value)
        elif word.startswith("-"):
            check(word in _WITHOUT_VALUE, True)
        else:
            check(url, "")
            url = word
    scheme, host, path, query, fragment = urlsplit(url)
    check((scheme, host, query, fragment), ("http", BASE, "", ""))
    return Command(method, path, headers)


async def replay(server, exchange: Exchange) -> None:
    """Send a documented command to ``server`` and compare the response with the documented one.

    The status, all CORS headers, and what else is documented must be the same.
    """
    command = parse_command(exchange.command)
    async with ClientSession() as session:
        url = server.make_url(command.path)
        response = await session.request(
            command.method, url, headers=command.headers, allow_redirects=False
        )
        status = f"HTTP/1.1 {response.status} {response.reason}"
        headers = sorted(
            (name.lower(), value)
            for name, value in response.headers.items()
            if _is_about_cors(name) or name in exchange.headers
        )
        body = None if exchange.body is None else (await response.text()).rstrip("\n")
        # Not read to its end: that of a WebSocket has none.
        response.close()
    documented = sorted((name.lower(), value) for name, value in exchange.headers.items())
    check((status, headers, body), (exchange.status, documented, exchange.body))


def _is_about_cors(name: str) -> bool:
    lower = name.lower()
    return lower.startswith("access-control-") or lower in ("vary", "timing-allow-origin")
