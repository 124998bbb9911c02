"""The efficiency of an image as dive reports it, so that the two can be compared (``dive/filetree/efficiency.go``).

For every path the sizes that it has in the layers are added up; the score is what the smallest of them add up to,
divided by what all of them do. A deleted file counts as a size of 0 at its path. A deleted folder counts, at its own
path, as the size of all that was in it, so that what was deleted is in both sums. Opaque markers are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Efficiency:
    """The score of layers that are added one by one, the lowest first."""

    def __init__(self) -> None:
        self._least: dict[str, int] = {}
        self._all_bytes = 0

    def add(self, sizes: dict[str, int], whiteouts: Iterable[str], deleted_folders: Mapping[str, int]) -> None:
        """Count a layer: the sizes of its files by their paths, a table that is used up, and what it deletes.

        ``deleted_folders`` has the bytes of what was in the folders among the deleted.
        """
        for path in whiteouts:
            sizes[path] = deleted_folders.get(path, 0)
        self._all_bytes += sum(sizes.values())
        for path in self._least.keys() & sizes.keys():
            sizes[path] = min(sizes[path], self._least[path])
        self._least.update(sizes)

    @property
    def score(self) -> float:
        """Between 0 and 1; 1 for an image without any content."""
        return sum(self._least.values()) / self._all_bytes if self._all_bytes else 1.0
