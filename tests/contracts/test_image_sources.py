"""The promises of ``ImageSource``, kept by every implementation."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.layout.support import AMD64, MemoryImage, layer_tar, make_image, write_old_docker_archive
from tests.registry.support import MadeImage, running_registry

from jettison.errors import IntegrityError
from jettison.layout.content import images_content
from jettison.layout.detect import find_image, open_layout
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage, image_config, layers_of
from jettison.model.oci import parse_manifest
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.pull import resolve_image

NAME = Reference.parse("example.com/team/app:v1")


class Place:
    """Somewhere an image can lie: puts one there, opens it, and can damage what lies there."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack

    def put(self, image: MemoryImage) -> None:
        raise NotImplementedError

    def open(self) -> ImageSource:
        raise NotImplementedError

    def damage(self, old: bytes, new: bytes) -> None:
        """Change bytes where they lie."""
        for path in self.folder.rglob("*"):
            if path.is_file() and old in (data := path.read_bytes()):
                path.write_bytes(data.replace(old, new))

    def open_file(self, path: Path) -> ImageSource:
        files = self.stack.enter_context(open_layout(path, spool_dir=self.folder))
        return find_image(files, None, AMD64).image


class OciFolder(Place):
    def put(self, image: MemoryImage) -> None:
        write_oci_layout(self.folder / "layout", images_content([NamedImage(image=image)]))

    def open(self) -> ImageSource:
        return self.open_file(self.folder / "layout")


class OciArchive(Place):
    def put(self, image: MemoryImage) -> None:
        with (self.folder / "oci.tar").open("wb") as out:
            write_oci_archive(out.write, images_content([NamedImage(image=image, names=(NAME,))]))

    def open(self) -> ImageSource:
        return self.open_file(self.folder / "oci.tar")


class DockerArchive(Place):
    def put(self, image: MemoryImage) -> None:
        with (self.folder / "docker.tar").open("wb") as out:
            write_docker_archive(out.write, [NamedImage(image=image, names=(NAME,))])

    def open(self) -> ImageSource:
        return self.open_file(self.folder / "docker.tar")


class OldDockerArchive(Place):
    def put(self, image: MemoryImage) -> None:
        write_old_docker_archive(self.folder / "old.tar", image, "app:v1")

    def open(self) -> ImageSource:
        return self.open_file(self.folder / "old.tar")


class CompressedArchive(OldDockerArchive):
    def open(self) -> ImageSource:
        packed = self.folder / "old.tar.gz"
        packed.write_bytes(gzip.compress((self.folder / "old.tar").read_bytes(), 1))
        return self.open_file(packed)


class RegistryPlace(Place):
    def put(self, image: MemoryImage) -> None:
        if shutil.which("docker-registry") is None:
            pytest.skip("docker-registry is not installed")
        self.registry = self.stack.enter_context(running_registry(self.folder / "registry"))
        made = MadeImage(manifest=image.manifest, manifest_bytes=image.manifest_bytes, blobs=image.blobs)
        self.registry.put_image("team/app", "v1", made)

    def open(self) -> ImageSource:
        client = self.stack.enter_context(RegistryClient())
        return resolve_image(client, Reference.parse(f"{self.registry.host}/team/app:v1"), AMD64)


PLACES = [OciFolder, OciArchive, DockerArchive, OldDockerArchive, CompressedArchive, RegistryPlace]


@pytest.fixture(params=PLACES, ids=lambda place: str(place.__name__))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    make: Callable[[Path, ExitStack], Place] = request.param
    with ExitStack() as stack:
        yield make(tmp_path, stack)


IMAGE = make_image(layer_tar({"hello": b"HELLO" * 100_000}), layer_tar({"world": b"WORLD"}))


def test_an_image_is_what_was_put_there(place: Place) -> None:
    """The config is the same bytes, each layer expands to the same tar, and the manifest describes what is read."""
    place.put(IMAGE)
    source = place.open()
    assert source.config_bytes == IMAGE.config_bytes
    assert Digest.of(source.manifest_bytes) == source.descriptor.digest
    assert len(source.manifest_bytes) == source.descriptor.size
    assert parse_manifest(source.manifest_bytes) == source.manifest
    assert image_config(source).diff_ids == tuple(layer.digest for layer in IMAGE.manifest.layers)
    for layer, diff_id in layers_of(source):
        with source.open_blob(layer) as stream:
            assert stream.read() == IMAGE.blobs[diff_id]
    with source.open_blob(source.manifest.config) as stream:
        assert stream.read() == IMAGE.config_bytes


def test_streams_are_independent(place: Place) -> None:
    """Two streams of one blob, and streams on several threads, do not disturb each other."""
    place.put(IMAGE)
    source = place.open()
    layer = source.manifest.layers[0]
    with source.open_blob(layer) as one, source.open_blob(layer) as two:
        assert one.read(1000) == two.read(1000)
    digests: list[Digest] = []

    def read() -> None:
        with source.open_blob(layer) as stream:
            digests.append(Digest.of(stream.read()))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digests == [layer.digest] * 4


def test_damage_is_found_while_reading(place: Place) -> None:
    """Changed bytes raise before the last of them is handed out, naming the digest that was expected."""
    place.put(IMAGE)
    place.damage(b"WORLD", b"W0RLD")
    source = place.open()
    layer = source.manifest.layers[1]
    with (
        source.open_blob(layer) as stream,
        pytest.raises(IntegrityError, match=f"expected {layer.digest}, got sha256:"),
    ):
        stream.read()


def test_an_image_without_layers_is_an_image(place: Place) -> None:
    """``FROM scratch`` and nothing else."""
    empty = make_image()
    place.put(empty)
    source = place.open()
    assert source.manifest.layers == ()
    assert source.config_bytes == empty.config_bytes
