"""An image of the store as somebody else would receive it: with a manifest, its layers compressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from jettison.engine.encoder import Encoder
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.oci import OCI_CONFIG, OCI_MANIFEST, Descriptor, Manifest, write_manifest
from jettison.store.store import Store


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
        return self.store.blobs.open_verified(descriptor.digest)


def stored_image(store: Store, image_id: Digest, encoder: Encoder) -> StoredImage:
    """The image with its layers compressed by ``encoder``; they must be on this machine."""
    config_bytes = store.blobs.read(image_id)
    config = parse_image_config(config_bytes)
    for diff_id in config.diff_ids:
        encoder.start(diff_id)
    manifest = Manifest(
        config=Descriptor(media_type=OCI_CONFIG, digest=image_id, size=len(config_bytes)),
        layers=tuple(encoder.descriptor(diff_id) for diff_id in config.diff_ids),
    )
    data = write_manifest(manifest)
    descriptor = Descriptor(media_type=OCI_MANIFEST, digest=Digest.of(data), size=len(data), platform=config.platform)
    return StoredImage(
        descriptor=descriptor, manifest=manifest, manifest_bytes=data, config_bytes=config_bytes, store=store
    )
