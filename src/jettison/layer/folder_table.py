"""Path -> row, for half a million paths of which nearly all are put in once and looked up never.

A layer's rows come folder by folder, and most folders lie in one layer alone. So a folder is remembered as the runs of
rows that lie in it, and becomes a dictionary when somebody asks for one of its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from itertools import chain, compress

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
        self._put_in: list[FolderRun] = []

    def add(self, runs: Sequence[FolderRun]) -> None:
        """Put in rows under their paths.

        No path twice; paths that are here already are put in anew only after :meth:`among` was asked for them.
        """
        known, unknown, paths = self._known, self._runs, self._paths
        self._put_in += runs
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

    def put_in(self) -> list[FolderRun]:
        """All rows that were ever put in, in their order."""
        return sorted(self._put_in, key=_start_of)

    def mask(self) -> bytearray:
        """Of every row whether it is here."""
        found = bytearray(len(self._paths))
        for run in chain.from_iterable(self._runs.values()):
            found[run.start : run.stop] = b"\1" * len(run)
        for row in chain.from_iterable(map(dict.values, self._known.values())):
            found[row] = 1
        return found

    def __getitem__(self, path: str) -> int:
        return self._siblings(path)[path]

    def __setitem__(self, path: str, row: int) -> None:
        folder = path.rpartition("/")[0]
        siblings = self._folder(folder)
        siblings[path] = row
        self._known[folder] = siblings
        self._put_in.append((folder, range(row, row + 1)))

    def __delitem__(self, path: str) -> None:
        del self._siblings(path)[path]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and path in self._siblings(path)

    def __iter__(self) -> Iterator[str]:
        return compress(self._paths, self.mask())

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
