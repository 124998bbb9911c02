"""Layers compressed for leaving: while they are written or later, the same blob, once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from jettison.engine.encoder import Compression, Encoder
from jettison.errors import CancelledError
from jettison.layer.decompress import Codec, Decompressed
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.oci import OCI_LAYER_GZIP
from jettison.store.blobs import BlobWriter
from jettison.store.store import Store

CONTENT = random.Random(5).randbytes(1_000_000) + bytes(2_500_000)


def write_layer(store: Store, *encoders: Encoder) -> Digest:
    """A layer of a large and a small file, followed by the encoders."""
    with store.blobs.writer(hashed=False) as tar:
        for encoder in encoders:
            encoder.follow(tar)
        writer = LayerWriter(tar.write)
        for path, content in (("a", CONTENT), ("b", b"small")):
            writer.add(Entry(path, EntryType.FILE, 0o644, size=len(content)), content)
        return tar.commit(writer.finish().diff_id)


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD])
@pytest.mark.parametrize("level", [None, 1, 6])
def test_following_gives_the_same_blob(tmp_path: Path, codec: Codec, level: int | None) -> None:
    """What is compressed behind the writer is what is compressed of the finished tar."""
    compression = Compression(codec=codec, level=level)
    with Store.open(tmp_path / "one") as store, Encoder(store, compression) as encoder:
        diff_id = write_layer(store, encoder)
        followed = encoder.descriptor(diff_id)
        with store.blobs.open_verified(followed.digest) as blob:
            assert Digest.of(Decompressed(blob).read()) == diff_id
    with Store.open(tmp_path / "two") as store, Encoder(store, compression) as encoder:
        assert write_layer(store) == diff_id
        assert encoder.descriptor(diff_id) == followed


def test_the_tar_is_not_read_again(tmp_path: Path) -> None:
    """Once a layer was followed, its compressed form is there without the tar."""
    with Store.open(tmp_path) as store, Encoder(store, Compression()) as encoder:
        diff_id = write_layer(store, encoder)
        store.blobs.remove(diff_id)
        assert encoder.descriptor(diff_id).media_type == OCI_LAYER_GZIP


def test_levels_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """The default is no level that can be asked for; each is compressed once and found again."""
    with Store.open(tmp_path) as store:
        diff_id = write_layer(store)
        found = {}
        for level in (None, 1, 6):
            with Encoder(store, Compression(level=level)) as encoder:
                found[level] = encoder.descriptor(diff_id).digest
        assert len(set(found.values())) == 3
        store.blobs.remove(diff_id)
        for level, digest in found.items():
            with Encoder(store, Compression(level=level)) as encoder:
                assert encoder.descriptor(diff_id).digest == digest


def test_a_layer_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    """Where the writer gives up, so does the encoder, and no thread waits."""

    def give_up(tar: BlobWriter) -> None:
        encoder.follow(tar)
        tar.write(bytes(3_000_000))
        raise CancelledError("cancelled")

    with Store.open(tmp_path) as store, Encoder(store, Compression()) as encoder:
        with pytest.raises(CancelledError), store.blobs.writer(hashed=False) as tar:
            give_up(tar)
        assert list(store.blobs.all()) == []
    with Store.open(tmp_path) as store:
        assert list(store.blobs.all()) == []
