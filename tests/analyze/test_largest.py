"""The largest of many, found without sorting."""

from __future__ import annotations

import random

import pytest

from jettison.analyze.largest import largest


@pytest.mark.parametrize("number", [0, 1, 7, 50, 1000])
def test_it_is_what_sorting_finds(number: int) -> None:
    """The same things as by a stable sort, in the order in which they came; equal ones by their place."""
    chance = random.Random(3)
    sizes = [chance.randrange(20) for _ in range(200)]
    things = list(range(200))
    by_size = sorted(things, key=lambda thing: -sizes[thing])
    assert largest(things, sizes, number) == sorted(by_size[:number])
