"""The processes that pack: what they are asked, what they answer, and that nothing of them stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jettison.recall.stamp import packed_stamp
from jettison.sources.pack_pool import PackPool, start_pool
from jettison.sources.pack_worker import FileItem, OtherItem


def item_of(path: Path, *, stamp: bytes | None = None) -> FileItem:
    """What is asked of a file."""
    status = path.stat()
    return (f"in/{path.name}", 0o600, 1, 2, status.st_size, 0, path.name, stamp or packed_stamp(status), None)


def test_batches_come_back_in_order_and_slots_are_used_again(tmp_path: Path) -> None:
    """More batches than there are slots, each with its own content."""
    with PackPool(2) as pool:
        for number in range(30):
            (tmp_path / "file").write_bytes(b"%d" % number)
            batch = pool.give(str(tmp_path), [item_of(tmp_path / "file")])
            assert batch is not None
            result = batch.result()
            assert result is not None
            entries, tar = result
            (entry,) = entries
            assert (entry.path, entry.uid, entry.gid, entry.mode, entry.offset) == ("in/file", 1, 2, 0o600, 512)
            assert bytes(tar)[512:].rstrip(b"\0") == b"%d" % number
            tar.release()
            batch.release()


def test_what_a_worker_cannot_do_it_refuses(tmp_path: Path) -> None:
    """A file that is another one by now, a path that leads through a link; and then it goes on."""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    good = item_of(tmp_path / "file")
    refused = [
        item_of(tmp_path / "file", stamp=bytes(48)),
        (*good[:6], "link", *good[7:]),
        (*good[:6], "gone", *good[7:]),
    ]
    with PackPool(1) as pool:
        for items in ([refused[0]], [good, refused[1]], [refused[2]]):
            batch = pool.give(str(tmp_path), [*items])
            assert batch is not None
            assert batch.result() is None
            batch.release()
        batch = pool.give(str(tmp_path), [good])
        assert batch is not None
        assert batch.result() is not None


def test_a_table_that_is_too_long_is_not_given(tmp_path: Path) -> None:
    """Whoever asks packs that itself."""
    long: OtherItem = ("p" * 300_000, "d", 0o755, 0, 0, 0, "", (), (0, 0))
    with PackPool(1) as pool:
        assert pool.give(str(tmp_path), [long]) is None


def test_nothing_of_a_pool_stays() -> None:
    """Its processes are gone when it is closed, and so are its descriptors."""
    before = len(os.listdir("/proc/self/fd"))
    pool = PackPool(3)
    group = pool.process_id
    pool.close()
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert len(os.listdir("/proc/self/fd")) <= before + 3  # one for each shared memory, until it is let go of
    del pool
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_processor_has_no_use_for_a_pool() -> None:
    """There is nobody who could work at the same time."""
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert start_pool() is None
    finally:
        os.sched_setaffinity(0, allowed)


def test_packers_end_before_they_are_waited_for() -> None:
    """Once all is packed nothing holds them; closing the pool afterwards finds them gone."""
    with PackPool(2) as pool:
        pool.let_end()
        pool.let_end()
        ended = os.waitid(os.P_PID, pool.process_id, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        assert ended.si_status == 0
