"""A blob read while it is written: all of it, in order, whatever the pace; and nothing of one that was given up."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jettison.errors import CancelledError, IntegrityError
from jettison.model.digest import Digest
from jettison.store import Store
from jettison.store.following import Follower


def read_all(follower: Follower, size: int) -> bytes:
    parts = []
    while data := follower.read(size):
        parts.append(data)
    follower.close()
    return b"".join(parts)


def test_what_is_written_is_read(store: Store) -> None:
    """By two readers at once, each asked-for piece whole; its digest is known once it is in the store."""
    content = random.Random(3).randbytes(1_500_000)
    with store.blobs.writer() as writer, ThreadPoolExecutor(2) as pool:
        followers = [writer.follow(), writer.follow()]
        jobs = [pool.submit(read_all, follower, size) for follower, size in zip(followers, (100_000, 7), strict=True)]
        for start in range(0, len(content), 70_000):
            writer.write(content[start : start + 70_000])
        assert followers[0].digest is None
        writer.commit()
        assert [job.result() for job in jobs] == [content, content]
        assert {follower.committed() for follower in followers} == {Digest.of(content)}


def test_pieces_are_as_long_as_asked(store: Store) -> None:
    """A reader of blocks gets blocks, though the writer writes less at a time; only the last one is shorter."""
    with store.blobs.writer() as writer, ThreadPoolExecutor(1) as pool:
        follower = writer.follow()
        lengths = pool.submit(lambda: [len(follower.read(1000)) for _ in range(4)])
        for _ in range(25):
            writer.write(bytes(100))
        writer.commit()
        assert lengths.result() == [1000, 1000, 500, 0]
        assert follower.read() == b""
        follower.close()


def test_everything_at_once(store: Store) -> None:
    """Without a size all of it is waited for."""
    with store.blobs.writer() as writer, ThreadPoolExecutor(1) as pool:
        follower = writer.follow()
        everything = pool.submit(follower.read)
        writer.write(b"ab")
        writer.write(b"cd")
        writer.commit()
        assert everything.result() == b"abcd"
        follower.close()


def test_what_is_given_up_ends_in_an_error(store: Store) -> None:
    """A reader that waits is woken when the writer leaves without a commit, or its bytes are not what they should be."""
    began = threading.Event()

    def follow(follower: Follower) -> bytes:
        began.set()
        return read_all(follower, 1000)

    with ThreadPoolExecutor(1) as pool:
        with store.blobs.writer() as writer:
            writer.write(b"")
            follower = writer.follow()
            job = pool.submit(follow, follower)
            began.wait()
            writer.write(b"half")
            with pytest.raises(IntegrityError):
                writer.commit(Digest.of(b"whole"))
        with pytest.raises(CancelledError):
            job.result()
        with pytest.raises(CancelledError):
            follower.committed()
        follower.close()
