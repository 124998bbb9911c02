"""Packing: entries and their contents become the blocks of a tar, piece by piece, and columns of what was packed.

Headers are ustar, with a pax header only where ustar cannot say it: names that are long or not ASCII, sizes over 8
GiB, large owners' numbers, times before 1970 or after 2242, extended attributes, sparse files. Times are whole seconds,
unless they are to be kept exactly, and owners' names empty, as containerd and BuildKit write them; names that are not
UTF-8 stand in pax headers as they are, as with Go and GNU tar. Order is the caller's; whiteouts are written under their
``.wh.`` names.
"""

from __future__ import annotations

from hashlib import sha256 as _sha256

from jettison.errors import IntegrityError
from jettison.hints import TYPE_CHECKING
from jettison.layer import pax
from jettison.layer.entry_columns import EntryColumns
from jettison.layer.stream import CHUNK_BYTES, Readable, read_exactly
from jettison.layer.tar_entry import DEVICES, NS, header_blocks, sparse_header_blocks
from jettison.layer.tar_header import (
    BLOCK_BYTES,
    MAX_OCTAL_ID,
    MAX_OCTAL_SIZE,
    MAX_PATH_BYTES,
    MAX_PATH_DEPTH,
    encode_file_header,
    padding,
    split_name,
)
from jettison.layer.whiteout import is_whiteout_name, whiteout_path
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

if TYPE_CHECKING:
    from jettison.layer.sparse import SparseMap

_MAX_OCTAL_NS = MAX_OCTAL_SIZE * NS
_ZEROS = bytes(BLOCK_BYTES)
_GAPS = [bytes(size) for size in range(BLOCK_BYTES)]
_MARKERS = frozenset({EntryType.WHITEOUT, EntryType.OPAQUE})
_LINKS = frozenset({EntryType.SYMLINK, EntryType.HARDLINK})


Xattrs = tuple[tuple[str, bytes], ...]
"""Extended attributes as an entry holds them."""


class Packer:
    """Packs entries and remembers them. The pieces gather in ``pieces`` unless a subclass takes them on the way.

    After an error the result is unusable: throw it away.
    """

    __slots__ = ("_exact_times", "entries", "pieces", "position")

    def __init__(self, *, exact_times: bool = False) -> None:
        """``exact_times`` keeps fractions of seconds, for layers that are made of other layers."""
        self._exact_times = exact_times
        self.pieces: list[bytes] = []
        self.position = 0
        """How many bytes of the tar there are so far."""
        self.entries = EntryColumns()

    def add(self, entry: Entry, content: Readable | bytes | None = None) -> Entry:
        """Append one entry; returns it as the tar tells it, with digest and offset.

        ``content`` of a FILE holds exactly ``entry.size`` bytes, and hashes to ``entry.digest`` where that is set;
        otherwise :class:`IntegrityError` is raised. None is an empty content. The caller closes what it opened.
        """
        if entry.type is EntryType.FILE:
            return self._add_file(entry, content)
        if len(entry.path) > MAX_PATH_BYTES // 4 or entry.path.count("/") >= MAX_PATH_DEPTH:
            _check_path(entry.path)
        if entry.type in _MARKERS:
            written = Entry(path=entry.path, type=entry.type)
            self._write(header_blocks(written, whiteout_path(entry)))
        else:
            written = self._normal(entry)
            self._write(header_blocks(written, entry.path))
        self.entries.append(written)
        return written

    def add_sparse(self, entry: Entry, content: Readable, sparse: SparseMap) -> Entry:
        """Append a FILE of which only the pieces in the map are stored (GNU's pax format 1.0); see :meth:`add`.

        ``content`` has the holes filled in. What of it is no piece has to be zeros: the digest is that of all of it.
        """
        from jettison.layer.sparse import encode_pax_1_0_map, in_blocks

        normal = self._normal(entry)
        runs = in_blocks(sparse)
        stored = encode_pax_1_0_map(runs)
        begin = self.position
        self._write(sparse_header_blocks(normal, len(stored) + runs.stored_bytes) + stored)
        sha256 = _sha256()
        left, kept = runs.size, [*runs.runs]
        while left:
            at = runs.size - left
            run = kept[0] if kept else None
            inside = run is not None and run.start <= at
            end = runs.size if run is None else run.start + run.size if inside else run.start
            chunk = read_exactly(content, min(end - at, CHUNK_BYTES))
            if not chunk:
                raise _wrong_size(entry.path, runs.size, at)
            sha256.update(chunk)
            if inside:
                self._write(chunk)
            left -= len(chunk)
            if inside and runs.size - left == end:
                kept.pop(0)
        self._write(_ZEROS[: padding(runs.stored_bytes)])
        digest = Digest("sha256:" + sha256.hexdigest())
        if entry.digest is not None and entry.digest != digest:
            raise _wrong_digest(entry.path, entry.digest, digest)
        written = normal._replace(digest=digest, offset=-begin - 1)
        self.entries.append(written)
        return written

    def add_small(
        self,
        path: str,
        mode: int,
        uid: int,
        gid: int,
        size: int,
        mtime_ns: int,
        xattrs: Xattrs,
        content: bytes,
        expected: str | None = None,
    ) -> bytes:
        """The same of a FILE whose content is at hand, at half of the price; returns the sha256 of that."""
        if len(content) != size:
            raise _wrong_size(path, size, len(content))
        header, mtime_ns, xattrs = self._file_header(path, mode, uid, gid, size, mtime_ns, xattrs)
        offset = self.position + len(header)
        gap = -size % BLOCK_BYTES
        self.pieces += (header, content, _GAPS[gap])
        self._advance(len(header) + size + gap)
        sha256 = _sha256(content).digest()
        if expected is not None and expected != "sha256:" + sha256.hex():
            raise _wrong_digest(path, expected, Digest("sha256:" + sha256.hex()))
        self.entries.append_file(path, mode, uid, gid, size, mtime_ns, xattrs, sha256, offset)
        return sha256

    def _add_file(self, entry: Entry, content: Readable | bytes | None) -> Entry:
        path, _, mode, uid, gid, size, mtime_ns, _, xattrs, _, expected, _ = entry
        if content is None or isinstance(content, bytes):
            sha256 = self.add_small(path, mode, uid, gid, size, mtime_ns, xattrs, content or b"", expected)
            return self.entries.last_file(path, sha256)
        header, mtime_ns, xattrs = self._file_header(path, mode, uid, gid, size, mtime_ns, xattrs)
        offset = self.position + len(header)
        self._write(header)
        sha256 = self._write_stream(entry, content)
        digest = Digest("sha256:" + sha256.hex())
        if expected is not None and expected != digest:
            raise _wrong_digest(path, expected, digest)
        self.entries.append_file(path, mode, uid, gid, size, mtime_ns, xattrs, sha256, offset)
        return Entry(path, EntryType.FILE, mode, uid, gid, size, mtime_ns, "", xattrs, (0, 0), digest, offset)

    def _file_header(
        self, path: str, mode: int, uid: int, gid: int, size: int, mtime_ns: int, xattrs: Xattrs
    ) -> tuple[bytes, int, Xattrs]:
        """The header blocks of a file, with the time and the attributes as they say them."""
        if ".wh." in path and is_whiteout_name(path):
            raise IntegrityError(
                f"/{path}: no layer can hold a file of this name",
                hint="names that start with .wh. mean deletions (OCI image-spec, layer.md); rename the file",
            )
        if len(path) > MAX_PATH_BYTES // 4 or path.count("/") >= MAX_PATH_DEPTH:
            _check_path(path)
        split = split_name(path.encode("utf-8", "surrogateescape"))
        if (
            split is not None
            and not xattrs
            and size <= MAX_OCTAL_SIZE
            and uid <= MAX_OCTAL_ID
            and gid <= MAX_OCTAL_ID
            and 0 <= mtime_ns <= _MAX_OCTAL_NS
            and not (self._exact_times and mtime_ns % NS)
        ):  # as `header_blocks` would, at a quarter of the price
            mtime = mtime_ns // NS
            return encode_file_header(split[1], split[0], mode, uid, gid, size, mtime), mtime * NS, ()
        normal = self._normal(Entry(path, EntryType.FILE, mode, uid, gid, size, mtime_ns, xattrs=xattrs))
        return header_blocks(normal, path), normal.mtime_ns, normal.xattrs

    def _normal(self, entry: Entry) -> Entry:
        """The entry with only what its type has and a tar says: times as they are kept, sorted attributes."""
        kind = entry.type
        return entry._replace(
            size=entry.size if kind is EntryType.FILE else 0,
            mtime_ns=(pax.bound_time if self._exact_times else _whole_seconds)(entry.mtime_ns),
            link=entry.link if kind in _LINKS else "",
            xattrs=tuple(sorted(entry.xattrs)),
            device=entry.device if kind in DEVICES else (0, 0),
            digest=None,
            offset=0,
        )

    def _write_stream(self, entry: Entry, content: Readable) -> bytes:
        sha256 = _sha256()
        left = entry.size
        while left:
            chunk = read_exactly(content, min(left, CHUNK_BYTES))
            if not chunk:
                raise _wrong_size(entry.path, entry.size, entry.size - left)
            sha256.update(chunk)
            self._write(chunk)
            left -= len(chunk)
        if content.read(1):
            raise IntegrityError(f"/{entry.path}: its content is longer than the {entry.size} bytes expected{_CHANGED}")
        self._write(_ZEROS[: padding(entry.size)])
        return sha256.digest()

    def _write(self, data: bytes) -> None:
        self.pieces.append(data)
        self._advance(len(data))

    def _advance(self, count: int) -> None:
        """The next so many bytes are among the pieces."""
        self.position += count


_CHANGED = ": was it changed while it was read?"


def _check_path(path: str) -> None:
    if path.count("/") >= MAX_PATH_DEPTH or len(path.encode("utf-8", "surrogateescape")) > MAX_PATH_BYTES:
        raise IntegrityError(
            f"/{path[:100]}…: a path of {len(path)} characters, {path.count('/')} directories deep, fits no layer",
            hint="choose a shorter path; what one command alone needs can be removed by that command",
        )


def _wrong_size(path: str, size: int, found: int) -> IntegrityError:
    return IntegrityError(f"/{path}: its content is {found} bytes, expected {size}{_CHANGED}")


def _wrong_digest(path: str, expected: str, found: Digest) -> IntegrityError:
    return IntegrityError(f"/{path}: its content has digest {found}, expected {expected}")


def _whole_seconds(mtime_ns: int) -> int:
    if not 0 <= mtime_ns <= _MAX_OCTAL_NS:
        mtime_ns = pax.bound_time(mtime_ns)
    return mtime_ns - mtime_ns % NS
