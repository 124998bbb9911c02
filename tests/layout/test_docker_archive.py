"""Reading docker's archives in all their forms."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.layout.support import AMD64, MemoryImage, layer_tar, make_image, write_old_docker_archive, write_tar

from jettison.errors import IntegrityError, NotFoundError
from jettison.layout.detect import find_image, open_layout, read_groups
from jettison.layout.docker_archive import read_docker_archive
from jettison.layout.validate import validate_image
from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.oci import OCI_LAYER_GZIP
from jettison.model.reference import Reference

SHARED = layer_tar({"shared": b"S" * 10_000})
ONE = make_image(SHARED, layer_tar({"one": b"1"}), label="one")
TWO = make_image(SHARED, layer_tar({"two": b"2"}), SHARED, label="two")


def test_linked_layers(tmp_path: Path) -> None:
    """Docker up to 24 stores an equal layer once and links to it."""
    path = write_old_docker_archive(tmp_path / "a.tar", TWO, "two:v1", linked=True)
    with open_layout(path, spool_dir=tmp_path) as files:
        (named,) = read_docker_archive(files)
        assert validate_image(named.image) == []
        assert [str(name) for name in named.names] == ["docker.io/library/two:v1"]


def packed_archive(path: Path, layers: list[bytes], names: list[str], image: MemoryImage = ONE) -> Path:
    """An archive whose layers lie compressed under these names."""
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": names}]
    files = {"manifest.json": json.dumps(manifest).encode(), "config.json": image.config_bytes}
    return write_tar(path, {**files, **dict(zip(names, layers, strict=True))})


def test_compressed_layers(tmp_path: Path) -> None:
    """Their digests are found, by their names or by reading them, and their type is right."""
    tars = [ONE.blobs[layer.digest] for layer in ONE.manifest.layers]
    packed = [gzip.compress(tar, mtime=0) for tar in tars]
    path = packed_archive(tmp_path / "a.tar", packed, ["1/layer.tar", "2/layer.tar"])
    with open_layout(path, spool_dir=tmp_path) as files:
        (named,) = read_docker_archive(files)
        assert [layer.media_type for layer in named.image.manifest.layers] == [OCI_LAYER_GZIP] * 2
        assert validate_image(named.image) == []
        assert named.names == ()


def test_compressed_blobs_keep_their_digests(tmp_path: Path) -> None:
    """Docker since 25 and BuildKit name a layer by its digest, which is believed only until it is read."""
    image = make_image(SHARED, packed=True)
    path, layer = tmp_path / "a.tar", image.manifest.layers[0]
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    with open_layout(path, spool_dir=tmp_path) as files:
        (named,) = read_docker_archive(files)
        assert named.image.manifest == image.manifest
        assert validate_image(named.image) == []
    good = image.blobs[layer.digest]
    path.write_bytes(path.read_bytes().replace(good, good[:-1] + b"!"))
    with open_layout(path, spool_dir=tmp_path) as files:
        (named,) = read_docker_archive(files)
        with (
            named.image.open_blob(layer) as stream,
            pytest.raises(IntegrityError, match=f"expected {layer.digest}, got"),
        ):
            stream.read()


def test_a_codec_that_images_do_not_have(tmp_path: Path) -> None:
    """bzip2 is for archives, not for layers in them."""
    layers = [bz2.compress(SHARED), SHARED]
    path = packed_archive(tmp_path / "a.tar", layers, ["1.tar", "2.tar"])
    with (
        open_layout(path, spool_dir=tmp_path) as files,
        pytest.raises(IntegrityError, match=r"1\.tar is compressed with bzip2"),
    ):
        read_groups(files)


def test_images_are_found_by_name(tmp_path: Path) -> None:
    """By full and short reference and by tag; the error lists what there is."""
    path = tmp_path / "a.tar"
    images = [
        NamedImage(image=ONE, names=(Reference.parse("one:v1"), Reference.parse("x.io/one:v2"))),
        NamedImage(image=TWO, names=(Reference.parse("two"),)),
    ]
    with path.open("wb") as out:
        write_docker_archive(out.write, images)
    with open_layout(path, spool_dir=tmp_path) as files:
        for name in ("one:v1", "docker.io/library/one:v1", "x.io/one:v2", "v2"):
            assert find_image(files, name, AMD64).image.config_bytes == ONE.config_bytes
        assert find_image(files, "latest", AMD64).image.config_bytes == TWO.config_bytes
        for wanted, message in (("three", "there is no image 'three'"), (None, "which image of several")):
            with pytest.raises(NotFoundError, match=message) as caught:
                find_image(files, wanted, AMD64)
            assert caught.value.hint == "it holds one:v1, x.io/one:v2, two:latest"


CONFIG = f"{ONE.manifest.config.digest.hex}.json"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"Layers": []}, "'Config' is missing"),
        ({"Config": CONFIG}, "'Layers' is missing"),
        ({"Config": CONFIG, "Layers": ["a.tar"]}, "manifest.json names 1 layers, the config 2"),
        ({"Config": CONFIG, "Layers": ["a.tar", "../../etc/passwd"]}, "the layer a.tar is missing"),
        ({"Config": "none.json", "Layers": []}, "the file none.json is missing"),
        ({"Config": f"{'0' * 64}.json", "Layers": []}, "digest of 0+.json is wrong"),
        ({"Config": CONFIG, "Layers": ["x", "y"], "RepoTags": ["UPPER:1"]}, r"RepoTags\[0\]: invalid reference"),
        ({"Config": CONFIG, "Layers": "x"}, "Layers: expected an array"),
    ],
)
def test_broken_archives(tmp_path: Path, record: dict[str, Any], message: str) -> None:
    """The error names the archive and what in it is wrong."""
    files = {
        "manifest.json": json.dumps([record]).encode(),
        CONFIG: ONE.config_bytes,
        f"{'0' * 64}.json": ONE.config_bytes,
    }
    path = write_tar(tmp_path / "a.tar", files)
    with open_layout(path, spool_dir=tmp_path) as opened, pytest.raises(IntegrityError, match=message) as caught:
        read_groups(opened)
    assert str(caught.value).startswith(str(path))
