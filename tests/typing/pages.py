"""Code of users, for the type checkers: tests with a page. Nothing runs it."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from aiohttp_cors.testing import CorsError, Page, PageResponse, Step


async def script(app: web.Application) -> None:
    async with TestClient(TestServer(app)) as client, TestClient(TestServer(app)) as other:
        page = Page(client, origin="https://app.example.com", clock=time.monotonic)
        sandboxed: Page = Page.opaque(client)
        several = {"https://api.example.com": client, "https://auth.example.com": other}
        response: PageResponse = await Page(several, origin=page.origin).fetch(
            "/items", method="PUT", headers={"X-Token": "1"}, body=b"{}", credentials="include"
        )
        status: int = response.status
        total: str | None = response.headers.get("X-Total")
        warnings: tuple[str, ...] = response.warnings
        text: str = await response.text()
        body: bytes = await response.read()
        preflights: int = page.preflights
        print(status, response.ok, total, warnings, text, body, preflights, await response.json())
        try:
            await sandboxed.fetch("/items", mode="same-origin", redirect="error")
        except CorsError as error:
            step: Step = error.step
            sentence: str = error.sentence
            print(step, sentence, [sent.url for sent, _ in error.exchanges])
