"""Each link within the project leads somewhere, on the forge, on the pages, and on the index."""

from __future__ import annotations

import ast
import posixpath
import re

import pytest
from docutils import nodes

import aiohttp_cors
from aiohttp_cors._checks.finding import finding

from .conftest import PAGES, ROOT, SphinxLink, check, read_rst

#: What is read on the forge, pages of Sphinx aside.
FILES = ["README.rst", "CHANGES.rst", "CONTRIBUTING.rst", "SECURITY.rst", "examples/README.rst"]
DOCUMENTS = {name: read_rst((ROOT / name).read_text(encoding="utf-8")) for name in {*FILES, *PAGES}}
SPHINX = [name for name in PAGES if name.startswith("docs/")]


def ids_of(name):
    return {id for node in DOCUMENTS[name].findall(nodes.Element) for id in node.get("ids", ())}


def relative_links(name):
    for node in DOCUMENTS[name].findall(nodes.Element):
        target = node.get("refuri") or node.get("uri")
        if target and "://" not in target:
            path, _, anchor = target.partition("#")
            yield posixpath.normpath(posixpath.join(posixpath.dirname(name), path)), anchor


@pytest.mark.parametrize("name", FILES)
def test_relative_link_leads_to_a_file_and_an_anchor_in_it(name):
    broken = [
        (path, anchor)
        for path, anchor in relative_links(name)
        if not (ROOT / path).exists() or (anchor and anchor not in ids_of(path))
    ]
    check(broken, [])


def test_links_are_there():
    check(len(list(relative_links("README.rst"))) > 20, True)


@pytest.mark.parametrize("name", FILES)
def test_file_of_the_forge_has_no_role_of_sphinx(name):
    check([each.rawsource for each in DOCUMENTS[name].findall(SphinxLink)], [])


def sphinx_links(name, role):
    for link in DOCUMENTS[name].findall(SphinxLink):
        if link["role"] == role:
            yield link["target"]


def page_at(name, target):
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), f"{target}.rst"))


@pytest.mark.parametrize("name", SPHINX)
def test_link_between_pages_leads_to_one(name):
    targets = {page_at(name, target) for target in sphinx_links(name, "doc")}
    check(targets - {*SPHINX}, set())


def test_link_to_an_anchor_leads_to_exactly_one():
    anchors = [
        target.get("refid") or target["ids"][0]
        for name in SPHINX
        for target in DOCUMENTS[name].findall(nodes.target)
        if "refuri" not in target
    ]
    linked = {target for name in SPHINX for target in sphinx_links(name, "ref")}
    check({anchor for anchor in anchors if anchors.count(anchor) > 1}, set())
    check(linked - {*anchors}, set())


def test_each_page_is_in_one_list_of_pages():
    listed = [
        page_at(name, each)
        for name in SPHINX
        for node in DOCUMENTS[name].findall(nodes.comment)
        if node.get("name") == "toctree"
        for each in node["words"]
    ]
    check(sorted(listed), sorted({*SPHINX} - {"docs/index.rst"}))


def test_page_that_log_lines_name_is_that_of_findings():
    found = finding("origin-path", "", "", "")
    base = f"{aiohttp_cors.__uri__}/blob/main/"
    path, _, anchor = found.url.removeprefix(base).partition("#")

    check(found.url.startswith(base), True)
    check((path in SPHINX, anchor in ids_of(path)), (True, True))


def test_links_are_absolute_on_the_package_index():
    # The file itself would build something.
    source = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (function,) = (each for each in source.body if getattr(each, "name", "") == "for_the_index")
    names = {"re": re, "about": {"__uri__": aiohttp_cors.__uri__}}
    exec(compile(ast.Module([function], []), "setup.py", "exec"), names)
    text = names["for_the_index"](PAGES["README.rst"])
    base = re.escape(aiohttp_cors.__uri__)
    targets = [
        node.get("refuri") or node.get("uri")
        for node in read_rst(text).findall(nodes.Element)
        if node.get("refuri") or node.get("uri")
    ]

    check([each for each in targets if "://" not in each], [])
    ours = [each for each in targets if re.match(rf"{base}/(blob|raw)/main/", each)]
    check(len(ours), len(list(relative_links("README.rst"))))
