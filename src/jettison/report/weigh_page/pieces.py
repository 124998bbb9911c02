"""Every byte of an image, once: where it lies, which layer brought it, why it is there."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.analyze.kinds import Category, Need
from jettison.analyze.weight import Weight
from jettison.report.page.folding import Piece
from jettison.tuples import NamedTuple


class Colour(NamedTuple):
    """What bytes can be coloured by."""

    layer: int
    cause: str
    """The kind of ballast that they are; empty for what is none."""
    category: str
    need: str
    """Whether the program needs them: yes, no or unknown."""


def pieces_of(weight: Weight) -> Iterator[Piece[Colour]]:
    """All contents of an image, also what nobody sees; their sizes add up to the size of the image."""
    known: dict[Colour, Colour] = {}

    def coloured(layer: int, cause: str, category: Category, need: Need) -> Colour:
        colour = Colour(layer, cause, str(category), str(need))
        return known.setdefault(colour, colour)

    ballast: dict[tuple[str, int], tuple[str, int]] = {}
    for group, parts in weight.ballast.items():
        if group.by is None:
            ballast.update({(part.path, group.layer): (group.kind, part.size_bytes) for part in parts})
            continue
        for part in parts:
            yield Piece(part.path, part.size_bytes, coloured(group.layer, group.kind, Category.HIDDEN, Need.NO))
    for file in weight.files:
        path, layer = file.entry.path, file.layer
        cause, useless = ballast.get((path, layer), ("", 0))
        if useless:
            yield Piece(path, useless, coloured(layer, cause, file.category, file.need))
        if file.entry.size > useless:
            yield Piece(path, file.entry.size - useless, coloured(layer, "", file.category, file.need))
