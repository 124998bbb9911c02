"""Every byte of a layer is seen in the end or wasted, and it is known by whom."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder, gone, link, opaque, stack_of, symlink

from jettison.analyze.attribution import Fate, attribute
from jettison.model.entry import Entry

Layers = tuple[list[Entry], ...]
Told = tuple[str, int, int, Fate]

CASES: dict[str, tuple[Layers, list[int], list[int], list[Told]]] = {
    "nothing wasted": (([file("a", 10)], [file("b", 5)]), [10, 5], [10, 5], []),
    "deleted later": (([file("a", 10), file("b", 1)], [gone("a")]), [11, 0], [1, 0], [("a", 0, 1, Fate.DELETED)]),
    "overwritten": (([file("a", 10, "x")], [file("a", 7, "y")]), [10, 7], [0, 7], [("a", 0, 1, Fate.OVERWRITTEN)]),
    "chmod": (([file("a", 10)], [file("a", 10, mode=0o600)]), [10, 10], [0, 10], [("a", 0, 1, Fate.COPIED_UP)]),
    "touch": (([file("a", 10)], [file("a", 10, mtime=5)]), [10, 10], [0, 10], [("a", 0, 1, Fate.COPIED_UP)]),
    "nothing changed": (([file("a", 10)], [file("a", 10)]), [10, 10], [0, 10], [("a", 0, 1, Fate.REPEATED)]),
    "a folder deleted with all in it": (
        ([folder("d"), file("d/a", 3), file("d/e/b", 4), file("da", 9)], [gone("d")]),
        [16, 0],
        [9, 0],
        [("d/a", 0, 1, Fate.DELETED), ("d/e/b", 0, 1, Fate.DELETED)],
    ),
    "an opaque folder": (
        ([folder("d"), file("d/a", 3)], [folder("d"), opaque("d"), file("d/b", 4)]),
        [3, 4],
        [0, 4],
        [("d/a", 0, 1, Fate.DELETED)],
    ),
    "an opaque folder keeps what comes with it": (
        ([file("d/a", 3, "x")], [file("d/a", 3, "y"), opaque("d")]),
        [3, 3],
        [0, 3],
        [("d/a", 0, 1, Fate.OVERWRITTEN)],
    ),
    "a whiteout of a whiteout": (
        ([file("a", 3)], [gone("a")], [gone("a")], [file("a", 3)], [gone("a")]),
        [3, 0, 0, 3, 0],
        [0, 0, 0, 0, 0],
        [("a", 0, 1, Fate.DELETED), ("a", 3, 4, Fate.DELETED)],
    ),
    "file, folder, file": (
        ([file("a", 3)], [file("a/b", 5)], [file("a", 7)]),
        [3, 5, 7],
        [0, 0, 7],
        [("a", 0, 1, Fate.DELETED), ("a/b", 1, 2, Fate.DELETED)],
    ),
    "a file becomes a link": (
        ([file("a", 3)], [symlink("a", "b")]),
        [3, 0],
        [0, 0],
        [("a", 0, 1, Fate.OVERWRITTEN)],
    ),
    "the same path ten times": (
        tuple([file("a", size, str(size))] for size in range(1, 11)),
        list(range(1, 11)),
        [0] * 9 + [10],
        [("a", number, number + 1, Fate.OVERWRITTEN) for number in range(9)],
    ),
    "the same path twice in one layer": (
        ([file("a", 3, "x"), file("a", 4, "y")],),
        [7],
        [4],
        [("a", 0, 0, Fate.OVERWRITTEN)],
    ),
    "a hard link is counted once": (([file("a", 10), link("b", "a"), link("c", "a")],), [10], [10], []),
    "seen as long as any name is": (([file("a", 10), link("b", "a")], [gone("a")]), [10, 0], [10, 0], []),
    "gone with the last name": (
        ([file("a", 10), link("b", "a")], [gone("a")], [gone("b")]),
        [10, 0, 0],
        [0, 0, 0],
        [("b", 0, 2, Fate.DELETED)],
    ),
    "a link across layers": (([file("a", 10)], [link("b", "a")], [gone("a")]), [10, 0, 0], [10, 0, 0], []),
    "a link across layers loses both names": (
        ([file("a", 10)], [link("b", "a")], [gone("a"), gone("b")]),
        [10, 0, 0],
        [0, 0, 0],
        [("a", 0, 2, Fate.DELETED)],
    ),
    "one name of two is overwritten": (
        ([file("a", 10), link("b", "a")], [file("a", 4, "new")]),
        [10, 4],
        [10, 4],
        [],
    ),
    "empty layers": (([], [file("a", 0)], []), [0, 0, 0], [0, 0, 0], []),
}


@pytest.mark.parametrize("case", CASES)
def test_bytes_are_seen_or_wasted(case: str) -> None:
    """Hand-computed stacks: added and visible bytes a layer, and each loss with its layer, its cause and its fate."""
    layers, added, visible, wasted = CASES[case]
    found = attribute(stack_of(*layers))
    assert [layer.added_bytes for layer in found.layers] == added
    assert [layer.visible_bytes for layer in found.layers] == visible
    told = [(lost.path, lost.layer, lost.by, lost.fate) for lost in found.wasted if lost.size_bytes]
    assert sorted(told) == sorted(wasted)
    assert found.total_bytes == sum(added)
    assert found.wasted_bytes == sum(added) - sum(visible)


def test_a_million_whiteouts_are_no_danger() -> None:
    """Of files that are there, of files that are not, and of folders with all that is in them."""
    lower = [file(f"d{number % 100}/f{number}", 1) for number in range(10_000)]
    upper = [gone(f"d{number % 1000}/f{number}") for number in range(1_000_000)]
    folders = [gone(f"d{number}") for number in range(1_000)]
    found = attribute(stack_of(lower, upper, folders))
    assert found.wasted_bytes == 10_000
    assert {lost.by for lost in found.wasted} == {1, 2}


def test_hard_links_in_a_circle_hold_nothing() -> None:
    """Links that lead to each other and to no file: no bytes, no end that is never reached."""
    found = attribute(stack_of([link("a", "b"), link("b", "c"), link("c", "a")], [gone("a")]))
    assert (found.total_bytes, found.wasted_bytes, found.efficiency) == (0, 0, 1.0)


def test_sizes_beyond_every_disk_add_up() -> None:
    """A header may claim anything: numbers have no end here."""
    huge = 2**62
    found = attribute(stack_of([file("a", huge), file("b", huge)], [gone("a")]))
    assert (found.total_bytes, found.wasted_bytes) == (2 * huge, huge)
