"""Layers: index, tree, tar and compressed forms, each there or not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jettison.model.digest import Digest
from jettison.store import Encoding, Store

TAR = b"pretend that this is a tar"
DIFF_ID = Digest.of(TAR)


def _make_tree(store: Store, content: str) -> Path:
    with store.layers.new_tree_directory() as directory:
        (directory / "file").write_text(content)
        return store.layers.adopt_tree(DIFF_ID, directory)


def test_a_layer_is_there_with_its_index_and_its_files(store: Store) -> None:
    assert not store.layers.has(DIFF_ID)
    assert store.layers.index_bytes(DIFF_ID) is None
    store.layers.put_index(DIFF_ID, b"index")
    assert not store.layers.has(DIFF_ID)
    store.blobs.put(TAR)
    assert store.layers.has(DIFF_ID)
    assert store.layers.index_bytes(DIFF_ID) == b"index"
    assert list(store.layers.all()) == [DIFF_ID]


def test_a_tree_will_do_for_the_files(store: Store) -> None:
    assert store.layers.tree(DIFF_ID) is None
    path = _make_tree(store, "x")
    assert store.layers.tree(DIFF_ID) == path
    assert not store.layers.has(DIFF_ID)
    store.layers.put_index(DIFF_ID, b"index")
    assert store.layers.has(DIFF_ID)


def test_the_first_tree_stays_and_the_second_leaves_nothing(store: Store) -> None:
    assert (_make_tree(store, "first") / "file").read_text() == "first"
    assert (_make_tree(store, "second") / "file").read_text() == "first"
    assert [os.listdir(path) for path in (store.root / "tmp").iterdir()] == [[]]


def test_an_empty_tree_is_a_tree(store: Store) -> None:
    for _ in range(2):
        with store.layers.new_tree_directory() as directory:
            store.layers.adopt_tree(DIFF_ID, directory)
    assert store.layers.tree(DIFF_ID) is not None


def test_a_new_tree_has_the_mode_of_a_root(store: Store) -> None:
    before = os.umask(0o077)
    try:
        with store.layers.new_tree_directory() as directory:
            assert stat.S_IMODE(directory.stat().st_mode) == 0o755
    finally:
        os.umask(before)
    assert not directory.exists()


def test_put_index_is_idempotent_and_remembers_the_size(store: Store) -> None:
    assert store.layers.size(DIFF_ID) is None
    store.layers.put_index(DIFF_ID, b"index")
    assert store.layers.size(DIFF_ID) is None
    store.layers.put_index(DIFF_ID, b"index", size_bytes=17)
    store.layers.put_index(DIFF_ID, b"index")
    assert store.layers.size(DIFF_ID) == 17


def test_encodings_are_remembered_by_layer_and_by_blob(store: Store) -> None:
    gzip, zstd = (
        Encoding(
            diff_id=DIFF_ID,
            digest=Digest.of(codec.encode()),
            media_type=f"tar+{codec}",
            size=9,
            codec=codec,
            level=level,
        )
        for codec, level in (("gzip", None), ("zstd", 3))
    )
    assert store.layers.encodings(DIFF_ID) == ()
    for encoding in (zstd, gzip, zstd):
        store.layers.record_encoding(encoding)
    assert store.layers.encodings(DIFF_ID) == (gzip, zstd)
    assert store.layers.encodings_of_blob(gzip.digest) == (gzip,)
    assert store.layers.encodings_of_blob(DIFF_ID) == ()
