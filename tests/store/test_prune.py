"""Pruning: space comes back, and nothing that anybody needs goes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from jettison.model.digest import Digest
from jettison.store import CacheRecord, Encoding, Store

MANIFEST = Digest.of(b"manifest")
MakeImage = Callable[..., Digest]
MakeLayer = Callable[[str], Digest]


class Clock(Protocol):
    now: float


_LEASER = """
import sys
from pathlib import Path
from jettison.model.digest import Digest
from jettison.store import Store
with Store.open(Path(sys.argv[1])) as store, store.lease() as lease:
    lease.hold_layers([Digest(sys.argv[2])])
    lease.hold_image(Digest(sys.argv[3]))
    written = store.blobs.put(b"written under the lease")
    print(written, flush=True)
    sys.stdin.read()
"""


def _cache(store: Store, name: str, *layers: Digest) -> Digest:
    key = Digest.of(name.encode())
    store.cache.put(CacheRecord(key=key, kind="exec", name=name, layers=layers, created_at=1.0))
    return key


def _removed(report: object, kind: str) -> set[str]:
    return {item.name for item in report.removed if item.kind == kind}  # type: ignore[attr-defined]


def test_what_nothing_leads_to_goes(store: Store, make_layer: MakeLayer) -> None:
    layer, blob = make_layer("layer"), store.blobs.put(b"x" * 100_000)
    store.layers.record_encoding(
        Encoding(diff_id=layer, digest=blob, media_type="tar+gzip", size=1, codec="gzip", level=6)
    )
    report = store.prune()
    assert _removed(report, "layer") == {layer}
    assert _removed(report, "blob") == {layer, blob}
    assert report.freed_bytes >= 100_000
    assert not store.layers.has(layer)
    assert store.layers.tree(layer) is None
    assert list(store.blobs.all()) == []
    assert store.layers.encodings(layer) == ()
    assert store.prune().removed == ()


def test_what_an_image_needs_stays(store: Store, make_image: MakeImage, make_layer: MakeLayer) -> None:
    layer = make_layer("layer")
    compressed = store.blobs.put(b"compressed")
    store.layers.record_encoding(
        Encoding(diff_id=layer, digest=compressed, media_type="tar+gzip", size=1, codec="gzip", level=6)
    )
    manifest = store.blobs.put(b"manifest")
    image_id = make_image(layer, tags=("app",), sources=(f"app@{manifest}",))
    assert store.prune().removed == ()
    assert store.layers.has(layer)
    assert all(store.blobs.has(digest) for digest in (compressed, manifest, image_id, layer))
    assert store.layers.encodings(layer) != ()


def test_images_go_by_their_tags_or_all(store: Store, make_image: MakeImage, clock: Clock) -> None:
    tagged, nameless = make_image(author="t", tags=("app",)), make_image(author="n")
    pulled_by_digest = make_image(author="d", sources=(f"debian@{MANIFEST}",))
    used = make_image(author="u")
    store.containers.create(used, ["sh"])
    assert _removed(store.prune(until=clock.now), "image") == set()
    clock.now += 10
    assert _removed(store.prune(images=False, all=True), "image") == set()
    assert _removed(store.prune(), "image") == {nameless, pulled_by_digest}
    assert _removed(store.prune(all=True), "image") == {tagged}
    assert store.images.find(str(used)).image_id == used


def test_containers_go_when_they_have_exited(store: Store, make_image: MakeImage, clock: Clock) -> None:
    image_id = make_image(tags=("app",))
    running, exited, starting = (store.containers.create(image_id, ["sh"]).container_id for _ in range(3))
    with store.containers.running(exited, 1):
        (store.containers.directory(exited) / "upper").mkdir()
        store.containers.finish(exited, 0)
    with store.containers.running(running, 1):
        assert _removed(store.prune(containers=False), "container") == set()
        assert _removed(store.prune(), "container") == {exited}
        clock.now += 7200
        assert _removed(store.prune(), "container") == {starting}
    assert not store.containers.directory(exited).exists()
    assert _removed(store.prune(), "container") == {running}


def test_the_cache_goes_but_what_an_image_shares_only_with_all(
    store: Store, make_image: MakeImage, make_layer: MakeLayer
) -> None:
    shared, builder = make_layer("shared"), make_layer("builder")
    make_image(shared, tags=("app",))
    _cache(store, "final", shared)
    _cache(store, "builder", builder)
    assert store.prune(cache=False).removed == ()
    report = store.prune()
    assert _removed(report, "cache record") == {"builder"}
    assert _removed(report, "layer") == {builder}
    report = store.prune(all=True, images=False)
    assert _removed(report, "cache record") == {"final"}
    assert store.layers.has(shared)


def test_the_least_recently_used_go_until_the_budget_is_met(store: Store, make_layer: MakeLayer, clock: Clock) -> None:
    names = ["oldest", "middle", "newest"]
    layers = {}
    for name in names:
        layers[name] = make_layer(name * 100_000)
        _cache(store, name, layers[name])
        clock.now += 10_000
    store.cache.get(Digest.of(b"oldest"))
    before = {row.kind: row for row in store.disk_usage()}["build cache"].size_bytes
    assert store.prune(keep_bytes=before).removed == ()
    report = store.prune(keep_bytes=before - 1)
    assert _removed(report, "cache record") == {"middle"}
    assert _removed(store.prune(keep_bytes=0), "cache record") == {"oldest", "newest"}


def test_a_shared_layer_is_counted_once_and_goes_with_its_last_record(store: Store, make_layer: MakeLayer) -> None:
    layer = make_layer("x" * 300_000)
    _cache(store, "one", layer)
    _cache(store, "two", layer)
    size = {row.kind: row for row in store.disk_usage()}["build cache"].size_bytes
    assert _removed(store.prune(keep_bytes=size // 2), "cache record") == {"one", "two"}
    assert not store.layers.has(layer)


def test_until_spares_what_was_used_since(store: Store, make_layer: MakeLayer, clock: Clock) -> None:
    _cache(store, "old", make_layer("old"))
    clock.now += 100
    _cache(store, "new", make_layer("new"))
    assert _removed(store.prune(until=clock.now), "cache record") == {"old"}


def test_cache_mounts_go_unless_they_are_in_use(store: Store, clock: Clock) -> None:
    with store.mounts.cache_mount("used"):
        with store.mounts.cache_mount("free") as free:
            (free.path / "file").write_bytes(b"x" * 50_000)
        report = store.prune()
        assert _removed(report, "cache mount") == {"free"}
        assert report.freed_bytes >= 50_000
        assert not free.path.exists()
    with store.mounts.cache_mount("used") as used:
        assert not used.created


def test_a_lease_of_a_living_process_counts_and_of_a_dead_one_does_not(
    store: Store, home: Path, make_image: MakeImage, make_layer: MakeLayer
) -> None:
    leased, of_image = make_layer("leased"), make_layer("of image")
    _cache(store, "leased", leased)
    image_id = make_image(of_image)
    with subprocess.Popen(
        [sys.executable, "-c", _LEASER, home, leased, image_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        written = Digest(process.stdout.readline().strip())
        assert store.prune(all=True).removed == ()
        store.remove_image(str(image_id))
        assert store.layers.has(leased)
        assert store.layers.has(of_image)
        assert store.blobs.has(written)
        assert store.blobs.has(image_id)
        process.send_signal(signal.SIGKILL)
        process.wait()
    store.prune(all=True)
    assert not store.layers.has(leased)
    assert not store.layers.has(of_image)
    assert not store.blobs.has(written)
    assert list(store.blobs.all()) == []


def test_a_released_lease_holds_nothing(store: Store, make_layer: MakeLayer) -> None:
    with store.lease() as lease:
        layer = make_layer("layer")
        other = Digest.of(b"other")
        lease.hold_layers([layer, other])
        lease.hold_blobs([other])
        assert store.prune(all=True).removed == ()
        assert store.layers.has(layer)
    store.prune(all=True)
    assert not store.layers.has(layer)


def test_files_that_are_not_ours_stay(store: Store) -> None:
    strange = [store.root / "blobs" / "sha256" / "README", store.root / "layers" / "lost+found"]
    strange[0].write_text("x")
    strange[1].mkdir()
    store.prune(all=True)
    assert all(path.exists() for path in strange)


def test_packages_go_with_all_and_nothing_less(store: Store, home: Path, clock: Clock) -> None:
    """Not while they are used, nor where they were used lately; ``system df`` counts them."""
    with store.packages.using() as folder:
        (folder / "packages/ab").mkdir(parents=True)
        (folder / "packages/ab/ab12.deb").write_bytes(b"x" * 50_000)
        assert store.prune(all=True).removed == ()
        row = {row.kind: row for row in store.disk_usage()}["packages"]
        assert (row.total, row.active, row.reclaimable_bytes) == (1, 1, 0)
    row = {row.kind: row for row in store.disk_usage()}["packages"]
    assert row.active == 0
    assert row.reclaimable_bytes == row.size_bytes >= 50_000
    assert store.prune().removed == ()
    assert store.prune(all=True, cache=False).removed == ()
    assert store.prune(all=True, keep_bytes=0).removed == ()
    assert store.prune(all=True, until=clock.now).removed == ()
    report = store.prune(all=True, until=clock.now + 1)
    assert _removed(report, "packages") == {"1 package files"}
    assert report.freed_bytes >= 50_000
    assert not (home / "packages").exists()
    with store.packages.using() as folder:
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("all_of_it", [False, True])
def test_an_empty_store_has_nothing_to_prune(store: Store, all_of_it: bool) -> None:
    assert store.prune(all=all_of_it).removed == ()
    assert all(row.total == row.size_bytes == row.reclaimable_bytes == 0 for row in store.disk_usage()[:4])


def test_disk_usage_puts_no_byte_in_two_lines(store: Store, make_image: MakeImage, make_layer: MakeLayer) -> None:
    shared, cached, lost = (make_layer(name * 20_000) for name in "abc")
    image_id = make_image(shared, tags=("app",))
    _cache(store, "shared", shared)
    _cache(store, "cached", shared, cached)
    container = store.containers.create(image_id, ["sh"])
    with store.mounts.cache_mount("mount") as mount, store.containers.running(container.container_id, 1):
        (mount.path / "file").write_bytes(b"x" * 30_000)
        rows = {row.kind: row for row in store.disk_usage()}
    assert list(rows) == [
        "images",
        "containers",
        "build cache",
        "cache mounts",
        "packages",
        "unfinished",
        "unreferenced",
        "store",
    ]
    assert (rows["images"].total, rows["images"].active, rows["images"].reclaimable_bytes) == (1, 1, 0)
    assert (rows["build cache"].total, rows["containers"].active, rows["cache mounts"].active) == (2, 1, 1)
    assert rows["cache mounts"].reclaimable_bytes == 0
    assert rows["images"].size_bytes >= 40_000
    assert 20_000 <= rows["build cache"].size_bytes == rows["build cache"].reclaimable_bytes
    assert rows["unreferenced"].total == 2
    assert store.layers.has(lost)
    assert store.disk_usage() == store.disk_usage()
