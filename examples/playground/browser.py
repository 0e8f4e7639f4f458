"""Starting a headless Chromium: for ``--check``, and for the browser tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from selenium import webdriver

ARGUMENTS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.localhost, EXCLUDE localhost, "
    "EXCLUDE 127.0.0.1",
]


def find_driver() -> str | None:
    """Return the path of chromedriver; None leaves the search to Selenium."""
    return os.environ.get("SE_CHROMEDRIVER") or shutil.which("chromedriver")


@contextlib.contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Start Chromium and stop it in the end; ``WebDriverException`` if there is none."""
    options = webdriver.ChromeOptions()
    # Its sandbox does not work for root.
    arguments = ARGUMENTS if os.geteuid() else [*ARGUMENTS, "--no-sandbox"]
    for argument in arguments:
        options.add_argument(argument)
    # Chromium leaves a folder behind where temporary files go.
    folder = tempfile.mkdtemp()
    try:
        service = webdriver.ChromeService(
            executable_path=find_driver(), env={**os.environ, "TMPDIR": folder}
        )
        driver = webdriver.Chrome(options=options, service=service)
        try:
            yield driver
        finally:
            driver.quit()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
