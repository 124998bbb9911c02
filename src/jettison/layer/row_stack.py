"""The layers of an image on top of each other, as rows: what comes out is what ``merge`` makes entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress, count, islice, repeat
from operator import itemgetter, ne

from jettison.layer.entry_columns import EntryColumns
from jettison.layer.folder_table import FolderRun, FolderTable
from jettison.layer.hard_links import Heir, final_target, heirs_of
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import IMPLIED_MODE, LayerTable, are_folders, folders_of, layer_table
from jettison.layer.row_tree import RowTree, row_tree
from jettison.layer.rows import FILE, FOLDER, LINK, Rows
from jettison.layer.stack import Stack
from jettison.model.entry import Entry, EntryType

_WHITEOUT, _OPAQUE = (ord(kind.value) for kind in (EntryType.WHITEOUT, EntryType.OPAQUE))
_IS_FOLDER = bytes(letter == FOLDER for letter in range(256))
_IS_DELETION = bytes(letter in (_WHITEOUT, _OPAQUE) for letter in range(256))
_FIRST = itemgetter(0)


class RowTable(LayerTable[int]):
    """One layer put in order; where its rows lie, folders that it does not name apart."""

    __slots__ = ("directories", "runs")

    def __init__(self) -> None:
        super().__init__()
        self.directories: set[str] = set()
        """Those that it names."""
        self.runs: list[FolderRun] = []
        """What it names."""

    def folders(self) -> set[str]:
        """What the rows lie in."""
        return {folder for folder, _ in self.runs}

    def empty_folders(self) -> set[str]:
        """The directories in which the layer puts nothing and deletes nothing but by an opaque marker."""
        filled = {"", *self.folders(), *folders_of(self.whiteouts), *folders_of(self.implied)}
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
        named = sum(len(run) for _, run in table.runs)
        table.directories.update(compress(self.rows.paths[rows.start :], types.translate(_IS_FOLDER)))
        missing = table.folders() - table.directories - {""}
        if len(table.entries) != named or not are_folders(missing, table.entries, self._is_folder):
            return rows, self._sorted_out(columns, number)
        missing.update(folders_of(table.whiteouts), table.opaques)
        self._imply(table, missing, number)
        return rows, table

    def tree(self) -> RowTree:
        """What the layers show so far; not to be used after the next one is put on top."""
        return row_tree(self.rows, self.table, self.links)

    def _add_stretch(self, table: RowTable, rows: range) -> None:
        if rows:
            paths = self.rows.paths[rows.start : rows.stop]
            folders = [*map(_FIRST, map(str.rpartition, paths, repeat("/")))]
            starts = [0, *compress(count(1), map(ne, folders, islice(folders, 1, None)))]
            ends = [*starts[1:], len(rows)]
            table.runs += [(folders[start], rows[start:end]) for start, end in zip(starts, ends, strict=True)]
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
        implied = ((path, row) for path in layer.implied if (row := self.table.row(path)) is not None)
        return [*self.table.among(layer.runs), *implied]

    def _below(self, tops: Iterable[str]) -> Iterable[tuple[str, int]]:
        found: dict[str, int] = {}
        pending = [*tops]
        while pending:
            inside = {path: row for path, row in self.table.inside(pending.pop()) if path and path not in found}
            found |= inside
            pending += [path for path, row in inside.items() if self._is_folder(row)]
        return found.items()

    def _remove(self, paths: Iterable[str]) -> None:
        self.table.remove(paths)

    def _add(self, layer: LayerTable[int]) -> None:
        assert isinstance(layer, RowTable)
        self.table.add(layer.runs)
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
