"""The merged view of layers, as far as its own methods go."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder

from jettison.model.tree import Tree, tree_of

TREE = tree_of(
    [folder("b"), file("b/\udcff", 1), file("b/é", 1), file("b/z", 1), folder("b/a"), file("b/a/deep", 1), file("a", 1)]
)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("", ["a", "b"]),
        ("b", ["a", "z", "é", "\udcff"]),
        ("b/a", ["deep"]),
        ("a", []),
        ("nowhere", []),
    ],
)
def test_what_lies_in_a_directory(path: str, names: list[str]) -> None:
    """In byte order of the names, at every call; nothing where there is no directory."""
    for _ in range(2):
        assert TREE.children(path) == names
        assert [entry.name for entry in TREE.below(path)] == names


@pytest.mark.parametrize(
    "path", ["", "b", "b/a", "b/a/deep", "b-", "b\x01", "b\udcff", "bé", "c", "nowhere", "b/nowhere"]
)
def test_a_walk_over_what_is_in_order(path: str) -> None:
    """It comes by the same as one over the same entries in any order, whatever stands beside a directory's name."""
    others = [folder(name) for name in ("b-", "b\x01", "b\udcff", "bé")]
    below = [file(f"{entry.path}/one", 1) for entry in others]
    tree = tree_of([*TREE.entries.values(), *others, *below, folder("c")])
    ordered = Tree(entries=tree.entries, in_order=list(tree.walk("")))
    assert list(ordered.walk(path)) == list(tree.walk(path))
    assert ordered == Tree(entries=tree.entries)
