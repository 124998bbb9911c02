"""The pass over a whole tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packages.trees import link, scanned

from jettison.packages.package import Catalog

DATABASES = [
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/x",
    "lib/apk/db/installed",
    "var/lib/rpm/rpmdb.sqlite",
    "s/a.dist-info/METADATA",
    "s/a.dist-info/RECORD",
    "node_modules/a/package.json",
    "etc/os-release",
    "a.jar",
]


def test_nothing_is_found_in_an_empty_tree() -> None:
    """Neither packages nor gaps."""
    assert scanned({}) == Catalog()


def test_links_in_a_loop_are_no_database() -> None:
    """A link that leads to itself is passed over."""
    assert scanned({"var/lib/dpkg/status": link("var/lib/dpkg/status", "status")}) == Catalog()


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(DATABASES), st.binary(max_size=300) | st.text(max_size=300).map(str.encode)))
def test_nothing_in_an_image_makes_it_raise(contents: dict[str, bytes]) -> None:
    """Whatever stands in place of a database."""
    scanned({**contents}, 0o755)


def test_files_over_the_limit_are_told() -> None:
    """They are not read."""
    (gap,) = scanned({"node_modules/a/package.json": b" " * (5 << 20)}).unread
    assert str(gap) == f"/node_modules/a/package.json: not read: {5 << 20} bytes are more than a file of this kind has"
