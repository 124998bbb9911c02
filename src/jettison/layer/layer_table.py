"""One layer put in order: each path said once, every parent present, deletions apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from operator import itemgetter

from jettison.hints import Generic, TypeVar
from jettison.layer.hard_links import release
from jettison.model.entry import Entry, EntryType

_WHITEOUT, _OPAQUE = EntryType.WHITEOUT, EntryType.OPAQUE
_FIRST = itemgetter(0)
_PATH, _TYPE = (itemgetter(Entry._fields.index(name)) for name in ("path", "type"))
"""In half of the time of the attributes: there may be half a million entries."""
IMPLIED_MODE = 0o755
"""Of a directory that a layer speaks of without naming it, where the layers below have none."""


_T = TypeVar("_T")


class LayerTable(Generic[_T]):
    """The files of a layer by path, and what it deletes below; what stands for an entry is not said here."""

    __slots__ = ("entries", "has_links", "implied", "opaques", "whiteouts")

    def __init__(self) -> None:
        self.entries: dict[str, _T] = {}
        self.implied: set[str] = set()
        """Those of ``entries`` that are directories the layer does not name."""
        self.whiteouts: list[str] = []
        self.opaques: list[str] = []
        self.has_links = False
        """Whether the layer names hard links: most do not."""

    def imply(self, folders: Iterable[str], unnamed: Callable[[str], _T], is_folder: Callable[[_T], bool]) -> None:
        """Add the folders, and all above them, that the layer does not name; ``unnamed`` makes an entry of one."""
        for folder in folders:
            path = folder
            while path:
                known = self.entries.get(path)
                if known is not None and is_folder(known):
                    break
                self.entries[path] = unnamed(path)
                self.implied.add(path)
                path = path.rpartition("/")[0]


def layer_table(entries: Iterable[Entry]) -> LayerTable[Entry]:
    """Sort out a layer's entries: what is said later of a path counts, as if each were unpacked after the other."""
    table: LayerTable[Entry] = LayerTable()
    files = list(entries)
    kinds = set(map(_TYPE, files))
    table.has_links = EntryType.HARDLINK in kinds
    if _WHITEOUT in kinds or _OPAQUE in kinds:
        table.whiteouts = [entry.path for entry in files if entry.type is _WHITEOUT]
        table.opaques = [entry.path for entry in files if entry.type is _OPAQUE]
        files = [entry for entry in files if entry.type is not _WHITEOUT and entry.type is not _OPAQUE]
    named = dict(zip(map(_PATH, files), files, strict=True))
    folders = folders_of(named)
    if len(named) != len(files) or not are_folders(folders, named, _is_directory):
        named = _said_last(files)
        folders = folders_of(named)
    table.entries = named
    folders |= folders_of(table.whiteouts)
    folders.update(table.opaques)
    table.imply(folders, _unnamed, _is_directory)
    return table


def _unnamed(path: str) -> Entry:
    return Entry(path=path, type=EntryType.DIRECTORY, mode=IMPLIED_MODE)


def _is_directory(entry: Entry) -> bool:
    return entry.type is EntryType.DIRECTORY


def folders_of(paths: Iterable[str]) -> set[str]:
    """The paths of what they lie in."""
    return set(map(_FIRST, map(str.rpartition, paths, repeat("/"))))


def are_folders(folders: Iterable[str], entries: Mapping[str, _T], is_folder: Callable[[_T], bool]) -> bool:
    """Whether none of the folders, and nothing above them, is named as something else."""
    seen = {""}
    for folder in folders:
        above = folder
        while above not in seen:
            seen.add(above)
            entry = entries.get(above)
            if entry is not None and not is_folder(entry):
                return False
            above = above.rpartition("/")[0]
    return True


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
