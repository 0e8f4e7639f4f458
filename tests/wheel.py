"""Run the tests against the wheel in a folder, in an environment of its own.

``python tests/wheel.py DIST [pytest arguments]``: the tests are copied away from the sources, so
that nothing but the installed wheel can be imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(dist: Path, arguments: list[str]) -> int:
    wheel = next(dist.glob("*.whl"))
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        venv.create(room / "venv", with_pip=True)
        python = room / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", f"{wheel}[test]"], check=True)
        for name in ("tests", "examples", "benchmarks"):
            shutil.copytree(ROOT / name, room / "copy" / name)
        for name in ("pyproject.toml", "README.rst", "CHANGES.rst", "setup.py", ".ci"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, room / "copy" / name)
        script = "import aiohttp_cors, pathlib; print(pathlib.Path(aiohttp_cors.__file__).parent)"
        package = subprocess.check_output([python, "-c", script], cwd=room / "copy", text=True)
        if "site-packages" not in package or not Path(package.strip(), "py.typed").exists():
            sys.exit(f"not the installed wheel, or no py.typed in it: {package}")
        command = [python, "-m", "pytest", "-m", "not browser", *arguments]
        return subprocess.run(command, cwd=room / "copy", check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
