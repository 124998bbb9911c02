"""Reading tar streams that nobody vouches for: v7, ustar, GNU, pax and star headers become entries and bounded
contents.

Every header's checksum is verified; sizes, maps and extensions are bounded; nothing is believed twice. Names become
image paths as docker and containerd make them: cleaned lexically, absolute ones relative to the root; a name that
climbs above the root is refused. Owners' names are ignored: a layer means numbers. As GNU tar and Go's archive/tar do,
the first block of zeros ends the archive whatever follows, and so does the end of the stream between two members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from jettison.errors import IntegrityError
from jettison.layer import pax
from jettison.layer.sparse import SparseMap, parse_pax_map, read_old_gnu_map, read_pax_1_0_map, zeros
from jettison.layer.stream import CHUNK_BYTES, Readable, Sink, Source
from jettison.layer.tar_header import BLOCK_BYTES, MAX_PATH_BYTES, MAX_PATH_DEPTH, decode_number, header_sum, padding
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

_MAX_ID = 2**32 - 2
_MAX_SIZE = 2**63 - 1
_NS = 10**9
Records = list[tuple[bytes, bytes]]
_ZERO_BLOCK = bytes(BLOCK_BYTES)
_TYPES = {
    b"0": EntryType.FILE,
    b"\x00": EntryType.FILE,
    b"7": EntryType.FILE,
    b"S": EntryType.FILE,
    b"1": EntryType.HARDLINK,
    b"2": EntryType.SYMLINK,
    b"3": EntryType.CHAR_DEVICE,
    b"4": EntryType.BLOCK_DEVICE,
    b"5": EntryType.DIRECTORY,
    b"6": EntryType.FIFO,
}
_OLD_FLAG = b"\x00"
_LONG_NAME, _LONG_LINK, _PAX, _OLD_PAX, _GLOBAL_PAX, _OLD_GNU_SPARSE, _VOLUME = b"L", b"K", b"x", b"X", b"g", b"S", b"V"
_SPARSE = b"GNU.sparse."
_NOT_GLOBAL = (b"path", b"linkpath", b"size", _SPARSE)
"""A global header that gives every file one of these is nonsense, or an attempt to be read differently by two
programs."""


class Content:
    """The bytes of one member, holes filled with zeros; valid until the next member is asked for."""

    __slots__ = (
        "_gaps",
        "_left_in_run",
        "_next_run",
        "_sha256",
        "_source",
        "_sparse",
        "_what",
        "left",
        "size",
        "stored_left",
    )

    def __init__(self, source: Source, size: int, what: str, *, sparse: SparseMap | None, hashed: bool) -> None:
        self._source = source
        self._what = what
        self._sha256 = hashlib.sha256() if hashed else None
        self._sparse = sparse
        self._next_run = 0
        self._left_in_run = 0
        self._gaps = 0
        self.size = size
        """Bytes in all, after expansion."""
        self.left = size
        """Bytes that were not read yet."""
        self.stored_left = sparse.stored_bytes if sparse else size
        """Bytes that the archive still holds of it."""
        if sparse:
            self._start_run()

    def read(self, size: int = -1, /) -> bytes:
        """Read up to ``size`` bytes: exactly that many but at the end; everything where it is negative."""
        wanted = self.left if size < 0 else min(size, self.left)
        data = self._read_some(wanted) if wanted else b""
        if len(data) < wanted:
            parts = [data]
            missing = wanted - len(data)
            while missing:
                parts.append(self._read_some(missing))
                missing -= len(parts[-1])
            data = b"".join(parts)
        if self._sha256 is not None:
            self._sha256.update(data)
        return data

    def finish(self) -> Digest | None:
        """Pass over what was not read; the digest of the whole content, where it is hashed."""
        if self._sha256 is None:
            self._source.skip(self.stored_left, self._what)
            self.left = self.stored_left = 0
            return None
        while self.left:
            self.read(CHUNK_BYTES)
        return Digest("sha256:" + self._sha256.hexdigest())

    def _read_some(self, wanted: int) -> bytes:
        if self._gaps:
            data = zeros(min(wanted, self._gaps))
            self._gaps -= len(data)
            self.left -= len(data)
            return data
        if self._sparse:
            wanted = min(wanted, self._left_in_run)
        data = self._source.take_some(wanted)
        if not data:
            raise IntegrityError(f"truncated archive: it ends at byte {self._source.position} inside {self._what}")
        self.left -= len(data)
        self.stored_left -= len(data)
        if self._sparse:
            self._left_in_run -= len(data)
            if not self._left_in_run:
                self._start_run()
        return data

    def _start_run(self) -> None:
        """Set up the hole before the next piece of data, and the piece; at the last, the hole up to the end."""
        assert self._sparse is not None
        position = self.size - self.left
        if self._next_run < len(self._sparse.runs):
            run = self._sparse.runs[self._next_run]
            self._next_run += 1
            self._gaps = run.start - position
            self._left_in_run = run.size
        else:
            self._gaps = self.left


@dataclass(slots=True)
class TarMember:
    """One member: its entry (digest unset; ``.wh.`` names not interpreted) and its content, empty for all but
    files.
    """

    entry: Entry
    content: Content
    header_offset: int
    """Where its first header begins, extension headers included."""


@dataclass(slots=True)
class _Extensions:
    """What extension headers say of the next member."""

    records: Records
    long_name: bytes | None = None
    long_link: bytes | None = None


def read_tar(stream: Readable, *, tap: Sink | None = None, hashed: bool = False) -> Iterator[TarMember]:
    """The members of an archive in order, duplicates included; contents that are not read are skipped.

    ``tap`` is given every byte of the stream once, also what follows the end of the archive: the stream is read to its
    end. ``hashed`` makes ``Content.finish`` return digests. Raises :class:`IntegrityError` that names the byte where
    it is wrong.
    """
    source = Source(stream, tap)
    defaults: Records = []
    while (found := _next_header(source, defaults)) is not None:
        header, extensions, header_offset = found
        member = _read_member(source, header, extensions, header_offset, hashed=hashed)
        stored = member.content.stored_left
        yield member
        content = member.content
        if content.left or content.stored_left:
            content.finish()
        source.skip(padding(stored), f"the padding of /{member.entry.path}")
    source.drain()


def _next_header(source: Source, defaults: Records) -> tuple[bytes, _Extensions, int] | None:
    """The next header that is a file's, with the extensions before it; None at the end of the archive."""
    extensions = _Extensions(records=list(defaults))
    first = source.position
    extended = False
    while True:
        offset = source.position
        header = source.take(BLOCK_BYTES)
        if (not header and not extended) or header == _ZERO_BLOCK:
            return None
        if len(header) < BLOCK_BYTES:
            raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside a header")
        if decode_number(header[148:156], "checksum", offset) != header_sum(header):
            raise IntegrityError(f"corrupt archive: the header at byte {offset} does not match its checksum")
        flag = header[156:157]
        if flag in _TYPES:
            return header, extensions, first
        extended = True
        if flag == _VOLUME:
            source.skip(_padded_size(header, offset), "a volume header")
            continue
        if flag not in (_LONG_NAME, _LONG_LINK, _PAX, _OLD_PAX, _GLOBAL_PAX):
            raise IntegrityError(f"the archive holds a member of unknown type {flag!r} at byte {offset}")
        body = _read_extension(source, header, offset)
        if flag == _LONG_NAME:
            extensions.long_name = body.partition(b"\x00")[0]
        elif flag == _LONG_LINK:
            extensions.long_link = body.partition(b"\x00")[0]
        elif flag == _GLOBAL_PAX:
            _merge_defaults(defaults, pax.parse_records(body, offset), offset)
            extensions.records = defaults + extensions.records
        else:
            extensions.records += pax.parse_records(body, offset)


def _padded_size(header: bytes, offset: int) -> int:
    """How many bytes follow a header up to the next, by its size field."""
    size = _header_size(header, offset)
    return size + padding(size)


def _header_size(header: bytes, offset: int) -> int:
    size = decode_number(header[124:136], "size", offset)
    if not 0 <= size <= _MAX_SIZE - BLOCK_BYTES:
        raise IntegrityError(f"corrupt archive: impossible size {size} at byte {offset}")
    return size


def _read_extension(source: Source, header: bytes, offset: int) -> bytes:
    size = _header_size(header, offset)
    if size > pax.MAX_EXTENSION_BYTES:
        raise IntegrityError(f"the archive holds a header of {size} bytes at byte {offset}, more than is believed")
    body = source.take(size)
    if len(body) < size:
        raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside an extended header")
    source.skip(padding(size), "an extended header")
    return body


def _merge_defaults(defaults: Records, records: Records, offset: int) -> None:
    for key, _ in records:
        if key.startswith(_NOT_GLOBAL):
            raise IntegrityError(
                f"corrupt archive: the global header at byte {offset} sets {key.decode()!r} for all files"
            )
    merged = dict(defaults)
    merged.update(records)
    if sum(len(key) + len(value) for key, value in merged.items()) > pax.MAX_EXTENSION_BYTES:
        raise IntegrityError(f"the global headers up to byte {offset} hold more than is believed")
    defaults[:] = merged.items()


def _read_member(
    source: Source, header: bytes, extensions: _Extensions, header_offset: int, *, hashed: bool
) -> TarMember:
    offset = source.position - BLOCK_BYTES
    flag = header[156:157]
    name = header[0:100].partition(b"\x00")[0]
    if header[257:263] == b"ustar\x00":
        prefix_end = 476 if header[508:512] == b"tar\x00" else 500
        if prefix := header[345:prefix_end].partition(b"\x00")[0]:
            name = prefix + b"/" + name
    name = extensions.long_name or name
    link = extensions.long_link or header[157:257].partition(b"\x00")[0]
    uid = decode_number(header[108:116], "uid", offset)
    gid = decode_number(header[116:124], "gid", offset)
    size = _header_size(header, offset)
    mtime_ns = pax.bound_time(decode_number(header[136:148], "mtime", offset) * _NS)
    xattrs: dict[str, bytes] = {}
    sparse_name = b""
    for key, value in extensions.records:
        if key == b"path":
            name = value or name
        elif key == b"linkpath":
            link = value or link
        elif key == b"size":
            size = pax.decode_integer(value, "size", offset) if value else size
        elif key == b"uid":
            uid = pax.decode_integer(value, "uid", offset) if value else uid
        elif key == b"gid":
            gid = pax.decode_integer(value, "gid", offset) if value else gid
        elif key == b"mtime":
            mtime_ns = pax.decode_time(value, offset) if value else mtime_ns
        elif key == b"GNU.sparse.name":
            sparse_name = value
        elif (xattr := pax.decode_xattr(key, value, offset)) is not None:
            xattrs[xattr[0]] = xattr[1]
    kind = _TYPES[flag]
    name = sparse_name or name
    if kind is EntryType.FILE and name.endswith(b"/") and flag in (_OLD_FLAG, b"0"):
        kind = EntryType.DIRECTORY
    if not 0 <= uid <= _MAX_ID or not 0 <= gid <= _MAX_ID:
        raise IntegrityError(f"corrupt archive: impossible owner {uid}:{gid} at byte {offset}")
    path = _decode_path(name, offset)
    if not path and kind is not EntryType.DIRECTORY:
        raise IntegrityError(f"corrupt archive: the member at byte {offset} has no name")
    if kind is EntryType.FILE:
        sparse = _sparse_map(source, header, extensions.records, size)
        stored = sparse.stored_bytes if sparse else size
    else:
        sparse, stored = None, 0
    if kind is EntryType.HARDLINK:
        target = _decode_path(link, offset)
        if not target:
            raise IntegrityError(f"corrupt archive: the hard link {path!r} at byte {offset} links to nothing")
    else:
        target = _decode_link(link, offset) if kind is EntryType.SYMLINK else ""
        if kind is EntryType.SYMLINK and not target:
            raise IntegrityError(f"corrupt archive: the symbolic link {path!r} at byte {offset} has no target")
    is_device = kind in (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE)
    is_hashed = hashed and kind is EntryType.FILE
    content = Content(source, sparse.size if sparse else stored, f"/{path}", sparse=sparse, hashed=is_hashed)
    entry = Entry(
        path=path,
        type=kind,
        mode=decode_number(header[100:108], "mode", offset) & 0o7777,
        uid=uid,
        gid=gid,
        size=content.size,
        mtime_ns=mtime_ns,
        link=target,
        xattrs=tuple(sorted(xattrs.items())) if xattrs else (),
        device=_decode_device(header, offset) if is_device else (0, 0),
        offset=(-header_offset - 1 if sparse else source.position) if kind is EntryType.FILE else 0,
    )
    return TarMember(entry, content, header_offset)


def _sparse_map(source: Source, header: bytes, records: Records, size: int) -> SparseMap | None:
    """The map of a sparse member, of which the archive holds ``size`` bytes; None for an ordinary file."""
    offset = source.position - BLOCK_BYTES
    map_bytes = 0
    said = {key: value for key, value in records if key.startswith(_SPARSE)}
    if header[156:157] == _OLD_GNU_SPARSE:
        sparse = read_old_gnu_map(header, source, offset)
    elif said:
        real_size = said.get(b"GNU.sparse.realsize") or said.get(b"GNU.sparse.size") or b""
        real_bytes = pax.decode_integer(real_size, "GNU.sparse.realsize", offset)
        if (said.get(b"GNU.sparse.major"), said.get(b"GNU.sparse.minor")) == (b"1", b"0"):
            sparse, map_bytes = read_pax_1_0_map(source, real_bytes, offset)
        else:
            sparse = parse_pax_map(records, real_bytes, offset)
    else:
        return None
    if sparse.stored_bytes + map_bytes != size:
        raise IntegrityError(f"corrupt archive: the sparse file at byte {offset} does not hold the data of its map")
    return sparse


def _decode_path(name: bytes, offset: int) -> str:
    """An image path; refuses names that climb above the root, hold NUL, or are longer or deeper than any file's."""
    _check_name(name, offset)
    text = name.decode("utf-8", "surrogateescape")
    if "//" in text or "./" in text or text.startswith("/") or text.endswith((".", "/")):
        parts: list[str] = []
        for part in text.split("/"):
            if part == "..":
                if not parts:
                    raise IntegrityError(f"the archive holds {text!r} at byte {offset}, outside of its root")
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        text = "/".join(parts)
    if text.count("/") >= MAX_PATH_DEPTH:
        raise IntegrityError(f"the archive holds a file at byte {offset} that lies {text.count('/')} directories deep")
    return text


def _decode_link(link: bytes, offset: int) -> str:
    _check_name(link, offset)
    return link.decode("utf-8", "surrogateescape")


def _check_name(name: bytes, offset: int) -> None:
    if len(name) > MAX_PATH_BYTES:
        raise IntegrityError(f"the archive holds a name of {len(name)} bytes at byte {offset}; no file has such a name")
    if b"\x00" in name:
        raise IntegrityError(f"corrupt archive: the name {name[:60]!r} at byte {offset} holds a NUL")


def _decode_device(header: bytes, offset: int) -> tuple[int, int]:
    major = decode_number(header[329:337], "device number", offset)
    minor = decode_number(header[337:345], "device number", offset)
    if not (0 <= major < 1 << 12 and 0 <= minor < 1 << 20):
        raise IntegrityError(f"corrupt archive: impossible device {major}:{minor} at byte {offset}")
    return major, minor
