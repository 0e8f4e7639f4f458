"""Configuration of Sphinx: ``tox run -e docs`` builds the pages, without network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes

import aiohttp_cors

# For the extension in this folder.
sys.path.insert(0, str(Path(__file__).parent))

# The usage of commands fits on a phone, and is the same whatever terminal builds the pages.
os.environ["COLUMNS"] = "38"

project = "aiohttp-cors"
author = aiohttp_cors.__author__
copyright = aiohttp_cors.__copyright__
release = aiohttp_cors.__version__

extensions = ["sphinx.ext.autodoc", "sphinxarg.ext", "pictures"]
exclude_patterns = ["_build"]
default_role = "py:obj"
# Two hyphens begin an option.
smartquotes = False

autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_class_signature = "mixed"
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "furo"
html_title = f"aiohttp-cors {release}"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
# The dark sibling of the light style of the theme. The dark one of the theme underlines names as if
# they were links.
pygments_dark_style = "a11y-high-contrast-dark"
html_show_sphinx = False
html_show_copyright = False
# No page loads anything from another server, and each is the same on each build.
html_copy_source = False
html_theme_options = {
    "source_repository": aiohttp_cors.__uri__,
    "source_branch": "main",
    "source_directory": "docs/",
}

# What docstrings name, and no page of this project explains. An inventory of Python or aiohttp
# would have to be loaded.
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(web\.)?(Application|View|UrlDispatcher|Request|Request\..*|UrlMappingMatchInfo\..*)",
    ),
    ("py:.*", r"(aiohttp|web|re|collections|typing|logging)\..*"),
    ("py:.*", r"TestClient|NamedTuple|ValueError|Exception|Enum|ABC|tuple|object"),
    # Private, and named in the docstrings of others.
    ("py:.*", r"(.*\.)?_.*"),
]


def setup(app: Any) -> None:
    """Let docstrings name what is imported from the package, and mark short code."""
    app.connect("missing-reference", from_package)
    app.connect("doctree-resolved", mark_short)


def from_package(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve a name as that of the package."""
    target = f"aiohttp_cors.{node['reftarget']}"
    return env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, "obj", target, node, content
    )


def mark_short(app: Any, document: nodes.document, page: str) -> None:
    """Mark code whose words fit on a line of a phone, so that they do not break at a hyphen."""
    for literal in document.findall(nodes.literal):
        if max(map(len, literal.astext().split()), default=0) <= 24:
            literal["classes"].append("short")
