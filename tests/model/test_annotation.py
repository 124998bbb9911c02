"""Annotations in buildx's words."""

from __future__ import annotations

import pytest

from jettison.errors import UsageError
from jettison.model.annotation import Annotation, AnnotationPlace, annotations_at
from jettison.model.platform import Platform

ARM64 = Platform.parse("linux/arm64")
AMD64 = Platform.parse("linux/amd64")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", [(AnnotationPlace.MANIFEST, None, "a", "b")]),
        ("a=b=c", [(AnnotationPlace.MANIFEST, None, "a", "b=c")]),
        ("a=", [(AnnotationPlace.MANIFEST, None, "a", "")]),
        ("index:a=b", [(AnnotationPlace.INDEX, None, "a", "b")]),
        ("manifest-descriptor[linux/arm64]:a=b", [(AnnotationPlace.MANIFEST_DESCRIPTOR, ARM64, "a", "b")]),
        (
            "index,manifest[linux/amd64]:org.example/x=y:z",
            [
                (AnnotationPlace.INDEX, None, "org.example/x", "y:z"),
                (AnnotationPlace.MANIFEST, AMD64, "org.example/x", "y:z"),
            ],
        ),
    ],
)
def test_places(text: str, expected: list[tuple[AnnotationPlace, Platform | None, str, str]]) -> None:
    """One annotation for each place that is named; the manifest where none is."""
    assert [(a.place, a.platform, a.key, a.value) for a in Annotation.parse(text)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "expected key=value"),
        ("indx:a=b", "unknown annotation type 'indx'"),
        ("Index:a=b", "invalid annotation type 'Index'"),
        ("manifest[:a=b", "invalid annotation type"),
        ("manifest[linux/a/b/c/d]:a=b", "invalid platform"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What has no place says so."""
    with pytest.raises(UsageError, match=message.replace("[", r"\[")):
        Annotation.parse(text)


def test_attributes_of_outputs() -> None:
    """The other way of writing it."""
    found = Annotation.parse_output_key("annotation-index-descriptor[linux/arm64].a.b", "c")
    assert found == Annotation(place=AnnotationPlace.INDEX_DESCRIPTOR, platform=ARM64, key="a.b", value="c")
    assert Annotation.parse_output_key("annotation.a", "b") == Annotation(key="a", value="b")
    assert Annotation.parse_output_key("annotations.a", "b") is None
    assert Annotation.parse_output_key("name", "b") is None


def test_what_a_place_carries() -> None:
    """What is said of a platform goes before what is said of all, wherever it stands; sorted."""
    annotations = [
        *Annotation.parse("manifest[linux/arm64]:b=arm"),
        *Annotation.parse("b=all"),
        *Annotation.parse("a=1"),
        *Annotation.parse("index:c=2"),
    ]
    assert annotations_at(annotations, AnnotationPlace.MANIFEST, ARM64) == (("a", "1"), ("b", "arm"))
    assert annotations_at(annotations, AnnotationPlace.MANIFEST, AMD64) == (("a", "1"), ("b", "all"))
    assert annotations_at(annotations, AnnotationPlace.INDEX) == (("c", "2"),)
