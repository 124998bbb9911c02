"""Layers compressed for leaving: while they are written or later, the same blob, once."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from jettison.engine.encoder import Compression, Encoder
from jettison.errors import CancelledError
from jettison.layer import zstd
from jettison.layer.compress import block_bytes
from jettison.layer.decompress import Codec, Decompressed
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.oci import OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD
from jettison.solve.events import Event, Span
from jettison.solve.spans import TimedSpans
from jettison.store.blobs import BlobWriter
from jettison.store.layers import Encoding
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


def write_followed(store: Store, parts: Sequence[tuple[bytes, Digest | None]], encoder: Encoder) -> Digest:
    """A blob of these parts, of which those with a digest are noted to be the same in the blob of that digest."""
    with store.blobs.writer() as tar:
        encoder.follow(tar)
        for data, old in parts:
            if old is not None:
                tar.note_same(tar.size_bytes, tar.size_bytes + len(data), old)
            tar.write(data)
        return tar.commit()


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD])
def test_blocks_that_an_older_layer_has_are_taken_from_it(tmp_path: Path, codec: Codec) -> None:
    """No more is compressed than what changed, and the blob is the same; an older form that is damaged is not used."""
    compression = Compression(codec=codec)
    block = block_bytes(codec)
    old = random.Random(7).randbytes(4 * block + 5)
    middle = bytes(100)
    start, end = block + 3, block + 103
    changed = old[:start] + middle + old[end:]
    with Store.open(tmp_path / "fresh") as store, Encoder(store, compression) as encoder:
        wanted = encoder.descriptor(write_followed(store, [(changed, None)], encoder))
    for damage in (False, True):
        events: list[Event] = []
        spans = TimedSpans(events.append, time.monotonic)
        with Store.open(tmp_path / f"{damage}") as store:
            with Encoder(store, compression) as encoder:
                first = write_followed(store, [(old, None)], encoder)
                blob = store.blobs.path(encoder.descriptor(first).digest)
            if damage:
                data = bytearray(blob.read_bytes())
                data[50] ^= 1
                blob.chmod(0o644)
                blob.write_bytes(data)
            parts = [(old[:start], first), (middle, None), (old[end:], first)]
            with Encoder(store, compression, spans) as encoder:
                assert encoder.descriptor(write_followed(store, parts, encoder)) == wanted
            assert blob.exists() is not damage
        compressed = sum(isinstance(event, Span) for event in events)
        assert compressed == (2 + 5 if damage else 2)


def came_with_its_image(store: Store, diff_id: Digest, codec: Codec) -> Digest:
    """The layer compressed as somebody else did it; the digest of that blob."""
    pack = gzip.compress if codec is Codec.GZIP else zstd.compress
    blob = store.blobs.put(pack(store.blobs.read(diff_id)))
    media_type = OCI_LAYER_GZIP if codec is Codec.GZIP else OCI_LAYER_ZSTD
    size = store.blobs.size(blob) or 0
    encoding = Encoding(diff_id=diff_id, digest=blob, media_type=media_type, size=size, codec=codec)
    store.layers.record_encoding(encoding)
    return blob


@pytest.mark.parametrize("theirs", [Codec.GZIP, Codec.ZSTD])
@pytest.mark.parametrize("wanted", [Codec.GZIP, Codec.ZSTD, Codec.NONE])
def test_layers_that_came_compressed_are_kept_unless_forced(tmp_path: Path, theirs: Codec, wanted: Codec) -> None:
    """As with BuildKit: another codec, or another level, is for what is new; forced, every layer has the codec."""
    with Store.open(tmp_path) as store:
        diff_id = write_layer(store)
        blob = came_with_its_image(store, diff_id, theirs)
        blobs = set(store.blobs.all())
        for level in (None, 1):
            with Encoder(store, Compression(codec=wanted, level=level)) as encoder:
                kept = encoder.descriptor(diff_id)
            assert (kept.digest, kept.media_type.rpartition("+")[2]) == (blob, theirs.value)
        assert set(store.blobs.all()) == blobs
        with Encoder(store, Compression(codec=wanted, force=True)) as encoder:
            forced = encoder.descriptor(diff_id)
        assert (forced.digest == blob) is (wanted is theirs)
        expected = {Codec.GZIP: OCI_LAYER_GZIP, Codec.ZSTD: OCI_LAYER_ZSTD, Codec.NONE: OCI_LAYER}[wanted]
        assert forced.media_type == expected


def test_of_several_forms_the_one_of_the_wanted_codec_is_kept(tmp_path: Path) -> None:
    """Where an image came twice, compressed in two ways."""
    with Store.open(tmp_path) as store:
        diff_id = write_layer(store)
        blobs = {codec: came_with_its_image(store, diff_id, codec) for codec in (Codec.GZIP, Codec.ZSTD)}
        for codec, blob in blobs.items():
            with Encoder(store, Compression(codec=codec)) as encoder:
                assert encoder.descriptor(diff_id).digest == blob
