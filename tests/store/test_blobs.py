"""Blobs: there whole or not at all, true to their name or refused."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from jettison.errors import IntegrityError, NotFoundError
from jettison.model.digest import Digest
from jettison.store import Store

HELLO = Digest.of(b"hello")


def leftovers(store: Store) -> list[Path]:
    return [path for session in (store.root / "tmp").iterdir() for path in session.iterdir()]


def test_a_written_blob_is_read_back(store: Store) -> None:
    with store.blobs.writer() as writer:
        writer.write(b"hel")
        writer.write(memoryview(b"lo"))
        assert writer.commit(HELLO) == HELLO
    assert store.blobs.has(HELLO)
    assert store.blobs.size(HELLO) == 5
    assert store.blobs.path(HELLO).read_bytes() == b"hello"
    with store.blobs.open(HELLO) as file:
        assert file.read() == b"hello"
    assert store.blobs.read(HELLO) == b"hello"
    assert list(store.blobs.all()) == [HELLO]
    assert leftovers(store) == []


def test_what_this_process_wrote_is_new_until_somebody_touches_it(tmp_path: Path) -> None:
    """What was there before is not, nor is what was written again or changed in place."""
    with Store.open(tmp_path) as store:
        assert not store.blobs.is_new(HELLO)
        store.blobs.put(b"hello")
        assert store.blobs.is_new(HELLO)
        store.blobs.path(HELLO).write_bytes(b"jello")
        assert not store.blobs.is_new(HELLO)
        store.blobs.remove(HELLO)
        assert not store.blobs.is_new(HELLO)
        store.blobs.put(b"hello")
    with Store.open(tmp_path) as store:
        store.blobs.put(b"hello")
        assert not store.blobs.is_new(HELLO)


def test_a_known_digest_is_taken_at_its_word(store: Store) -> None:
    """What the caller has hashed is not hashed again; what is there is not written again."""
    assert store.blobs.put(b"hello", known=HELLO) == HELLO
    assert store.blobs.read(HELLO) == b"hello"
    assert store.blobs.put(b"not looked at", known=HELLO) == HELLO
    assert store.blobs.read(HELLO) == b"hello"


def test_put_is_idempotent(store: Store) -> None:
    assert store.blobs.put(b"hello") == store.blobs.put(b"hello") == HELLO


def test_a_blob_of_another_algorithm_has_its_own_folder(store: Store) -> None:
    with store.blobs.writer("sha512") as writer:
        writer.write(b"hello")
        digest = writer.commit()
    assert digest == "sha512:" + hashlib.sha512(b"hello").hexdigest()
    assert store.blobs.read(digest) == b"hello"
    assert list(store.blobs.all()) == [digest]


def test_a_writer_left_without_commit_stores_nothing(store: Store) -> None:
    with store.blobs.writer() as writer:
        writer.write(b"hello")
    assert not store.blobs.has(HELLO)
    assert leftovers(store) == []


def test_wrong_bytes_are_refused_and_not_stored(store: Store) -> None:
    expected = Digest.of(b"other")
    with pytest.raises(IntegrityError, match=f"expected {expected}, received {HELLO}"), store.blobs.writer() as writer:
        writer.write(b"hello")
        writer.commit(expected)
    assert not store.blobs.has(HELLO)
    assert not store.blobs.has(expected)
    assert leftovers(store) == []


def test_a_writer_that_does_not_hash_takes_the_callers_word(store: Store) -> None:
    with store.blobs.writer(hashed=False) as writer:
        writer.write(b"hello")
        with pytest.raises(ValueError, match="without a digest"):
            writer.commit()
        assert writer.commit(HELLO) == HELLO
    assert store.blobs.read(HELLO) == b"hello"


@pytest.mark.parametrize("text", ["sha256:../../cache.db", "sha256:", "/etc:passwd", "sha256:" + "A" * 64])
def test_what_is_no_digest_never_becomes_a_path(store: Store, text: str) -> None:
    for action in (store.blobs.path, store.blobs.has, store.blobs.remove, store.blobs.open, store.layers.tree):
        with pytest.raises(IntegrityError, match="invalid digest"):
            action(Digest(text))


def test_a_missing_blob_says_so(store: Store) -> None:
    with pytest.raises(NotFoundError, match=HELLO):
        store.blobs.open(HELLO)
    with pytest.raises(NotFoundError, match=HELLO):
        store.blobs.open_verified(HELLO)
    assert store.blobs.size(HELLO) is None
    store.blobs.remove(HELLO)


@pytest.mark.parametrize("damage", [b"hellO", b"hell", b"hello!", b""])
def test_a_damaged_blob_is_found_at_its_end_and_removed(store: Store, damage: bytes) -> None:
    store.blobs.put(b"hello")
    store.blobs.path(HELLO).write_bytes(damage)
    with store.blobs.open_verified(HELLO) as file, pytest.raises(IntegrityError, match="damaged") as caught:
        while file.read(2):
            pass
    assert caught.value.hint is not None
    assert not store.blobs.has(HELLO)


def test_adopt_takes_a_finished_file(store: Store) -> None:
    for _ in range(2):
        path = store.temporary_path()
        path.write_bytes(b"hello")
        store.blobs.adopt(path, HELLO)
        assert not path.exists()
    assert store.blobs.read(HELLO) == b"hello"


def test_many_threads_may_write_the_same_blob(store: Store) -> None:
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for number in range(20):
            store.blobs.put(b"%d" % number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(store.blobs.all()) == {Digest.of(b"%d" % number) for number in range(20)}
    assert all(store.blobs.read(digest) for digest in store.blobs.all())
