"""Which images of the store the advice may name."""

from __future__ import annotations

from tests.engine.bench import Bench
from tests.engine.test_base_of import config_of, image_of, store_image

from jettison.engine.known_bases import known_bases
from jettison.frozen import replace
from jettison.model.platform import Platform


def test_images_that_were_brought_here_are_known(bench: Bench) -> None:
    """With what they weigh, what they start and what they hold."""
    built = bench.build("FROM busybox:test\nCOPY a /a\n", {"a": "x"})
    (known,) = known_bases(image_of(built.config), bench.store)
    base = bench.store.images.find("busybox:test")
    assert known.name == "busybox:test"
    assert known.command == ("sh",)
    assert known.size_bytes == sum(bench.store.layers.size(diff_id) or 0 for diff_id in base.diff_ids) > 0
    assert known.files().has_program("bin/busybox")


def test_other_images_are_not(bench: Bench) -> None:
    """Those that were built here, those without layers, those of another platform; and never the image itself."""
    built = bench.build("FROM busybox:test\nCOPY a /a\n", {"a": "x"})
    store_image(bench, config_of("ADD"), "empty:1")
    (known,) = known_bases(image_of(built.config), bench.store)
    assert known.name == "busybox:test"
    other = replace(built.config, platform=Platform.parse("linux/riscv64"))
    assert known_bases(image_of(other), bench.store) == ()
    itself = image_of(bench.store.images.config(bench.store.images.find("busybox:test").image_id))
    itself = replace(itself, image_id=bench.store.images.find("busybox:test").image_id)
    assert known_bases(itself, bench.store) == ()


def test_a_damaged_image_is_passed_over(bench: Bench) -> None:
    """Its config, or the index of a layer."""
    built = bench.build("FROM busybox:test\nCOPY a /a\n", {"a": "x"})
    base = bench.store.images.find("busybox:test")
    (known,) = known_bases(image_of(built.config), bench.store)
    bench.store.layers.files(base.diff_ids[0])[0].write_bytes(b"no index")
    assert known.files().sizes == {}
    bench.store.blobs.path(base.image_id).unlink()
    assert known_bases(image_of(built.config), bench.store) == ()


def test_a_layer_that_was_pruned_meanwhile_harms_nobody(bench: Bench) -> None:
    """The image is there, and holds nothing."""
    built = bench.build("FROM busybox:test\nCOPY a /a\n", {"a": "x"})
    (known,) = known_bases(image_of(built.config), bench.store)
    for diff_id in bench.store.images.find("busybox:test").diff_ids:
        for path in bench.store.layers.files(diff_id):
            path.unlink()
    assert known.files().sizes == {}
