"""Images with real layers, and archives as other programs write them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import BinaryIO

from jettison.frozen import dataclass, replace
from jettison.layer.tar_write import LayerWriter
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.oci import OCI_CONFIG, OCI_LAYER, OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor, Manifest, write_manifest
from jettison.model.platform import Platform

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryImage:
    """An image in memory: the simplest image source."""

    descriptor: Descriptor
    manifest: Manifest
    manifest_bytes: bytes
    config_bytes: bytes
    blobs: dict[Digest, bytes]

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        return io.BytesIO(self.blobs[descriptor.digest])


def layer_tar(files: dict[str, bytes]) -> bytes:
    """A layer that holds these files."""
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append)
    for path, data in files.items():
        writer.add(Entry(path=path, type=EntryType.FILE, mode=0o644, size=len(data)), data)
    writer.finish()
    return b"".join(chunks)


def make_image(*layers: bytes, platform: Platform = AMD64, label: str = "", packed: bool = False) -> MemoryImage:
    """An image of these layer tars, gzipped if ``packed``."""
    config = ImageConfig(
        platform=platform,
        created="2024-05-06T07:08:09Z",
        run=RunConfig(labels=(("label", label),) if label else (), cmd=("/hello",)),
        diff_ids=tuple(Digest.of(layer) for layer in layers),
        history=tuple(HistoryEntry(created_by="COPY", created="2024-05-06T07:08:09Z") for _ in layers),
    )
    config_bytes = write_image_config(config)
    stored = [gzip.compress(layer, mtime=0) for layer in layers] if packed else list(layers)
    layer_type = OCI_LAYER_GZIP if packed else OCI_LAYER
    manifest = Manifest(
        config=describe(OCI_CONFIG, config_bytes), layers=tuple(describe(layer_type, data) for data in stored)
    )
    data = write_manifest(manifest)
    return MemoryImage(
        descriptor=replace(describe(OCI_MANIFEST, data), platform=platform),
        manifest=manifest,
        manifest_bytes=data,
        config_bytes=config_bytes,
        blobs={Digest.of(blob): blob for blob in (config_bytes, *stored)},
    )


def describe(media_type: str, data: bytes) -> Descriptor:
    """The descriptor of a blob."""
    return Descriptor(media_type=media_type, digest=Digest.of(data), size=len(data))


def write_tar(path: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """A tar archive with these files and symbolic links."""
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.SYMTYPE
            info.linkname = target
            tar.addfile(info)
    return path


def write_old_docker_archive(path: Path, image: MemoryImage, name: str, linked: bool = False) -> Path:
    """An archive as docker 20.10 writes it: a folder a layer, equal layers as links to the first."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    first: dict[Digest, str] = {}
    layers: list[str] = []
    for number, layer in enumerate(image.manifest.layers):
        folder = hashlib.sha256(f"{number} {layer.digest}".encode()).hexdigest()
        files[f"{folder}/VERSION"] = b"1.0"
        files[f"{folder}/json"] = json.dumps({"id": folder}).encode()
        if linked and layer.digest in first:
            links[f"{folder}/layer.tar"] = f"../{first[layer.digest]}"
        else:
            files[f"{folder}/layer.tar"] = image.blobs[layer.digest]
            first[layer.digest] = f"{folder}/layer.tar"
        layers.append(f"{folder}/layer.tar")
    config = f"{image.manifest.config.digest.hex}.json"
    files[config] = image.config_bytes
    files["manifest.json"] = json.dumps([{"Config": config, "RepoTags": [name], "Layers": layers}]).encode()
    return write_tar(path, files, links)
