"""Stacks of layers whose weight is known, in a few words each."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from itertools import count

from jettison.analyze.base import Base
from jettison.analyze.known_base import KnownBase
from jettison.analyze.weigh import ImageFacts, weigh
from jettison.analyze.weight import Weight
from jettison.analyze.written import Written, WrittenLine
from jettison.layer.index import LayerIndex
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.platform import Platform

_places = count(1000)


def digest(text: str) -> Digest:
    """The digest of a text."""
    return Digest("sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest())


def file(path: str, size: int, content: str = "", *, mode: int = 0o644, mtime: int = 0) -> Entry:
    """A file; equal ``content`` and size means an equal content, which is the path's own by default."""
    identity = digest(f"{content or path} {size}")
    place = next(_places) * 512
    return Entry(
        path=path, type=EntryType.FILE, mode=mode, size=size, digest=identity, offset=place, mtime_ns=mtime * 10**9
    )


def program(path: str, size: int, content: str = "") -> Entry:
    """A file that may be executed."""
    return file(path, size, content, mode=0o755)


def folder(path: str) -> Entry:
    """A directory."""
    return Entry(path=path, type=EntryType.DIRECTORY, mode=0o755)


def link(path: str, target: str) -> Entry:
    """A hard link."""
    return Entry(path=path, type=EntryType.HARDLINK, link=target)


def symlink(path: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(path=path, type=EntryType.SYMLINK, mode=0o777, link=target)


def gone(path: str) -> Entry:
    """A whiteout."""
    return Entry(path=path, type=EntryType.WHITEOUT)


def opaque(path: str) -> Entry:
    """An opaque marker."""
    return Entry(path=path, type=EntryType.OPAQUE)


def stack_of(*layers: list[Entry]) -> list[LayerIndex]:
    """The indexes of these layers, lowest first."""
    return [
        LayerIndex(diff_id=digest(f"layer {number}"), tar_bytes=0, entries=tuple(entries))
        for number, entries in enumerate(layers)
    ]


def weight_of(
    *layers: list[Entry],
    contents: Mapping[str, bytes] | None = None,
    run: RunConfig | None = None,
    base: Base | None = None,
    texts: Sequence[str] = (),
    dockerfile: Written | None = None,
    bases: Sequence[KnownBase] = (),
) -> Weight:
    """The weight of an image of these layers; files have the bytes of ``contents``, and zeros where that has none."""

    def read(entry: Entry, offset: int, size: int) -> bytes:
        data = (contents or {}).get(entry.path, bytes(entry.size))
        return data[offset : offset + size]

    history = tuple(HistoryEntry(created_by=text) for text in texts or [f"RUN step {n}" for n in range(len(layers))])
    config = ImageConfig(platform=Platform.parse("linux/amd64"), run=run or RunConfig(), history=history)
    return weigh(
        ImageFacts(
            name="image",
            image_id=digest("image"),
            config=config,
            indexes=stack_of(*layers),
            base=base or Base(),
            lines=tuple(WrittenLine(place=f"Dockerfile:{n + 2}:1") for n in range(len(layers))),
            dockerfile=dockerfile,
            open_reader=lambda tree: read,
            open_bases=lambda: bases,
        )
    )


def known(name: str, entries: list[Entry], *, command: tuple[str, ...] = ()) -> KnownBase:
    """An image of one layer on which a program could be put."""
    size_bytes = sum(entry.size for entry in entries)
    return KnownBase(name=name, size_bytes=size_bytes, command=command, open_indexes=lambda: stack_of(entries))


def holding(path: str, content: bytes, *, mode: int = 0o644) -> Entry:
    """A file of just this content: to be named in ``contents`` as well."""
    return file(path, len(content), mode=mode)


def unstripped(debug_bytes: int) -> bytes:
    """A library of 64 bit that holds nothing but so many bytes of debugging information."""
    names = b"\0.shstrtab\0.debug_info\0"
    sections = 64 + len(names) + debug_bytes
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, sections, 0, 64, 56, 0, 64, 3, 1)
    table = bytes(64)
    for name, kind, offset, size in ((1, 3, 64, len(names)), (11, 1, 64 + len(names), debug_bytes)):
        table += struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, offset, size, 0, 0, 1, 0)
    return header + names + bytes(debug_bytes) + table
