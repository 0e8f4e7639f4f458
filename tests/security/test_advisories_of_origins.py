"""Advisories of other CORS layers about whom they grant what to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import CorsConfigError, ResourceOptions
from aiohttp_cors._core.policy import ALLOWED, decide, policy_of_mapping
from aiohttp_cors._core.verdict import Denial, Grant

from ..integration.conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    check,
    check_cors,
    cors_headers,
    hello,
    send,
)
from .weak import Config, Layer, Plain, caught, matching

pytestmark = pytest.mark.usefixtures("parser")

TRUSTED = ResourceOptions(allow_credentials=True)
GRANT = {ALLOW_ORIGIN: GOOD, ALLOW_CREDENTIALS: "true", "Vary": "Origin"}
VARY = {"Vary": "Origin"}


def application(layer: Layer, config: Config | None) -> web.Application:
    app = web.Application()
    layer(app, defaults=config).add(app.router.add_get("/", hello))
    return app


def access_headers(reply: Any) -> dict[str, str]:
    """Return what grants something: all but ``Vary``."""
    return {name: value for name, value in cors_headers(reply).items() if name != "Vary"}


async def check_refused(server: Any, *origins: str | bytes) -> None:
    """Get no grant for an actual request nor for a preflight of each origin."""
    for origin in origins:
        line = b"Origin: " + (origin if isinstance(origin, bytes) else origin.encode())
        actual = await send(server, "GET", "/", line)
        preflight = await send(server, "OPTIONS", "/", line, "Access-Control-Request-Method: GET")
        for reply, status in (actual, 200), (preflight, 403):
            # aiohttp itself takes some lines for no header at all.
            check((origin, reply.status), (origin, 400 if reply.status == 400 else status))
            check((origin, access_headers(reply)), (origin, {}))
            check(str(reply.headers).isascii(), True)


class Reflects(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        return {ALLOW_ORIGIN: self.origin_of(request), ALLOW_CREDENTIALS: "true"}


class OpenByDefault(Plain):
    def config_of(self, request: web.Request) -> Config:
        return super().config_of(request) or {"*": ResourceOptions()}


@caught(Reflects, OpenByDefault)
async def test_any_origin_is_the_literal_star_and_none_is_granted_by_default(layer: Layer) -> None:
    """hono CVE-2026-54290, http4s CVE-2021-39185, koa CVE-2023-49803, rs/cors CVE-2018-20744,
    gorilla CVE-2017-20146, fiber CVE-2024-25124, RESTEasy CVE-2026-89058, Tomcat CVE-2018-8014
    """
    async with TestServer(application(layer, {"*": ResourceOptions()})) as server:
        for origin in (EVIL, "null", GOOD):
            reply = await send(server, "GET", "/", f"Origin: {origin}")
            check(access_headers(reply), {ALLOW_ORIGIN: "*"})
    async with TestServer(application(layer, None)) as server:
        await check_refused(server, EVIL, "null")


@caught(Reflects, Plain)
async def test_any_origin_with_credentials_trusts_no_opaque_one(layer: Layer) -> None:
    """Tomcat CVE-2018-8014, and what else lets any origin in with credentials"""
    async with TestServer(application(layer, {"*": TRUSTED})) as server:
        for origin in ("null", "file://x/", "https://EVIL.example"):
            reply = await send(server, "GET", "/", f"Origin: {origin}")
            check(access_headers(reply), {ALLOW_ORIGIN: "*"})


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("*", "any-origin-with-credentials"),
        ("https://*", "origin-pattern"),
        ("https://*.com", "wildcard-public-suffix"),
        ("https://*.github.io", "wildcard-public-suffix"),
        # So that the finding is about the suffix.
        ("https://*.good.example", None),
    ],
)
def test_wildcard_over_names_of_everybody_is_found(key: str, found: str | None) -> None:
    """rs/cors #197, and the rule of public suffixes of jub0bs/cors"""
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={key: TRUSTED})
    cors.add(app.router.add_get("/", hello))
    check([each.id for each in cors.audit()], [found] if found else [])
    if found:
        with pytest.raises(CorsConfigError, match=found):
            aiohttp_cors.setup(web.Application(), defaults={key: TRUSTED}, strict=True)


EXPRESSION = re.compile(r"https://good\.example")


@caught(
    matching("match", lambda key, origin: key.match(origin)),
    matching("search", lambda key, origin: key.search(origin)),
    matching("dollar", lambda key, origin: re.search(key.pattern + "$", origin)),
)
async def test_expression_matches_the_whole_origin(layer: Layer) -> None:
    """go-restful CVE-2022-1996, rack-cors CVE-2017-11173, sanic-cors CVE-2026-37737"""
    async with TestServer(application(layer, {EXPRESSION: TRUSTED})) as server:
        await check_refused(
            server,
            *(f"{GOOD}.evil.com", f"{GOOD}:8080", f"{EVIL}?{GOOD}", f"https://evil-{GOOD[8:]}"),
            *(f"{GOOD}%0a", f"{GOOD}/", f"{GOOD}@evil.com", f"evil{GOOD}"),
            f"{GOOD}\r\n .evil.example".encode(),
        )
        check_cors(await send(server, "GET", "/", f"Origin: {GOOD}"), GRANT)


def test_expression_does_not_match_before_a_newline() -> None:
    """go-restful CVE-2022-1996: no parser lets a newline through, a test of the decision can"""
    for origin, kind in ((GOOD, Grant), (f"{GOOD}\n", Denial), (f"{GOOD}\n{EVIL}", Denial)):
        policy = policy_of_mapping({EXPRESSION: TRUSTED}, origin, ALLOWED)
        check(type(decide(policy, origin)), kind)


@caught(matching("as_expression", lambda key, origin: re.fullmatch(key, origin)))
async def test_dot_of_a_listed_origin_is_a_dot(layer: Layer) -> None:
    """litestar CVE-2026-25478"""
    async with TestServer(application(layer, {GOOD: TRUSTED})) as server:
        await check_refused(server, "https://goodXexample", "https://good-example")
        check_cors(await send(server, "GET", "/", f"Origin: {GOOD}"), GRANT)


@caught(
    matching("suffix", lambda key, origin: origin.endswith(key.split("://")[1].lstrip("*."))),
    matching("substring", lambda key, origin: key[8:].lstrip("*.") in origin),
    matching("prefix", lambda key, origin: origin.startswith(key)),
    matching("letters_of_all", lambda key, origin: set(origin) <= set(key + "https://foo.com")),
)
async def test_part_of_a_name_is_not_the_name(layer: Layer) -> None:
    """go-zero CVE-2024-27302, elysia CVE-2025-50864, gin-contrib CVE-2019-25211, jub0bs
    GHSA-vhxv-fg4m-p2w8
    """
    config = {"https://foo.com": TRUSTED, "https://bar.com": TRUSTED}
    async with TestServer(application(layer, config)) as server:
        await check_refused(
            server,
            *("https://barfoo.com", "https://foobar.com", "https://bar.foo.com", "https://oo.com"),
            *("https://foo.com.evil.example", "https://foo.comm", "https://foo.co", "https://"),
        )
    async with TestServer(application(layer, {"https://*.good.example": TRUSTED})) as server:
        await check_refused(
            server,
            *("https://evilgood.example", "https://good.example", "https://.good.example"),
            *("http://a.good.example", "https://a.good.example:444", "https://a..good.example"),
        )


class AsksOnlyWithCookies(Plain):
    def find(self, request: web.Request) -> ResourceOptions | None:
        return super().find(request) if "Cookie" in request.headers else TRUSTED


class TrustsHost(Plain):
    def matches(self, key: Any, origin: str, request: web.Request) -> bool:
        return bool(key == origin) or origin.endswith(f"//{request.host}")


class TrustsOpaque(Plain):
    def matches(self, key: Any, origin: str, request: web.Request) -> bool:
        return origin in (key, "null")


@caught(AsksOnlyWithCookies, TrustsHost, TrustsOpaque)
async def test_verdict_does_not_hang_on_cookies_or_host(layer: Layer) -> None:
    """gradio CVE-2024-47084"""
    async with TestServer(application(layer, {GOOD: TRUSTED})) as server:
        for others in [], ["Cookie: a=1"], ["Host: evil.example"], ["Host: good.example"]:
            for origin, expected in (GOOD, GRANT), (EVIL, VARY), ("null", VARY):
                reply = await send(server, "GET", "/", f"Origin: {origin}", *others)
                check_cors(reply, expected)


class TakesTheFirst(Plain):
    """``request.headers.get`` does."""


class TakesTheLast(Plain):
    def origin_of(self, request: web.Request) -> str:
        return request.headers.getall("Origin", [""])[-1]


@caught(TakesTheFirst, TakesTheLast)
async def test_none_of_two_origins_is_believed(layer: Layer) -> None:
    """aiohttp CVE-2026-34525"""
    async with TestServer(application(layer, {GOOD: TRUSTED})) as server:
        for lines in (GOOD, EVIL), (EVIL, GOOD), (GOOD, GOOD):
            two = [f"Origin: {line}" for line in lines]
            preflight = [*two, "Access-Control-Request-Method: GET"]
            actual = await send(server, "GET", "/", *two)
            preflight_reply = await send(server, "OPTIONS", "/", *preflight)
            check((access_headers(actual), access_headers(preflight_reply)), ({}, {}))
            check((actual.status in (200, 400), preflight_reply.status in (400, 403)), (True, True))


class Echoes(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        return {"X-Refused": self.origin_of(request)}


class ExpectsAscii(Plain):
    def origin_of(self, request: web.Request) -> str:
        return super().origin_of(request).encode("ascii").decode()


@caught(Reflects, Echoes, ExpectsAscii, matching("strips", lambda key, origin: key in origin))
async def test_bytes_that_no_origin_has_are_refused_and_not_echoed(layer: Layer) -> None:
    """aiohttp CVE-2025-69224"""
    odd = [b"\x80", b"\xff", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xef\xbc\x8f"]
    async with TestServer(application(layer, {GOOD: TRUSTED})) as server:
        for each in odd:
            await check_refused(server, GOOD.encode() + each, each + GOOD.encode(), each)
            for method, names in (b"GET" + each, b"x-a"), (b"GET", b"x-a" + each):
                reply = await send(
                    server,
                    *("OPTIONS", "/", f"Origin: {GOOD}"),
                    b"Access-Control-Request-Method: " + method,
                    b"Access-Control-Request-Headers: " + names,
                )
                check((reply.status in (400, 403), access_headers(reply)), (True, {}))
                check(each in reply.body, False)
