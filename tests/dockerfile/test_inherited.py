"""What stages hand on to each other is one map, of which nobody makes a copy."""

from __future__ import annotations

from random import Random

from jettison.dockerfile.inherited import InheritedMap


def test_a_map_on_top_sees_what_is_below_and_changes_nothing_there() -> None:
    below = InheritedMap({"a": "1", "b": "2"})
    above = below.on_top()
    above["b"] = "3"
    above["c"] = "4"
    below["d"] = "5"
    assert dict(above) == above.whole() == {"a": "1", "b": "3", "c": "4"}
    assert dict(below) == {"a": "1", "b": "2", "d": "5"}
    assert (len(above), above["a"], "d" in above, above.get("x")) == (3, "1", False, None)


def test_a_name_keeps_the_place_of_its_first_definition() -> None:
    """Also where that is below: the environment of an image is in this order."""
    random = Random(1)
    expected: dict[str, str] = {}
    grown = InheritedMap()
    for number in range(500):
        name = f"n{random.randrange(100)}"
        expected[name] = grown[name] = str(number)
        if random.random() < 0.3:
            grown = grown.on_top()
        assert list(grown) == list(grown.whole()) == list(expected)
    assert grown.whole() == expected


def test_maps_on_maps_share_what_they_have() -> None:
    """However many stand on each other, there are few levels to look into, and none is copied for the next one."""
    grown = InheritedMap()
    for number in range(4000):
        grown[f"n{number}"] = ""
        grown = grown.on_top()
    assert len(grown._levels) < 13
    assert all(mine is theirs for mine, theirs in zip(grown.on_top()._levels, grown._levels, strict=True))
    assert all(len(newer) * 2 < len(older) for newer, older in zip(grown._levels, grown._levels[1:], strict=False))
