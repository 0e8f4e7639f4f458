"""The published aiohttp-cors 0.8.1, beside this library in one process."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType

VERSION = "0.8.1"

_NAME = "aiohttp_cors_published"
#: Where processes that are started find what this one has downloaded.
_FOLDER = "BENCHMARKS_PUBLISHED"


def fetch() -> None:
    """Download the package once, for this process and those that it starts."""
    if _FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="aiohttp-cors-")
        atexit.register(remove, folder, os.getpid())
        download(folder)
        os.environ[_FOLDER] = folder


def remove(folder: str, owner: int) -> None:
    """Remove the folder at the end of the process that made it, and not of one that it forked."""
    if os.getpid() == owner:
        shutil.rmtree(folder)


@cache
def published() -> ModuleType:
    """Return the package, under its own name."""
    fetch()
    folder = Path(os.environ[_FOLDER]) / "aiohttp_cors"
    spec = importlib.util.spec_from_file_location(
        _NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no aiohttp-cors in {folder}")
    module = sys.modules[_NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def download(folder: str) -> None:
    """Download the package into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    subprocess.run([*command, f"aiohttp-cors=={VERSION}"], check=True)
    (wheel,) = Path(folder).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
