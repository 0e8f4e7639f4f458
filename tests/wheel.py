"""Check what is published: built twice it is the same, others can depend on it, its tests pass.

``python tests/wheel.py DIST [pytest arguments]``, where DIST has the wheel and the sdist, built
with ``SOURCE_DATE_EPOCH`` set. The tests are those of the sdist, and the package is taken away
from them, so that nothing but the installed wheel can be imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: A package of somebody else, who needs aiohttp-cors.
DEPENDENT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "dependent"
version = "1"
dependencies = ["aiohttp-cors>=0.7"]

[tool.setuptools]
py-modules = ["dependent"]
"""


def build_again(dist: Path, folder: Path) -> None:
    """Build a second time, and compare byte by byte."""
    if "SOURCE_DATE_EPOCH" not in os.environ:
        sys.exit("set SOURCE_DATE_EPOCH: without it builds differ by their time")
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True)
    for built in (find(dist, "*.whl"), find(dist, "*.tar.gz")):
        if built.read_bytes() != (folder / built.name).read_bytes():
            sys.exit(f"{built.name} differs when it is built again")


def find(dist: Path, pattern: str) -> Path:
    """Return the one file of a kind; there must be no other."""
    (path,) = dist.glob(pattern)
    return path


def unpack(dist: Path, folder: Path) -> Path:
    """Unpack the sdist, without the package, and check that all of the tests are in it."""
    with tarfile.open(find(dist, "*.tar.gz")) as archive:
        archive.extractall(folder)
    (sources,) = folder.iterdir()
    for name in ("tests", "examples", "benchmarks", "docs", ".github"):
        for path in (ROOT / name).rglob("*"):
            copy = sources / path.relative_to(ROOT)
            if path.is_file() and "__pycache__" not in path.parts and not copy.is_file():
                sys.exit(f"{path.relative_to(ROOT)} is not in the sdist")
    shutil.rmtree(sources / "aiohttp_cors")
    return sources


def install(dist: Path, folder: Path) -> Path:
    """Install the wheel, then a package that needs it; return the Python that has both."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    dependent = folder / "dependent"
    dependent.mkdir()
    (dependent / "pyproject.toml").write_text(DEPENDENT, encoding="utf-8")
    (dependent / "dependent.py").write_text("import aiohttp_cors\n", encoding="utf-8")
    wheel = find(dist, "*.whl")
    for what in (f"{wheel}[test]", str(dependent)):
        subprocess.run([python, "-m", "pip", "install", "-q", what], check=True)
    subprocess.run([python, "-m", "pip", "check"], check=True)
    script = "import dependent, aiohttp_cors as a; print(a.__version__, a.__file__)"
    version, _, path = subprocess.check_output(
        [python, "-c", script], cwd=folder, text=True
    ).partition(" ")
    if version != wheel.name.split("-")[1] or "site-packages" not in path:
        sys.exit(f"not the installed wheel: {version} from {path}")
    if not Path(path.strip()).with_name("py.typed").exists():
        sys.exit("py.typed is not in the wheel")
    return python


def main(dist: Path, arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        build_again(dist, room / "again")
        sources = unpack(dist, room / "sources")
        python = install(dist, room)
        command = [python, "-m", "pytest", "-m", "not browser", *arguments]
        return subprocess.run(command, cwd=sources, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
