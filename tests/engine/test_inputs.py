"""What stacks of layers are identified by."""

from __future__ import annotations

import pytest
from tests.support.counting import calls

from jettison.engine.inputs import Snapshot
from jettison.model.digest import Digest, chain_id


@pytest.mark.parametrize("below", [0, 1, 5])
def test_a_stack_with_one_more_layer_is_identified_as_the_whole(below: int) -> None:
    """Two snapshots of the same layers are equal, however they came about."""
    layers = tuple(Digest.of(bytes([number])) for number in range(below + 2))
    grown = Snapshot(layers=layers[:below]).on_top(layers[below]).on_top(layers[below + 1])
    assert grown == Snapshot(layers=layers)
    assert grown.chain_id == chain_id(layers)


def test_one_more_layer_is_one_more_digest() -> None:
    """Not as many as the stack has layers."""

    def grow(count: int) -> None:
        grown = Snapshot()
        for number in range(count):
            grown = grown.on_top(Digest.of(number.to_bytes(4, "big")))
            assert grown.chain_id

    few, many = calls(lambda: grow(20)), calls(lambda: grow(200))
    assert many <= 11 * few + 100
