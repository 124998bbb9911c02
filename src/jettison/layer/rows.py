"""The layers of an image on top of each other without an object for each entry: an entry is the number of its row.

Of half a million entries nearly all are only asked for their path, type and size. Here all layers lie in one set of
columns, and an :class:`~jettison.model.entry.Entry` is made of a row when somebody asks for it. What comes out is what
:mod:`jettison.layer.merge` makes entry by entry.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, compress, islice, repeat
from operator import itemgetter

from jettison.frozen import dataclass, field
from jettison.layer.entry_columns import DIGEST_BYTES, IDS, MODES, NO_DIGEST, SIZES, EntryColumns
from jettison.layer.folder_table import FolderTable
from jettison.layer.hard_links import Heir, final_target, heirs_of
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import IMPLIED_MODE, LayerTable, are_folders, folders_of, layer_table
from jettison.layer.stack import Stack
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.tuples import NamedTuple

FILE, FOLDER, LINK = (ord(kind.value) for kind in (EntryType.FILE, EntryType.DIRECTORY, EntryType.HARDLINK))
_WHITEOUT, _OPAQUE = (ord(kind.value) for kind in (EntryType.WHITEOUT, EntryType.OPAQUE))
_TYPE_OF = {ord(kind.value): kind for kind in EntryType}
_IS_FILE = bytes(letter == FILE for letter in range(256))
_IS_FOLDER = bytes(letter == FOLDER for letter in range(256))
_IS_DELETION = bytes(letter in (_WHITEOUT, _OPAQUE) for letter in range(256))
_FIRST = itemgetter(0)


class Rows:
    """The entries of all layers, lowest layer first. Columns are lists and arrays by the numbers of the rows."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.types = bytearray()
        self.modes, self.sizes = array(MODES), array(SIZES)
        self._parts: list[EntryColumns] = []
        """What was appended, for all that is asked for seldom."""
        self._starts: list[int] = []
        """The first row of each part."""
        self._layers: list[int] = []
        """The number of the layer of each part."""
        self._files_before = array(IDS)
        """Of every row how many files there are before it."""
        self._files = 0

    def __len__(self) -> int:
        return len(self.types)

    def append(self, columns: EntryColumns, layer: int) -> range:
        """More entries, of the uppermost layer so far or of the next one; their rows."""
        start = len(self)
        self._parts.append(columns)
        self._starts.append(start)
        self._layers.append(layer)
        for paths in columns.decoded_paths():
            self.paths += paths
        self.types += columns.types
        self.modes += columns.modes
        self.sizes += columns.sizes
        files_before = accumulate(columns.types.translate(_IS_FILE), initial=self._files)
        self._files_before.extend(islice(files_before, len(columns)))
        self._files += columns.types.count(FILE)
        return range(start, len(self))

    def layer(self, row: int) -> int:
        """The number of the layer that a row belongs to, the lowest being 0."""
        return self._layers[bisect_right(self._starts, row) - 1]

    def layers(self) -> array[int]:
        """Of every row the number of its layer."""
        found = array(IDS)
        ends = [*self._starts, len(self)][1:]
        for layer, start, end in zip(self._layers, self._starts, ends, strict=True):
            found += array(IDS, [layer]) * (end - start)
        return found

    def link(self, row: int) -> str:
        """What a link leads to, as its layer has it; empty for what is none."""
        part, place = self._place(row)
        return part.links.get(place, "")

    def sha256(self, row: int) -> bytes:
        """Of the content of a file; ``NO_DIGEST`` where it is not known."""
        part, place = self._place(row)
        start = (self._files_before[row] - self._files_before[row - place]) * DIGEST_BYTES
        return bytes(part.digests[start : start + DIGEST_BYTES])

    def sha256s(self) -> Callable[[int], bytes]:
        """The same for those who ask for many, once all rows are there."""
        digests, before = b"".join([part.digests for part in self._parts]), self._files_before

        def sha256(row: int) -> bytes:
            start = before[row] * DIGEST_BYTES
            return digests[start : start + DIGEST_BYTES]

        return sha256

    def is_changed(self, old: int, new: int) -> bool:
        """Whether anything was changed of a file that can be without changing its content."""
        before, at = self._place(old)
        after, to = self._place(new)
        return (before.modes[at], before.uids[at], before.gids[at], before.mtimes[at], before.xattrs.get(at)) != (
            *(after.modes[to], after.uids[to], after.gids[to], after.mtimes[to], after.xattrs.get(to)),
        )

    def offset(self, row: int) -> int:
        """Where the content of a file begins in the tar of its layer."""
        part, place = self._place(row)
        return part.offsets[place]

    def entry(self, row: int) -> Entry:
        """The entry of a row, as its layer has it."""
        part, place = self._place(row)
        digest = None
        if self.types[row] == FILE:
            sha256 = self.sha256(row)
            digest = None if sha256 == NO_DIGEST else Digest(f"sha256:{sha256.hex()}")
        return Entry(
            self.paths[row],
            _TYPE_OF[self.types[row]],
            part.modes[place],
            part.uids[place],
            part.gids[place],
            part.sizes[place],
            part.mtimes[place],
            part.links.get(place, ""),
            part.xattrs.get(place, ()),
            part.devices.get(place, (0, 0)),
            digest,
            part.offsets[place],
        )

    def _place(self, row: int) -> tuple[EntryColumns, int]:
        number = bisect_right(self._starts, row) - 1
        return self._parts[number], row - self._starts[number]


class RowTable(LayerTable[int]):
    """One layer put in order; where its rows lie, folders that it does not name apart."""

    __slots__ = ("directories", "folders", "stretches")

    def __init__(self) -> None:
        super().__init__()
        self.directories: set[str] = set()
        """Those that it names."""
        self.stretches: list[range] = []
        self.folders: list[str] = []
        """What each row of ``stretches`` lies in."""

    def empty_folders(self) -> set[str]:
        """The directories in which the layer puts nothing and deletes nothing but by an opaque marker."""
        filled = {"", *self.folders, *folders_of(self.whiteouts), *folders_of(self.implied)}
        return (self.directories | self.implied) - filled


class RowStack(Stack[int]):
    """A tree of rows under construction."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.table = FolderTable(self.rows.paths)
        super().__init__(self.table, {})
        self._types = self.rows.types

    def read(self, index: LayerIndex, number: int) -> tuple[range, RowTable]:
        """The entries of the next layer as rows, and its table, ready to be put on top."""
        entries = index.entries
        columns = entries if isinstance(entries, EntryColumns) else EntryColumns(entries)
        rows = self.rows.append(columns, number)
        types = columns.types
        table = RowTable()
        table.has_links = LINK in types
        start = rows.start
        for row in compress(rows, types.translate(_IS_DELETION)) if _WHITEOUT in types or _OPAQUE in types else ():
            (table.opaques if self._types[row] == _OPAQUE else table.whiteouts).append(self.rows.paths[row])
            self._add_stretch(table, range(start, row))
            start = row + 1
        self._add_stretch(table, range(start, rows.stop))
        named = sum(map(len, table.stretches))
        table.directories.update(compress(self.rows.paths[rows.start :], types.translate(_IS_FOLDER)))
        missing = set(table.folders) - table.directories - {""}
        if len(table.entries) != named or not are_folders(missing, table.entries, self._is_folder):
            return rows, self._sorted_out(columns, number)
        missing.update(folders_of(table.whiteouts), table.opaques)
        self._imply(table, missing, number)
        return rows, table

    def tree(self) -> RowTree:
        """What the layers show so far; not to be used after the next one is put on top."""
        return RowTree(entries=_Entries(self), layer_numbers=_LayerNumbers(self), rows=self.rows, places=self.table)

    def _add_stretch(self, table: RowTable, rows: range) -> None:
        if rows:
            paths = self.rows.paths[rows.start : rows.stop]
            table.stretches.append(rows)
            table.folders += map(_FIRST, map(str.rpartition, paths, repeat("/")))
            table.entries.update(zip(paths, rows, strict=True))

    def _sorted_out(self, columns: EntryColumns, number: int) -> RowTable:
        """Of a layer that says a path twice, or puts files below files: what it comes to as rows of their own."""
        found = layer_table(columns)
        table = RowTable()
        table.whiteouts, table.opaques, table.has_links = found.whiteouts, found.opaques, found.has_links
        table.directories = {path for path, entry in found.entries.items() if entry.type is EntryType.DIRECTORY}
        named = [entry for path, entry in found.entries.items() if path not in found.implied]
        self._add_stretch(table, self.rows.append(EntryColumns(named), number))
        self._imply(table, found.implied, number)
        return table

    def _imply(self, table: RowTable, missing: Iterable[str], number: int) -> None:
        """Rows for the folders, and all above them, that the layer does not name."""
        start = len(self.rows)
        implied: list[Entry] = []

        def unnamed(path: str) -> int:
            implied.append(Entry(path, EntryType.DIRECTORY, mode=IMPLIED_MODE))
            return start + len(implied) - 1

        table.imply(missing, unnamed, lambda row: row >= start or self._is_folder(row))
        if implied:
            self.rows.append(EntryColumns(implied), number)

    def _overlap(self, layer: LayerTable[int]) -> Iterable[tuple[str, int]]:
        assert isinstance(layer, RowTable)
        paths = chain.from_iterable(self.rows.paths[rows.start : rows.stop] for rows in layer.stretches)
        implied = ((path, row) for path in layer.implied if (row := self.table.row(path)) is not None)
        return [*self.table.among(paths, layer.folders), *implied]

    def _below(self, tops: Iterable[str]) -> Iterable[tuple[str, int]]:
        found: dict[str, int] = {}
        pending = [*tops]
        while pending:
            inside = {path: row for path, row in self.table.inside(pending.pop()) if path and path not in found}
            found |= inside
            pending += [path for path, row in inside.items() if self._is_folder(row)]
        return found.items()

    def _add(self, layer: LayerTable[int]) -> None:
        assert isinstance(layer, RowTable)
        done = 0
        for rows in layer.stretches:
            self.table.add(rows, layer.folders[done : done + len(rows)])
            done += len(rows)
        for path in layer.implied:
            if path in layer.entries:
                self.table[path] = layer.entries[path]

    def _is_folder(self, entry: int) -> bool:
        return self._types[entry] == FOLDER

    def _is_file(self, entry: int) -> bool:
        return self._types[entry] == FILE

    def _links_in(self, new: dict[str, int]) -> dict[str, str]:
        types, written = self._types, self.rows.link

        def link_of(path: str) -> str | None:
            row = new.get(path)
            if row is None:
                return self.links.get(path)
            return written(row) if types[row] == LINK else None

        return {path: final_target(written(row), link_of) for path, row in new.items() if types[row] == LINK}

    def _release(self, gone: set[str]) -> list[Heir]:
        heirs = heirs_of(self.entries, self.links, gone)
        for heir in heirs:  # a row of its own, in the layer that holds the content
            row = self.entries[heir.target]
            inherited = EntryColumns([self.rows.entry(row)._replace(path=heir.path)])
            self.table[heir.path] = self.rows.append(inherited, self.rows.layer(row)).start
        return heirs


class _Entries(Mapping[str, Entry]):
    """The entries of a tree of rows, each made when it is asked for."""

    def __init__(self, stack: RowStack) -> None:
        self._table = stack.table
        self._links = stack.links
        self._rows = stack.rows

    def __getitem__(self, path: str) -> Entry:
        entry = self._rows.entry(self._table[path])
        return entry if entry.type is not EntryType.HARDLINK else entry._replace(link=self._links[path])

    def __contains__(self, path: object) -> bool:
        return path in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class _LayerNumbers(Mapping[str, int]):
    """The layers of the entries."""

    def __init__(self, stack: RowStack) -> None:
        self._table = stack.table
        self._rows = stack.rows

    def __getitem__(self, path: str) -> int:
        return self._rows.layer(self._table[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class Ordered(NamedTuple):
    """What a tree shows, in the order of the rows."""

    paths: Sequence[str]
    folders: Sequence[str]
    """The path of what each lies in."""
    rows: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTree(Tree):
    """A tree of which the rows are known, too: whoever looks at all of it looks at those."""

    rows: Rows = field(repr=False, compare=False)
    places: FolderTable = field(repr=False, compare=False)
    """path -> row"""
    _ordered: list[Ordered] = field(default_factory=list, repr=False, compare=False)

    @property
    def ordered(self) -> Ordered:
        """All that the tree shows, in columns."""
        if not self._ordered:
            rows = self.places.rows()
            paths = [*map(self.rows.paths.__getitem__, rows)]
            self._ordered.append(Ordered(paths, [*map(_FIRST, map(str.rpartition, paths, repeat("/")))], rows))
        return self._ordered[0]

    def paths(self) -> Iterable[str]:
        """All paths; see :class:`Tree`."""
        return self.ordered.paths

    def type_of(self, path: str) -> EntryType | None:
        """What is at exactly this path; see :class:`Tree`."""
        row = self.places.row(path)
        return None if row is None else _TYPE_OF[self.rows.types[row]]

    def listed(self, path: str) -> Sequence[Entry]:
        """What lies directly in the directory ``path``, in no order."""
        return [self.entries[found] for found, _ in self.places.inside(path) if found]

    def paths_below(self, path: str, *, leaving_out: str = "") -> Iterator[str]:
        """What lies in a folder at any depth and is no directory, in no order."""
        types = self.rows.types
        pending = [path]
        while pending:
            for found, row in self.places.inside(pending.pop()):
                if types[row] != FOLDER:
                    yield found
                elif found and found.rpartition("/")[2] != leaving_out:
                    pending.append(found)

    def large_programs(self, least_bytes: int) -> Iterable[str]:
        """The files of so many bytes or more that may be executed."""
        sizes, modes = self.rows.sizes, self.rows.modes
        paths, _, rows = self.ordered
        return [paths[n] for n, row in enumerate(rows) if sizes[row] >= least_bytes and modes[row] & 0o111]
