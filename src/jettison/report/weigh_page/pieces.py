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
    colours: dict[tuple[int, str, Category, Need], Colour] = {}

    def coloured(layer: int, cause: str, category: Category, need: Need) -> Colour:
        key = layer, cause, category, need
        known = colours.get(key)
        if known is None:
            known = colours[key] = Colour(layer, cause, str(category), str(need))
        return known

    ballast: dict[str, tuple[str, int]] = {}
    """Of what is seen, so that a path means one file."""
    for group, parts in weight.ballast.items():
        if group.by is None:
            ballast.update({path: (group.kind, size_bytes) for path, size_bytes in parts})
            continue
        hidden = coloured(group.layer, group.kind, Category.HIDDEN, Need.NO)
        yield from [Piece(path, size_bytes, hidden) for path, size_bytes in parts]
    need_of = weight.need_of
    for run, path, size_bytes in weight.files.with_runs():
        need = need_of(run, path)
        cause, useless = ballast.get(path, ("", 0))
        if useless:
            yield Piece(path, useless, coloured(run.layer, cause, run.category, need))
        if size_bytes > useless:
            yield Piece(path, size_bytes - useless, coloured(run.layer, "", run.category, need))
