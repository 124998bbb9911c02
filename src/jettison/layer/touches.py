"""What each layer of a stack does to one path: brings it, changes it, takes it away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.layer.compare import Aspect, ChangeKind, Look, compare_looks, looks_of
from jettison.layer.index import LayerIndex
from jettison.layer.merge import apply_layer
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree


class TouchKind(StrEnum):
    """What a layer does."""

    ADDED = "added"
    CHANGED = "changed"
    """Its content, type, link or device; of a folder, that it holds nothing of what it held."""
    METADATA = "metadata"
    """Only mode, owner, attributes, time or its names; the content lies in the layer once more all the same."""
    REPEATED = "repeated"
    """The layer holds it as it was."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One layer that has to do with the path."""

    layer: int
    """The lowest being 0."""
    kind: TouchKind
    look: Look | None
    """What is seen of the path afterwards; None where it is gone."""
    aspects: tuple[Aspect, ...] = ()
    size_bytes: int = 0
    """What the layer holds of it."""


def touches_of(indexes: Sequence[LayerIndex], path: str) -> tuple[Touch, ...]:
    """Every layer that touched ``path``, lowest first; links are not followed. Looks at no other path."""
    return tuple(_touches(indexes, path))


def brought_by(touches: Sequence[Touch]) -> Touch | None:
    """The layer that brought what is seen of a path in the end, or seen last; None where there never was one."""
    bringing = (TouchKind.ADDED, TouchKind.CHANGED)
    return next((touch for touch in reversed(touches) if touch.kind in bringing), None)


def _touches(indexes: Sequence[LayerIndex], path: str) -> Iterator[Touch]:
    watched = _with_ancestors({path})
    for index in indexes:
        watched |= _with_ancestors(_linked(index, watched))
    tree, before = Tree(entries={}), None
    for number, index in enumerate(indexes):
        held = [entry for entry in index.entries if entry.path in watched]
        if not held:
            continue
        tree = apply_layer(tree, held, number)
        after = looks_of(tree).get(path)
        own = [entry for entry in held if entry.path == path and entry.type not in _DELETIONS]
        is_emptied = any(entry.path == path and entry.type is EntryType.OPAQUE for entry in held)
        touch = _touch(number, before, after, own, is_emptied=is_emptied)
        before = after
        if touch is not None:
            yield touch


_DELETIONS = (EntryType.WHITEOUT, EntryType.OPAQUE)


def _touch(
    number: int, before: Look | None, after: Look | None, own: Sequence[Entry], *, is_emptied: bool
) -> Touch | None:
    if after is None:
        return None if before is None else Touch(layer=number, kind=TouchKind.REMOVED, look=None)
    size_bytes = after.entry.size if own else 0
    change = compare_looks(before, after, times=True)
    if is_emptied and before is not None and before.entry.type is EntryType.DIRECTORY:
        aspects = (Aspect.CONTENT, *(change.aspects if change is not None else ()))
        return Touch(layer=number, kind=TouchKind.CHANGED, look=after, aspects=aspects, size_bytes=size_bytes)
    if change is None:
        return Touch(layer=number, kind=TouchKind.REPEATED, look=after, size_bytes=size_bytes) if own else None
    kind = _KINDS[change.kind]
    return Touch(layer=number, kind=kind, look=after, aspects=change.aspects, size_bytes=size_bytes)


_KINDS = {
    ChangeKind.ADDED: TouchKind.ADDED,
    ChangeKind.CHANGED: TouchKind.CHANGED,
    ChangeKind.METADATA: TouchKind.METADATA,
}


def _linked(index: LayerIndex, watched: set[str]) -> set[str]:
    """The files that the watched paths are other names of in a layer, links to links included."""
    targets = {entry.path: entry.link for entry in index.entries if entry.type is EntryType.HARDLINK}
    found: set[str] = set()
    pending = [path for path in watched if path in targets]
    while pending:
        target = targets[pending.pop()]
        if target not in found:
            found.add(target)
            if target in targets:
                pending.append(target)
    return found


def _with_ancestors(paths: set[str]) -> set[str]:
    found = set(paths)
    for path in paths:
        parent = path
        while parent:
            parent = parent.rpartition("/")[0]
            found.add(parent)
    return found
