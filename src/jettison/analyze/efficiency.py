"""The efficiency of an image as dive reports it, so that the two can be compared (``dive/filetree/efficiency.go``).

For every path the sizes that it has in the layers are added up; the score is what the smallest of them add up to,
divided by what all of them do. A deleted file counts as a size of 0 at its path. A deleted folder counts, at its own
path, as the size of all that was in it, so that what was deleted is in both sums. Opaque markers are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.model.entry import Entry, EntryType


class Efficiency:
    """The score of layers that are added one by one, the lowest first."""

    def __init__(self) -> None:
        self._least: dict[str, int] = {}
        self._all_bytes = 0

    def add(self, entries: Iterable[Entry], deleted_folders: Mapping[str, int]) -> None:
        """Count a layer. ``deleted_folders`` has the bytes of what was in the folders that it deletes."""
        least = self._least
        total = 0
        for entry in entries:
            kind = entry.type
            if kind is EntryType.DIRECTORY or kind is EntryType.OPAQUE:
                continue
            size = entry.size
            if kind is EntryType.WHITEOUT:
                size = deleted_folders.get(entry.path, 0)
            total += size
            known = least.get(entry.path)
            if known is None or size < known:
                least[entry.path] = size
        self._all_bytes += total

    @property
    def score(self) -> float:
        """Between 0 and 1; 1 for an image without any content."""
        return sum(self._least.values()) / self._all_bytes if self._all_bytes else 1.0
