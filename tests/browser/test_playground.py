"""The playground, in real browsers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiohttp_cors import APP_CONFIG_KEY
from examples.playground import lab
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
    """Open the playground, wait for its first request, and return what ``visit`` does."""
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

    assert result == {"tried": 3 * 3 * 6 * 4 * 2, "wrong": []}


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


#: The second of two choices gets its response first.
OVERTAKING = """
    const done = arguments[0];
    const attempted = attemptChoice;
    let free;
    const held = new Promise((resolve) => { free = resolve; });
    window.attemptChoice = async (choice) => {
        const result = await attempted(choice);
        if (choice.method === "POST") await held;
        return result;
    };
    part("method").value = "POST";
    const first = submit();
    part("method").value = "PUT";
    submit().then(() => { free(); return first; }).then(() => done(part("request").textContent));
"""


@in_chromium
def test_last_choice_is_shown_even_if_an_earlier_response_comes_later(browser: Any) -> None:
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


#: Writes a policy into the box, waits for its outcome, and returns what is shown.
WRITING = """
    const [text, done] = arguments;
    part("code").value = text;
    submit().then(() => done({
        wrong: part("wrong").hidden ? null : part("wrong").textContent,
        invalid: part("code").getAttribute("aria-invalid"),
        shown: part("steps").textContent,
        explained: part("explain").textContent,
    }));
"""


@in_chromium
@pytest.mark.parametrize(
    "form",
    [
        "config = {%r: ResourceOptions(allow_headers=['X-Token'], expose_headers='*')}",
        "{%r: {'allow_headers': ('X-Token',), 'expose_headers': '*'}}",
        '{"%s": {"allow_headers": ["X-Token"], "expose_headers": "*"}}',
    ],
)
def test_policy_that_visitors_write_is_in_force(browser: Any, engine: str, form: str) -> None:
    def visit() -> Any:
        address = browser.execute_script("return location.origin")
        return browser.execute_async_script(WRITING, form % address)

    seen = open_page(browser, visit)

    assert (seen["wrong"], seen["invalid"]) == (None, "false")
    assert "✓ let the page read it" in seen["shown"]
    assert "explain says the same." in seen["shown"]
    assert "expose_headers='*'" in seen["explained"]


@in_chromium
def test_wrong_policy_is_said_so_in_its_place(browser: Any, engine: str) -> None:
    seen = open_page(
        browser,
        lambda: browser.execute_async_script(WRITING, "{'https://a': ResourceOptions(max_age=-1)}"),
    )

    assert "'max_age' must be a non-negative integer" in seen["wrong"]
    assert seen["invalid"] == "true"


@in_chromium
def test_finding_is_shown_beside_the_policy(browser: Any, engine: str) -> None:
    written = "{'https://a.example/': ResourceOptions()}"

    seen = open_page(browser, lambda: browser.execute_async_script(WRITING, written))

    assert "[origin-path]" in seen["wrong"]
    assert seen["invalid"] == "false"
    assert "CORS-Refused: CORS preflight request failed: origin 'http://127" in seen["shown"]


#: What is wider than a small screen: the boxes of a page that can be read there have none.
NARROW = """
    return [document.documentElement.scrollWidth, document.documentElement.clientWidth,
        [...document.querySelectorAll("pre, form, section, textarea")]
            .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.id)];
"""


@in_chromium
def test_nothing_is_cut_off_at_400_pixels(browser: Any, engine: str) -> None:
    size = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}

    def visit() -> Any:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            return browser.execute_script(NARROW)
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    width, visible, wide = open_page(browser, visit)

    assert (width, visible, wide) == (400, 400, [])


@in_chromium
def test_title_says_once_whose_script_it_is(browser: Any, engine: str) -> None:
    script = "return [...document.querySelectorAll('tbody td:first-child')].map((e) => e.innerText)"

    titles = open_page(browser, lambda: browser.execute_script(script))

    assert titles.count("… from a sandbox") == 2
    assert "function, from elsewhere (subdomain)" in titles
    assert not any("sandbox (sandbox)" in each for each in titles)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("config = ", "there is no config: write {...}"),
        ("{", "line 1: "),
        ("[1]", "a config maps origins to options: write {...}"),
        ("open('x')", "a config maps origins to options: write {...}"),
        ("{re.compile('x'): ResourceOptions()}", "an origin must be a string here"),
        ("{**{}}", "an origin must be a string here"),
        ("{'https://a': print(1)}", "line 1: write ResourceOptions(name=value, ...)"),
        ("{'https://a': ResourceOptions('x')}", "line 1: write ResourceOptions(name=value, ...)"),
        ("{'https://a': ResourceOptions(**{})}", "line 1: write ResourceOptions(name=value, ...)"),
        ("{'https://a': ResourceOptions(max_age=1 .real)}", "line 1: a value must be a string"),
        ("{'https://a': {'max_ages': 1}}", "have no field 'max_ages'"),
        ("{'https://a': 3}", "must be ResourceOptions or a mapping"),
        ("(" * 5000, ""),
        ("[" * 9000 + "]" * 900, ""),
        ("x" * 20_000, "a config may have 10000 characters here"),
    ],
)
def test_text_that_is_no_config_runs_nothing(text: str, words: str) -> None:
    application = lab.make_lab("http://127.0.0.1:1")
    before = application[APP_CONFIG_KEY].defaults

    found = lab.use_own(application, text)

    assert words in found["error"]
    assert application[APP_CONFIG_KEY].defaults == before


def test_policy_that_is_offered_can_be_changed() -> None:
    application = lab.make_lab("http://127.0.0.1:1")

    for policy in lab.policies("http://127.0.0.1:1"):
        assert lab.use_own(application, policy["code"])["error"] is None
