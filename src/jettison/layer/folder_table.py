"""Path -> row, for half a million paths of which nearly all are put in once and looked up never.

A layer's rows come folder by folder, and most folders lie in one layer alone. So a folder is remembered as the runs of
rows that lie in it, and becomes a dictionary when somebody asks for one of its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from itertools import chain, compress, count, islice
from operator import ne


class FolderTable(MutableMapping[str, int]):
    """The rows of paths. ``paths`` are those of all rows, and may grow."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._runs: dict[str, list[range]] = {}
        """Of folders that nobody asked for."""
        self._known: dict[str, dict[str, int]] = {}
        """Of the others."""

    def add(self, rows: range, folders: Sequence[str]) -> None:
        """Put in rows under their paths; ``folders`` are what each lies in, and mostly the same for many.

        No path twice; paths that are here already are put in anew only after :meth:`among` was asked for them.
        """
        ends = [*compress(count(rows.start + 1), map(ne, folders, islice(folders, 1, None))), rows.stop]
        start = rows.start
        for end in ends:
            folder = folders[start - rows.start]
            known = self._known.get(folder)
            if known is not None:
                known.update(zip(self._paths[start:end], range(start, end), strict=True))
            elif folder in self._runs:
                self._runs[folder].append(range(start, end))
            else:
                self._runs[folder] = [range(start, end)]
            start = end

    def row(self, path: str) -> int | None:
        """The row of a path; None for one that is not here."""
        return self._siblings(path).get(path)

    def among(self, paths: Iterable[str], folders: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Those of the paths that are here, with their rows; ``folders`` are what each lies in."""
        shared = {folder for folder in set(folders) if folder in self._runs or folder in self._known}
        for path in compress(paths, map(shared.__contains__, folders)):
            row = self.row(path)
            if row is not None:
                yield path, row

    def inside(self, folder: str) -> Iterable[tuple[str, int]]:
        """What lies directly in a folder, with its row."""
        runs = self._runs.get(folder)
        if runs is None:
            return self._known.get(folder, {}).items()
        return chain.from_iterable(zip(self._paths[run.start : run.stop], run, strict=True) for run in runs)

    def rows(self) -> list[int]:
        """All rows, in their order."""
        found = [*chain.from_iterable(chain.from_iterable(self._runs.values()))]
        for known in self._known.values():
            found += known.values()
        return sorted(found)

    def __getitem__(self, path: str) -> int:
        return self._siblings(path)[path]

    def __setitem__(self, path: str, row: int) -> None:
        siblings = self._siblings(path)
        siblings[path] = row
        self._known[path.rpartition("/")[0]] = siblings

    def __delitem__(self, path: str) -> None:
        del self._siblings(path)[path]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and path in self._siblings(path)

    def __iter__(self) -> Iterator[str]:
        return map(self._paths.__getitem__, self.rows())

    def __len__(self) -> int:
        return sum(map(len, chain.from_iterable(self._runs.values()))) + sum(map(len, self._known.values()))

    def _siblings(self, path: str) -> dict[str, int]:
        """What lies in the folder that a path lies in."""
        folder = path.rpartition("/")[0]
        known = self._known.get(folder)
        if known is None:
            known = dict(self.inside(folder))
            if self._runs.pop(folder, None) is not None:
                self._known[folder] = known
        return known
