"""What a stack of rows shows: a tree that makes an entry when somebody asks for it."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress

from jettison.frozen import dataclass, field
from jettison.layer.entry_columns import IDS
from jettison.layer.folder_table import FolderTable
from jettison.layer.rows import FOLDER, TYPE_OF, Rows
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.tuples import NamedTuple


class _Entries(Mapping[str, Entry]):
    """The entries of a tree of rows, each made when it is asked for."""

    def __init__(self, rows: Rows, table: FolderTable, links: Mapping[str, str]) -> None:
        self._rows = rows
        self._table = table
        self._links = links
        self._last: Entry | None = None
        """What was asked for last: it is mostly asked for twice."""

    def __getitem__(self, path: str) -> Entry:
        entry = self._last
        if entry is None or entry.path != path:
            entry = self._rows.entry(self._table[path])
            if entry.type is EntryType.HARDLINK:
                entry = entry._replace(link=self._links[path])
            self._last = entry
        return entry

    def __contains__(self, path: object) -> bool:
        return path in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class _LayerNumbers(Mapping[str, int]):
    """The layers of the entries."""

    def __init__(self, rows: Rows, table: FolderTable) -> None:
        self._rows = rows
        self._table = table

    def __getitem__(self, path: str) -> int:
        return self._rows.layer(self._table[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class Shown(NamedTuple):
    """What a tree shows, in the order of the rows."""

    mask: bytearray
    """Of every row whether it is shown."""
    rows: array[int]
    """Those that are."""
    paths: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTree(Tree):
    """A tree of which the rows are known, too: whoever looks at all of it looks at those."""

    rows: Rows = field(repr=False, compare=False)
    places: FolderTable = field(repr=False, compare=False)
    """path -> row"""
    links: Mapping[str, str] = field(repr=False, compare=False)
    """The hard links: path -> path of the file that has the content."""
    _shown: list[Shown] = field(default_factory=list, repr=False, compare=False)

    @property
    def shown(self) -> Shown:
        """All that the tree shows, in columns."""
        if not self._shown:
            mask, paths = self.places.mask(), self.rows.paths
            self._shown.append(Shown(mask, array(IDS, compress(range(len(paths)), mask)), [*compress(paths, mask)]))
        return self._shown[0]

    def paths(self) -> Iterable[str]:
        """All paths; see :class:`Tree`."""
        return self.shown.paths

    def type_of(self, path: str) -> EntryType | None:
        """What is at exactly this path; see :class:`Tree`."""
        row = self.places.row(path)
        return None if row is None else TYPE_OF[self.rows.types[row]]

    def listed(self, path: str) -> Sequence[Entry]:
        """What lies directly in the directory ``path``, in no order."""
        return [self.entries[found] for found, _ in self.places.inside(path) if found]

    def paths_below(self, path: str, *, leaving_out: str = "") -> Iterable[str]:
        """What lies in a folder at any depth and is no directory, in no order."""
        paths, types = self.rows.paths, self.rows.types
        found: list[str] = []
        pending = [path]
        while pending:
            for rows in self.places.runs(pending.pop()):
                if isinstance(rows, range) and FOLDER not in types[rows.start : rows.stop]:
                    found += paths[rows.start : rows.stop]
                    continue
                for row in rows:
                    if types[row] != FOLDER:
                        found.append(paths[row])
                    elif paths[row] and paths[row].rpartition("/")[2] != leaving_out:
                        pending.append(paths[row])
        return found

    def paths_in(self, path: str) -> Collection[str]:
        """What lies directly in a folder and is no directory."""
        paths, types = self.rows.paths, self.rows.types
        return {paths[row] for rows in self.places.runs(path) for row in rows if types[row] != FOLDER}

    def large_programs(self, least_bytes: int) -> Iterable[str]:
        """The files of so many bytes or more that may be executed."""
        sizes, modes = self.rows.sizes, self.rows.modes
        paths = self.rows.paths
        return [paths[row] for row in self.shown.rows if sizes[row] >= least_bytes and modes[row] & 0o111]


def row_tree(rows: Rows, places: FolderTable, links: Mapping[str, str]) -> RowTree:
    """The tree of the rows that have a place; ``links`` are the files that its hard links mean."""
    return RowTree(
        entries=_Entries(rows, places, links),
        layer_numbers=_LayerNumbers(rows, places),
        rows=rows,
        places=places,
        links=links,
    )
