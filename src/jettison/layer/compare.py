"""What differs between two trees, as people ask for it: added, removed, changed, moved files, and by how many bytes.

Unlike ``diff``, which makes the layer that leads from one to the other, this looks at what a program sees: hard links
are names of one file whichever of them a layer calls the file, and the order of layers makes no difference. The content
of a file counts once, under the first of its names: the sizes of all changes add up to that of the trees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from jettison.enums import StrEnum
from jettison.layer.hard_links import links_of, walk_order
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import ROOT, Tree
from jettison.tuples import NamedTuple


class ChangeKind(StrEnum):
    """How a path differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """Its content, its type, where its link points to, its device."""
    METADATA = "metadata"
    """Only mode, owner, attributes, times or the number of its names."""
    MOVED = "moved"
    """The content was under another path, which is gone."""


class Aspect(StrEnum):
    """What of a path differs; content and type come with :attr:`ChangeKind.CHANGED`, the rest alone or beside them."""

    TYPE = "type"
    CONTENT = "content"
    LINK = "link"
    DEVICE = "device"
    MODE = "mode"
    OWNER = "owner"
    XATTRS = "xattrs"
    HARD_LINKS = "hard links"
    TIME = "time"


_UP_TO_OFFSET = Entry._fields.index("offset")
_SUBSTANCE = frozenset({Aspect.TYPE, Aspect.CONTENT, Aspect.LINK, Aspect.DEVICE})


class Look(NamedTuple):
    """What a program sees of one path."""

    entry: Entry
    """Under its own path, with the metadata of the file where it is a hard link; its type is never HARDLINK. The size
    is 0 for all names of a file but the first."""
    names: tuple[str, ...] = ()
    """All names of the file where it has several, in order."""

    @property
    def content_bytes(self) -> int:
        """What the path takes; see ``entry``."""
        return self.entry.size


class Change(NamedTuple):
    """One difference."""

    kind: ChangeKind
    path: str
    """In the new tree, but for what was removed."""
    old: Look | None
    new: Look | None
    aspects: tuple[Aspect, ...] = ()

    @property
    def size_bytes(self) -> int:
        """By how much the new tree is larger."""
        return (self.new.content_bytes if self.new else 0) - (self.old.content_bytes if self.old else 0)

    @property
    def old_path(self) -> str:
        """Where it was before, which differs for what was moved."""
        return self.old.entry.path if self.old else self.path


def compare_trees(old: Tree, new: Tree, *, times: bool = False) -> tuple[Change, ...]:
    """All differences, in the order of a walk; none for trees that look the same.

    Times of modification count only where ``times`` is set: a directory gets a new one whenever anything in it changes,
    and two builds of the same files rarely agree on them.
    """
    if old.entries is new.entries:
        return ()
    before, after = _Looks(old, new), _Looks(new, old)
    found: list[Change] = []
    for path, entry in after.entries.items():
        if path not in after.linked and path not in before.linked:
            earlier = before.entries.get(path)
            if earlier is entry or (earlier is not None and earlier[:_UP_TO_OFFSET] == entry[:_UP_TO_OFFSET]):
                continue  # as nearly all are, in two images that have much in common
        change = compare_looks(before.get(path), after[path], times=times)
        if change is not None:
            found.append(change)
    gone = [
        Change(ChangeKind.REMOVED, path, before[path], None) for path in before.entries.keys() - after.entries.keys()
    ]
    return tuple(sorted(_with_moves(found, gone, times=times), key=lambda change: walk_order(change.path)))


class _Looks:
    """What a program sees of the paths of a tree that is compared with another one; made where it is asked for."""

    def __init__(self, tree: Tree, other: Tree) -> None:
        self.entries = tree.entries
        self.linked = _linked_looks(tree)
        root = other.entries.get("")
        if root is not None and "" not in tree.entries:  # a tree whose layers do not name the root has one all the same
            self.entries = {**tree.entries, "": ROOT._replace(mtime_ns=root.mtime_ns)}

    def __getitem__(self, path: str) -> Look:
        return self.linked.get(path) or _plain_look(self.entries[path])

    def get(self, path: str) -> Look | None:
        return self[path] if path in self.entries else None


def compare_looks(old: Look | None, new: Look, *, times: bool = False) -> Change | None:
    """The difference of one path that is there now; None where nothing that counts differs."""
    if old is None:
        return Change(ChangeKind.ADDED, new.entry.path, None, new)
    aspects = tuple(_aspects(old, new, times=times)) if old != new else ()
    if not aspects:
        return None
    kind = ChangeKind.METADATA if _SUBSTANCE.isdisjoint(aspects) else ChangeKind.CHANGED
    return Change(kind, new.entry.path, old, new, aspects)


def looks_of(tree: Tree) -> dict[str, Look]:
    """What a program sees of every path of a tree; where contents lie makes no difference."""
    linked = _linked_looks(tree)
    return {path: linked.get(path) or _plain_look(entry) for path, entry in tree.entries.items()}


def _plain_look(entry: Entry) -> Look:
    return Look(entry._replace(offset=0) if entry.offset else entry)


def names_of(tree: Tree, path: str) -> tuple[str, ...]:
    """All names of the file at a path, in order; nothing where it is not there."""
    links = links_of(tree.entries.values())
    target = links.get(path, path)
    names = {name for name in (target, *(name for name, of in links.items() if of == target)) if name in tree.entries}
    return tuple(sorted(names, key=walk_order)) if path in names else ()


def _linked_looks(tree: Tree) -> dict[str, Look]:
    """Those of the files that have several names, or have lost their others."""
    groups: dict[str, list[str]] = {}
    for path, target in links_of(tree.entries.values()).items():
        groups.setdefault(target, [target]).append(path)
    looks: dict[str, Look] = {}
    for target, paths in groups.items():
        content = tree.entries.get(target)
        names = tuple(sorted((path for path in paths if path in tree.entries), key=walk_order))
        for path in names:
            shown = (content or tree.entries[path])._replace(path=path, offset=0)
            looks[path] = Look(shown if path == names[0] else shown._replace(size=0), names if names[1:] else ())
    return looks


def content_bytes(tree: Tree) -> int:
    """The bytes of all files of a tree, each counted once."""
    return sum(entry.size for entry in tree.entries.values())


def _aspects(old: Look, new: Look, *, times: bool) -> Iterator[Aspect]:
    one, other = old.entry, new.entry
    if one.type is not other.type:
        yield Aspect.TYPE
    else:
        if one.digest != other.digest:
            yield Aspect.CONTENT
        if one.link != other.link:
            yield Aspect.LINK
        if one.device != other.device:
            yield Aspect.DEVICE
        if one.mode != other.mode and one.type is not EntryType.SYMLINK:
            yield Aspect.MODE
    if (one.uid, one.gid) != (other.uid, other.gid):
        yield Aspect.OWNER
    if one.xattrs != other.xattrs:
        yield Aspect.XATTRS
    if old.names != new.names and one.type is other.type:
        yield Aspect.HARD_LINKS
    if times and one.mtime_ns != other.mtime_ns:
        yield Aspect.TIME


def _with_moves(found: Iterable[Change], gone: Iterable[Change], *, times: bool) -> Iterator[Change]:
    """The changes, with each removal and addition of the same content joined; same names first, then in order."""
    left: dict[object, list[Change]] = defaultdict(list)
    for change in gone:
        if (key := _moved_key(change.old)) is not None:
            left[key].append(change)
        else:
            yield change
    arrived: dict[object, list[Change]] = defaultdict(list)
    for change in found:
        key = _moved_key(change.new) if change.kind is ChangeKind.ADDED else None
        if key is not None and key in left:
            arrived[key].append(change)
        else:
            yield change
    for key, removals in left.items():
        yield from _paired(removals, arrived.get(key, []), times=times)


def _moved_key(look: Look | None) -> object:
    """What has to be the same where something was moved; None for what is not told apart: empty files, folders."""
    if look is None or not look.content_bytes or look.entry.type is not EntryType.FILE:
        return None
    return look.entry.digest


def _paired(removals: list[Change], additions: list[Change], *, times: bool) -> Iterator[Change]:
    by_name: Mapping[str, list[Change]] = defaultdict(list)
    for change in sorted(removals, key=lambda change: walk_order(change.path), reverse=True):
        by_name[change.path.rpartition("/")[2]].append(change)
    unmatched: list[Change] = []
    for change in sorted(additions, key=lambda change: walk_order(change.path)):
        same_name = by_name[change.path.rpartition("/")[2]]
        if same_name:
            yield _move(same_name.pop(), change, times=times)
        else:
            unmatched.append(change)
    others = sorted((change for rest in by_name.values() for change in rest), key=lambda one: walk_order(one.path))
    for removal, addition in zip(others, unmatched, strict=False):
        yield _move(removal, addition, times=times)
    yield from others[len(unmatched) :]
    yield from unmatched[len(others) :]


def _move(removal: Change, addition: Change, *, times: bool) -> Change:
    assert removal.old is not None and addition.new is not None
    aspects = [aspect for aspect in _aspects(removal.old, addition.new, times=times) if aspect is not Aspect.HARD_LINKS]
    return Change(ChangeKind.MOVED, addition.path, removal.old, addition.new, tuple(aspects))
