"""The efficiency of an image as dive reports it, so that the two can be compared (``dive/filetree/efficiency.go``).

For every path the sizes that it has in the layers are added up; the score is what the smallest of them add up to,
divided by what all of them do. A deleted file counts as a size of 0 at its path. A deleted folder counts, at its own
path, as the size of all that was in it, so that what was deleted is in both sums. Opaque markers are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.layer.merge import Applied
from jettison.model.entry import Entry, EntryType


class Efficiency:
    """The score of layers that are added one by one, the lowest first.

    Most paths have one size in one layer: those are only added up, and only what a layer says anew is remembered.
    """

    def __init__(self) -> None:
        self._least: dict[str, int] = {}
        """Of the paths that more than one layer speaks of; those of one layer alone are in the sums as they are."""
        self._least_bytes = 0
        self._all_bytes = 0

    def add(
        self,
        entries: Mapping[str, Entry],
        layer_bytes: int,
        whiteouts: Iterable[str],
        applied: Applied,
        deleted_folders: Mapping[str, int],
    ) -> None:
        """Count a layer: its files by their paths, what it deletes, and what became of the layers below.

        ``layer_bytes`` are those of all ``entries`` together;
        ``deleted_folders`` has the bytes of what was in the folders among the deleted.
        """
        least = self._least
        for path, entry in applied.gone.items():
            if entry.type is not EntryType.DIRECTORY:
                least.setdefault(path, entry.size)
        for path in applied.relinked:
            least.setdefault(path, 0)  # a link until now, whatever it holds from here on
        said_again = {path: deleted_folders.get(path, 0) for path in whiteouts}
        layer_bytes += sum(said_again.values())
        layer_bytes -= sum(entries[path].size for path in said_again.keys() & entries.keys())
        for path in least.keys() & entries.keys():
            if entries[path].type is not EntryType.DIRECTORY:
                said_again.setdefault(path, entries[path].size)
        self._all_bytes += layer_bytes
        self._least_bytes += layer_bytes
        for path, size in said_again.items():
            known = least.get(path)
            if known is not None:
                self._least_bytes -= max(known, size)
            least[path] = size if known is None else min(known, size)

    @property
    def score(self) -> float:
        """Between 0 and 1; 1 for an image without any content."""
        return self._least_bytes / self._all_bytes if self._all_bytes else 1.0
