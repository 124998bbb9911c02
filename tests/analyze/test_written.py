"""A Dockerfile as it was written is cut into instructions, and the stages of the image are told from the others."""

from __future__ import annotations

from itertools import pairwise

import pytest

from jettison.analyze.written import Written, passages

TEXT = """# syntax=docker/dockerfile:1

FROM golang AS build
RUN go build \\
    # of all
    -o /x .

FROM debian AS base
FROM base
RUN <<EOF
one
EOF
  COPY --from=build /x /x
CMD ["/x"]
"""


def ranges(written: Written, *lines: int) -> list[tuple[int, int]]:
    return [(each.first, each.last) for each in passages(written, lines)]


def test_lines_of_instructions() -> None:
    """With their continuations, the comments between these, and their heredocs; indented ones, too."""
    assert ranges(Written(path="Dockerfile", text=TEXT)) == [
        (3, 3),
        (4, 6),
        (8, 8),
        (9, 9),
        (10, 12),
        (13, 13),
        (14, 14),
    ]


def test_the_stages_of_the_image() -> None:
    """As the build told; else those with a layer and the last one."""
    told = Written(path="Dockerfile", text=TEXT, stages=(8, 9))
    assert [each.in_image for each in passages(told, ())] == [False, False, True, True, True, True, True]
    guessed = Written(path="Dockerfile", text=TEXT)
    assert [each.in_image for each in passages(guessed, (10, 13))] == [False, False, False, True, True, True, True]
    assert [each.first for each in passages(guessed, (4,)) if each.in_image] == [3, 4, 9, 10, 13, 14]
    assert [each.first for each in passages(told, ()) if each.is_from] == [3, 8, 9]


@pytest.mark.parametrize("text", ["", "\n\n", "FROM", "RUN <<EOF\nnever ends", "\\\n\\\n", "\ufeffFROM x\r\nRUN y\r\n"])
def test_anything_has_lines(text: str) -> None:
    """Every passage lies in the text, and none in another one."""
    written = Written(path="Dockerfile", text=text)
    found = ranges(written)
    assert all(1 <= first <= last <= len(written.lines) for first, last in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    assert not any(line.endswith("\r") for line in written.lines)
