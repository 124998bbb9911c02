"""The entries of all layers of an image without an object for each: an entry is the number of its row.

Of half a million entries nearly all are only asked for their path, type and size. Here all layers lie in one set of
columns, and an :class:`~jettison.model.entry.Entry` is made of a row when somebody asks for it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, islice

from jettison.layer.entry_columns import DIGEST_BYTES, IDS, MODES, NO_DIGEST, SIGNED, SIZES, EntryColumns
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

FILE, FOLDER, LINK, SYMLINK = (
    ord(kind.value) for kind in (EntryType.FILE, EntryType.DIRECTORY, EntryType.HARDLINK, EntryType.SYMLINK)
)
TYPE_OF = {ord(kind.value): kind for kind in EntryType}
"""The types by the numbers that stand for them."""
_IS_FILE = bytes(letter == FILE for letter in range(256))


class Rows:
    """The entries of all layers, lowest layer first. Columns are lists and arrays by the numbers of the rows."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.types = bytearray()
        self.modes, self.sizes = array(MODES), array(SIZES)
        self._uids, self._gids, self._mtimes = array(IDS), array(IDS), array(SIGNED)
        self._xattrs: dict[int, tuple[tuple[str, bytes], ...]] = {}
        self._digests = bytearray()
        """Of the files alone."""
        self._parts: list[EntryColumns] = []
        """What was appended, for all that is asked for seldom."""
        self._starts: list[int] = []
        """The first row of each part."""
        self._layers: list[int] = []
        """The number of the layer of each part."""
        self._files_before = array(IDS)
        """Of every row how many files there are before it."""
        self._files = 0

    def __len__(self) -> int:
        return len(self.types)

    def append(self, columns: EntryColumns, layer: int) -> range:
        """More entries, of the uppermost layer so far or of the next one; their rows."""
        start = len(self)
        self._parts.append(columns)
        self._starts.append(start)
        self._layers.append(layer)
        for paths in columns.decoded_paths():
            self.paths += paths
        self.types += columns.types
        self.modes += columns.modes
        self.sizes += columns.sizes
        self._uids += columns.uids
        self._gids += columns.gids
        self._mtimes += columns.mtimes
        self._digests += columns.digests
        if columns.xattrs:
            self._xattrs.update((start + place, xattrs) for place, xattrs in columns.xattrs.items())
        files_before = accumulate(columns.types.translate(_IS_FILE), initial=self._files)
        self._files_before.extend(islice(files_before, len(columns)))
        self._files += columns.types.count(FILE)
        return range(start, len(self))

    def layer(self, row: int) -> int:
        """The number of the layer that a row belongs to, the lowest being 0."""
        return self._layers[bisect_right(self._starts, row) - 1]

    def layers(self) -> array[int]:
        """Of every row the number of its layer."""
        found = array(IDS)
        ends = [*self._starts, len(self)][1:]
        for layer, start, end in zip(self._layers, self._starts, ends, strict=True):
            found += array(IDS, [layer]) * (end - start)
        return found

    def link(self, row: int) -> str:
        """What a link leads to, as its layer has it; empty for what is none."""
        part, place = self._place(row)
        return part.links.get(place, "")

    def sha256(self, row: int) -> bytes:
        """Of the content of a file; ``NO_DIGEST`` where it is not known."""
        start = self._files_before[row] * DIGEST_BYTES
        return bytes(self._digests[start : start + DIGEST_BYTES])

    def is_same_content(self, one: int, other: int) -> bool:
        """Whether two files hold the same, as far as that is known."""
        sha256 = self.sha256(one)
        return sha256 != NO_DIGEST and sha256 == self.sha256(other)

    def is_changed(self, old: int, new: int, *, times: bool = True) -> bool:
        """Whether anything was changed of a file that can be without changing its content; ``times`` says whether its
        time counts.
        """
        modes, uids, gids, mtimes, xattrs = self.modes, self._uids, self._gids, self._mtimes, self._xattrs
        return (
            (times and mtimes[old] != mtimes[new])
            or modes[old] != modes[new]
            or uids[old] != uids[new]
            or gids[old] != gids[new]
            or (bool(xattrs) and xattrs.get(old) != xattrs.get(new))
        )

    def offset(self, row: int) -> int:
        """Where the content of a file begins in the tar of its layer."""
        part, place = self._place(row)
        return part.offsets[place]

    def entry(self, row: int) -> Entry:
        """The entry of a row, as its layer has it."""
        part, place = self._place(row)
        digest = None
        if self.types[row] == FILE:
            sha256 = self.sha256(row)
            digest = None if sha256 == NO_DIGEST else Digest(f"sha256:{sha256.hex()}")
        return Entry(
            self.paths[row],
            TYPE_OF[self.types[row]],
            part.modes[place],
            part.uids[place],
            part.gids[place],
            part.sizes[place],
            part.mtimes[place],
            part.links.get(place, ""),
            part.xattrs.get(place, ()),
            part.devices.get(place, (0, 0)),
            digest,
            part.offsets[place],
        )

    def _place(self, row: int) -> tuple[EntryColumns, int]:
        number = bisect_right(self._starts, row) - 1
        return self._parts[number], row - self._starts[number]
