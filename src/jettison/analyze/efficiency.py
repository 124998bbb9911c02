"""The efficiency of an image as dive reports it, so that the two can be compared (``dive/filetree/efficiency.go``).

For every path the sizes that it has in the layers are added up; the score is what the smallest of them add up to,
divided by what all of them do. A hard link is a size of 0, and so is a folder in which a layer has nothing. A deleted
file counts as a size of 0 at its path. A deleted folder counts, at its own path, as the size of all that was in it, so
that what was deleted is in both sums. Opaque markers are passed over.

Three of dive's slips are not repeated: after the deletion of what was never there it passes over the rest of a layer; a
folder that some layer does not name, only what lies in it, counts as nothing when it is deleted; and what an opaque
marker hid, or a file took the place of, is still in a folder that is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from jettison.layer.row_stack import RowTable
from jettison.layer.rows import FILE, FOLDER, Rows
from jettison.layer.stack import Applied


class Efficiency:
    """The score of layers that are added one by one, the lowest first.

    Most paths have one size in one layer: those are only added up, and only what a layer says anew is remembered.
    """

    def __init__(self, rows: Rows) -> None:
        self._types, self._sizes = rows.types, rows.sizes
        self._least: dict[str, int] = {}
        """Of the paths that more than one layer speaks of; those of one layer alone are in the sums as they are."""
        self._repeated: set[str] = set()
        self._linked: set[str] = set()
        """The paths of hard links that are the file now, since its own name is gone: no layer gives them a size."""
        self._least_bytes = 0
        self._all_bytes = 0
        self.repeated_bytes = 0
        """All sizes of the paths that are said more than once: what dive calls wasted."""

    def add(self, layer: RowTable, layer_bytes: int, applied: Applied[int]) -> None:
        """Count a layer: its files by their paths, what it deletes, and what became of the layers below.

        ``layer_bytes`` are those of all its entries together.
        """
        least, types, sizes, entries = self._least, self._types, self._sizes, layer.entries
        for path, row in applied.gone.items():
            if types[row] != FOLDER:
                least.setdefault(path, 0 if path in self._linked else sizes[row])
        for path in applied.relinked:
            least.setdefault(path, 0)  # a link until now, whatever it holds from here on
        deleted = self._deleted(layer.whiteouts, applied)
        layer_bytes += sum(size for _, size in deleted)
        self._say(deleted)
        rows = [(path, entries[path]) for path in least.keys() & entries.keys()]
        self._say((path, sizes[row]) for path, row in rows if types[row] != FOLDER)
        self._say((path, 0) for path in layer.empty_folders())
        self._all_bytes += layer_bytes
        self._least_bytes += layer_bytes
        if self._linked:
            self._linked -= entries.keys()
        self._linked.update(applied.relinked)

    def _say(self, said: Iterable[tuple[str, int]]) -> None:
        least, repeated = self._least, self._repeated
        for path, size in said:
            known = least.get(path)
            if known is None:
                least[path] = size
                continue
            if size < known:
                self._least_bytes -= known
                least[path] = size
            else:
                self._least_bytes -= size
            self.repeated_bytes += size
            if path not in repeated:
                repeated.add(path)
                self.repeated_bytes += known

    def _deleted(self, whiteouts: Iterable[str], applied: Applied[int]) -> list[tuple[str, int]]:
        """What is deleted, each path once, with its size."""
        paths = dict.fromkeys(whiteouts)
        gone = applied.gone
        folders = [path for path in paths if path in gone and self._types[gone[path]] == FOLDER]
        sizes = self._bytes_below(folders, gone) if folders else {}
        return [(path, sizes.get(path, 0)) for path in paths]

    def _bytes_below(self, folders: Collection[str], gone: Mapping[str, int]) -> dict[str, int]:
        """Of every folder, the bytes of the files that were in it."""
        sizes = dict.fromkeys(folders, 0)
        directly: dict[str, int] = {}
        for path, row in gone.items():
            if self._types[row] == FILE and path not in self._linked:
                parent = path.rpartition("/")[0]
                directly[parent] = directly.get(parent, 0) + self._sizes[row]
        for parent, size in directly.items():
            above = parent
            while above:
                if above in sizes:
                    sizes[above] += size
                above = above.rpartition("/")[0]
        return sizes

    @property
    def score(self) -> float:
        """Between 0 and 1; 1 for an image without any content."""
        return self._least_bytes / self._all_bytes if self._all_bytes else 1.0
