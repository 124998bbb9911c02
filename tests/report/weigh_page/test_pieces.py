"""The pieces of an image are all its bytes, each once, with what they are coloured by."""

from __future__ import annotations

from tests.analyze.support import file, folder, gone, weight_of

from jettison.analyze.attribution import attribute
from jettison.analyze.base import Base
from jettison.analyze.weight import Weight
from jettison.report.page.folding import Piece
from jettison.report.weigh_page.pieces import Colour, pieces_of


def of_path(weight: Weight, path: str) -> list[Piece[Colour]]:
    return [piece for piece in pieces_of(weight) if piece.path == path]


def test_all_bytes_once() -> None:
    """What is seen, what is deleted, overwritten or copied up, in base and above: the sum is the size of the image."""
    weight = weight_of(
        [file("usr/bin/tool", 1000), file("etc/conf", 10, "old"), folder("tmp"), file("tmp/archive.tar.gz", 500)],
        [file("etc/conf", 12, "new"), gone("tmp/archive.tar.gz"), file("usr/bin/tool", 1000, mode=0o755)],
        [
            file("var/lib/apt/lists/all", 300),
            file("app/main", 40),
            file("app/copy", 5000, "x"),
            file("app/x", 5000, "x"),
        ],
        base=Base(layers=1),
    )
    assert sum(piece.size for piece in pieces_of(weight)) == weight.total_bytes
    assert weight.total_bytes == 1000 + 10 + 500 + 12 + 1000 + 300 + 40 + 5000 + 5000


def test_colours() -> None:
    """The layer that brought a piece, the cause for which it is ballast, what it is counted as."""
    weight = weight_of([file("a", 5), file("var/lib/apt/lists/all", 300)], [gone("a"), file("b", 7)])
    assert [piece.colour for piece in of_path(weight, "a")] == [(0, "deleted", "hidden", "no")]
    assert [piece.colour[:2] for piece in of_path(weight, "var/lib/apt/lists/all")] == [(0, "apt-lists")]
    assert [piece.colour[:2] for piece in of_path(weight, "b")] == [(1, "")]


def test_pieces_of_one_colour_share_it() -> None:
    """A million pieces have few colours."""
    weight = weight_of([file(f"f{number}", 1) for number in range(50)])
    assert len({id(piece.colour) for piece in pieces_of(weight)}) == 1


def test_nothing_of_nothing() -> None:
    """An image without files has no pieces."""
    assert list(pieces_of(weight_of([]))) == []
    assert attribute([]).total_bytes == 0
