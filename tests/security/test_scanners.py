"""What two scanners from outside find in the examples, and in handlers that are weak on purpose.

CORScanner sends what an attacker would, from names that they could register; sorx does preflights,
too, and looks for ``Vary``. Their exit codes say nothing, so their reports are read. That they find
the planted weaknesses shows, in the same run, that they were able to.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from examples.playground.servers import SERVERS
from tests.doc.conftest import check
from tests.doc.test_examples import NAMES
from tests.security.scanners import ASKED, Report, scan

#: What sorx says of a policy that is open to all, without credentials: the wildcard, and that the
#: method of a preflight is among those that are allowed.
OPEN = {"CORS-001", "CORS-303"}
#: Ports of 127.0.0.1 are what it was made for.
LETS_IN_LOCAL_PORTS = {"CORS-100"}


class Row(NamedTuple):
    """An address, and everything that the scanners must find there."""

    url: str
    corscanner: set[str]
    sorx: set[str]


EXAMPLES = [
    Row("https://app.example.com:{quickstart}/hello", set(), set()),
    Row("https://app.example.com:{per_route}/items", set(), OPEN),
    Row("https://admin.example.com:{per_route}/items", set(), OPEN),
    Row("https://app.example.com:{resource_defaults}/items", set(), set()),
    Row("https://partner.example.com:{resource_defaults}/items", set(), set()),
    Row("https://admin.example.com:{views}/items", set(), OPEN),
    Row("https://app.example.com:{static_files}/files/hello.txt", set(), OPEN),
    Row("https://app.example.com:{sub_applications}/shop/items", set(), set()),
    Row("https://admin.example.com:{sub_applications}/admin/items", set(), set()),
    Row("https://acme.example:{tenants}/acme/orders", set(), set()),
    Row("https://app.example.com:{metrics}/users/ada", set(), set()),
    Row("https://app.example.com:{mistakes}/hello", set(), set()),
    Row("https://admin.example.com:{mistakes}/hello", set(), set()),
    Row("https://app.example.com:{all_routes}/items", set(), set()),
]
#: Pages of ``https://page.example.com``, and policies of all kinds.
PLAYGROUND = [
    Row("https://page.example.com:{open}/data", set(), OPEN),
    Row("https://page.example.com:{listed}/me", set(), set()),
    Row("https://another.example.com:{other}/data", set(), set()),
    Row("https://page.example.com:{none}/data", set(), set()),
    Row("https://page.example.com:{kinds}/view", set(), set()),
    Row("https://page.example.com:{kinds}/fails", set(), set()),
    Row("https://page.example.com:{kinds}/sub/data", set(), set()),
    Row("https://page.example.com:{whole}/data", set(), set()),
    Row("https://page.example.com:{whole}/closed", set(), set()),
    Row("https://page.example.com:{origins}/port", set(), LETS_IN_LOCAL_PORTS),
    Row("https://page.example.com:{origins}/expression", set(), LETS_IN_LOCAL_PORTS),
    Row("https://page.example.com:{origins}/function", set(), set()),
    Row("https://page.example.com:{origins}/socket", set(), set()),
]
SCANNED = [*EXAMPLES, *PLAYGROUND]

#: With credentials, and no ``Vary``.
REFLECTED = {"CORS-101", "CORS-305"}
#: With the methods and headers that preflights request, too, and for ``null``.
REFLECTED_ALL = {f"CORS-{number}" for number in (200, 303, 304, 305, 900, 901, 902)}


class Weak(NamedTuple):
    """A mistake: which origins it lets in, and what sorx finds of it."""

    lets_in: Callable[[str], object]
    sorx: set[str]


#: By the names that CORScanner has for them.
WEAK = {
    "reflect_origin": Weak(lambda origin: True, REFLECTED_ALL),
    "prefix_match": Weak(re.compile(r"https://app\.example\.com").match, REFLECTED),
    "suffix_match": Weak(re.compile(r"https://.*example\.com").fullmatch, REFLECTED),
    "trust_null": Weak(
        lambda origin: origin in ("null", "https://app.example.com"), {"CORS-200", *REFLECTED}
    ),
    "include_match": Weak(
        lambda origin: origin.replace("https://", "") in "app.example.com", set()
    ),
    "not_escape_dot": Weak(re.compile(r"https://app.example.com").fullmatch, set()),
    "custom_third_parties": Weak(re.compile(r"https://\w+\.github\.io").fullmatch, set()),
    "special_characters_bypass": Weak(
        re.compile(r"https://app\.example\.com[_-].*").fullmatch, REFLECTED
    ),
    "trust_any_subdomain": Weak(re.compile(r"https://.*\.app\.example\.com").fullmatch, set()),
    "https_trust_http": Weak(re.compile(r"https?://app\.example\.com").fullmatch, set()),
}
PLANTED = [
    Row(f"https://app.example.com:{{weak}}/{name}", {name}, mistake.sorx)
    for name, mistake in WEAK.items()
]


def weak(lets_in: Callable[[str], object]) -> Handler:
    """Return a handler that grants all to whom ``lets_in`` lets in, and forgets ``Vary``."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.Response(text="secret")
        origin = request.headers.get("Origin", "")
        if lets_in(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            for word in ("Method", "Headers"):
                requested = request.headers.get(f"Access-Control-Request-{word}")
                if requested:
                    response.headers[f"Access-Control-Allow-{word.rstrip('s')}s"] = requested
        return response

    return handler


def applications() -> dict[str, web.Application]:
    """Return the examples, the servers of the playground, and one with the weak handlers."""
    names = [name.removesuffix(".py") for name in NAMES]
    found = {name: importlib.import_module(f"examples.{name}").make_app() for name in names}
    for name, build in SERVERS.items():
        found[name] = web.Application()
        build(found[name], "https://page.example.com")
    found["weak"] = web.Application()
    for name, mistake in WEAK.items():
        found["weak"].router.add_route("*", f"/{name}", weak(mistake.lets_in))
    return found


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return asyncio.run(scan(applications(), [row.url for row in (*SCANNED, *PLANTED)]))


@pytest.mark.parametrize("row", SCANNED, ids=[row.url for row in SCANNED])
def test_scanners_find_nothing_but_what_is_meant_to_be_open(reports, row):
    report = reports[row.url]
    check((report.corscanner, report.sorx), (row.corscanner, row.sorx))
    # All of their requests arrived.
    check(report.arrived, ASKED)


@pytest.mark.parametrize("row", PLANTED, ids=list(WEAK))
def test_scanners_find_the_planted_weakness(reports, row):
    report = reports[row.url]
    check((report.corscanner, report.sorx), (row.corscanner, row.sorx))


def test_all_examples_are_scanned():
    scanned = {re.search(r"{(\w+)}", row.url)[1] for row in SCANNED}
    check(scanned, {*SERVERS, *(name.removesuffix(".py") for name in NAMES)})
