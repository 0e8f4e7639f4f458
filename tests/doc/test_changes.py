"""The last table in CHANGES.rst has a row for each difference from 0.8.1."""

from __future__ import annotations

import pytest
from docutils import nodes

from .conftest import ROOT, check, read_rst

CHANGES = (ROOT / "CHANGES.rst").read_text(encoding="utf-8")


def read_rows():
    *_, table = read_rst(CHANGES).findall(nodes.table)
    return [
        [cell.astext() for cell in row.findall(nodes.entry)] for row in table.findall(nodes.row)
    ]


#: What a row is about, and a word of what it says of 0.8.1.
DIFFERENCES = {
    "Config given with one route": "every origin could read",
    "Preflight for another method": "added first",
    "never added": "could be read",
    "and actual requests": "preflights only",
    "allow_methods and views": "Not applied",
    "without allow_methods": "Preflights refused",
    "patch": "Passed",
    "without a handler": "405",
    "Assigning cors.defaults": "Nothing changed",
    "in place": "unchecked",
    "Two resources": "only the first",
    "Catch-all": "refused",
    "HEAD": "refused",
    "Static files": "refused",
    "Authentication": "401",
    "Redirecting": "Redirected",
    "on_response_prepare": "Ran",
    "appended after setup()": "not exposed",
    "Access-Control-Request-Headers": "Only the first",
    "X A": "repeated",
    "TRACE": "Allowed",
    "header named *": "repeated",
    "outside ASCII": "500",
    "Two Origin": "first",
    "Text of a refusal": "Quoted all",
    "Vary": "never set",
    '"*" without credentials': "repeated",
    "Origin: null": "with credentials",
    "Authorization": "Allowed",
    'expose_headers="*"': "Set-Cookie",
    "that every page may read": "sent",
    "Order of names": "each start",
    "Handler that sets": "dropped",
    "for an origin that is refused": "stayed",
    "View that lacks": "dropped",
    "View in a sub-application": "500",
    "that was not added": "no CORS headers",
    "attribute of a view": "Passed",
    "with a view's route": "ignored",
    "Mappings instead of": "dropped",
    "Invalid cors_config": "dropped",
    '"*" route': "ValueError",
    "add_subapp": "ValueError",
    "Walking all routes": "ValueError",
    "Adding a route or resource again": "ValueError",
    "after one of its routes": "ValueError",
    "running application": "Accepted",
    "setup twice": "Two configurations",
    "mapping form": "ValueError",
    "Sets": "ValueError",
    "pickling": "TypeError",
    "max_age=True": "True",
    "line breaks": "accepted",
    "_replace": "any value",
    "404 and 405 responses": "No page",
    "slash missing": "redirected",
    "not derived": "ValueError",
}


def test_table_says_what_the_response_was_and_what_it_is_now():
    check(read_rows()[0], ["What", "0.8.1 answered", "Now"])


@pytest.mark.parametrize(("what", "responded"), list(DIFFERENCES.items()))
def test_difference_has_a_row(what, responded):
    matching = [row for row in read_rows()[1:] if what in row[0] and responded in row[1]]
    check(len(matching), 1)


def test_each_row_is_complete_and_about_one_of_the_differences():
    rows = read_rows()[1:]
    check((all(map(all, rows)), len(rows)), (True, len(DIFFERENCES)))
