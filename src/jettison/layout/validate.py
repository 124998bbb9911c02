"""Is an image what it claims to be? Everything that can be recomputed is (OCI image-spec v1.1).

Nothing is repaired and nothing raises for a bad image: what is wrong comes back as findings, all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.layer.decompress import Codec, Decompressed
from jettison.layer.index import index_layer
from jettison.layout.attested import attestation_problems
from jettison.layout.files import LayoutFiles
from jettison.layout.image import LayoutImage, read_blob_document
from jettison.layout.oci_layout import OciLayout, read_oci_layout
from jettison.model.attestation import is_attestation
from jettison.model.config import ImageConfig
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.image_source import ImageSource
from jettison.model.oci import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    Descriptor,
    Index,
    parse_manifest,
)
from jettison.patterns import late_pattern

_LAYER_CODECS = {
    OCI_LAYER: Codec.NONE,
    OCI_LAYER_GZIP: Codec.GZIP,
    OCI_LAYER_ZSTD: Codec.ZSTD,
    DOCKER_LAYER: Codec.NONE,
    DOCKER_LAYER_GZIP: Codec.GZIP,
    DOCKER_LAYER_ZSTD: Codec.ZSTD,
}
_PORT = late_pattern(r"[0-9]{1,5}(?:/(?:tcp|udp|sctp))?")
_DRAIN_BYTES = 1024 * 1024
_MAX_INDEX_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    where: str
    """The document, field or blob: ``manifest``, ``config.rootfs.type``, ``layer 2``."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def validate_image(image: ImageSource) -> list[Finding]:
    """Check the manifest, the config and every layer of an image; all of its blobs are read."""
    return [*_manifest_findings(image), *_config_findings(image), *_layers_findings(image)]


def validate_layout(files: LayoutFiles) -> list[Finding]:
    """Check a whole OCI layout: its two files, and every image of every index that it holds."""
    try:
        layout = read_oci_layout(files)
    except IntegrityError as error:
        return [Finding(where=files.what, message=error.message)]
    return list(_index_findings(layout, layout.index, "index.json", 1))


def _index_findings(layout: OciLayout, index: Index, where: str, depth: int) -> Iterator[Finding]:
    for number, entry in enumerate(index.manifests):
        place = f"{where}: manifests[{number}]"
        if entry.media_type not in MANIFEST_TYPES + INDEX_TYPES:
            continue
        try:
            data = read_blob_document(layout.open_raw, entry, layout.files.what)
            manifest = parse_manifest(data, place)
            if manifest.media_type != entry.media_type:
                yield Finding(where=place, message=f"is a {manifest.media_type}, described as {entry.media_type}")
            if not isinstance(manifest, Index) and is_attestation(entry):
                for message in attestation_problems(layout, entry, manifest, index):
                    yield Finding(where=place, message=message)
                continue
            if isinstance(manifest, Index):
                if depth < _MAX_INDEX_DEPTH:
                    yield from _index_findings(layout, manifest, place, depth + 1)
                else:
                    yield Finding(where=place, message=f"indexes are nested deeper than {_MAX_INDEX_DEPTH} levels")
                continue
            image = LayoutImage(
                descriptor=entry,
                manifest=manifest,
                manifest_bytes=data,
                config_bytes=read_blob_document(layout.open_raw, manifest.config, layout.files.what),
                open_raw=layout.open_raw,
                what=layout.files.what,
            )
        except IntegrityError as error:
            yield Finding(where=place, message=error.message)
        else:
            for found in validate_image(image):
                yield Finding(where=f"{place}: {found.where}", message=found.message)


def _manifest_findings(image: ImageSource) -> Iterator[Finding]:
    data, descriptor, manifest = image.manifest_bytes, image.descriptor, image.manifest
    got = _digest_like(descriptor.digest, data)
    if got != descriptor.digest:
        yield Finding(where="manifest", message=f"its digest is {got}, claimed {descriptor.digest}")
    if len(data) != descriptor.size:
        yield Finding(where="manifest", message=f"it has {len(data)} bytes, claimed {descriptor.size}")
    try:
        node = Node.parse(data, "manifest")
        version = node.require("schemaVersion").integer()
        if parse_manifest(data) != manifest:
            yield Finding(where="manifest", message="its bytes say something else than its value")
    except IntegrityError as error:
        yield Finding(where="manifest", message=error.message)
        return
    if version != 2:
        yield Finding(where="manifest.schemaVersion", message=f"is {version}, must be 2")
    if manifest.config.media_type not in (OCI_CONFIG, DOCKER_CONFIG):
        yield Finding(where="manifest.config", message=f"{manifest.config.media_type!r} is no image config")
    for number, layer in enumerate(manifest.layers):
        if layer.media_type not in _LAYER_CODECS:
            yield Finding(where=f"manifest.layers[{number}]", message=f"{layer.media_type!r} is no type of layer")


def _config_findings(image: ImageSource) -> Iterator[Finding]:
    data, descriptor = image.config_bytes, image.manifest.config
    got = _digest_like(descriptor.digest, data)
    if got != descriptor.digest:
        yield Finding(where="config", message=f"its digest is {got}, claimed {descriptor.digest}")
    if len(data) != descriptor.size:
        yield Finding(where="config", message=f"it has {len(data)} bytes, claimed {descriptor.size}")
    try:
        node = Node.parse(data, "config")
        config = parse_image_config(data, "config")
        for field in ("architecture", "os"):
            node.require(field).text()
        kind = node.require("rootfs").require("type").text()
    except IntegrityError as error:
        yield Finding(where="config", message=error.message)
        return
    if kind != "layers":
        yield Finding(where="config.rootfs.type", message=f"is {kind!r}, must be 'layers'")
    if len(config.diff_ids) != len(image.manifest.layers):
        count = len(image.manifest.layers)
        yield Finding(where="config.rootfs.diff_ids", message=f"tells of {len(config.diff_ids)} layers, not of {count}")
    history = node.get("history")
    told = [entry for entry in history.items() if not entry.object().get("empty_layer")] if history else []
    if told and len(told) != len(config.diff_ids):
        message = f"the history tells of {len(told)} layers, rootfs.diff_ids of {len(config.diff_ids)}"
        yield Finding(where="config", message=message)
    platform = image.descriptor.platform
    if platform is not None and not platform.runs(config.platform):
        yield Finding(where="config", message=f"is for {config.platform}, described as {platform}")
    yield from _run_config_findings(config)


def _run_config_findings(config: ImageConfig) -> Iterator[Finding]:
    times = [("config.created", config.created)]
    times += [(f"config.history[{number}].created", entry.created) for number, entry in enumerate(config.history)]
    for where, time in times:
        if time is not None and not _is_rfc3339(time):
            yield Finding(where=where, message=f"{time!r} is no RFC 3339 time")
    for name, _ in config.run.env:
        if not name:
            yield Finding(where="config.config.Env", message="a variable has no name")
    for port in config.run.exposed_ports:
        if not _PORT.fullmatch(port):
            yield Finding(where="config.config.ExposedPorts", message=f"{port!r} is no port")


def _layers_findings(image: ImageSource) -> Iterator[Finding]:
    try:
        diff_ids: tuple[Digest | None, ...] = parse_image_config(image.config_bytes).diff_ids
    except IntegrityError:
        diff_ids = ()
    diff_ids += (None,) * (len(image.manifest.layers) - len(diff_ids))
    for number, (layer, diff_id) in enumerate(zip(image.manifest.layers, diff_ids, strict=False)):
        yield from (
            Finding(where=f"layer {number}", message=message) for message in _layer_problems(image, layer, diff_id)
        )


def _layer_problems(image: ImageSource, layer: Descriptor, diff_id: Digest | None) -> Iterator[str]:
    with image.open_blob(layer) as stream:
        try:
            tar = Decompressed(stream)
            wanted = _LAYER_CODECS.get(layer.media_type, tar.codec)
            if tar.codec is not wanted:
                yield f"it is compressed with {tar.codec}, its type {layer.media_type} means {wanted}"
            index = index_layer(tar)
        except IntegrityError as error:
            yield error.message
            return
        try:
            while stream.read(_DRAIN_BYTES):
                pass
        except IntegrityError as error:
            yield error.message
    if diff_id is not None and index.diff_id != diff_id:
        yield f"its diff_id is {index.diff_id}, claimed {diff_id}"


def _digest_like(claimed: Digest, data: bytes) -> Digest:
    return Digest(f"{claimed.algorithm}:{hashlib.new(claimed.algorithm, data, usedforsecurity=False).hexdigest()}")


def _is_rfc3339(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
