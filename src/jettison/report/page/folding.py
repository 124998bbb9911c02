"""A tree of files that is small enough to be looked at: what is too small to be seen becomes "N smaller".

However many files an image has, and however they are named, what comes out has a bounded length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from jettison.frozen import dataclass
from jettison.patterns import late_pattern
from jettison.report.table import ellipsis, printable

FOLDER = -1
"""In place of the number of a colour: a folder."""
SMALLER = -2
"""The files of a folder, and of what lies in it, that are too small each; their colours are in ``smaller``."""

_MOST_FILES = 30_000
"""So many files, the largest, can be searched for; of one size all or none."""
_MAX_NODES = 60_000
_MAX_NAME_BYTES = 2_500_000
"""Of all names together, as JSON writes them."""
_MAX_NAME_LENGTH = 255
_PLAIN = late_pattern(r"[\w.+:@~-]*", re.ASCII)
"""Names that JSON writes as they are; any other character takes six bytes at most."""

C = TypeVar("C", bound=Hashable)
"""What bytes are coloured by: each page has something of its own."""


class Piece(NamedTuple, Generic[C]):
    """The content of one file, or a part of it."""

    path: str
    size: int
    colour: C


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedTree(Generic[C]):
    """Columns, a row for each node: parents go before what lies in them, the root is the first."""

    names: tuple[str, ...]
    """Harmless to show; without slashes."""
    depths: tuple[int, ...]
    sizes: tuple[int, ...]
    """Bytes of a file or of what is smaller; 0 for folders, whose bytes are those of what lies in them."""
    colour_numbers: tuple[int, ...]
    """Numbers in ``colours``, or FOLDER, or SMALLER."""
    smaller: Mapping[int, tuple[int, tuple[tuple[int, int], ...]]]
    """Row -> how many files, and the bytes of each colour of them."""
    colours: tuple[C, ...]
    least_bytes: int
    """Smaller files were folded; 0 where none was."""

    def document(self) -> dict[str, Any]:
        """As the page's ``tree.js`` reads it."""
        return {
            "names": "/".join(self.names),
            "depths": self.depths,
            "sizes": self.sizes,
            "colours": self.colour_numbers,
            "smaller": {row: [count, *parts] for row, (count, parts) in self.smaller.items()},
            "least": self.least_bytes,
        }


def fold(pieces: Sequence[Piece[C]]) -> FoldedTree[C]:
    """The tree of all pieces: those of one folder largest first."""
    folders = _folder_sizes(pieces)
    least = _least_shown(pieces)
    while True:
        if _rows(pieces, folders, least) <= _MAX_NODES:
            tree = _Folding(pieces, folders, least).tree()
            if _name_bytes(tree) <= _MAX_NAME_BYTES:
                return tree
        least = max(2 * least, 1)


def _least_shown(pieces: Sequence[Piece[C]]) -> int:
    """The smallest size of which there are not too many files with this or a larger one; 0 where all are shown."""
    if len(pieces) <= _MOST_FILES:
        return 0
    sizes = sorted((piece.size for piece in pieces), reverse=True)
    return sizes[_MOST_FILES - 1] + (sizes[_MOST_FILES] == sizes[_MOST_FILES - 1])


def _folder_sizes(pieces: Sequence[Piece[C]]) -> dict[str, int]:
    """Every folder with the bytes that lie in it; the root, ``""``, too."""
    sizes: dict[str, int] = {"": 0}
    for path, size, _ in pieces:
        folder = path.rpartition("/")[0]
        sizes[folder] = sizes.get(folder, 0) + size
    for folder in list(sizes):
        above = folder.rpartition("/")[0]
        while above not in sizes:
            sizes[above] = 0
            above = above.rpartition("/")[0]
    for folder in sorted(sizes, key=_depth, reverse=True):
        if folder:
            sizes[folder.rpartition("/")[0]] += sizes[folder]
    return sizes


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0


def _rows(pieces: Sequence[Piece[C]], folders: Mapping[str, int], least: int) -> int:
    """So many rows there are at most: a folder may have one for what is smaller."""
    return sum(piece.size >= least for piece in pieces) + 2 * sum(size >= least for size in folders.values())


def _name_bytes(tree: FoldedTree[C]) -> int:
    return sum(len(name) if _PLAIN.fullmatch(name) else 6 * len(name) for name in tree.names)


class _Folding(Generic[C]):
    """Makes the rows."""

    def __init__(self, pieces: Sequence[Piece[C]], folders: Mapping[str, int], least: int) -> None:
        self._sizes = folders
        self._least = least
        self._homes: dict[str, str] = {"": ""}
        self._numbers: dict[C, int] = {}
        self._files: dict[str, list[tuple[int, str, int]]] = {}
        self._folded: dict[str, tuple[list[int], dict[int, int]]] = {}
        self._subfolders: dict[str, list[str]] = {}
        last: tuple[str, C] | None = None
        number = 0
        for path, size, colour in pieces:
            folder, _, name = path.rpartition("/")
            if (folder, colour) != last:  # most pieces are as the one before them
                last = folder, colour
                number = self._numbers.setdefault(colour, len(self._numbers))
                home = self._home(folder)
            if size >= least:
                self._files.setdefault(folder, []).append((size, name, number))
            else:
                count, sizes = self._folded.get(home) or self._folded.setdefault(home, ([0], {}))
                count[0] += 1
                sizes[number] = sizes.get(number, 0) + size
        for folder, size in folders.items():
            if folder and size >= least:
                self._subfolders.setdefault(folder.rpartition("/")[0], []).append(folder)

    def _home(self, folder: str) -> str:
        """The lowest folder at or above ``folder`` that is large enough to be shown."""
        known = self._homes.get(folder)
        if known is not None:
            return known
        passed = [folder]
        while self._sizes[folder] < self._least and folder:
            folder = folder.rpartition("/")[0]
            passed.append(folder)
        self._homes.update(dict.fromkeys(passed, folder))
        return folder

    def tree(self) -> FoldedTree[C]:
        names: list[str] = []
        depths: list[int] = []
        sizes: list[int] = []
        numbers: list[int] = []
        smaller: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = {}

        def row(name: str, depth: int, size: int, number: int) -> None:
            names.append(name)
            depths.append(depth)
            sizes.append(size)
            numbers.append(number)

        pending = [("", 0)]
        while pending:
            folder, depth = pending.pop()
            row(shown_name(folder.rpartition("/")[2]), depth, 0, FOLDER)
            for size, name, number in sorted(self._files.get(folder, ()), reverse=True):
                row(shown_name(name), depth + 1, size, number)
            if folder in self._folded:
                count, parts = self._folded[folder]
                smaller[len(names)] = (count[0], tuple(parts.items()))
                row("", depth + 1, sum(parts.values()), SMALLER)
            below = sorted(self._subfolders.get(folder, ()), key=self._by_size)
            pending += [(path, depth + 1) for path in reversed(below)]
        return FoldedTree(
            names=tuple(names),
            depths=tuple(depths),
            sizes=tuple(sizes),
            colour_numbers=tuple(numbers),
            smaller=smaller,
            colours=tuple(self._numbers),
            least_bytes=self._least,
        )

    @property
    def _by_size(self) -> Callable[[str], tuple[int, str]]:
        return lambda folder: (-self._sizes[folder], folder)


def shown_name(name: str) -> str:
    r"""A name as it can be shown and written: bytes that are no text as ``\xff``, without control characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return ellipsis(printable(text), _MAX_NAME_LENGTH)
