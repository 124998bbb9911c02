"""Every changed file once, as large as the bytes by which it grew or shrank, with whom those belong to."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.engine.image_diff import ImageDiff, Owner
from jettison.enums import StrEnum
from jettison.layer.compare import Change, ChangeKind
from jettison.model.entry import EntryType
from jettison.report.page.folding import Piece
from jettison.tuples import NamedTuple


class Shape(StrEnum):
    """What became of a file: a kind of change, and for another content which way its size went."""

    ADDED = "added"
    GREW = "grew"
    REPLACED = "replaced"
    """Another content of the same size, or what has no size."""
    METADATA = "metadata"
    MOVED = "moved"
    SHRANK = "shrank"
    REMOVED = "removed"


class Colour(NamedTuple):
    """What changed files can be coloured by."""

    shape: Shape
    sign: int
    """Whether the bytes came, 1, or went, -1; 0 where there are none."""
    old: Owner | None
    new: Owner | None


def pieces_of(diff: ImageDiff) -> Iterator[Piece[Colour]]:
    """All changed paths that are no folders; their sizes with their signs add up to that of the comparison."""
    known: dict[Colour, Colour] = {}
    for change, (old, new) in zip(diff.changes, diff.sides, strict=True):
        look = change.new or change.old
        if look is None or (look.entry.type is EntryType.DIRECTORY and not change.size_bytes):
            continue
        size = change.size_bytes
        colour = Colour(_shape(change), (size > 0) - (size < 0), old, new)
        yield Piece(change.path, abs(size), known.setdefault(colour, colour))


def _shape(change: Change) -> Shape:
    if change.kind is not ChangeKind.CHANGED:
        return Shape(change.kind.value)
    if not change.size_bytes:
        return Shape.REPLACED
    return Shape.GREW if change.size_bytes > 0 else Shape.SHRANK
