"""What takes how much of the disk: no byte twice, none left out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.store.conftest import Clock

from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.store import CacheRecord, Encoding, Store


def put_image(store: Store, *layers: Digest) -> Digest:
    config = ImageConfig(platform=Platform.parse("linux/amd64"), diff_ids=layers)
    return store.images.put(write_image_config(config))


def du(path: Path) -> int:
    """What du(1) says, in bytes; without the log that the database keeps while the store is open."""
    done = subprocess.run(
        ["du", "--summarize", "--block-size=1", "--one-file-system", "--exclude=cache.db-*", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.split()[0])


def test_shared_and_unique_bytes_are_those_of_the_disk(
    store: Store, home: Path, make_layer: Callable[[str], Digest], clock: Clock
) -> None:
    """With everything that a store can hold: unique + shared + all else = du(1) of the folder."""
    base, one, two, cached, lost = (make_layer(name * 50_000) for name in ("base", "one", "two", "cached", "lost"))
    first, second = put_image(store, base, one), put_image(store, base, two)
    blob = store.blobs.put(b"compressed" * 5000)
    store.layers.record_encoding(
        Encoding(diff_id=base, digest=blob, media_type="x", size=50_000, codec="gzip", level=1)
    )
    store.cache.put(CacheRecord(key=Digest.of(b"key"), kind="run", layers=(cached,), created_at=clock.now))
    container = store.containers.create(first, ["sh"])
    (store.containers.directory(container.container_id) / "written").write_bytes(b"w" * 30_000)
    with store.mounts.cache_mount("mount") as mount:
        (mount.path / "file").write_bytes(b"x" * 30_000)
    with store.packages.using() as folder:
        (folder / "a.deb").write_bytes(b"d" * 10_000)
    (home / "recalls").mkdir(exist_ok=True)
    (home / "recalls/one").write_bytes(b"r" * 9000)
    with store.temporary_directory() as temporary:
        (temporary / "half").write_bytes(b"h" * 20_000)
        usage = store.whole_usage()
        assert usage.total_bytes == du(home)
    by_id = {image.image_id: image for image in usage.images}
    assert by_id.keys() == {first, second}
    assert by_id[first].shared_bytes == by_id[second].shared_bytes == usage.shared_bytes >= 250_000
    assert by_id[first].unique_bytes >= 300_000
    others = sum(row.size_bytes for row in usage.rows if row.kind != "images")
    unique = sum(image.unique_bytes for image in usage.images)
    assert unique + usage.shared_bytes + usage.held_bytes + others == usage.total_bytes
    assert {row.kind for row in usage.rows if row.size_bytes} == {row.kind for row in usage.rows}
    assert store.layers.has(lost)


def test_one_image_shares_nothing(store: Store, make_layer: Callable[[str], Digest]) -> None:
    """Not with the cache either: removing the image frees what nothing else leads to."""
    put_image(store, make_layer("a" * 10_000))
    (image,) = store.whole_usage().images
    assert image.shared_bytes == store.whole_usage().shared_bytes == 0
    assert image.unique_bytes >= 20_000


def test_what_a_container_keeps_without_an_image_is_told(store: Store, make_layer: Callable[[str], Digest]) -> None:
    """It is in the line of images, as ever, and in no image."""
    image_id = put_image(store, make_layer("a" * 10_000))
    store.containers.create(image_id, ["sh"])
    store.images.remove(image_id)
    usage = store.whole_usage()
    assert usage.images == ()
    assert usage.held_bytes == usage.rows[0].size_bytes >= 20_000


def test_the_layers_of_an_empty_store_are_nothing(store: Store, home: Path) -> None:
    """The store itself takes some space."""
    usage = store.whole_usage()
    assert usage.total_bytes == usage.rows[-1].size_bytes == du(home)
