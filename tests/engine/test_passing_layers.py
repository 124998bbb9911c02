"""Images on standard input that are read once, and kept no further than was asked."""

from __future__ import annotations

import gzip
import io
from contextlib import ExitStack

import pytest
from tests.engine.bench import Bench
from tests.layout.support import MemoryImage, layer_tar, make_image, write_old_docker_archive

from jettison.engine.image_layers import LayeredImage, open_image
from jettison.errors import IntegrityError
from jettison.layer.index import index_layer
from jettison.layout.content import images_content
from jettison.layout.write import write_oci_archive
from jettison.model.entry import Entry
from jettison.model.image_source import NamedImage
from jettison.solve.events import Event

LAYERS = (layer_tar({"etc/one": b"ONE" * 1000, "etc/two": b"lower"}), layer_tar({"etc/two": b"UPPER" * 50_000}))


def silent(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


def quiet(event: Event) -> None:
    """Nobody is told."""


def oci_archive(image: MemoryImage) -> bytes:
    out = io.BytesIO()
    write_oci_archive(out.write, images_content([NamedImage(image=image)]))
    return out.getvalue()


def passed(data: bytes, bench: Bench, stack: ExitStack) -> LayeredImage:
    """The image of an archive that passes by, of which ``etc/one`` is kept."""
    opened = open_image(
        "-",
        bench.machine(quiet),
        progress=silent,
        stdin=io.BytesIO(data),
        keep=lambda entry: entry.path == "etc/one",
        reads_only_kept=True,
    )
    return stack.enter_context(opened)


def entry_of(image: LayeredImage, path: str) -> tuple[int, Entry]:
    """The first layer that has the file."""
    return next((n, entry) for n, index in enumerate(image.indexes) for entry in index.entries if entry.path == path)


def content_of(image: LayeredImage, path: str) -> bytes:
    number, entry = entry_of(image, path)
    with image.open_in_layer(number, entry) as content:
        return content.read(entry.size)


@pytest.mark.parametrize("is_gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_layers_that_pass_by_are_indexed(kind: str, is_gzipped: bool, bench: Bench) -> None:
    """As they would be from a file; what was to be kept can be read, and nothing else."""
    image = make_image(*LAYERS, LAYERS[0])
    old = write_old_docker_archive(bench.root / "old.tar", image, "app:v1", linked=True).read_bytes()
    data = old if kind == "docker" else oci_archive(image)
    with ExitStack() as stack:
        opened = passed(gzip.compress(data, 1) if is_gzipped else data, bench, stack)
        assert opened.indexes == tuple(index_layer(io.BytesIO(layer)) for layer in (*LAYERS, LAYERS[0]))
        assert content_of(opened, "etc/one") == b"ONE" * 1000
        with pytest.raises(IntegrityError, match="/etc/two cannot be read any more: it passed by on standard input"):
            content_of(opened, "etc/two")


def test_compressed_layers_are_kept(bench: Bench) -> None:
    """They take little room, and their digests are asked for before they are read."""
    with ExitStack() as stack:
        opened = passed(oci_archive(make_image(*LAYERS, packed=True)), bench, stack)
        assert opened.indexes == tuple(index_layer(io.BytesIO(layer)) for layer in LAYERS)
        assert content_of(opened, "etc/two") == b"lower"


@pytest.mark.parametrize("kind", ["docker", "oci"])
def test_a_layer_that_is_not_what_the_config_says_is_refused(kind: str, bench: Bench) -> None:
    """What passed by under a name is believed by its bytes alone."""
    image = make_image(*LAYERS)
    old = write_old_docker_archive(bench.root / "old.tar", image, "app:v1").read_bytes()
    data = (old if kind == "docker" else oci_archive(image)).replace(b"UPPERUPPER", b"upperUPPER", 1)
    with pytest.raises(IntegrityError, match="passed by, and is not what the image says"), ExitStack() as stack:
        passed(data, bench, stack)


def test_a_layer_that_no_layer_is_like_is_refused(bench: Bench) -> None:
    """With what is wrong with it."""
    bad = layer_tar({"a": b"x", "a/b": b"y"})
    data = write_old_docker_archive(bench.root / "old.tar", make_image(bad), "app:v1").read_bytes()
    with pytest.raises(IntegrityError, match=r"layer\.tar: the layer holds /a/b, but"), ExitStack() as stack:
        passed(data, bench, stack)
