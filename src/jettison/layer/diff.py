"""The layer that turns one tree into another."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.layer.hard_links import links_of, walk_order
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree

_UP_TO_OFFSET = Entry._fields.index("offset")


def diff_trees(old: Tree, new: Tree) -> tuple[Entry, ...]:
    """The entries of a layer such that applying it to ``old`` gives ``new``.

    Where the content lies (``offset``) makes no difference. The directories above a change are part of the layer, as
    docker and BuildKit have it, and so are all names of a file of which one is new or changed. In order of a walk,
    hard links last.
    """
    changed = {path for path, entry in new.entries.items() if not same_but_offset(old.entries.get(path), entry)}
    deleted = {path for path in old.entries.keys() - new.entries.keys() if path and _parent_stays(path, old, new)}
    changed |= _link_groups(new, changed)
    changed |= _ancestors(changed | deleted) & new.entries.keys()
    entries = [new.entries[path] for path in changed]
    entries += [Entry(path=path, type=EntryType.WHITEOUT) for path in deleted]
    return tuple(sorted(entries, key=lambda entry: (entry.type is EntryType.HARDLINK, walk_order(entry.path))))


def same_but_offset(old: Entry | None, new: Entry) -> bool:
    """Whether two entries say the same of a file, wherever its content lies."""
    return old is not None and old[:_UP_TO_OFFSET] == new[:_UP_TO_OFFSET]


def _parent_stays(path: str, old: Tree, new: Tree) -> bool:
    """Whether the directory of ``path`` is one in both trees: a deletion there has to be said."""
    parent = path.rpartition("/")[0]
    return all((entry := tree.get(parent)) and entry.type is EntryType.DIRECTORY for tree in (old, new))


def _link_groups(tree: Tree, changed: set[str]) -> set[str]:
    """All names of those files of which one name is in ``changed``."""
    groups: dict[str, set[str]] = {}
    for path, target in links_of(tree.entries.values()).items():
        groups.setdefault(target, {target}).add(path)
    names: set[str] = set()
    for group in groups.values():
        if not group.isdisjoint(changed):
            names |= group
    return names & tree.entries.keys()


def _ancestors(paths: Iterable[str]) -> set[str]:
    above: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in above:
            above.add(parent)
            parent = parent.rpartition("/")[0]
    return above
