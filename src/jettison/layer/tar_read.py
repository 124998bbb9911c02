"""Reading tar streams that nobody vouches for: v7, ustar, GNU, pax and star headers become entries and bounded
contents.

Every header's checksum is verified; sizes, maps and extensions are bounded; nothing is believed twice. Names become
image paths as docker and containerd make them: cleaned lexically, absolute ones relative to the root; a name that
climbs above the root is refused. Owners' names are ignored: a layer means numbers. As GNU tar and Go's archive/tar do,
the first block of zeros ends the archive whatever follows, and so does the end of the stream between two members.
"""

from __future__ import annotations

from collections.abc import Iterator

from jettison.errors import IntegrityError
from jettison.frozen import dataclass, field
from jettison.layer import pax
from jettison.layer.plain_header import decode_plain
from jettison.layer.sparse import SparseMap, parse_pax_map, read_old_gnu_map, read_pax_1_0_map
from jettison.layer.stream import Readable, Sink, Source
from jettison.layer.tar_content import Content, SparseContent
from jettison.layer.tar_header import (
    BLOCK_BYTES,
    MAX_ID,
    MAX_OCTAL_SIZE,
    decode_modes,
    decode_number,
    header_sum,
    padding,
    prefix_of,
)
from jettison.layer.tar_names import decode_name, decode_path
from jettison.model.entry import Entry, EntryType

_MAX_SIZE = 2**63 - 1
_NS = 10**9
Records = list[tuple[bytes, bytes]]
_ZERO_BLOCK = bytes(BLOCK_BYTES)
_make_entry = tuple.__new__
"""What ``Entry(...)`` comes to, at half of the price."""
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
_DEVICES = (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE)
_PLAIN_FLAGS = (b"0", b"\x00")
"""Before ustar, directories were files whose names end with a slash."""
_LONG_NAME, _LONG_LINK, _PAX, _OLD_PAX, _GLOBAL_PAX, _OLD_GNU_SPARSE, _VOLUME = b"L", b"K", b"x", b"X", b"g", b"S", b"V"
_EXTENSIONS = (_LONG_NAME, _LONG_LINK, _PAX, _OLD_PAX, _GLOBAL_PAX)
_SPARSE = b"GNU.sparse."
_NOT_GLOBAL = (b"path", b"linkpath", b"size", _SPARSE)
"""A global header that gives every file one of these is nonsense, or an attempt to be read differently by two
programs."""


@dataclass(slots=True)
class TarMember:
    """One member: its entry (digest unset; ``.wh.`` names not interpreted) and its content, empty for all but
    files.
    """

    entry: Entry
    content: Content


@dataclass(slots=True)
class _Headers:
    """The headers of one member: its own, and what the extension headers before it say."""

    begin: int
    """Where the first of them begins."""
    own: bytes = b""
    records: Records = field(default_factory=list)
    long_name: bytes | None = None
    long_link: bytes | None = None
    extension_bytes: int = 0


def read_tar(
    stream: Readable, *, tap: Sink | None = None, hashed: bool = False, most_after_bytes: int | None = None
) -> Iterator[TarMember]:
    """The members of an archive in order, duplicates included; contents that are not read are skipped.

    ``tap`` is given every byte of the stream once, also what follows the end of the archive: the stream is read to its
    end. ``hashed`` makes ``Content.finish`` return digests. Raises :class:`IntegrityError` that names the byte where
    it is wrong, and where more than ``most_after_bytes`` follow the archive: such a stream may have no end.
    """
    source = Source(stream, tap)
    defaults: dict[bytes, bytes] = {}
    while header := source.take(BLOCK_BYTES):
        plain = None if defaults else decode_plain(header)
        if plain is not None:
            path, kind, mode, uid, gid, size, mtime_ns = plain
            is_file = kind is EntryType.FILE
            content = Content(source, size, path, hashed=hashed and is_file)
            place = source.position if is_file else 0
            entry = _make_entry(Entry, (path, kind, mode, uid, gid, size, mtime_ns, "", (), (0, 0), None, place))
            member = TarMember(entry, content)
        else:
            headers = _read_headers(source, header, defaults)
            if headers is None:
                break
            member = _read_member(source, headers, defaults, hashed=hashed)
            content = member.content
        stored = content.stored_left
        yield member
        if content.left or content.stored_left:
            content.finish()
        if rest := -stored % BLOCK_BYTES:
            source.skip(rest, "the padding of /", content.path)
    source.drain(most_after_bytes)


def _read_headers(source: Source, header: bytes, defaults: dict[bytes, bytes]) -> _Headers | None:
    """The headers of a member, of which the first is ``header``; None at the end of the archive.

    Global ones go into ``defaults``.
    """
    headers = _Headers(begin=source.position - len(header))
    while True:
        offset = source.position - len(header)
        if header == _ZERO_BLOCK:
            return None
        if len(header) < BLOCK_BYTES:
            raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside a header")
        checksum = header[148:156].removesuffix(b" ")  # NUL and space end it
        if decode_number(checksum, "checksum", offset) != header_sum(header):
            raise IntegrityError(f"corrupt archive: the header at byte {offset} does not match its checksum")
        flag = header[156:157]
        if flag in _TYPES:
            headers.own = header
            return headers
        if flag == _VOLUME:
            source.skip(_padded_size(header, offset), "a volume header")
        elif flag in _EXTENSIONS:
            _read_extension(source, header, headers, defaults)
        else:
            raise IntegrityError(f"the archive holds a member of unknown type {flag!r} at byte {offset}")
        header = source.take(BLOCK_BYTES)


def _read_extension(source: Source, header: bytes, headers: _Headers, defaults: dict[bytes, bytes]) -> None:
    """Read the body of an extension header, and take note of what it says."""
    offset = source.position - BLOCK_BYTES
    size = _header_size(header, offset)
    headers.extension_bytes += size
    if size > pax.MAX_EXTENSION_BYTES or headers.extension_bytes > 2 * pax.MAX_EXTENSION_BYTES:
        raise IntegrityError(f"the archive holds headers of {size} bytes at byte {offset}, more than is believed")
    body = source.take(size)
    if len(body) < size:
        raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside an extended header")
    source.skip(padding(size), "an extended header")
    flag = header[156:157]
    if flag == _LONG_NAME:
        headers.long_name = body.partition(b"\x00")[0]
    elif flag == _LONG_LINK:
        headers.long_link = body.partition(b"\x00")[0]
    elif flag == _GLOBAL_PAX:
        _merge_defaults(defaults, pax.parse_records(body, offset), offset)
    else:
        headers.records += pax.parse_records(body, offset)


def _padded_size(header: bytes, offset: int) -> int:
    """How many bytes follow a header up to the next, by its size field."""
    size = _header_size(header, offset)
    return size + padding(size)


def _header_size(header: bytes, offset: int) -> int:
    size = decode_number(header[124:136], "size", offset)
    if not 0 <= size <= _MAX_SIZE - BLOCK_BYTES:
        raise IntegrityError(f"corrupt archive: impossible size {size} at byte {offset}")
    return size


def _merge_defaults(defaults: dict[bytes, bytes], records: Records, offset: int) -> None:
    for key, _ in records:
        if key.startswith(_NOT_GLOBAL):
            raise IntegrityError(f"corrupt archive: the global header at byte {offset} sets {key.decode()!r} for all")
    defaults.update(records)
    if sum(len(key) + len(value) for key, value in defaults.items()) > pax.MAX_EXTENSION_BYTES:
        raise IntegrityError(f"the global headers up to byte {offset} hold more than is believed")


def _read_member(source: Source, headers: _Headers, defaults: dict[bytes, bytes], *, hashed: bool) -> TarMember:
    offset = source.position - BLOCK_BYTES
    header = headers.own
    flag = header[156:157]
    kind = _TYPES[flag]
    name, link = _names(headers)
    mode, uid, gid = decode_modes(header, offset)
    size = _header_size(header, offset)
    mtime = decode_number(header[136:148], "mtime", offset)
    mtime_ns = mtime * _NS if 0 <= mtime <= MAX_OCTAL_SIZE else pax.bound_time(mtime * _NS)
    xattrs: tuple[tuple[str, bytes], ...] = ()
    if headers.records or defaults:
        said = defaults | dict(headers.records)
        name = said.get(b"GNU.sparse.name") or said.get(b"path") or name
        link = said.get(b"linkpath") or link
        size = pax.decode_integer(said.get(b"size"), size, "size", offset)
        uid = pax.decode_integer(said.get(b"uid"), uid, "uid", offset)
        gid = pax.decode_integer(said.get(b"gid"), gid, "gid", offset)
        mtime_ns = pax.decode_time(said[b"mtime"], offset) if said.get(b"mtime") else mtime_ns
        xattrs = pax.decode_xattrs(said, offset)
    if not 0 <= uid <= MAX_ID or not 0 <= gid <= MAX_ID:
        raise IntegrityError(f"corrupt archive: impossible owner {uid}:{gid} at byte {offset}")
    if kind is EntryType.FILE and name.endswith(b"/") and flag in _PLAIN_FLAGS:
        kind = EntryType.DIRECTORY
    path = decode_path(name, offset)
    if not path and kind is not EntryType.DIRECTORY:
        raise IntegrityError(f"corrupt archive: the member at byte {offset} has no name")
    is_file = kind is EntryType.FILE
    is_sparse = is_file and (headers.records or flag == _OLD_GNU_SPARSE)
    sparse = _sparse_map(source, headers, size) if is_sparse else None
    stored = size if is_file else 0
    if sparse:
        content: Content = SparseContent(source, sparse, path, hashed=hashed)
    else:
        content = Content(source, stored, path, hashed=hashed and is_file)
    target = "" if is_file else _decode_target(kind, link, path, offset)
    device = _decode_device(header, offset) if kind in _DEVICES else (0, 0)
    place = (-headers.begin - 1 if sparse else source.position) if is_file else 0
    entry = Entry(path, kind, mode & 0o7777, uid, gid, content.size, mtime_ns, target, xattrs, device, None, place)
    return TarMember(entry, content)


def _names(headers: _Headers) -> tuple[bytes, bytes]:
    """The name and the link of a member, before what pax says of them."""
    header = headers.own
    name = header[0:100].partition(b"\x00")[0]
    if prefix := prefix_of(header):
        name = prefix + b"/" + name
    return headers.long_name or name, headers.long_link or header[157:257].partition(b"\x00")[0]


def _decode_target(kind: EntryType, link: bytes, path: str, offset: int) -> str:
    """What a link points to: a symbolic link as written, a hard link to an image path."""
    if kind is EntryType.SYMLINK:
        target = decode_name(link, offset)
    elif kind is EntryType.HARDLINK:
        target = decode_path(link, offset)
    else:
        return ""
    if not target:
        raise IntegrityError(f"corrupt archive: the link /{path} at byte {offset} points to nothing")
    return target


def _sparse_map(source: Source, headers: _Headers, size: int) -> SparseMap | None:
    """The map of a sparse member, of which the archive holds ``size`` bytes; None for an ordinary file."""
    offset = source.position - BLOCK_BYTES
    map_bytes = 0
    said = {key: value for key, value in headers.records if key.startswith(_SPARSE)}
    if headers.own[156:157] == _OLD_GNU_SPARSE:
        sparse = read_old_gnu_map(headers.own, source, offset)
    elif said:
        real_size = said.get(b"GNU.sparse.realsize") or said.get(b"GNU.sparse.size")
        real_bytes = pax.decode_integer(real_size, -1, "GNU.sparse.realsize", offset)
        if (said.get(b"GNU.sparse.major"), said.get(b"GNU.sparse.minor")) == (b"1", b"0"):
            sparse, map_bytes = read_pax_1_0_map(source, real_bytes, offset)
        else:
            sparse = parse_pax_map(headers.records, real_bytes, offset)
    else:
        return None
    if sparse.stored_bytes + map_bytes != size:
        raise IntegrityError(f"corrupt archive: the sparse file at byte {offset} does not hold the data of its map")
    return sparse


def _decode_device(header: bytes, offset: int) -> tuple[int, int]:
    major = decode_number(header[329:337], "device number", offset)
    minor = decode_number(header[337:345], "device number", offset)
    if not (0 <= major < 1 << 12 and 0 <= minor < 1 << 20):
        raise IntegrityError(f"corrupt archive: impossible device {major}:{minor} at byte {offset}")
    return major, minor
