"""Small files of a folder packed by several processes at once, see ``pack_worker``; this is the side that asks."""

from __future__ import annotations

import _socket
import marshal
import os
import sys
from mmap import mmap
from pathlib import Path
from queue import SimpleQueue

from jettison.hints import TYPE_CHECKING, Self
from jettison.layer.entry_columns import EntryColumns
from jettison.sources.pack_worker import (
    SLOT_BYTES,
    TABLE_BYTES,
    TAR_BYTES,
    FileItem,
    OtherItem,
    message_of,
    numbers_of,
    packed_entries,
)

if TYPE_CHECKING:
    from types import TracebackType

_SOURCES = Path(__file__).parents[2]
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from jettison.sources.pack_worker import main; "
    "main([int(number) for number in sys.argv[2:]])"
)
_MOST_WORKERS = 4
_SLOTS = 6
"""How many batches a worker has before it, or the asking side behind it."""

MOST_ITEMS = 512
"""In one batch."""
MOST_BYTES = TAR_BYTES - (256 << 10)
"""Of a batch by estimation: attributes come on top."""


class Batch:
    """What was given to a worker, until it is released."""

    def __init__(self, worker: _Worker, slot: int) -> None:
        self._worker = worker
        self._slot = slot

    def result(self) -> tuple[EntryColumns, memoryview] | None:
        """What was packed, once it is; None where the worker could not. Batches of a pool are asked in their order."""
        lengths = self._worker.answer(self._slot)
        if lengths is None:
            return None
        start = self._slot * SLOT_BYTES
        memory = self._worker.memory
        tar = memoryview(memory)[start + TABLE_BYTES : start + TABLE_BYTES + lengths[1]]
        return packed_entries(memory[start : start + lengths[0]]), tar

    def release(self) -> None:
        """The bytes are used, and the worker may write over them."""
        self._worker.free.put((self._worker, self._slot))


class PackPool:
    """The processes. Close it, or use it in ``with``."""

    def __init__(self, count: int) -> None:
        """Raises :class:`OSError` where they cannot be started."""
        import subprocess

        self._free: SimpleQueue[tuple[_Worker, int]] = SimpleQueue()
        self._workers: list[_Worker] = []
        theirs: list[int] = []
        try:
            for number in range(count):
                ours, channel = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
                theirs.append(channel.detach())
                memory = os.memfd_create(f"pack{number}")
                theirs.append(memory)
                os.truncate(memory, _SLOTS * SLOT_BYTES)
                self._workers.append(_Worker(ours, mmap(memory, 0), self._free))
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, os.fspath(_SOURCES), *map(str, theirs)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=theirs,
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            for worker in self._workers:
                worker.channel.close()
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        for slot in range(_SLOTS):
            for worker in self._workers:
                self._free.put((worker, slot))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """Of the process that forked the others, and of their group."""
        return self._process.pid

    @property
    def is_full(self) -> bool:
        """Whether a batch has to be taken back before another one is given."""
        return self._free.empty()

    def give(self, root: str, items: list[FileItem | OtherItem]) -> Batch | None:
        """Have them packed, in their order; None where no worker can. Waits for a batch to be released."""
        table = marshal.dumps((root, items))
        if len(table) > TABLE_BYTES:
            return None
        worker, slot = self._free.get()
        worker.memory.seek(slot * SLOT_BYTES)
        worker.memory.write(table)
        try:
            worker.channel.send(message_of(slot, len(table), 0))
        except OSError:  # somebody killed it
            self._free.put((worker, slot))
            return None
        return Batch(worker, slot)

    def let_end(self) -> None:
        """Have them end, now that all was taken back that was given; idempotent."""
        for worker in self._workers:
            worker.channel.close()

    def close(self) -> None:
        """Let them end, and wait for that; idempotent."""
        self.let_end()
        self._process.wait()
        while not self._free.empty():  # which hold the memory
            self._free.get()
        self._workers.clear()


class _Worker:
    """One process: its channel, the memory it shares with us, and where its slots go when they are free."""

    def __init__(self, channel: _socket.socket, memory: mmap, free: SimpleQueue[tuple[_Worker, int]]) -> None:
        self.channel = channel
        self.memory = memory
        self.free = free

    def answer(self, slot: int) -> tuple[int, int] | None:
        """How long table and tar of the slot are, which is the oldest that was given; None where it was not packed."""
        try:
            message = self.channel.recv(len(message_of(0, 0, 0)))
        except OSError:
            return None
        if not message:
            return None
        answered, table_bytes, tar_bytes = numbers_of(message)
        assert answered == slot
        return (table_bytes, tar_bytes) if table_bytes else None


def start_pool() -> PackPool | None:
    """A pool as this machine can use it; None where it is better to do without."""
    count = min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
    if count < 2 or not sys.executable or not hasattr(os, "memfd_create"):
        return None
    try:
        return PackPool(count)
    except OSError:
        return None
