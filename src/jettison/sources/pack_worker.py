"""A process beside this one that reads and packs small files: two interpreters do not wait for each other's lock.

It is a program of its own, with one thread, and imports little. It forks the others of its pool, so that only one of
them has to load what they need. What to pack stands in shared memory, and what came of it is put there
(``pack_pool``). Whatever goes wrong it only says so: whoever asked does the work again, and meets the same error.
"""

from __future__ import annotations

import _socket
import gc
import marshal
import os
from collections import deque
from mmap import mmap

from jettison.layer.entry_columns import EntryColumns
from jettison.layer.pack import Packer
from jettison.model.entry import Entry, EntryType
from jettison.sources.folder import Folder, read_small

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

TABLE_BYTES = 256 << 10
"""Of a slot: first what is to be packed, then what the index has to know of it."""
TAR_BYTES = 1280 << 10
"""Of a slot behind that: what was packed."""
SLOT_BYTES = TABLE_BYTES + TAR_BYTES
MESSAGE_BYTES = 12
"""Three numbers of four bytes: the slot, the length of the table, the length of what was packed."""

FileItem = tuple[str, int, int, int, int, int, str, bytes, "str | None"]
"""A file: path in the layer, mode, uid, gid, size, mtime_ns; path in the folder, packed stamp, digest if known."""
OtherItem = tuple[str, str, int, int, int, int, str, "tuple[tuple[str, bytes], ...]", tuple[int, int]]
"""What has no content: path, letter of the type, mode, uid, gid, mtime_ns, link, attributes, device."""


def main(descriptors: Sequence[int]) -> NoReturn:
    """Serve on pairs of a channel and the shared memory that belongs to it, each pair by a process of its own."""
    gc.disable()
    pairs = list(zip(descriptors[::2], descriptors[1::2], strict=True))
    for number in range(1, len(pairs)):
        if os.fork() == 0:
            _serve(pairs, number)
            os._exit(0)
    _serve(pairs, 0)
    for _ in pairs[1:]:
        os.wait()
    os._exit(0)


def _serve(pairs: Sequence[tuple[int, int]], number: int) -> None:
    """Pack what comes, until the other end is gone."""
    for other, descriptors in enumerate(pairs):
        if other != number:
            for descriptor in descriptors:
                os.close(descriptor)
    channel = _socket.socket(fileno=pairs[number][0])
    memory = mmap(pairs[number][1], 0)
    folders: dict[str, Folder] = {}
    while message := channel.recv(MESSAGE_BYTES):
        slot, table_bytes, _ = numbers_of(message)
        try:
            done = _pack(memory, slot * SLOT_BYTES, table_bytes, folders)
        except Exception:  # what it was, whoever asked finds out
            done = (0, 0)
        try:
            channel.send(message_of(slot, *done))
        except OSError:
            break
    channel.close()


def _pack(memory: mmap, start: int, table_bytes: int, folders: dict[str, Folder]) -> tuple[int, int]:
    """Pack what the table at ``start`` tells, and answer there; how long table and tar are, zeros where they are too
    long.
    """
    root, items = marshal.loads(memory[start : start + table_bytes])  # noqa: S302 - of the process that started this one
    folder = folders.get(root)
    if folder is None:
        folder = folders[root] = Folder(root)
    packer = Packer()
    add_small, opened = packer.add_small, folder.open
    for item in items:
        if type(item[1]) is int:
            path, mode, uid, gid, size, mtime_ns, source, stamp, expected = item
            descriptor = opened(source, stamp)
            try:
                xattrs, content = read_small(descriptor, size)
            finally:
                os.close(descriptor)
            add_small(path, mode, uid, gid, size, mtime_ns, xattrs, content, expected)
        else:
            path, letter, mode, uid, gid, mtime_ns, link, xattrs, device = item
            kind = EntryType(letter)
            packer.add(Entry(path, kind, mode, uid, gid, 0, mtime_ns, link, xattrs, device))
    table = marshal.dumps(packer.entries.columns())
    if len(table) > TABLE_BYTES or packer.position > TAR_BYTES:
        return 0, 0
    memory.seek(start)
    memory.write(table)
    memory.seek(start + TABLE_BYTES)
    deque(map(memory.write, packer.pieces), 0)
    return len(table), packer.position


def message_of(slot: int, table_bytes: int, tar_bytes: int) -> bytes:
    """The numbers as they go over the channel."""
    return b"".join(number.to_bytes(4, "little") for number in (slot, table_bytes, tar_bytes))


def numbers_of(message: bytes) -> tuple[int, int, int]:
    """The slot, the length of the table and of what was packed."""
    return (
        int.from_bytes(message[:4], "little"),
        int.from_bytes(message[4:8], "little"),
        int.from_bytes(message[8:], "little"),
    )


def packed_entries(table: bytes) -> EntryColumns:
    """What a worker says of what it packed."""
    return EntryColumns.of_columns(marshal.loads(table))  # noqa: S302 - of a process that we started
