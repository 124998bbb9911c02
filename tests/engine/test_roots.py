"""Roots of mounted and of unpacked layers, and how it is found out which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.engine.bench import Bench
from tests.layer.archives import file

from jettison.engine.images_ahead import ImagesAhead
from jettison.engine.layers import Layers
from jettison.engine.mounting import mounting, mounts_layers
from jettison.engine.request import RootMode
from jettison.engine.roots import Roots
from jettison.errors import IntegrityError, SandboxError
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.tree import Tree
from jettison.rootfs.mountable import mountable_image
from jettison.sandbox.interface import Process
from jettison.sandbox.namespaces import NamespacesSandbox
from jettison.sandbox.types import CommandSpec, MountedLayer, RootSpec
from jettison.store.store import Store

pytestmark = pytest.mark.root

TEXT = """\
FROM busybox:test
COPY file /in
RUN cat /in > /out && mkdir /made
RUN rm /in && cat /out > /again
"""


class Counted(NamespacesSandbox):
    """A real sandbox that counts its commands, and refuses roots of mounted layers where it is told to."""

    description = "counted"

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.description = "counted"
        self.started = 0
        self._refuses = refuses

    def start(self, root: RootSpec, mounts: Any, command: CommandSpec, **streams: Any) -> Process:
        self.started += 1
        if self._refuses:
            raise SandboxError("cannot run the command: mounting the root file system: no such device")
        return super().start(root, mounts, command, **streams)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as store:
        yield store


@pytest.fixture
def layers(store: Store) -> Iterator[Layers]:
    with closing(Layers(store)) as layers:
        layers.mounts = lambda index: True
        yield layers


def keep(store: Store, layers: Layers, *names: str, content: bytes = b"content") -> Digest:
    """A layer of small files, in the store as a tar."""
    with store.blobs.writer(hashed=False) as tar:
        writer = LayerWriter(tar.write)
        for name in names:
            writer.add(file(name, content).entry, content)
        index = writer.finish()
        tar.commit(index.diff_id)
    layers.add(index)
    return index.diff_id


def ignore(part: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


@pytest.mark.parametrize("mode", [RootMode.AUTO, RootMode.MOUNT, RootMode.UNPACK])
def test_builds_are_the_same(bench: Bench, mode: RootMode) -> None:
    """Where layers are mounted none of those below a command is unpacked, or small ones alone; the files are the same."""
    bench.root_mode = mode
    built = bench.build(TEXT, {"file": "x"})
    assert (built.text("out"), built.text("again"), built.has("in")) == ("x", "x", False)
    base, copied, *ran = (bench.store.layers.tree(diff_id) is not None for diff_id in built.config.diff_ids)
    assert ran == [True, True]
    assert base == (mode is RootMode.UNPACK)
    assert copied == (mode is not RootMode.MOUNT)


def test_both_kinds_stack(bench: Bench) -> None:
    """What was unpacked once serves a build that mounts, and the other way round."""
    bench.root_mode = RootMode.UNPACK
    bench.build("FROM busybox:test\nRUN true\n")
    bench.root_mode = RootMode.MOUNT
    assert bench.build("FROM busybox:test\nCOPY file /in\nRUN cat /in /in > /out\n", {"file": "x"}).text("out") == "xx"


def test_images_are_made_once(store: Store, layers: Layers) -> None:
    """They are kept, and of a layer that is there twice the upper place counts."""
    low, high = keep(store, layers, "a"), keep(store, layers, "b")
    roots = Roots(store, layers)
    first = roots.stack((low, high, low), ignore)
    assert [layer.tar for layer in first if isinstance(layer, MountedLayer)] == [
        store.blobs.path(high),
        store.blobs.path(low),
    ]
    times = [layer.image.stat().st_mtime_ns for layer in first if isinstance(layer, MountedLayer)]
    again = roots.stack((high, low), ignore)
    assert again == first
    assert [layer.image.stat().st_mtime_ns for layer in again if isinstance(layer, MountedLayer)] == times


def test_images_begun_while_layers_are_brought(store: Store, layers: Layers) -> None:
    """They are those that the root would have made, which takes them over."""
    low, high, other = keep(store, layers, "a/b"), keep(store, layers, "a/c"), keep(store, layers, "d")
    with ImagesAhead(layers, (low, high)) as ahead:
        for diff_id in (low, other, high):
            ahead.begin(layers.index(diff_id))
    begun = {diff_id: job.result() for diff_id, job in layers.begun_images.items()}
    assert begun == {
        low: mountable_image(layers.index(low), lower=Tree(entries={})),
        high: mountable_image(layers.index(high), lower=layers.merged((low,))),
    }
    made = Roots(store, layers).stack((low, high), ignore)
    assert [layer.image.read_bytes() for layer in made if isinstance(layer, MountedLayer)] == [begun[low], begun[high]]
    assert layers.begun_images == {}


def test_no_image_is_begun_on_what_is_not_there(store: Store, layers: Layers) -> None:
    """Nor of a layer that roots do not mount: whoever makes the root sees to it."""
    missing, high = Digest.of(b"missing"), keep(store, layers, "a")
    for mounts, stack in ((True, (missing, high)), (False, (high,))):
        layers.mounts = lambda index, mounts=mounts: mounts  # type: ignore[misc]
        with ImagesAhead(layers, stack) as ahead:
            ahead.begin(layers.index(high))
        assert layers.begun_images.pop(high).result() is None


def test_a_layer_that_fits_no_image_is_unpacked(store: Store, layers: Layers) -> None:
    """One alone; the others are mounted all the same."""
    twice, plain = keep(store, layers, "a", "a"), keep(store, layers, "b")
    made = Roots(store, layers).stack((twice, plain), ignore)
    assert made[0] == store.layers.tree(twice)
    assert isinstance(made[1], MountedLayer)


def test_directories_are_directories(store: Store, layers: Layers) -> None:
    """Whoever looks into layers from outside has them unpacked."""
    layer = keep(store, layers, "a")
    (directory,) = Roots(store, layers).directories((layer,), ignore)
    assert (directory / "a").read_bytes() == b"content"


def test_a_damaged_tar_is_not_mounted(store: Store, layers: Layers) -> None:
    """What another process wrote is verified before its image is made."""
    layer = keep(store, layers, "a")
    path = store.blobs.path(layer)
    path.write_bytes(path.read_bytes().replace(b"content", b"CONTENT"))
    with closing(Layers(store)) as others:
        others.mounts = lambda index: True
        with pytest.raises(IntegrityError, match="damaged"):
            Roots(store, others).stack((layer,), ignore)
    assert store.layers.image(layer) is None


def test_it_is_tried_once(store: Store) -> None:
    """A program is run out of a mounted layer; the answer serves all that come later, for the same circumstances."""
    with Counted() as sandbox:
        assert mounts_layers(RootMode.AUTO, sandbox, store)
        assert mounts_layers(RootMode.AUTO, sandbox, store)
        assert mounts_layers(RootMode.MOUNT, sandbox, store)
        assert sandbox.started == 1
        sandbox.description = "another"
        assert mounts_layers(RootMode.AUTO, sandbox, store)
        assert sandbox.started == 2


def test_where_it_does_not_work_layers_are_unpacked(store: Store) -> None:
    """Without a word, and without another trial; who insists is told why not."""
    with Counted(refuses=True) as sandbox:
        assert not mounts_layers(RootMode.AUTO, sandbox, store)
        assert not mounts_layers(RootMode.AUTO, sandbox, store)
        assert sandbox.started == 1
        with pytest.raises(SandboxError, match="no such device"):
            mounts_layers(RootMode.MOUNT, sandbox, store)


def test_who_wants_directories_has_nothing_tried(store: Store) -> None:
    """Not even once."""
    with Counted() as sandbox:
        assert not mounts_layers(RootMode.UNPACK, sandbox, store)
        assert sandbox.started == 0


def test_small_layers_are_unpacked_without_a_trial(store: Store, layers: Layers) -> None:
    """Unless all are to be mounted; a large one is mounted where that works."""
    small, large = (layers.index(keep(store, layers, *names)) for names in (["a"], [f"f{n}" for n in range(200)]))
    with Counted() as sandbox:
        mounts = mounting(RootMode.AUTO, sandbox, store)
        assert not mounts(small)
        assert sandbox.started == 0
        assert mounts(large) is mounts(large)
        assert sandbox.started == 1
        assert not mounts(small)
        assert mounting(RootMode.MOUNT, sandbox, store)(small) is mounts(large)
