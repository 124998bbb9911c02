"""The figure that dive reports, on stacks computed by hand from its definition."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder, gone, opaque, stack_of

from jettison.analyze.attribution import attribute
from jettison.model.entry import Entry

CASES: dict[str, tuple[tuple[list[Entry], ...], float]] = {
    "nothing": ((), 1.0),
    "an empty file": (([file("nothing", 0)],), 1.0),
    "each file once": (([file("a", 10)], [file("b", 5)]), 1.0),
    # the least sizes are 2000, 3000 and 10000 bytes, all of them 7000, 3000 and 10000
    "a file in two layers": (
        ([file("etc/x/conf", 2000), file("etc/x/public", 3000)], [file("etc/x/conf", 5000), file("etc/thing", 10000)]),
        15000 / 20000,
    ),
    # the folder counts at its own path with the 5000 + 3000 that it held: 23000 of 28000
    "a folder deleted": (
        (
            [folder("etc/x"), file("etc/x/conf", 2000), file("etc/x/public", 3000)],
            [file("etc/x/conf", 5000), file("etc/thing", 10000)],
            [gone("etc/x")],
        ),
        23000 / 28000,
    ),
    # a deleted file is a size of 0 at its path: 4 of 10
    "a file deleted": (([file("a", 6), file("b", 4)], [gone("a")]), 4 / 10),
    "what is deleted was never there": (([file("a", 6)], [gone("b")]), 1.0),
    "opaque markers are passed over": (([file("d/a", 6)], [opaque("d")]), 1.0),
    "the smallest of three": (([file("a", 3)], [file("a", 1)], [file("a", 2)]), 1 / 6),
}


@pytest.mark.parametrize("case", CASES)
def test_the_score_is_the_published_one(case: str) -> None:
    """What the smallest sizes of all paths add up to, divided by what all their sizes do."""
    layers, score = CASES[case]
    assert attribute(stack_of(*layers)).efficiency == pytest.approx(score)
