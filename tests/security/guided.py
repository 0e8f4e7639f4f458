"""Have Atheris look for texts that break a law of the parsers, guided by the branches they take.

``python guided.py FOLDER [options of libFuzzer]`` keeps what it finds in a folder, which is made;
``tox -e atheris`` does it for a minute. It runs without pytest.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["aiohttp_cors._core"]):
    import parsers


def main(folder: Path, arguments: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(parsers.SEEDS):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(folder), *arguments], parsers.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
