"""An image of the store as somebody else would receive it: with a manifest, its layers compressed."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.encoder import Encoder
from jettison.errors import UsageError
from jettison.frozen import dataclass, field, replace
from jettison.hints import BinaryIO
from jettison.model.annotation import Annotation, AnnotationPlace, annotations_at
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.oci import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    parse_manifest,
    write_manifest,
)
from jettison.store.images import ImageRecord
from jettison.store.store import Store

_DOCKER_LAYERS = {OCI_LAYER: DOCKER_LAYER, OCI_LAYER_GZIP: DOCKER_LAYER_GZIP, OCI_LAYER_ZSTD: DOCKER_LAYER_ZSTD}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An ``ImageSource`` over the store. All its blobs are there."""

    descriptor: Descriptor
    manifest: Manifest
    manifest_bytes: bytes = field(repr=False)
    config_bytes: bytes = field(repr=False)
    store: Store = field(repr=False, compare=False)

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        """See :meth:`jettison.model.image_source.ImageSource.open_blob`."""
        return self.store.blobs.open_intact(descriptor.digest)


def stored_image(
    store: Store,
    image_id: Digest,
    encoder: Encoder,
    *,
    annotations: Sequence[Annotation] = (),
    docker_types: bool = False,
) -> StoredImage:
    """The image with its layers compressed by ``encoder``; they must be on this machine.

    Of the annotations the manifest bears those that are meant for it. ``docker_types`` writes docker's media types in
    place of OCI's, for registries that know no others.
    """
    config_bytes = store.blobs.read(image_id)
    config = parse_image_config(config_bytes)
    for diff_id in config.diff_ids:
        encoder.start(diff_id)
    layers = tuple(encoder.descriptor(diff_id) for diff_id in config.diff_ids)
    manifest = Manifest(
        media_type=DOCKER_MANIFEST if docker_types else OCI_MANIFEST,
        config=Descriptor(
            media_type=DOCKER_CONFIG if docker_types else OCI_CONFIG, digest=image_id, size=len(config_bytes)
        ),
        layers=tuple(map(_docker_layer, layers)) if docker_types else layers,
        annotations=annotations_at(annotations, AnnotationPlace.MANIFEST, config.platform),
    )
    data = write_manifest(manifest)
    descriptor = Descriptor(
        media_type=manifest.media_type, digest=Digest.of(data), size=len(data), platform=config.platform
    )
    return StoredImage(
        descriptor=descriptor, manifest=manifest, manifest_bytes=data, config_bytes=config_bytes, store=store
    )


def as_pulled(record: ImageRecord, store: Store) -> StoredImage | None:
    """The image with the manifest that it came with; None where the store has not all that this names."""
    descriptor = record.manifest
    if descriptor is None or not store.blobs.has(descriptor.digest):
        return None
    data = store.blobs.read(descriptor.digest)
    manifest = parse_manifest(data)
    if not isinstance(manifest, Manifest) or len(manifest.layers) != len(record.diff_ids):
        return None
    if not all(store.blobs.has(layer.digest) for layer in manifest.layers):
        return None
    platform = store.images.config(record.image_id).platform
    return StoredImage(
        descriptor=replace(descriptor, platform=platform, annotations=()),
        manifest=manifest,
        manifest_bytes=data,
        config_bytes=store.blobs.read(record.image_id),
        store=store,
    )


def _docker_layer(layer: Descriptor) -> Descriptor:
    if layer.media_type not in _DOCKER_LAYERS:
        raise UsageError(
            f"docker has no media type for {layer.media_type}",
            hint="leave oci-mediatypes=false out",
        )
    return replace(layer, media_type=_DOCKER_LAYERS[layer.media_type])
