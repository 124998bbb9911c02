"""Reading what ``docker save`` and ``podman save`` write: a tar with ``manifest.json``, a config and layers.

Layers lie in ``ID/layer.tar`` (docker up to 24; one file may be a link to another's), in ``HASH.tar`` (podman), or
below ``blobs/sha256`` (docker since 25, BuildKit), compressed or not. Source: docker's ``image/tarexport``. An archive
has no manifest of its own; one is made that describes the layers as they lie there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

from jettison.errors import IntegrityError, NotFoundError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.layer.decompress import Codec, detect_codec
from jettison.layout.files import LayoutFiles, read_document
from jettison.layout.image import LayoutImage
from jettison.layout.names import MANIFEST_FILE
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.image_source import NamedImage
from jettison.model.oci import (
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    Descriptor,
    Manifest,
    write_manifest,
)
from jettison.model.reference import Reference
from jettison.patterns import late_pattern

_MAGIC_BYTES = 6
_HASH_BYTES = 1024 * 1024
_NAMED_BY_DIGEST = late_pattern(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json|\.tar)?")
_LAYER_TYPES = {Codec.NONE: OCI_LAYER, Codec.GZIP: OCI_LAYER_GZIP, Codec.ZSTD: OCI_LAYER_ZSTD}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One image as ``manifest.json`` tells it."""

    config: str
    names: tuple[Reference, ...]
    layers: tuple[str, ...]


def read_docker_archive(files: LayoutFiles) -> tuple[NamedImage, ...]:
    """All images of an archive with their names, valid while ``files`` is open.

    Raises :class:`IntegrityError` where a config or layer is missing, or the config is not what its name says. Layers
    are verified when they are read, against the digests in the config where they lie uncompressed.
    """
    path = f"{files.what}: {MANIFEST_FILE}"
    records = [_parse_record(node) for node in Node.parse(read_document(files, MANIFEST_FILE), path).items()]
    return tuple(NamedImage(image=_load(files, record), names=record.names) for record in records)


def find_in_archive(images: tuple[NamedImage, ...], name: str | None, what: str) -> NamedImage:
    """The image that bears ``name`` (a reference as docker writes it, or a tag); None for the only image."""
    if name is None and len(images) == 1:
        return images[0]
    for image in images:
        for reference in image.names:
            if name in (str(reference), reference.familiar(), reference.tag):
                return image
    names = ", ".join(reference.familiar() for image in images for reference in image.names)
    problem = f"there is no image {name!r}" if name else "which image of several is meant?"
    raise NotFoundError(f"{what}: {problem}", hint=f"it holds {names}" if names else "its images have no names")


def _parse_record(node: Node) -> _Record:
    tags = node.get("RepoTags")
    return _Record(
        config=node.require("Config").text(),
        names=tuple(item.convert(Reference.parse) for item in tags.items()) if tags else (),
        layers=node.require("Layers").texts(),
    )


def _load(files: LayoutFiles, record: _Record) -> LayoutImage:
    config_bytes = read_document(files, record.config)
    config_digest = Digest.of(config_bytes)
    named = _NAMED_BY_DIGEST.fullmatch(record.config)
    if named and named[1] != config_digest.hex:
        raise IntegrityError(f"{files.what}: the digest of {record.config} is wrong: got {config_digest}")
    config = parse_image_config(config_bytes, f"{files.what}: {record.config}")
    if len(config.diff_ids) != len(record.layers):
        raise IntegrityError(
            f"{files.what}: {MANIFEST_FILE} names {len(record.layers)} layers, the config {len(config.diff_ids)}"
        )
    layers = [_describe(files, *pair) for pair in zip(record.layers, config.diff_ids, strict=True)]
    places = {layer.digest: name for layer, name in zip(layers, record.layers, strict=True)}
    places[config_digest] = record.config
    manifest = Manifest(
        config=Descriptor(media_type=OCI_CONFIG, digest=config_digest, size=len(config_bytes)), layers=tuple(layers)
    )
    manifest_bytes = write_manifest(manifest)
    return LayoutImage(
        descriptor=Descriptor(
            media_type=manifest.media_type,
            digest=Digest.of(manifest_bytes),
            size=len(manifest_bytes),
            platform=config.platform,
        ),
        manifest=manifest,
        manifest_bytes=manifest_bytes,
        config_bytes=config_bytes,
        open_raw=_opener(files, places),
        what=files.what,
    )


def _opener(files: LayoutFiles, places: dict[Digest, str]) -> Callable[[Digest], BinaryIO]:
    def open_raw(digest: Digest) -> BinaryIO:
        if digest not in places:
            raise IntegrityError(f"{files.what}: the image has no blob {digest}")
        return files.open(places[digest])

    return open_raw


def _describe(files: LayoutFiles, name: str, diff_id: Digest) -> Descriptor:
    """What lies in a layer's file: the tar itself, whose digest the config knows, or a compressed form of it."""
    size = files.size(name)
    if size is None:
        raise IntegrityError(f"{files.what}: the layer {name} is missing")
    with files.open(name) as stream:
        codec = detect_codec(stream.read(_MAGIC_BYTES))
    if codec is Codec.NONE:
        return Descriptor(media_type=OCI_LAYER, digest=diff_id, size=size)
    media_type = _LAYER_TYPES.get(codec)
    if media_type is None:
        raise IntegrityError(f"{files.what}: the layer {name} is compressed with {codec}, which images do not use")
    named = _NAMED_BY_DIGEST.fullmatch(name)
    digest = Digest(f"sha256:{named[1]}") if named and name.startswith("blobs/") else _hash(files, name)
    return Descriptor(media_type=media_type, digest=digest, size=size)


def _hash(files: LayoutFiles, name: str) -> Digest:
    sha256 = hashlib.sha256()
    with files.open(name) as stream:
        for block in iter(partial(stream.read, _HASH_BYTES), b""):
            sha256.update(block)
    return Digest(f"sha256:{sha256.hexdigest()}")
