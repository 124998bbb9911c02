"""The entries of an index in columns: a quarter of the memory, and the bytes of the index file almost as they are.

Most entries have neither link nor attributes nor device; those that do are kept apart.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, repeat

from jettison.hints import Self, TypeVar, overload
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

DIGEST_BYTES = 32
NO_DIGEST = bytes(DIGEST_BYTES)
_UNKNOWN = "sha256:" + NO_DIGEST.hex()
_HEX_AT = len("sha256:")
_ROWS = 2048
"""So many entries are made at once."""
_NO_DEVICE = (0, 0)
_DECODED_BYTES = 1 << 18
"""So much of the paths is decoded at once."""
_FILE = ord(EntryType.FILE.value)
_TYPE_OF = {ord(kind.value): kind for kind in EntryType}

# The letters of array.array: items of 2, 4 and 8 bytes on every platform that Linux containers have.
MODES, IDS, SIZES, SIGNED = "H", "I", "Q", "q"


_T = TypeVar("_T")

Columns = tuple[
    bytes,
    bytes,
    bytes,
    list[bytes],
    tuple[dict[int, str], dict[int, tuple[tuple[str, bytes], ...]], dict[int, tuple[int, int]]],
]
"""The columns of :class:`EntryColumns` as they can be handed on."""


class EntryColumns(Sequence[Entry]):
    """Entries that are made when somebody looks at them; looking at them in their order costs least."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.paths = bytearray()
        """Each ended by NUL."""
        self.types = bytearray()
        self.modes, self.uids, self.gids = array(MODES), array(IDS), array(IDS)
        self.sizes, self.mtimes, self.offsets = array(SIZES), array(SIGNED), array(SIGNED)
        self.digests = bytearray()
        """Of the files alone, each ``DIGEST_BYTES`` long."""
        self.links: dict[int, str] = {}
        self.xattrs: dict[int, tuple[tuple[str, bytes], ...]] = {}
        self.devices: dict[int, tuple[int, int]] = {}
        for entry in entries:
            self.append(entry)

    def append(self, entry: Entry) -> None:
        """One more entry."""
        path, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, offset = entry
        if kind is EntryType.FILE:
            self.digests += NO_DIGEST if digest is None else bytes.fromhex(digest[_HEX_AT:])
        if link:
            self.links[len(self.types)] = link
        if device != _NO_DEVICE:
            self.devices[len(self.types)] = device
        self._append(path, ord(kind), mode, uid, gid, size, mtime_ns, xattrs, offset)

    def append_file(
        self,
        path: str,
        mode: int,
        uid: int,
        gid: int,
        size: int,
        mtime_ns: int,
        xattrs: tuple[tuple[str, bytes], ...],
        sha256: bytes,
        offset: int,
    ) -> None:
        """One more entry, of a FILE with its digest."""
        self.digests += sha256
        self._append(path, _FILE, mode, uid, gid, size, mtime_ns, xattrs, offset)

    def append_all(self, entries: Sequence[Entry], sha256s: Iterable[bytes]) -> None:
        """More entries, many at once, at a third of the price of each alone; ``sha256s`` are those of the FILEs."""
        paths, kinds, modes, uids, gids, sizes, mtimes, links, xattrs, devices, _, offsets = zip(*entries, strict=True)
        n = len(self.types)
        for known, said in ((self.links, links), (self.xattrs, xattrs)):
            if any(said):
                known.update((n + place, value) for place, value in enumerate(said) if value)
        if devices.count(_NO_DEVICE) < len(devices):
            self.devices.update((n + place, device) for place, device in enumerate(devices) if device != _NO_DEVICE)
        self.digests += b"".join(sha256s)
        self.paths += "\0".join((*paths, "")).encode("utf-8", "surrogateescape")
        self.types += "".join(kinds).encode()
        self.modes.extend(modes)
        self.uids.extend(uids)
        self.gids.extend(gids)
        self.sizes.extend(sizes)
        self.mtimes.extend(mtimes)
        self.offsets.extend(offsets)

    def columns(self) -> Columns:
        """All of it as plain values, for another process of this machine."""
        numbers = (self.modes, self.uids, self.gids, self.sizes, self.mtimes, self.offsets)
        kept_apart = (self.links, self.xattrs, self.devices)
        return bytes(self.paths), bytes(self.types), bytes(self.digests), [n.tobytes() for n in numbers], kept_apart

    @classmethod
    def of_columns(cls, columns: Columns) -> Self:
        """What :meth:`columns` told."""
        made = cls()
        made.paths[:], made.types[:], made.digests[:], numbers, (made.links, made.xattrs, made.devices) = columns
        own = (made.modes, made.uids, made.gids, made.sizes, made.mtimes, made.offsets)
        for column, data in zip(own, numbers, strict=True):
            column.frombytes(data)
        return made

    def last_file(self, path: str, sha256: bytes) -> Entry:
        """The entry that :meth:`append_file` just appended, of which the caller has the path and the sha256 at hand."""
        xattrs = self.xattrs.get(len(self.types) - 1, ())
        numbers = (self.modes[-1], self.uids[-1], self.gids[-1], self.sizes[-1], self.mtimes[-1])
        digest = Digest("sha256:" + sha256.hex())
        return Entry(path, EntryType.FILE, *numbers, "", xattrs, _NO_DEVICE, digest, self.offsets[-1])

    def extend(self, other: EntryColumns, moved: int) -> None:
        """All entries of ``other``, the contents of its files so many bytes further on."""
        n = len(self.types)
        self.links.update((n + place, link) for place, link in other.links.items())
        self.xattrs.update((n + place, xattrs) for place, xattrs in other.xattrs.items())
        self.devices.update((n + place, device) for place, device in other.devices.items())
        self.paths += other.paths
        self.types += other.types
        self.digests += other.digests
        self.modes += other.modes
        self.uids += other.uids
        self.gids += other.gids
        self.sizes += other.sizes
        self.mtimes += other.mtimes
        kinds = zip(other.types, other.offsets, strict=True)
        self.offsets.extend([offset + moved if kind == _FILE else offset for kind, offset in kinds])

    def _append(
        self,
        path: str,
        letter: int,
        mode: int,
        uid: int,
        gid: int,
        size: int,
        mtime_ns: int,
        xattrs: tuple[tuple[str, bytes], ...],
        offset: int,
    ) -> None:
        if xattrs:
            self.xattrs[len(self.types)] = xattrs
        self.paths += path.encode("utf-8", "surrogateescape") + b"\0"
        self.types.append(letter)
        self.modes.append(mode)
        self.uids.append(uid)
        self.gids.append(gid)
        self.sizes.append(size)
        self.mtimes.append(mtime_ns)
        self.offsets.append(offset)

    def __len__(self) -> int:
        return len(self.types)

    def __iter__(self) -> Iterator[Entry]:
        return self._from(0)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return next(self._from(range(len(self.types))[place]))

    def __eq__(self, other: object) -> bool:
        """Whether the other sequence holds the same entries, however it holds them."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _from(self, start: int) -> Iterator[Entry]:
        make = partial(tuple.__new__, Entry)  # what `Entry(...)` comes to, at half of the price
        paths = islice(chain.from_iterable(self.decoded_paths()), start, None)
        files = self.types.count(_FILE, 0, start)
        numbers = (self.modes, self.uids, self.gids, self.sizes, self.mtimes)
        for first in range(start, len(self.types), _ROWS):
            last = min(first + _ROWS, len(self.types))
            types = self.types[first:last]
            digests = self._digests_of(types, files)
            files += types.count(_FILE)
            yield from map(
                make,
                zip(
                    islice(paths, last - first),
                    map(_TYPE_OF.__getitem__, types),
                    *(_numbers(column[first:last]) for column in numbers),
                    _spread(self.links, "", first, last),
                    _spread(self.xattrs, (), first, last),
                    _spread(self.devices, _NO_DEVICE, first, last),
                    digests,
                    self.offsets[first:last],
                    strict=False,
                ),
            )

    def decoded_paths(self) -> Iterator[list[str]]:
        """The paths alone, in their order, many at a time."""
        start = 0
        while start < len(self.paths):
            end = self.paths.rfind(b"\0", start, start + _DECODED_BYTES)
            if end < 0:  # a path that is longer than all that exist
                end = self.paths.index(b"\0", start)
            yield self.paths[start:end].decode("utf-8", "surrogateescape").split("\0")
            start = end + 1

    def _digests_of(self, types: bytearray, place: int) -> Iterable[Digest | None]:
        """The digests of entries of these types, of which the first file is the one at ``place`` among all files."""
        files = types.count(_FILE)
        if not files:
            return repeat(None)
        data = self.digests[place * DIGEST_BYTES : (place + files) * DIGEST_BYTES]
        texts = ("sha256:" + data.hex("\n", DIGEST_BYTES).replace("\n", "\nsha256:")).split("\n")
        found: Iterable[Digest | None] = map(Digest, texts)
        if NO_DIGEST in data:
            found = [None if digest == _UNKNOWN else digest for digest in found]
        if files == len(types):
            return found
        following = iter(found)
        return [next(following) if letter == _FILE else None for letter in types]


def _numbers(column: array[int]) -> Iterable[int]:
    """The numbers of a column; of one that is all alike, as owners mostly are, and times, one number many times."""
    if column[0] == column[-1] and column.tobytes() == column[:1].tobytes() * len(column):
        return repeat(column[0])
    return column


def _spread(known: dict[int, _T], otherwise: _T, first: int, last: int) -> Iterable[_T]:
    """For the entries from one place to another what is known of them."""
    return [known.get(place, otherwise) for place in range(first, last)] if known else repeat(otherwise)
