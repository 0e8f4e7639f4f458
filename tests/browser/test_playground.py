"""The main job of the README, in real browsers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.playground.__main__ import DONE
from examples.playground.servers import Playground

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


#: Started in one engine only: what happens does not depend on the browser.
in_chromium = pytest.mark.parametrize("engine", ["chromium"], indirect=True)


def check(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.playground", "--check", engine, *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_browser_and_policies_agree_in_every_row(engine: str) -> None:
    result = check(engine)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "31 rows, 0 disagree" in result.stdout


@in_chromium
def test_wrong_policy_is_noticed(engine: str) -> None:
    result = check(engine, "--plant")

    assert result.returncode == 1, result.stdout + result.stderr
    assert "31 rows, 1 disagree" in result.stdout


@in_chromium
def test_missing_browser_is_said_so(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SE_CHROMEDRIVER", "no-such-driver")

    result = check(engine)

    assert result.returncode == 2
    assert "could not drive chromium" in result.stderr


def open_page(browser: Any, visit: Callable[[], Any]) -> Any:
    """Open the playground, wait until it has asked once, and return what ``visit`` does."""
    from selenium.webdriver.support.wait import WebDriverWait

    async def run() -> Any:
        playground = Playground()
        await playground.start()
        try:
            await asyncio.to_thread(browser.get, f"{playground.page}/")
            loaded = WebDriverWait(browser, 60).until
            await asyncio.to_thread(loaded, lambda _: browser.execute_script(DONE))
            return await asyncio.to_thread(visit)
        finally:
            await playground.stop()

    return asyncio.run(run())


def test_browser_and_explain_agree_whatever_is_chosen(browser: Any) -> None:
    script = "everything().then(arguments[0])"

    result = open_page(browser, lambda: browser.execute_async_script(script))

    assert result == {"asked": 3 * 3 * 6 * 4 * 2, "wrong": []}


def test_request_is_chosen_and_sent_by_keyboard(browser: Any) -> None:
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.support.wait import WebDriverWait

    def visit() -> str:
        browser.execute_script("document.querySelector('#method').focus()")
        # The next field is the first header, X-Token. Then comes JSON, the same way to choose.
        ActionChains(browser).send_keys(Keys.TAB, Keys.SPACE).perform()
        ActionChains(browser).send_keys(Keys.TAB, Keys.TAB, Keys.SPACE, Keys.ENTER).perform()
        text = "return document.querySelector('#preflight').textContent"
        WebDriverWait(browser, 20).until(
            lambda _: "Headers: authorization" in browser.execute_script(text)
        )
        return str(browser.execute_script("return document.querySelector('#steps').textContent"))

    shown = open_page(browser, visit)

    assert "← 403" in shown
    assert "Not sent: the preflight was refused." in shown
    assert "✗ kept it from the page" in shown


#: The second of two choices is answered first.
OVERTAKING = """
    const done = arguments[0];
    const answered = ask;
    let free;
    const held = new Promise((resolve) => { free = resolve; });
    window.ask = async (choice) => {
        const result = await answered(choice);
        if (choice.method === "POST") await held;
        return result;
    };
    part("method").value = "POST";
    const first = submit();
    part("method").value = "PUT";
    submit().then(() => { free(); return first; }).then(() => done(part("request").textContent));
"""


@in_chromium
def test_last_choice_is_shown_even_if_an_earlier_one_is_answered_later(browser: Any) -> None:
    shown = open_page(browser, lambda: browser.execute_async_script(OVERTAKING))

    assert "→ PUT" in shown


def test_page_needs_no_network(browser: Any) -> None:
    script = """
        const loaded = performance.getEntriesByType("resource");
        return [...new Set(loaded.map(({ name }) => new URL(name).hostname))].sort();
    """

    hosts = open_page(browser, lambda: browser.execute_script(script))

    assert hosts == ["127.0.0.1", "app.localhost"]


#: The contrast of text and its background (WCAG 2.2, "contrast ratio"), where it is lowest.
CONTRAST = """
    const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const light = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map((value) => channel(value / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const card = light(getComputedStyle(document.querySelector("#lab")).backgroundColor);
    const texts = [...document.querySelectorAll("dt, dd, #steps p, pre, legend, h2, td")];
    const ratios = texts.map((text) => light(getComputedStyle(text).color)).map(
        (ink) => (Math.max(ink, card) + 0.05) / (Math.min(ink, card) + 0.05));
    return [card > 0.5 ? "light" : "dark", Math.min(...ratios)];
"""


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_by_day_and_by_night(engine: str, browser: Any, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}

    def visit() -> list[Any]:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        return list(browser.execute_script(CONTRAST))

    seen, contrast = open_page(browser, visit)

    assert seen == scheme
    assert contrast >= 4.5


@in_chromium
def test_screenshot_is_made(engine: str, tmp_path: Path) -> None:
    picture = tmp_path / "playground.png"

    result = check(engine, "--screenshot", str(picture))

    assert result.returncode == 0, result.stdout + result.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
