"""One layer put in order: each path said once, every parent present, deletions apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress, repeat
from operator import is_, itemgetter

from jettison.frozen import dataclass, field
from jettison.layer.hard_links import release
from jettison.model.entry import Entry, EntryType

_WHITEOUT, _OPAQUE = EntryType.WHITEOUT, EntryType.OPAQUE
_FIRST = itemgetter(0)
_PATH, _TYPE = (itemgetter(Entry._fields.index(name)) for name in ("path", "type"))
"""In half of the time of the attributes: there may be half a million entries."""
IMPLIED_MODE = 0o755
"""Of a directory that a layer speaks of without naming it, where the layers below have none."""


@dataclass(slots=True)
class LayerTable:
    """The files of a layer by path, and what it deletes below."""

    entries: dict[str, Entry] = field(default_factory=dict)
    implied: set[str] = field(default_factory=set)
    """Those of ``entries`` that are directories the layer does not name."""
    whiteouts: list[str] = field(default_factory=list)
    opaques: list[str] = field(default_factory=list)
    has_links: bool = False
    """Whether the layer names hard links: most do not."""
    parents: set[str] = field(default_factory=set)
    """The folders in which the layer puts or deletes something, but for those that are ``implied``'s alone."""

    def empty_folders(self) -> set[str]:
        """The directories in which the layer puts nothing and deletes nothing but by an opaque marker."""
        are_folders = map(is_, map(_TYPE, self.entries.values()), repeat(EntryType.DIRECTORY))
        return set(compress(self.entries, are_folders)) - self.parents - _folders_of(self.implied) - {""}


def layer_table(entries: Iterable[Entry]) -> LayerTable:
    """Sort out a layer's entries: what is said later of a path counts, as if each were unpacked after the other."""
    table = LayerTable()
    files = list(entries)
    kinds = set(map(_TYPE, files))
    table.has_links = EntryType.HARDLINK in kinds
    if _WHITEOUT in kinds or _OPAQUE in kinds:
        table.whiteouts = [entry.path for entry in files if entry.type is _WHITEOUT]
        table.opaques = [entry.path for entry in files if entry.type is _OPAQUE]
        files = [entry for entry in files if entry.type is not _WHITEOUT and entry.type is not _OPAQUE]
    named = dict(zip(map(_PATH, files), files, strict=True))
    folders = _folders_of(named)
    if len(named) != len(files) or not _are_directories(folders, named):
        named = _said_last(files)
        folders = _folders_of(named)
    table.entries = named
    folders |= _folders_of(table.whiteouts)
    table.parents = folders
    for path in (*folders, *table.opaques):
        _add_implied(table, path)
    return table


def _folders_of(paths: Iterable[str]) -> set[str]:
    return set(map(_FIRST, map(str.rpartition, paths, repeat("/"))))


def _are_directories(folders: Iterable[str], entries: dict[str, Entry]) -> bool:
    """Whether none of the folders, and nothing above them, is named as something else."""
    seen = {""}
    for folder in folders:
        above = folder
        while above not in seen:
            seen.add(above)
            entry = entries.get(above)
            if entry is not None and entry.type is not EntryType.DIRECTORY:
                return False
            above = above.rpartition("/")[0]
    return True


def _add_implied(table: LayerTable, path: str) -> None:
    while path:
        known = table.entries.get(path)
        if known is not None and known.type is EntryType.DIRECTORY:
            return
        table.entries[path] = Entry(path=path, type=EntryType.DIRECTORY, mode=IMPLIED_MODE)
        table.implied.add(path)
        path = path.rpartition("/")[0]


def _said_last(files: Iterable[Entry]) -> dict[str, Entry]:
    """The slow way, for layers that say a path twice or put files below files: one entry after the other."""
    entries: dict[str, Entry] = {}
    children: dict[str, set[str]] = {}
    links: dict[str, str] = {}

    def remove(path: str) -> None:
        gone = {path}
        pending = [path]
        while pending:
            below = children.pop(pending.pop(), ())
            gone.update(below)
            pending.extend(below)
        if links:
            release(entries, links, gone)
        for each in gone:
            entries.pop(each, None)

    for entry in files:
        path = entry.path
        known = entries.get(path)
        if entry.type is not EntryType.DIRECTORY or (known is not None and known.type is not EntryType.DIRECTORY):
            remove(path)
        above = path
        while above:
            child, above = above, above.rpartition("/")[0]
            children.setdefault(above, set()).add(child)
            if above in entries and entries[above].type is not EntryType.DIRECTORY:
                remove(above)
                children.setdefault(above, set()).add(child)
        entries[path] = entry
        if entry.type is EntryType.HARDLINK:
            links[path] = entry.link
    return entries
