"""What is told of the builds of images stays as long as an image needs it, and no longer."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.store import Store
from jettison.store.database import Database
from jettison.store.schema import MIGRATIONS

BASE, APP, TOP = (
    write_image_config(ImageConfig(platform=Platform(os="linux", architecture="amd64"), author=author))
    for author in ("base", "app", "top")
)


def test_a_record_and_a_statement_stand_side_by_side(store: Store) -> None:
    """Each in place of the one before."""
    image_id = store.images.put(BASE, build=b"old")
    store.builds.keep_provenance(image_id, b"{}")
    store.images.put(BASE, build=b"new")
    assert (store.builds.record(image_id), store.builds.provenance(image_id)) == (b"new", b"{}")
    store.images.put(BASE)
    assert store.builds.record(image_id) == b"new"
    store.images.remove(image_id)
    assert (store.builds.record(image_id), store.builds.provenance(image_id)) == (None, None)


@pytest.mark.parametrize("way", ["remove", "prune", "rmi"])
def test_what_a_base_tells_outlives_it(store: Store, way: str) -> None:
    """As long as an image stands on it, or on what stands on it."""
    base = store.images.put(BASE, build=b"base")
    app = store.images.put(APP, build=b"app", ancestors=[base])
    top = store.images.put(TOP, build=b"top", ancestors=[app])
    store.builds.keep_provenance(base, b"{}")

    def remove(image_id: Digest) -> None:
        if way == "remove":
            store.images.remove(image_id)
        elif way == "rmi":
            store.remove_image(image_id)
        else:
            with store.lease() as lease:
                for other in (base, app, top):
                    if other != image_id:
                        lease.hold_image(other)
                store.prune(images=True, all=True)

    remove(base)
    store.images.remove(app)
    assert [store.builds.record(image_id) for image_id in (base, app, top)] == [b"base", b"app", b"top"]
    assert store.builds.provenance(base) == b"{}"
    store.images.remove(top)
    assert [store.builds.record(image_id) for image_id in (base, app, top)] == [None] * 3
    assert store.builds.provenance(base) is None


def test_another_build_of_the_same_image_has_other_ancestors(store: Store) -> None:
    """Those of the build before are not kept for it."""
    base = store.images.put(BASE, build=b"base")
    store.images.put(APP, build=b"app", ancestors=[base])
    store.images.put(APP, build=b"app")
    store.images.remove(base)
    assert store.builds.record(base) is None


def test_a_store_from_before_keeps_what_it_was_told(home: Path) -> None:
    """Records, statements, and both of one image."""
    Store.open(home).close()
    (home / "cache.db").unlink()
    before = Database(home / "cache.db", lock_path=home / "locks" / "database", migrations=MIGRATIONS[:5])
    ids = [Digest.of(bytes([number])) for number in range(3)]
    statement = zlib.compress(b"{}")
    with before.write() as connection:
        connection.executemany("INSERT INTO images VALUES (?, NULL, 1.0, NULL)", [(image_id,) for image_id in ids])
        connection.executemany("INSERT INTO image_builds VALUES (?, ?)", [(ids[0], b"0"), (ids[1], b"1")])
        rows = [(ids[1], statement), (ids[2], statement)]
        connection.executemany("INSERT INTO image_provenances VALUES (?, ?)", rows)
    before.close()
    store = Store.open(home)
    assert [store.builds.record(image_id) for image_id in ids] == [b"0", b"1", None]
    assert [store.builds.provenance(image_id) for image_id in ids] == [None, b"{}", b"{}"]
    store.close()
