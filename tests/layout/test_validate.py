"""Finding what is wrong with an image: each case is an image with one thing wrong."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tests.layout.support import AMD64, ARM64, MemoryImage, describe, layer_tar, make_image

from jettison.frozen import dataclass, replace
from jettison.layout.content import images_content, index_content
from jettison.layout.files import DirectoryFiles
from jettison.layout.names import blob_name
from jettison.layout.validate import validate_image, validate_layout
from jettison.layout.write import write_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import NamedImage
from jettison.model.oci import OCI_LAYER, OCI_LAYER_GZIP, Descriptor, Index, Manifest, parse_manifest, write_manifest
from jettison.model.verified_reader import open_verified

LAYER = layer_tar({"hello": b"HELLO"})
GOOD = make_image(LAYER, layer_tar({"world": b"WORLD"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(MemoryImage):
    """A memory image whose blobs are verified, as every real source does it."""

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        return open_verified(io.BytesIO(self.blobs[descriptor.digest]), descriptor, "blob")


def image_of(config: dict[str, Any], layers: list[tuple[str, bytes]]) -> Checked:
    """An image of any config document and any blobs as layers."""
    config_bytes = json.dumps(config).encode()
    manifest = Manifest(
        config=describe("application/vnd.oci.image.config.v1+json", config_bytes),
        layers=tuple(describe(media_type, data) for media_type, data in layers),
    )
    return checked(manifest, config_bytes, [data for _, data in layers])


def checked(manifest: Manifest, config_bytes: bytes, layers: list[bytes]) -> Checked:
    data = write_manifest(manifest)
    return Checked(
        descriptor=describe(manifest.media_type, data),
        manifest=manifest,
        manifest_bytes=data,
        config_bytes=config_bytes,
        blobs={Digest.of(blob): blob for blob in (config_bytes, *layers)},
    )


CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": [Digest.of(LAYER)]},
}


def config_with(**changes: Any) -> MemoryImage:
    document = {key: value for key, value in {**CONFIG, **changes}.items() if value is not None}
    return image_of(document, [(OCI_LAYER, LAYER)])


def layer_with(media_type: str, data: bytes, diff_id: Digest | None = None) -> MemoryImage:
    rootfs = {"type": "layers", "diff_ids": [diff_id or Digest.of(LAYER)]}
    return image_of({**CONFIG, "rootfs": rootfs}, [(media_type, data)])


def damaged_layer() -> MemoryImage:
    image = image_of(CONFIG, [(OCI_LAYER, LAYER)])
    return replace(image, blobs={digest: data.replace(b"HELLO", b"HELL0") for digest, data in image.blobs.items()})


GZIPPED = gzip.compress(LAYER)

CASES: dict[str, tuple[Callable[[], MemoryImage], str]] = {
    "manifest digest": (
        lambda: replace(GOOD, descriptor=replace(GOOD.descriptor, digest=Digest.of(b"x"))),
        "manifest: its digest is sha256:.*, claimed sha256:2d71",
    ),
    "manifest size": (
        lambda: replace(GOOD, descriptor=replace(GOOD.descriptor, size=1)),
        r"manifest: it has \d+ bytes, claimed 1",
    ),
    "platform": (
        lambda: replace(GOOD, descriptor=replace(GOOD.descriptor, platform=ARM64)),
        "config: is for linux/amd64, described as linux/arm64",
    ),
    "config digest": (
        lambda: replace(GOOD, config_bytes=GOOD.config_bytes.replace(b"COPY", b"COPZ")),
        "config: its digest is",
    ),
    "no architecture": (lambda: config_with(architecture=None), "config: .*'architecture' is missing"),
    "no rootfs": (lambda: config_with(rootfs=None), "config: .*'rootfs' is missing"),
    "rootfs type": (
        lambda: config_with(rootfs={"type": "tree", "diff_ids": [Digest.of(LAYER)]}),
        "config.rootfs.type: is 'tree', must be 'layers'",
    ),
    "diff_ids": (
        lambda: config_with(rootfs={"type": "layers", "diff_ids": []}),
        "config.rootfs.diff_ids: tells of 0 layers, not of 1",
    ),
    "history": (lambda: config_with(history=[{}, {}]), "the history tells of 2 layers"),
    "created": (lambda: config_with(created="yesterday"), "config.created: 'yesterday' is no RFC 3339 time"),
    "env": (lambda: config_with(config={"Env": ["=x"]}), "config.config.Env: a variable has no name"),
    "ports": (
        lambda: config_with(config={"ExposedPorts": {"http": {}}}),
        "config.config.ExposedPorts: 'http' is no port",
    ),
    "layer type": (lambda: layer_with("application/zip", LAYER), "'application/zip' is no type of layer"),
    "config type": (
        lambda: checked(
            Manifest(config=describe("text/plain", GOOD.config_bytes), layers=GOOD.manifest.layers),
            GOOD.config_bytes,
            list(GOOD.blobs.values()),
        ),
        "manifest.config: 'text/plain' is no image config",
    ),
    "codec": (lambda: layer_with(OCI_LAYER, GZIPPED), "layer 0: it is compressed with gzip, its type .* means none"),
    "no codec": (lambda: layer_with(OCI_LAYER_GZIP, LAYER), "layer 0: it is compressed with none"),
    "diff_id": (
        lambda: layer_with(OCI_LAYER_GZIP, GZIPPED, Digest.of(b"other")),
        f"layer 0: its diff_id is {Digest.of(LAYER)}, claimed {Digest.of(b'other')}",
    ),
    "layer damaged": (damaged_layer, "layer 0: blob: the digest is wrong"),
    "no tar": (lambda: layer_with(OCI_LAYER, b"x" * 1024, Digest.of(b"x" * 1024)), "layer 0: corrupt archive"),
    "cut gzip": (lambda: layer_with(OCI_LAYER_GZIP, GZIPPED[:-12]), "layer 0: truncated gzip"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_thing_is_wrong(name: str) -> None:
    """It is found, and nothing else is."""
    make, message = CASES[name]
    findings = [str(finding) for finding in validate_image(make())]
    assert len(findings) == 1, findings
    assert re.search(message, findings[0]), findings


@pytest.mark.parametrize("packed", [False, True])
def test_nothing_is_wrong(packed: bool) -> None:
    """A good image has no findings."""
    assert validate_image(make_image(LAYER, packed=packed)) == []
    assert validate_image(config_with()) == []


def test_everything_is_found(tmp_path: Path) -> None:
    """All findings of all images of all indexes, each with its place."""
    arm = make_image(LAYER, platform=ARM64)
    index = Index(manifests=(GOOD.descriptor, arm.descriptor))
    write_oci_layout(tmp_path, index_content(index, [GOOD, arm], ()))
    write_oci_layout(tmp_path, images_content([NamedImage(image=make_image(label="x"))]))
    files = DirectoryFiles(tmp_path)
    assert validate_layout(files) == []

    for digest in (GOOD.manifest.layers[1].digest, arm.manifest.layers[0].digest):
        path = tmp_path / blob_name(digest)
        path.write_bytes(path.read_bytes().replace(b"hello", b"hallo").replace(b"world", b"w0rld"))
    (tmp_path / blob_name(arm.manifest.config.digest)).unlink()
    (tmp_path / "index.json").write_bytes(
        write_manifest(Index(manifests=(describe("application/vnd.oci.image.index.v1+json", write_manifest(index)),)))
    )
    found = [str(finding) for finding in validate_layout(files)]
    places = ("manifests[0]: layer 0: ", "manifests[0]: layer 1: ", "manifests[1]: ")
    problems = ("the digest is wrong", "the digest is wrong", "is missing")
    for finding, place, problem in zip(found, places, problems, strict=True):
        assert finding.startswith(f"index.json: manifests[0]: {place}")
        assert problem in finding


def test_a_broken_layout_is_one_finding(tmp_path: Path) -> None:
    """Where nothing can be read, that is the finding."""
    (finding,) = validate_layout(DirectoryFiles(tmp_path))
    assert "the file oci-layout is missing" in str(finding)


def test_a_wrong_type_in_the_index(tmp_path: Path) -> None:
    """A manifest that says of itself something else than the index says of it."""
    write_oci_layout(tmp_path, images_content([NamedImage(image=GOOD)]))
    manifest = parse_manifest(GOOD.manifest_bytes)
    docker = "application/vnd.docker.distribution.manifest.v2+json"
    entry = replace(GOOD.descriptor, media_type=docker, platform=AMD64)
    (tmp_path / "index.json").write_bytes(write_manifest(Index(manifests=(entry,))))
    (finding,) = validate_layout(DirectoryFiles(tmp_path))
    assert str(finding) == f"index.json: manifests[0]: is a {manifest.media_type}, described as {docker}"
