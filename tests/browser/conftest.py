"""Real browsers for tests, and the rule which of them must be there.

Tests run in each engine that is on the machine. One that is missing is skipped, unless the
environment variable ``BROWSERS`` names it (``BROWSERS=chromium,firefox,webkit``): then it fails.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

ENGINES = ("chromium", "firefox", "webkit")
#: Seconds; far more than anything takes, also on a machine that is busy.
PATIENCE = 120


def why_skipped(engine: str) -> str | None:
    """Say why tests cannot run in ``engine``; None if they can, or must."""
    named = os.environ.get("BROWSERS", "").replace(",", " ").split()
    unknown = set(named) - set(ENGINES)
    if unknown:
        pytest.fail(f"BROWSERS names {', '.join(unknown)}, not one of {', '.join(ENGINES)}", False)
    if engine in named:
        return None
    pytest.importorskip("selenium", reason="selenium is not installed")
    from examples.playground import browsers

    reason = browsers.missing(engine)
    return reason and f"{reason}, and BROWSERS does not name {engine}"


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of a browser engine that is there, each in turn."""
    name: str = request.param
    reason = why_skipped(name)
    if reason is not None:
        pytest.skip(reason)
    return name


@pytest.fixture(scope="session")
def browser(engine: str) -> Iterator[Any]:
    """A running browser of that engine."""
    from examples.playground import browsers

    with contextlib.ExitStack() as stack:
        try:
            driver = stack.enter_context(browsers.start(engine))
        except Exception as error:
            pytest.fail(f"{engine} does not start: {error}", pytrace=False)
        driver.set_page_load_timeout(PATIENCE)
        driver.set_script_timeout(PATIENCE)
        yield driver
