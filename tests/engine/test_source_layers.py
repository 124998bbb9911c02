"""The layers of an image in files are indexed by several processes, and nobody can tell."""

from __future__ import annotations

import io
import os
import threading

import pytest
from tests.engine.bench import Bench
from tests.layout.support import MemoryImage, layer_tar, make_image, write_old_docker_archive

from jettison.engine.image_layers import LayeredImage, open_image
from jettison.errors import IntegrityError
from jettison.layer.index import index_layer
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.solve.events import Event

LARGE = 40_000_000
LAYERS = (
    layer_tar({"etc/one": b"ONE" * 1000, "data/zeros": bytes(LARGE)}),
    layer_tar({"etc/two": b"TWO" * 100_000, "data/large": b"x" * LARGE}),
    layer_tar({"etc/three": b"three"}),
)
KEPT = {"etc/one": b"ONE" * 1000, "etc/two": b"TWO" * 100_000, "etc/three": b"three"}


def quiet(event: Event) -> None:
    """Nobody is told."""


class Watch:
    """Keeps small files, and notes what progress is told of, and by which threads of this process."""

    def __init__(self) -> None:
        self.told: dict[str, int] = {}
        self.threads: set[threading.Thread] = set()

    def keep(self, entry: Entry) -> bool:
        return entry.path.startswith("etc/")

    def progress(self, part: str, done: int, total: int | None) -> None:
        self.told[part] = max(done, self.told.get(part, 0))
        self.threads.add(threading.current_thread())

    def saw_processes(self) -> bool:
        """Whether nobody read a layer here: what processes tell is passed on by who waits for them."""
        return self.threads == {threading.main_thread()}


@pytest.fixture
def watch() -> Watch:
    return Watch()


def opened(image: MemoryImage, bench: Bench, watch: Watch, *, compares_only: bool = False) -> LayeredImage:
    """The image from an archive, checked against what its layers hold."""
    place = write_old_docker_archive(bench.root / "image.tar", image, "app:v1")
    with open_image(
        str(place),
        bench.machine(quiet),
        progress=watch.progress,
        keep=watch.keep,
        compares_digests_only=compares_only,
    ) as found:
        for number, index in enumerate(found.indexes):
            for entry in index.entries:
                if entry.path in KEPT:
                    with found.open_in_layer(number, entry) as content:
                        assert content.read(entry.size) == KEPT[entry.path]
        return found


def test_processes_make_the_same_indexes(bench: Bench, watch: Watch) -> None:
    """With what was to be kept, and progress up to the end of every layer."""
    found = opened(make_image(*LAYERS, LAYERS[2]), bench, watch)
    assert found.indexes == tuple(index_layer(io.BytesIO(layer)) for layer in (*LAYERS, LAYERS[2]))
    assert sorted(watch.told.values()) == sorted(map(len, LAYERS))
    assert watch.saw_processes()


def test_processes_hash_what_may_be_equal(bench: Bench, watch: Watch) -> None:
    """As for those who want all digests, but for what is there once."""
    again = layer_tar({"etc/three": b"three", "more/zeros": bytes(LARGE)})
    found = opened(make_image(*LAYERS, again), bench, watch, compares_only=True)
    digests = {entry.path: entry.digest for index in found.indexes for entry in index.entries}
    assert digests["data/zeros"] == digests["more/zeros"] == Digest.of(bytes(LARGE))
    assert digests["etc/three"] == Digest.of(b"three")
    assert digests["data/large"] is None
    assert watch.saw_processes()


def test_compressed_layers_as_well(bench: Bench, watch: Watch) -> None:
    """They lie in the archive under another digest."""
    layers = (*LAYERS[:2], layer_tar({"noise": os.urandom(70_000_000)}))
    found = opened(make_image(*layers, packed=True), bench, watch)
    assert found.indexes == tuple(index_layer(io.BytesIO(layer)) for layer in layers)
    assert watch.saw_processes()


def test_a_program_with_threads_does_without(bench: Bench, watch: Watch) -> None:
    """It could not be forked safely."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert opened(make_image(*LAYERS), bench, watch).indexes[0] == index_layer(io.BytesIO(LAYERS[0]))
    finally:
        end.set()
        thread.join()
    assert not watch.saw_processes()


def test_little_is_not_worth_a_process(bench: Bench, watch: Watch) -> None:
    """Nor is one layer alone."""
    opened(make_image(LAYERS[2], LAYERS[0]), bench, watch)
    assert not watch.saw_processes()


def test_a_damaged_layer_is_refused_as_ever(bench: Bench, watch: Watch) -> None:
    """The process only says that it failed: what is wrong is found out here."""
    image = make_image(*LAYERS)
    place = write_old_docker_archive(bench.root / "image.tar", image, "app:v1")
    place.write_bytes(place.read_bytes().replace(b"TWOTWO", b"TwoTWO", 1))
    with (
        pytest.raises(IntegrityError, match=r"layer sha256:.*: uncompressed it is sha256:.*, the image says"),
        open_image(str(place), bench.machine(quiet), progress=watch.progress, keep=watch.keep),
    ):
        pass
    assert threading.main_thread() in watch.threads
