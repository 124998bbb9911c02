"""Limits that an image has to keep, and the instruction that is to blame where it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jettison.analyze.weight import InstructionWeight, Weight
from jettison.enums import StrEnum
from jettison.frozen import dataclass


class Gate(StrEnum):
    """What is limited."""

    SIZE = "max-size"
    WASTE = "max-waste"
    LAYERS = "max-layers"
    GROWTH = "max-growth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number of bytes, or a share of a whole."""

    size_bytes: int = 0
    share: float | None = None
    """0.05 is 5 %; what ``size_bytes`` says does not count then."""

    def of(self, whole_bytes: int) -> int:
        """The bytes that are meant."""
        return self.size_bytes if self.share is None else int(whole_bytes * self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an image may be at most; None is no limit."""

    size_bytes: int | None = None
    waste: Amount | None = None
    """Of bytes that nobody sees; a share is one of all bytes."""
    layers: int | None = None
    growth: Amount | None = None
    """Against another image; a share is one of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One limit, kept or not."""

    gate: Gate
    actual: int
    """Bytes, or layers."""
    limit: int
    blamed: InstructionWeight | None
    """The instruction that has most part in it; None where the limit is kept, or there is no instruction."""
    blamed_amount: int = 0
    """Its part."""

    @property
    def is_kept(self) -> bool:
        """Whether all is well."""
        return self.actual <= self.limit


def check_limits(weight: Weight, limits: Limits, against: Weight | None = None) -> tuple[Checked, ...]:
    """Every limit that was given, in a fixed order. Growth needs the image to compare with."""
    return tuple(_check(weight, limits, against))


def _check(weight: Weight, limits: Limits, against: Weight | None) -> Iterator[Checked]:
    if limits.size_bytes is not None:
        parts = [(each.added_bytes, each) for each in weight.instructions]
        yield _checked(weight, Gate.SIZE, weight.total_bytes, limits.size_bytes, parts)
    if limits.waste is not None:
        parts = [(each.wasted_bytes, each) for each in weight.instructions]
        yield _checked(weight, Gate.WASTE, weight.wasted_bytes, limits.waste.of(weight.total_bytes), parts)
    if limits.layers is not None:
        # The smallest layer is the first that should be merged with its neighbour.
        parts = [(-each.added_bytes, each) for each in weight.instructions if each.layer is not None]
        yield _checked(weight, Gate.LAYERS, weight.layers, limits.layers, parts)
    if limits.growth is not None and against is not None:
        grown = weight.total_bytes - against.total_bytes
        yield _checked(weight, Gate.GROWTH, grown, limits.growth.of(against.total_bytes), _growth(weight, against))


def _checked(
    weight: Weight, gate: Gate, actual: int, limit: int, parts: list[tuple[int, InstructionWeight]]
) -> Checked:
    """The blame lies with the own instruction that has the largest part, unless all own ones are not enough for it."""
    if actual <= limit or not parts:
        return Checked(gate=gate, actual=actual, limit=limit, blamed=None)
    own = [part for part in parts if not part[1].instruction.in_base and (part[0] > 0 or gate is Gate.LAYERS)]
    if gate is not Gate.LAYERS and sum(amount for amount, _ in own) < actual - limit:
        own = parts  # the base image alone is too much
    amount, blamed = max(own or parts, key=lambda part: part[0])
    return Checked(gate=gate, actual=actual, limit=limit, blamed=blamed, blamed_amount=abs(amount))


def _growth(weight: Weight, against: Weight) -> list[tuple[int, InstructionWeight]]:
    """How much more each instruction adds than those of the same text did before."""
    before: Counter[str] = Counter()
    for each in against.instructions:
        before[each.instruction.history] += each.added_bytes
    grown = []
    for each in weight.instructions:
        known = min(before[each.instruction.history], each.added_bytes)
        before[each.instruction.history] -= known
        grown.append((each.added_bytes - known, each))
    return grown
