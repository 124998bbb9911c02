"""The formats of a list."""

import json

import pytest

from jettison.errors import UsageError
from jettison.report.listing import Listing

LISTING = Listing(headers={"ID": "IMAGE ID", "Tag": "TAG", "Size": "SIZE"}, columns=("ID", "Tag"))
ROWS = [{"ID": "abc", "Tag": "latest", "Size": "1kB"}, {"ID": "def", "Tag": "v1", "Size": "2MB"}]


def test_the_table_has_the_usual_columns() -> None:
    """``table`` and nothing mean the same."""
    assert LISTING.render(ROWS) == "IMAGE ID   TAG\nabc        latest\ndef        v1\n"
    assert LISTING.render(ROWS, "") == LISTING.render(ROWS, "table")


def test_json_is_one_object_a_line() -> None:
    """All fields, sorted."""
    lines = LISTING.render(ROWS, "json").splitlines()
    assert [json.loads(line) for line in lines] == ROWS


def test_a_template_gives_one_line_a_row() -> None:
    """Without headers."""
    assert LISTING.render(ROWS, "{{.ID}}:{{.Tag}}") == "abc:latest\ndef:v1\n"


def test_a_table_template_has_headers_and_takes_a_typed_tab() -> None:
    """A shell hands over a backslash and a t; both are a tab."""
    expected = "TAG       SIZE\nlatest    1kB\nv1        2MB\n"
    assert LISTING.render(ROWS, r"table {{.Tag}}\t{{.Size}}") == expected
    assert LISTING.render(ROWS, "table {{.Tag}}\t{{.Size}}") == expected


def test_an_unknown_field_is_an_error_that_names_the_known_ones() -> None:
    """A misspelt field does not print blanks."""
    with pytest.raises(UsageError) as caught:
        LISTING.render(ROWS, "{{.Tga}}")
    assert caught.value.hint == "the fields are ID, Size, Tag"
