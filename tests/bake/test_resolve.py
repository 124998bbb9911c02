"""What groups, inheritance and linked contexts come to, however many ways lead to the same target."""

from __future__ import annotations

import pytest

from jettison.bake.model import Definition, Group, Target
from jettison.bake.resolve import LINK, Resolved, resolve
from jettison.errors import UsageError

_DEPTH = 60
"""With two ways on each level, this many levels have more ways through them than a computer can go."""


def resolved(definition: Definition, *names: str) -> Resolved:
    return resolve(definition, names, (), {})


def test_groups_that_share_members_are_gone_through_once() -> None:
    """Each target is built once, in the order in which it is first met."""
    groups = [
        Group(name=f"{side}{level}", targets=(f"a{level + 1}", f"b{level + 1}"))
        for level in range(_DEPTH)
        for side in "ab"
    ]
    targets = (Target(name=f"b{_DEPTH}"), Target(name=f"a{_DEPTH}"))
    found = resolved(Definition(targets=targets, groups=tuple(groups)), "a0", "b0")
    assert list(found.targets) == [f"a{_DEPTH}", f"b{_DEPTH}"]
    assert len(found.groups) == 2 * _DEPTH + 1


def test_targets_that_inherit_from_the_same_are_worked_out_once() -> None:
    """Also where all of them are built."""
    targets = [
        Target(name=f"{side}{level}", inherits=(f"a{level + 1}", f"b{level + 1}"), args={f"{side}{level}": "1"})
        for level in range(_DEPTH)
        for side in "ab"
    ]
    targets += [Target(name=f"{side}{_DEPTH}", args={}) for side in "ab"]
    found = resolved(Definition(targets=tuple(targets)), *(target.name for target in targets))
    assert len(found.targets["a0"].args or ()) == 2 * _DEPTH - 1


def test_a_circle_of_inheritance_is_cut_where_it_is_entered() -> None:
    """So each target of it is what it is when it is built alone, whatever else is built."""
    pair = (Target(name="a", inherits=("b",), args={"A": "a"}), Target(name="b", inherits=("a",), args={"B": "b"}))
    found = resolved(Definition(targets=pair), "a", "b")
    assert [found.targets[name].args for name in "ab"] == [{"A": "a", "B": "b"}] * 2


def test_contexts_that_link_to_the_same_are_brought_in_once() -> None:
    targets = [
        Target(name=f"{side}{level}", contexts={other: f"{LINK}{other}{level + 1}" for other in "ab"})
        for level in range(_DEPTH)
        for side in "ab"
    ]
    targets += [Target(name=f"{side}{_DEPTH}") for side in "ab"]
    assert len(resolved(Definition(targets=tuple(targets)), "a0").targets) == 2 * _DEPTH + 1


def test_groups_may_stand_in_groups_without_end() -> None:
    chain = [Group(name=f"g{level}", targets=(f"g{level + 1}",)) for level in range(5000)]
    found = resolved(Definition(targets=(Target(name="g5000"),), groups=tuple(chain)), "g0")
    assert list(found.targets) == ["g5000"]


@pytest.mark.parametrize("by", ["inherits", "contexts"])
def test_a_chain_that_is_too_long_is_an_error(by: str) -> None:
    def target(level: int) -> Target:
        if by == "inherits":
            return Target(name=f"t{level}", inherits=(f"t{level + 1}",))
        return Target(name=f"t{level}", contexts={"x": f"{LINK}t{level + 1}"})

    definition = Definition(targets=(*map(target, range(5000)), Target(name="t5000")))
    with pytest.raises(UsageError, match="too many targets"):
        resolved(definition, "t0")
