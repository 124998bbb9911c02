"""Names of images that may be meant."""

from __future__ import annotations

import pytest

from jettison.model.reference import Reference
from jettison.store.near_names import near_names

NAMES = [
    Reference.parse(name)
    for name in (
        "app:2.0",
        "app:latest",
        "quay.io/team/web:v1",
        "tool:latest",
        *(f"many:{number}" for number in range(8)),
    )
]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("app:3.0", "the store has app:2.0, app:latest"),
        ("docker.io/library/app:3", "the store has app:2.0, app:latest"),
        ("web", "the store has quay.io/team/web:v1"),
        ("other/web:v2", "the store has quay.io/team/web:v1"),
        ("many", "the store has many:0, many:1, many:2, many:3, many:4 and 3 more"),
        ("ap", "did you mean app?"),
        ("toll", "did you mean tool?"),
        ("quay.io/taem/wbe:v2", None),
        ("quay.io/team/wbe:v1", "did you mean quay.io/team/web:v1?"),
        ("APP", None),
        ("nothing/like-that", None),
    ],
)
def test_other_tags_go_before_near_names(text: str, hint: str | None) -> None:
    """Of the same repository first, then of one that is called so elsewhere."""
    assert near_names(text, NAMES) == hint
