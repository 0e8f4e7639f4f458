"""Real browsers for tests, and the rule which of them have to be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def chromium_is_there() -> None:
    """Skip where Chromium is missing, unless ``BROWSERS`` names it."""
    if "chromium" in os.environ.get("BROWSERS", "").split(","):
        return
    pytest.importorskip("selenium", reason="selenium is not installed")
    if not any(map(shutil.which, ("chromium", "google-chrome"))):
        pytest.skip("there is no chromium on this machine, and BROWSERS does not name it")


@pytest.fixture(scope="session")
def chromium(chromium_is_there: None) -> Iterator[Any]:
    """A headless Chromium."""
    from examples.playground import browser

    with browser.chromium() as driver:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(30)
        yield driver
