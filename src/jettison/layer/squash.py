"""Several layers as one: which entries the one holds, and the proof that nobody can tell the difference.

The lower layers stay as they are. What the upper ones do to them together is a difference of two trees: whiteouts and
opaque directories are resolved, what was written and deleted again is gone, and a deletion is said only where something
below is to be deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from jettison.errors import IntegrityError
from jettison.layer.diff import diff_trees, same_but_offset
from jettison.layer.hard_links import walk_order
from jettison.layer.index import LayerIndex
from jettison.layer.merge import apply_layer, merge_layers
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree


def squashed_entries(indexes: Sequence[LayerIndex], kept: int) -> tuple[tuple[Entry, ...], Tree]:
    """The entries of the layer that stands for all but the lowest ``kept``, and the tree that all of them make.

    That they make this tree of the kept layers is proved. The place of each content is that in the layer which the tree
    names. Empty where the upper layers change nothing.
    """
    lower = merge_layers(indexes[:kept])
    whole = merge_layers(indexes[kept:], on=lower, first=kept)
    entries = diff_trees(lower, whole)
    lean = tuple(entry for entry in entries if not _stays_below(entry, lower, whole))
    if len(lean) < len(entries) and _are_equal(whole, apply_layer(lower, lean, kept)):
        return lean, whole
    prove_equal(whole, apply_layer(lower, entries, kept))
    return entries, whole


def _stays_below(entry: Entry, lower: Tree, whole: Tree) -> bool:
    """Whether a name of a file that lost other names has the content that it has below: layers need not repeat it."""
    below = lower.entries.get(entry.path)
    if below is None or EntryType.HARDLINK not in (below.type, entry.type):
        return False
    file = whole.content(entry)
    return same_but_offset(lower.content(below)._replace(path=file.path), file)


def prove_equal(before: Tree, after: Tree) -> None:
    """Raise :class:`IntegrityError` unless two trees are the same: every path with type, mode, owner, size, time,
    attributes, links and digest of the content.
    """
    if _are_equal(before, after):
        return
    paths = sorted(before.entries.keys() | after.entries.keys(), key=walk_order)
    path = next(path for path in paths if _said_of(before, path) != _said_of(after, path))
    raise IntegrityError(f"the squashed layers do not make the same files: /{path} differs; nothing was written")


def prove_written(entries: Sequence[Entry], found: Sequence[Entry]) -> None:
    """Raise :class:`IntegrityError` unless a layer that was read back holds these entries, in this order.

    Layers that say the same in the same order make the same tree of whatever lies below them.
    """
    for entry, other in zip_longest(entries, found):
        if entry is None or not same_but_offset(other, entry):
            path = other.path if entry is None else entry.path
            raise IntegrityError(f"the squashed layer was not written as it was meant: /{path}; nothing was named")


def _are_equal(before: Tree, after: Tree) -> bool:
    return len(before.entries) == len(after.entries) and all(
        (other := after.entries.get(path)) is entry or same_but_offset(other, entry)
        for path, entry in before.entries.items()
    )


def _said_of(tree: Tree, path: str) -> Entry | None:
    entry = tree.entries.get(path)
    return None if entry is None else entry._replace(offset=0)
