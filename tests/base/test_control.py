"""Control data: paragraphs and relations as Debian policy defines them."""

from __future__ import annotations

import pytest

from jettison.base.control import Package, Relation, parse_paragraphs, parse_relations
from jettison.errors import IntegrityError


def test_paragraphs_and_folded_values() -> None:
    """Blank lines separate, leading blanks continue, comments vanish."""
    text = "Package: a\nDescription: short\n long\n .\n\n\n# a comment\nPackage: b\n"
    assert list(parse_paragraphs(text, "x")) == [
        {"Package": "a", "Description": "short\n long\n ."},
        {"Package": "b"},
    ]


@pytest.mark.parametrize("text", [" floating\n", "no colon here\n", ": empty\n"])
def test_a_damaged_paragraph_is_named_by_line(text: str) -> None:
    """Errors name the file and the line."""
    with pytest.raises(IntegrityError, match="status:1"):
        list(parse_paragraphs(text, "status"))


def test_relations_with_versions_alternatives_and_qualifiers() -> None:
    """Groups of alternatives, versions kept, architecture qualifiers dropped."""
    assert parse_relations("libc6 (>= 2.36), python3:any | python3.11(<<4~), ") == (
        (Relation(name="libc6", operator=">=", version="2.36"),),
        (Relation(name="python3"), Relation(name="python3.11", operator="<<", version="4~")),
    )


def test_a_damaged_relation_is_refused() -> None:
    """Nothing is guessed."""
    with pytest.raises(IntegrityError, match=r"libc6 \(>>"):
        parse_relations("libc6 (>> ")


def test_a_package_is_what_its_paragraph_says() -> None:
    """Pre-Depends count as dependencies; the source is the package's own name where none is given."""
    text = (
        "Package: aa\nVersion: 1:2\nArchitecture: all\nPre-Depends: p\nDepends: d | e\nProvides: v (= 1)\nReplaces: r"
    )
    (paragraph,) = parse_paragraphs(text, "x")
    package = Package.of(paragraph, "x")
    assert package.source == "aa"
    assert [[relation.name for relation in group] for group in package.depends] == [["p"], ["d", "e"]]
    assert package.provides == ("v",)
    assert package.replaces == ("r",)
    assert Package.of(paragraph | {"Source": "src (3)"}, "x").source == "src"


@pytest.mark.parametrize("change", [{"Package": "../../etc"}, {"Package": "A"}])
def test_a_name_that_could_be_a_path_is_refused(change: dict[str, str]) -> None:
    """The name becomes a file name of the image: it must be a package's name."""
    with pytest.raises(IntegrityError, match="not the name of a package"):
        Package.of({"Version": "1", "Architecture": "all"} | change, "x")


def test_a_missing_field_is_named() -> None:
    """A paragraph without a version is none."""
    with pytest.raises(IntegrityError, match="'Version' is missing"):
        Package.of({"Package": "aa"}, "x")
