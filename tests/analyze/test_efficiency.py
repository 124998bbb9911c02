"""The figure that dive reports, on stacks computed by hand from its definition."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder, gone, link, opaque, stack_of

from jettison.analyze.attribution import attribute
from jettison.model.entry import Entry

CASES: dict[str, tuple[tuple[list[Entry], ...], float, int]] = {
    "nothing": ((), 1.0, 0),
    "an empty file": (([file("nothing", 0)],), 1.0, 0),
    "each file once": (([file("a", 10)], [file("b", 5)]), 1.0, 0),
    # the least sizes are 2000, 3000 and 10000 bytes, all of them 7000, 3000 and 10000
    "a file in two layers": (
        ([file("etc/x/conf", 2000), file("etc/x/public", 3000)], [file("etc/x/conf", 5000), file("etc/thing", 10000)]),
        15000 / 20000,
        7000,
    ),
    # the folder counts at its own path with the 5000 + 3000 that it held: 23000 of 28000
    "a folder deleted": (
        (
            [folder("etc/x"), file("etc/x/conf", 2000), file("etc/x/public", 3000)],
            [folder("etc/x"), file("etc/x/conf", 5000), file("etc/thing", 10000)],
            [gone("etc/x")],
        ),
        23000 / 28000,
        7000,
    ),
    # a deleted file is a size of 0 at its path: 4 of 10
    "a file deleted": (([file("a", 6), file("b", 4)], [gone("a")]), 4 / 10, 6),
    "what is deleted was never there": (([file("a", 6)], [gone("b")]), 1.0, 0),
    "opaque markers are passed over": (([file("d/a", 6)], [opaque("d")]), 1.0, 0),
    "the smallest of three": (([file("a", 3)], [file("a", 1)], [file("a", 2)]), 1 / 6, 6),
    "a folder without anything has a size of 0": (([file("a", 6), file("b", 4)], [folder("a")]), 4 / 10, 6),
    "a file in the place of such a folder": (([folder("a"), file("b", 4)], [file("a", 6)]), 4 / 10, 6),
    "a file in the place of a folder with something": (([file("a/b", 4)], [file("a", 6)]), 1.0, 0),
    "a folder with an opaque marker alone": (([file("a", 6)], [folder("a"), opaque("a")]), 0.0, 6),
    # the deletion is a size of 0 at the path, the new file one of 5
    "deleted and written by one layer": (([file("a", 6)], [gone("a"), file("a", 5)]), 0.0, 11),
    # the least sizes are 6 (the folder's, what was in it) and 5 (the file's) at one path, and 6 at d/a
    "a folder deleted, a file written by one layer": (
        ([folder("d"), file("d/a", 6)], [gone("d"), file("d", 5)]),
        11 / 17,
        11,
    ),
    # b is the file now, and was a link in its layer: a size of 0; the folder held the 6 bytes
    "a folder deleted whose file has another name": (
        ([folder("d"), file("d/a", 6), link("b", "d/a")], [gone("d")]),
        1.0,
        0,
    ),
    "the other name deleted after it": (
        ([folder("d"), file("d/a", 6), folder("e"), link("e/b", "d/a")], [gone("d")], [gone("e")]),
        1.0,
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_score_is_the_published_one(case: str) -> None:
    """What the smallest sizes of all paths add up to, divided by what all their sizes do; and the sizes of those said twice."""
    layers, score, repeated_bytes = CASES[case]
    found = attribute(stack_of(*layers))
    assert found.efficiency == pytest.approx(score)
    assert found.repeated_bytes == repeated_bytes
