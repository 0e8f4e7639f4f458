"""Start the servers and print the page's address, or check the page in a browser."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from .servers import Playground

#: Whether the page has filled its table, and has shown a first request.
DONE = "return document.body.dataset.done && document.querySelector('#lab').dataset.done"

#: The height of a window that ends below what explain says, and has no scroll bar.
HEIGHT = """
    document.documentElement.style.overflow = "hidden";
    const end = document.querySelector(".explain").getBoundingClientRect().bottom + 8;
    return Math.ceil(end) + outerHeight - innerHeight;
"""


def main() -> int:
    """Run what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.playground", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the page (any free one)")
    parser.add_argument(
        "--check",
        nargs="?",
        const="chromium",
        choices=("chromium", "firefox", "webkit"),
        help="run the page in a headless browser (chromium by default) and print the table; "
        "exit 1 if a row disagrees",
    )
    parser.add_argument(
        "--screenshot", metavar="FILE.png", help="with --check: take a screenshot of the page"
    )
    parser.add_argument(
        "--plant", action="store_true", help="for tests of --check: make one policy wrong"
    )
    arguments = parser.parse_args()
    try:
        return asyncio.run(run(arguments))
    except KeyboardInterrupt:
        return 0


async def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped, or until the check is done."""
    playground = Playground(plant=arguments.plant)
    await playground.start(arguments.port)
    try:
        if arguments.check:
            # The browser is driven from a thread, because the servers must respond meanwhile.
            return await asyncio.to_thread(
                check_page, playground.page, arguments.check, arguments.screenshot
            )
        print(f"The playground is at {playground.page}/ (Ctrl+C stops it)", flush=True)
        await asyncio.Event().wait()
        return 0
    finally:
        await playground.stop()


def check_page(address: str, engine: str, screenshot: str | None) -> int:
    """Open the page, print its table, and return the exit code."""
    try:
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.wait import WebDriverWait

        from .browsers import start
    except ImportError:
        print("--check needs Selenium: pip install selenium", file=sys.stderr)
        return 2
    try:
        with start(engine) as driver:
            driver.set_window_size(1240, 1160)
            driver.get(f"{address}/")
            WebDriverWait(driver, 60).until(lambda d: d.execute_script(DONE))
            results = driver.execute_script("return window.results")
            if screenshot:
                driver.set_window_size(1240, driver.execute_script(HEIGHT))
                driver.save_screenshot(screenshot)
    except (WebDriverException, OSError) as error:
        print(f"--check could not drive {engine}: {error}", file=sys.stderr)
        return 2
    return report(results)


def report(results: list[dict[str, Any]]) -> int:
    """Print one line per row; return 1 if a row disagrees, or if there is none."""
    columns = ("title", "script", "policy", "expected", "got", "seen")
    headings = ("request", "script of", "policy", "policy says", "script could read", "server saw")
    lines = [headings, *(tuple(result[column] for column in columns) for result in results)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    marks = ["", *("agree" if result["agree"] else "DISAGREE" for result in results)]
    for line, mark in zip(lines, marks):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)), mark)
    wrong = marks.count("DISAGREE")
    print(f"{len(results)} rows, {wrong} disagree")
    return 0 if results and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
