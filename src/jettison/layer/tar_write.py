"""Writing a layer: entries and their contents become a deterministic tar stream and its index, in one pass.

Headers are ustar, with a pax header only where ustar cannot say it: names that are long or not ASCII, sizes over 8
GiB, large owners' numbers, times before 1970 or after 2242, extended attributes, sparse files. Times are whole seconds,
unless they are to be kept exactly, and owners' names empty, as containerd and BuildKit write them; names that are not
UTF-8 stand in pax headers as they are, as with Go and GNU tar. Order is the caller's; whiteouts are written under their
``.wh.`` names.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable

from jettison.errors import IntegrityError
from jettison.layer import pax
from jettison.layer.entry_columns import EntryColumns
from jettison.layer.index import LayerIndex
from jettison.layer.sparse import SparseMap, encode_pax_1_0_map, in_blocks
from jettison.layer.stream import CHUNK_BYTES, Readable, Sink, read_exactly
from jettison.layer.tar_header import (
    BLOCK_BYTES,
    END_OF_ARCHIVE,
    MAX_OCTAL_ID,
    MAX_OCTAL_SIZE,
    MAX_PATH_BYTES,
    MAX_PATH_DEPTH,
    NAME_BYTES,
    PAX_FLAG,
    encode_file_header,
    encode_header,
    entry_flag,
    padding,
    split_name,
)
from jettison.layer.whiteout import is_whiteout_name, whiteout_path
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.pools import Executor, Future

_NS = 10**9
_MAX_OCTAL_NS = MAX_OCTAL_SIZE * _NS
_AHEAD = 4
"""How many chunks wait for being hashed: bounds the memory. Larger ones would cost more than the waiting of the threads
for each other that they save: the kernel clears every page of them anew.
"""

_ZEROS = bytes(BLOCK_BYTES)
_MARKERS = frozenset({EntryType.WHITEOUT, EntryType.OPAQUE})
_DEVICES = frozenset({EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE})
_LINKS = frozenset({EntryType.SYMLINK, EntryType.HARDLINK})


class LayerWriter:
    """Packs entries into ``sink`` and remembers them; ``finish`` ends the stream and returns the index.

    After an error the stream is unusable: throw it away.
    """

    __slots__ = (
        "_buffer",
        "_buffered",
        "_entries",
        "_exact_times",
        "_executor",
        "_pending",
        "_position",
        "_sha256",
        "_sink",
    )

    def __init__(self, sink: Sink, executor: Executor | None = None, *, exact_times: bool = False) -> None:
        """``executor`` has one thread, on which the stream is hashed and given to ``sink`` while more is packed.

        What the sink raises comes out of a later call then. The caller lets it end before it closes the sink.
        ``exact_times`` keeps fractions of seconds, for layers that are made of other layers.
        """
        self._sink = sink
        self._exact_times = exact_times
        self._executor = executor
        self._pending: deque[Future[None]] = deque()
        self._sha256 = hashlib.sha256()
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._position = 0
        self._entries = EntryColumns()

    @property
    def position(self) -> int:
        """How many bytes of the tar there are so far."""
        return self._position

    def add(self, entry: Entry, content: Readable | bytes | None = None) -> Entry:
        """Append one entry; returns it as the tar tells it, with digest and offset.

        ``content`` of a FILE holds exactly ``entry.size`` bytes, and hashes to ``entry.digest`` where that is set;
        otherwise :class:`IntegrityError` is raised. None is an empty content. The caller closes what it opened.
        """
        if len(entry.path) > MAX_PATH_BYTES // 4 or entry.path.count("/") >= MAX_PATH_DEPTH:
            _check_path(entry.path)
        if entry.type is EntryType.FILE:
            written = self._add_file(entry, content)
        elif entry.type in _MARKERS:
            written = Entry(path=entry.path, type=entry.type)
            self._write(_header(written, whiteout_path(entry)))
        else:
            written = self._normal(entry)
            self._write(_header(written, entry.path))
        self._entries.append(written)
        return written

    def add_sparse(self, entry: Entry, content: Readable, sparse: SparseMap) -> Entry:
        """Append a FILE of which only the pieces in the map are stored (GNU's pax format 1.0); see :meth:`add`.

        ``content`` has the holes filled in. What of it is no piece has to be zeros: the digest is that of all of it.
        """
        normal = self._normal(entry)
        runs = in_blocks(sparse)
        stored = encode_pax_1_0_map(runs)
        begin = self._position
        self._write(_sparse_header(normal, len(stored) + runs.stored_bytes) + stored)
        sha256 = hashlib.sha256()
        left, kept = runs.size, [*runs.runs]
        while left:
            at = runs.size - left
            run = kept[0] if kept else None
            inside = run is not None and run.start <= at
            end = runs.size if run is None else run.start + run.size if inside else run.start
            chunk = read_exactly(content, min(end - at, CHUNK_BYTES))
            if not chunk:
                raise _wrong_size(entry, at)
            sha256.update(chunk)
            if inside:
                self._write(chunk)
            left -= len(chunk)
            if inside and runs.size - left == end:
                kept.pop(0)
        self._write(_ZEROS[: padding(runs.stored_bytes)])
        digest = Digest("sha256:" + sha256.hexdigest())
        if entry.digest is not None and entry.digest != digest:
            raise _wrong_digest(entry, digest)
        written = normal._replace(digest=digest, offset=-begin - 1)
        self._entries.append(written)
        return written

    def take_over(self, entries: Iterable[Entry], start: int, data: Iterable[bytes]) -> None:
        """Append entries of another layer with the bytes that they have there, which begin at byte ``start`` of it."""
        moved = self._position - start
        for chunk in data:
            self._write(chunk)
        for entry in entries:
            is_moved = moved and entry.type is EntryType.FILE
            self._entries.append(entry._replace(offset=entry.offset + moved) if is_moved else entry)

    def finish(self) -> LayerIndex:
        """Write the end of the archive and return the index of all that was added."""
        self._write(END_OF_ARCHIVE)
        while self._pending:
            self._pending.popleft().result()
        self._emit(self._buffer)
        diff_id = Digest("sha256:" + self._sha256.hexdigest())
        return LayerIndex(diff_id=diff_id, tar_bytes=self._position, entries=self._entries)

    def _add_file(self, entry: Entry, content: Readable | bytes | None) -> Entry:
        if ".wh." in entry.path and is_whiteout_name(entry.path):
            raise IntegrityError(
                f"/{entry.path}: no layer can hold a file of this name",
                hint="names that start with .wh. mean deletions (OCI image-spec, layer.md); rename the file",
            )
        path, kind, mode, uid, gid, size, mtime_ns, _, xattrs, _, expected, _ = entry
        split = split_name(path.encode("utf-8", "surrogateescape"))
        if (
            split is not None
            and not xattrs
            and size <= MAX_OCTAL_SIZE
            and uid <= MAX_OCTAL_ID
            and gid <= MAX_OCTAL_ID
            and 0 <= mtime_ns <= _MAX_OCTAL_NS
            and not (self._exact_times and mtime_ns % _NS)
        ):  # as `_header` would, at a quarter of the price
            mtime = mtime_ns // _NS
            mtime_ns = mtime * _NS
            header = encode_file_header(split[1], split[0], mode, uid, gid, size, mtime)
        else:
            normal = self._normal(entry)
            mtime_ns, xattrs = normal.mtime_ns, normal.xattrs
            header = _header(normal, path)
        offset = self._position + len(header)
        if content is None or isinstance(content, bytes):
            digest = self._write_bytes(entry, header, content or b"")
        else:
            self._write(header)
            digest = self._write_stream(entry, content)
        if expected is not None and expected != digest:
            raise _wrong_digest(entry, digest)
        return Entry(path, kind, mode, uid, gid, size, mtime_ns, "", xattrs, (0, 0), digest, offset)

    def _normal(self, entry: Entry) -> Entry:
        """The entry with only what its type has and a tar says: times as they are kept, sorted attributes."""
        kind = entry.type
        return entry._replace(
            size=entry.size if kind is EntryType.FILE else 0,
            mtime_ns=(pax.bound_time if self._exact_times else _whole_seconds)(entry.mtime_ns),
            link=entry.link if kind in _LINKS else "",
            xattrs=tuple(sorted(entry.xattrs)),
            device=entry.device if kind in _DEVICES else (0, 0),
            digest=None,
            offset=0,
        )

    def _write_bytes(self, entry: Entry, header: bytes, content: bytes) -> Digest:
        size = len(content)
        if size != entry.size:
            raise _wrong_size(entry, size)
        gap = -size % BLOCK_BYTES
        self._buffer += (header, content, _ZEROS[:gap])
        self._advance(len(header) + size + gap)
        return Digest("sha256:" + hashlib.sha256(content).hexdigest())

    def _write_stream(self, entry: Entry, content: Readable) -> Digest:
        sha256 = hashlib.sha256()
        left = entry.size
        while left:
            chunk = read_exactly(content, min(left, CHUNK_BYTES))
            if not chunk:
                raise _wrong_size(entry, entry.size - left)
            sha256.update(chunk)
            self._write(chunk)
            left -= len(chunk)
        if content.read(1):
            raise IntegrityError(f"/{entry.path}: its content is longer than the {entry.size} bytes expected{_CHANGED}")
        self._write(_ZEROS[: padding(entry.size)])
        return Digest("sha256:" + sha256.hexdigest())

    def _write(self, data: bytes) -> None:
        self._buffer.append(data)
        self._advance(len(data))

    def _advance(self, count: int) -> None:
        self._position += count
        self._buffered += count
        if self._buffered >= CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        parts, self._buffer, self._buffered = self._buffer, [], 0
        if self._executor is None:
            self._emit(parts)
            return
        if len(self._pending) >= _AHEAD:
            self._pending.popleft().result()
        self._pending.append(self._executor.submit(self._emit, parts))

    def _emit(self, parts: list[bytes]) -> None:
        data = b"".join(parts)
        self._sha256.update(data)
        self._sink(data)


_CHANGED = ": was it changed while it was read?"


def _check_path(path: str) -> None:
    if path.count("/") >= MAX_PATH_DEPTH or len(path.encode("utf-8", "surrogateescape")) > MAX_PATH_BYTES:
        raise IntegrityError(
            f"/{path[:100]}…: a path of {len(path)} characters, {path.count('/')} directories deep, fits no layer",
            hint="choose a shorter path; what one command alone needs can be removed by that command",
        )


def _wrong_size(entry: Entry, found: int) -> IntegrityError:
    return IntegrityError(f"/{entry.path}: its content is {found} bytes, expected {entry.size}{_CHANGED}")


def _wrong_digest(entry: Entry, found: Digest) -> IntegrityError:
    return IntegrityError(f"/{entry.path}: its content has digest {found}, expected {entry.digest}")


def _whole_seconds(mtime_ns: int) -> int:
    if not 0 <= mtime_ns <= _MAX_OCTAL_NS:
        mtime_ns = pax.bound_time(mtime_ns)
    return mtime_ns - mtime_ns % _NS


def encode_entry(entry: Entry) -> bytes:
    """The header blocks of an entry of an index, but for whiteouts."""
    return _header(entry, entry.path)


def _header(entry: Entry, path: str) -> bytes:
    """The header blocks of an entry, a pax header before them where one is needed."""
    name = path.encode("utf-8", "surrogateescape")
    if entry.type is EntryType.DIRECTORY:
        name = name + b"/" if name else b"./"
    link = entry.link.encode("utf-8", "surrogateescape")
    mtime = entry.mtime_ns // _NS
    split = split_name(name)
    plain = (
        split is not None
        and not entry.xattrs
        and len(link) <= NAME_BYTES
        and link.isascii()
        and entry.size <= MAX_OCTAL_SIZE
        and entry.uid <= MAX_OCTAL_ID
        and entry.gid <= MAX_OCTAL_ID
        and 0 <= mtime <= MAX_OCTAL_SIZE
        and not entry.mtime_ns % _NS
    )
    prefix, short = split or (b"", _ascii(name))
    header = encode_header(
        name=short,
        prefix=prefix,
        flag=entry_flag(entry),
        mode=entry.mode,
        uid=entry.uid if entry.uid <= MAX_OCTAL_ID else 0,
        gid=entry.gid if entry.gid <= MAX_OCTAL_ID else 0,
        size=entry.size if entry.size <= MAX_OCTAL_SIZE else 0,
        mtime=mtime if 0 <= mtime <= MAX_OCTAL_SIZE else 0,
        link=link if len(link) <= NAME_BYTES and link.isascii() else _ascii(link),
        device=entry.device if entry.type in _DEVICES else None,
    )
    if plain:
        return header
    return _pax_header(entry, _records(entry, name=None if split else name, link=link)) + header


def _sparse_header(entry: Entry, stored_bytes: int) -> bytes:
    """The header blocks of a sparse file of which the archive holds ``stored_bytes``, its map included."""
    name = entry.path.encode("utf-8", "surrogateescape")
    records = [
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", name),
        (b"GNU.sparse.realsize", b"%d" % entry.size),
        *_records(entry._replace(size=stored_bytes), name=None, link=b""),
    ]
    mtime = entry.mtime_ns // _NS
    return _pax_header(entry, records) + encode_header(
        name=b"GNUSparseFile.0/" + _ascii(name)[:80],
        flag=entry_flag(entry),
        mode=entry.mode,
        uid=entry.uid if entry.uid <= MAX_OCTAL_ID else 0,
        gid=entry.gid if entry.gid <= MAX_OCTAL_ID else 0,
        size=stored_bytes if stored_bytes <= MAX_OCTAL_SIZE else 0,
        mtime=mtime if 0 <= mtime <= MAX_OCTAL_SIZE else 0,
    )


def _records(entry: Entry, *, name: bytes | None, link: bytes) -> list[tuple[bytes, bytes]]:
    """The values that ustar cannot hold; ``name`` is None where it can hold that."""
    records: list[tuple[bytes, bytes]] = []
    if not 0 <= entry.mtime_ns // _NS <= MAX_OCTAL_SIZE or entry.mtime_ns % _NS:
        records.append((b"mtime", pax.encode_time(entry.mtime_ns)))
    if name is not None:
        records.append((b"path", name))
    if len(link) > NAME_BYTES or not link.isascii():
        records.append((b"linkpath", link))
    if entry.size > MAX_OCTAL_SIZE:
        records.append((b"size", b"%d" % entry.size))
    if entry.uid > MAX_OCTAL_ID:
        records.append((b"uid", b"%d" % entry.uid))
    if entry.gid > MAX_OCTAL_ID:
        records.append((b"gid", b"%d" % entry.gid))
    records.extend(pax.encode_xattr(attribute, value) for attribute, value in entry.xattrs)
    return records


def _pax_header(entry: Entry, records: list[tuple[bytes, bytes]]) -> bytes:
    """A pax header for the entry whose own header follows."""
    body = pax.encode_records(records)
    if len(body) > pax.MAX_EXTENSION_BYTES:
        raise IntegrityError(f"/{entry.path}: its extended attributes take {len(body)} bytes, too many for a tar")
    said = dict(records)
    header = encode_header(
        name=b"PaxHeaders.0/" + _ascii(said.get(b"path", b"entry"))[:80], flag=PAX_FLAG, size=len(body)
    )
    return header + body + bytes(padding(len(body)))


def _ascii(name: bytes) -> bytes:
    """A stand-in for a name that ustar cannot hold; readers that know pax never look at it."""
    return bytes(byte for byte in name[: 2 * NAME_BYTES] if byte < 0x80)[:NAME_BYTES].rstrip(b"/") or b"entry"
