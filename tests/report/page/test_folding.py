"""The tree of the page holds every byte, and stays small whatever an image is made of."""

from __future__ import annotations

import pytest

from jettison.report.page.folding import FOLDER, SMALLER, FoldedTree, Piece, fold, shown_name
from jettison.report.weigh_page.pieces import Colour

ONE, OTHER = Colour(0, "", "application", "yes"), Colour(1, "deleted", "hidden", "no")


def all_bytes(tree: FoldedTree[Colour]) -> int:
    return sum(tree.sizes)


def paths(tree: FoldedTree[Colour]) -> list[str]:
    """The path of every row, as the page puts them together."""
    found: list[str] = []
    open_names: list[str] = []
    for name, depth in zip(tree.names, tree.depths, strict=True):
        del open_names[depth:]
        open_names.append(name)
        found.append("/".join(open_names[1:]))
    return found


def test_few_files_are_all_there() -> None:
    """Parents go before what lies in them, the files of a folder before its folders, the largest first."""
    pieces = [Piece("b/small", 1, ONE), Piece("b/c/deep", 5, OTHER), Piece("b/big", 9, ONE), Piece("a/x", 2, ONE)]
    tree = fold(pieces)
    assert paths(tree) == ["", "b", "b/big", "b/small", "b/c", "b/c/deep", "a", "a/x"]
    assert [tree.sizes[row] for row in (2, 3, 5, 7)] == [9, 1, 5, 2]
    assert tree.colour_numbers[1] == FOLDER
    assert tree.colours[tree.colour_numbers[5]] == OTHER
    assert tree.least_bytes == 0
    assert not tree.smaller


def test_the_same_path_may_lie_in_several_layers() -> None:
    """Each content has a row; a file that became a folder is both."""
    tree = fold([Piece("a", 3, OTHER), Piece("a", 4, ONE), Piece("a/b", 5, ONE)])
    assert paths(tree) == ["", "a", "a", "a", "a/b"]
    assert all_bytes(tree) == 12


def test_what_is_too_small_is_folded_where_it_lies() -> None:
    """Into the lowest folder that is large enough; number, bytes and colours of the files are kept."""
    large = [Piece(f"usr/lib/large{number}", 1_000_000, ONE) for number in range(40)]
    small = [Piece(f"usr/share/doc/{number}/text", 30, OTHER if number % 2 else ONE) for number in range(40_000)]
    tree = fold([*large, *small])
    assert all_bytes(tree) == sum(piece.size for piece in (*large, *small))
    [(row, (files, parts))] = tree.smaller.items()
    assert tree.colour_numbers[row] == SMALLER
    assert paths(tree)[row - 1] == "usr/share/doc"
    assert files == 40_000
    assert {tree.colours[number]: size for number, size in parts} == {ONE: 600_000, OTHER: 600_000}
    assert tree.least_bytes == 31


def test_the_largest_files_are_there_however_many_there_are() -> None:
    """One file more than can be shown does not fold thousands: the largest stay, each with its name."""
    pieces = [Piece(f"d{number % 7}/{number}", 1 + number, ONE) for number in range(30_001)]
    tree = fold(pieces)
    assert tree.least_bytes == 2
    assert sum(number >= 0 for number in tree.colour_numbers) == 30_000
    assert sum(files for files, _ in tree.smaller.values()) == 1
    assert all_bytes(tree) == sum(piece.size for piece in pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([Piece(f"f{number}", 7, ONE) for number in range(60_000)], id="many of one size"),
        pytest.param([Piece("/".join(["d"] * 5_000) + "/f", 1, ONE)], id="very deep"),
        pytest.param(
            [Piece(f"{'d/' * 900}{number}", 1, ONE) for number in range(40)]
            + [Piece(f"e{number}/{'d/' * 900}f", 1, ONE) for number in range(40)],
            id="many and deep",
        ),
        pytest.param([Piece(f"{'n' * 250}{number}", 1, ONE) for number in range(20_000)], id="long names"),
        pytest.param([], id="nothing"),
    ],
)
def test_the_tree_is_small(pieces: list[Piece[Colour]]) -> None:
    """However many files there are, and however long or deep their names: and no byte is lost."""
    tree = fold(pieces)
    assert all_bytes(tree) == sum(piece.size for piece in pieces)
    assert sum(files for files, _ in tree.smaller.values()) + sum(n >= 0 for n in tree.colour_numbers) == len(pieces)
    assert len(tree.names) <= 60_000
    assert sum(map(len, tree.names)) <= 2_000_000


def test_names_are_harmless() -> None:
    """Bytes that are no text, controls and right-to-left marks are shown as what they are, or not at all."""
    assert shown_name("caf\udcc3") == "caf\\xc3"
    assert shown_name("a\u202eb\x1b[31m\nc") == "ab[31m c"
    assert len(shown_name("x" * 1000)) == 255
