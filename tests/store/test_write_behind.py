"""Large files reach the disk while they are written."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from jettison.errors import StorageError
from jettison.model.digest import Digest
from jettison.store.store import Store

MEBIBYTE = bytes(1 << 20)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes that files had when they were synced on the way."""
    sizes: list[int] = []
    original = os.fdatasync

    def watched(descriptor: int) -> None:
        if threading.current_thread().name == "write-behind":
            sizes.append(os.fstat(descriptor).st_size)
        original(descriptor)

    monkeypatch.setattr(os, "fdatasync", watched)
    return sizes


def test_a_large_blob_is_synced_on_the_way(store: Store, synced: list[int]) -> None:
    """More than once, and never by the writer itself; the blob is what was written."""
    with store.blobs.writer() as writer:
        for _ in range(100):
            writer.write(MEBIBYTE)
        digest = writer.commit()
    assert 1 <= len(synced) <= 3
    assert digest == Digest.of(MEBIBYTE * 100)
    assert store.blobs.size(digest) == 100 << 20


def test_a_small_blob_is_not(store: Store, synced: list[int]) -> None:
    """It has no thread of its own."""
    store.blobs.put(MEBIBYTE * 8)
    assert synced == []


def test_an_error_of_the_disk_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel tells it once: the blob is refused although the last sync succeeds."""

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", broken)
    with store.blobs.writer() as writer:
        for _ in range(40):
            writer.write(MEBIBYTE)
        with pytest.raises(StorageError, match="Input/output error"):
            writer.commit()
    assert list(store.blobs.all()) == []


def test_who_gives_up_leaves_no_thread(store: Store, synced: list[int], tmp_path: Path) -> None:
    """A writer that is closed waits for the sync that is under way."""
    before = threading.active_count()
    with store.blobs.writer() as writer:
        for _ in range(40):
            writer.write(MEBIBYTE)
    assert threading.active_count() == before
    assert len(synced) == 1
