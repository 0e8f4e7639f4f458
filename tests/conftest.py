"""How thoroughly properties are tested, and what a Python without wheels of a package skips."""

from __future__ import annotations

import sys
from collections.abc import Generator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import settings

# The same examples in each run, so that a run that fails can be run again: 300 of each, or 10 000
# with the profile ``thorough``.
settings.register_profile(
    "ordinary", max_examples=300, deadline=None, derandomize=True, database=None
)
settings.register_profile(
    "thorough", max_examples=10_000, deadline=None, database=None, print_blob=True
)
settings.load_profile("ordinary")

#: The extra `testing` has no URL parser for this Python yet: setup.py says so, too.
NO_PARSER = sys.version_info >= (3, 15) and find_spec("ada_url") is None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, Any, None]:
    """Skip a test that ends with the error that names the extra, where it cannot be installed."""
    outcome = yield
    report = outcome.get_result()
    if NO_PARSER and report.failed and "[testing]" in report.longreprtext:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, "Skipped: ada-url has no wheels for this Python")
