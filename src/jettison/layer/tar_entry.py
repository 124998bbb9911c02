"""The header blocks of an entry: ustar, and a pax header before it where ustar cannot say it."""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.layer import pax
from jettison.layer.tar_header import (
    MAX_OCTAL_ID,
    MAX_OCTAL_SIZE,
    NAME_BYTES,
    PAX_FLAG,
    encode_header,
    entry_flag,
    padding,
    split_name,
)
from jettison.model.entry import Entry, EntryType

NS = 10**9
DEVICES = frozenset({EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE})


def encode_entry(entry: Entry) -> bytes:
    """The header blocks of an entry of an index, but for whiteouts."""
    return header_blocks(entry, entry.path)


def header_blocks(entry: Entry, path: str) -> bytes:
    """The header blocks of an entry, a pax header before them where one is needed."""
    name = path.encode("utf-8", "surrogateescape")
    if entry.type is EntryType.DIRECTORY:
        name = name + b"/" if name else b"./"
    link = entry.link.encode("utf-8", "surrogateescape")
    mtime = entry.mtime_ns // NS
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
        and not entry.mtime_ns % NS
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
        device=entry.device if entry.type in DEVICES else None,
    )
    if plain:
        return header
    return _pax_header(entry, _records(entry, name=None if split else name, link=link)) + header


def sparse_header_blocks(entry: Entry, stored_bytes: int) -> bytes:
    """The header blocks of a sparse file of which the archive holds ``stored_bytes``, its map included."""
    name = entry.path.encode("utf-8", "surrogateescape")
    records = [
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", name),
        (b"GNU.sparse.realsize", b"%d" % entry.size),
        *_records(entry._replace(size=stored_bytes), name=None, link=b""),
    ]
    mtime = entry.mtime_ns // NS
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
    if not 0 <= entry.mtime_ns // NS <= MAX_OCTAL_SIZE or entry.mtime_ns % NS:
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
