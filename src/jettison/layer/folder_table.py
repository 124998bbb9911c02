"""Path -> row, for half a million paths of which nearly all are put in once and looked up never.

A layer's rows come folder by folder, and most folders lie in one layer alone. So a folder is remembered as the runs of
rows that lie in it, and becomes a dictionary when somebody asks for one of its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from itertools import chain, compress, count, islice, repeat
from operator import add, gt

FolderRun = tuple[str, range]
"""A folder, and rows that follow each other and lie in it."""


def _start_of(run: FolderRun) -> int:
    return run[1].start


class FolderTable(MutableMapping[str, int]):
    """The rows of paths. ``paths`` are those of all rows, and may grow."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._runs: dict[str, list[range]] = {}
        """Of folders that nobody asked for."""
        self._known: dict[str, dict[str, int]] = {}
        """Of the others."""

    def add(self, runs: Iterable[FolderRun]) -> None:
        """Put in rows under their paths.

        No path twice; paths that are here already are put in anew only after :meth:`among` was asked for them.
        """
        known, unknown, paths = self._known, self._runs, self._paths
        for folder, rows in runs:
            siblings = known.get(folder)
            if siblings is not None:
                siblings.update(zip(paths[rows.start : rows.stop], rows, strict=True))
            elif folder in unknown:
                unknown[folder].append(rows)
            else:
                unknown[folder] = [rows]

    def row(self, path: str) -> int | None:
        """The row of a path; None for one that is not here."""
        return self._siblings(path).get(path)

    def among(self, runs: Iterable[FolderRun]) -> Iterator[tuple[str, int]]:
        """The paths of those rows that are here, with the rows that are here."""
        paths = self._paths
        for folder, rows in runs:
            if folder in self._runs or folder in self._known:
                siblings = self._folder(folder)
                for path in paths[rows.start : rows.stop]:
                    row = siblings.get(path)
                    if row is not None:
                        yield path, row

    def remove(self, paths: Iterable[str]) -> None:
        """Take out paths that are all here."""
        known = self._known
        for path in paths:
            folder = path.rpartition("/")[0]
            del (known.get(folder) or self._folder(folder))[path]

    def runs(self, folder: str) -> Iterable[Iterable[int]]:
        """The rows of what lies directly in a folder, as ranges where they follow each other."""
        runs = self._runs.get(folder)
        return (self._known.get(folder, {}).values(),) if runs is None else runs

    def inside(self, folder: str) -> Iterable[tuple[str, int]]:
        """What lies directly in a folder, with its row."""
        runs = self._runs.get(folder)
        if runs is None:
            return self._known.get(folder, {}).items()
        return chain.from_iterable(zip(self._paths[run.start : run.stop], run, strict=True) for run in runs)

    def in_order(self) -> list[FolderRun]:
        """All rows, in their order."""
        found = [(folder, run) for folder, runs in self._runs.items() for run in runs]
        for folder, siblings in self._known.items():
            rows = sorted(siblings.values())
            starts = [0, *compress(count(1), map(gt, islice(rows, 1, None), map(add, rows, repeat(1))))]
            for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
                if start < end:
                    found.append((folder, range(rows[start], rows[end - 1] + 1)))
        found.sort(key=_start_of)
        return found

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
        return map(self._paths.__getitem__, chain.from_iterable(rows for _, rows in self.in_order()))

    def __len__(self) -> int:
        return sum(map(len, chain.from_iterable(self._runs.values()))) + sum(map(len, self._known.values()))

    def _siblings(self, path: str) -> dict[str, int]:
        """What lies in the folder that a path lies in."""
        return self._folder(path.rpartition("/")[0])

    def _folder(self, folder: str) -> dict[str, int]:
        """What lies in a folder, by path."""
        known = self._known.get(folder)
        if known is None:
            known = dict(self.inside(folder))
            if self._runs.pop(folder, None) is not None:
                self._known[folder] = known
        return known
