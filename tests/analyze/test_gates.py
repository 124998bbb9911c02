"""Limits: kept or not, and who is to blame."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, gone, weight_of

from jettison.analyze.base import Base
from jettison.analyze.gates import Amount, Gate, Limits, check_limits
from jettison.report.weight_notes import gate_message

WEIGHT = weight_of(
    [file("base", 1000)],
    [file("big", 500), file("kept", 100)],
    [gone("big"), file("small", 50)],
    texts=("base", "RUN big", "RUN rm big"),
    base=Base(layers=1, history=1, name="debian"),
)


@pytest.mark.parametrize(
    ("limits", "gate", "actual", "limit", "blamed"),
    [
        (Limits(size_bytes=1650), Gate.SIZE, 1650, 1650, None),
        (Limits(size_bytes=1649), Gate.SIZE, 1650, 1649, "RUN big"),
        (Limits(size_bytes=1000), Gate.SIZE, 1650, 1000, "RUN big"),
        (Limits(size_bytes=999), Gate.SIZE, 1650, 999, "base"),
        (Limits(waste=Amount(size_bytes=500)), Gate.WASTE, 500, 500, None),
        (Limits(waste=Amount(share=0.1)), Gate.WASTE, 500, 165, "RUN big"),
        (Limits(layers=3), Gate.LAYERS, 3, 3, None),
        (Limits(layers=2), Gate.LAYERS, 3, 2, "RUN rm big"),
    ],
)
def test_limits(limits: Limits, gate: Gate, actual: int, limit: int, blamed: str | None) -> None:
    """A limit may be reached and not passed; the blame lies with the image's own lines, unless its base is too much."""
    (checked,) = check_limits(WEIGHT, limits)
    assert (checked.gate, checked.actual, checked.limit) == (gate, actual, limit)
    assert checked.is_kept is (blamed is None)
    assert (checked.blamed.instruction.text if checked.blamed else None) == blamed


def test_growth_is_blamed_on_the_line_that_grew() -> None:
    """Lines of the same text are compared; one that is new has grown by all it adds."""
    before = weight_of([file("a", 100)], [file("b", 300)], texts=("COPY a", "RUN b"))
    after = weight_of([file("a", 100)], [file("b", 360)], [file("c", 10)], texts=("COPY a", "RUN b", "RUN c"))
    (checked,) = check_limits(after, Limits(growth=Amount(share=0.05)), before)
    assert (checked.actual, checked.limit, checked.is_kept) == (70, 20, False)
    assert checked.blamed is not None
    assert (checked.blamed.instruction.text, checked.blamed_amount) == ("RUN b", 60)
    assert check_limits(before, Limits(growth=Amount()), after)[0].is_kept


def test_a_base_that_grew_is_blamed() -> None:
    """Where the own lines have no part in it, or too little."""
    base = Base(layers=1, history=1, name="debian")
    before = weight_of([file("a", 100)], [file("b", 300)], texts=("debian 1", "RUN b"), base=base)
    after = weight_of([file("a", 900)], [file("b", 301)], texts=("debian 2", "RUN b"), base=base)
    (checked,) = check_limits(after, Limits(growth=Amount(size_bytes=10)), before)
    assert checked.blamed is not None
    assert (checked.blamed.instruction.text, checked.blamed_amount) == ("debian 2", 900)
    assert gate_message(after, checked).endswith("the base image debian (debian 2) adds 900 B more than before")


def test_without_limits_nothing_is_checked() -> None:
    """And all of them are, in a fixed order, where they are given."""
    assert check_limits(WEIGHT, Limits()) == ()
    limits = Limits(size_bytes=1, waste=Amount(), layers=1, growth=Amount())
    gates = [checked.gate for checked in check_limits(WEIGHT, limits, WEIGHT)]
    assert gates == [Gate.SIZE, Gate.WASTE, Gate.LAYERS, Gate.GROWTH]


def test_an_image_without_instructions_blames_nobody() -> None:
    """There is nobody to blame."""
    assert [checked.blamed for checked in check_limits(weight_of(), Limits(size_bytes=0, layers=0))] == [None, None]
