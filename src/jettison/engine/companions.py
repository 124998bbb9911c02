"""The attestations that came with an image: kept beside it in the store, and beside it again where it leaves.

They go on as they came, byte for byte, or not at all: whatever was said about a manifest is not true of another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from io import BytesIO

from jettison.engine.layers import Watched
from jettison.engine.stored_image import StoredImage, as_pulled
from jettison.errors import IntegrityError, NotFoundError, RegistryError
from jettison.frozen import replace
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.layer.decompress import Decompressed
from jettison.layout.bundle import Bundle, BundledImage, CarriedManifest, bundle
from jettison.layout.content import Blob
from jettison.model.attestation import attestations_about, statement_in
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, layers_of
from jettison.model.oci import Descriptor, Index, Manifest, parse_manifest
from jettison.model.surroundings import Surroundings
from jettison.store.companions import Company
from jettison.store.images import ImageRecord
from jettison.store.layers import Encoding
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.registry.client import RegistryClient

_MAX_PART_BYTES = 64 << 20
"""BuildKit makes none larger than 40 MiB."""
_MAX_ALL_BYTES = 256 << 20
_MAX_PARTS = 100
_CHUNK_BYTES = 1 << 20

OpenRegistry = Callable[[], "RegistryClient"]
Remark = Callable[[str], object]


def keep_index(image_id: Digest, about: Digest, around: Surroundings | None, store: Store) -> None:
    """Note in which index an image stood; what is said about it there can be had from where it was."""
    if around is None or around.descriptor is None or store.companions.of(image_id, about).index == around.descriptor:
        return
    with store.lease() as lease:
        lease.hold_blobs((around.descriptor.digest,))
        store.blobs.put(around.data)
        store.companions.keep(image_id, about, Company(index=around.descriptor))


def keep_companions(image_id: Digest, about: Digest, around: Surroundings | None, store: Store) -> None:
    """Keep all that came with the manifest ``about`` of an image of the store.

    Raises :class:`IntegrityError`, :class:`NotFoundError`, :class:`RegistryError` for attestations that cannot be had;
    none of them is kept then.
    """
    if around is None:
        return
    keep_index(image_id, about, around, store)
    with store.lease() as lease:
        attestations: list[Descriptor] = []
        parts: dict[Digest, Descriptor] = {}
        for found in around.attestations(about):
            lease.hold_blobs((found.entry.digest, *(part.digest for part in found.parts)))
            parts |= {part.digest: part for part in found.parts}
            _check_sizes(parts.values())
            for part in found.parts:
                _keep_blob(part, around, store)
            store.blobs.put(found.data)
            attestations.append(found.entry)
        if attestations:
            store.blobs.settle()
            company = Company(index=around.descriptor, attestations=tuple(attestations), parts=tuple(parts.values()))
            store.companions.keep(image_id, about, company)


def keep_layers_as_they_came(image: ImageSource, store: Store) -> None:
    """Keep the layers of an image, which are here, in the very form that its manifest names: only of that anything is
    said.

    Raises :class:`IntegrityError` for one that is another layer than the config says, and what the source raises.
    """
    for descriptor, diff_id in layers_of(image):
        if store.blobs.has(descriptor.digest):
            continue
        with store.lease() as lease, ExitStack() as stack:
            lease.hold_layers((diff_id,))
            lease.hold_blobs((descriptor.digest,))
            stream: BinaryIO = stack.enter_context(image.open_blob(descriptor))
            watched = Watched(stream, descriptor.digest.short, descriptor.size, _untold)
            blob = stack.enter_context(store.blobs.writer(hashed=False))  # the image verifies it
            watched.tap = blob.write
            tar = Decompressed(watched)
            digest = hashlib.new(diff_id.algorithm, usedforsecurity=False)
            while data := tar.read(_CHUNK_BYTES):
                digest.update(data)
            watched.drain()
            if digest.hexdigest() != diff_id.hex:
                raise IntegrityError(f"layer {descriptor.digest}: uncompressed it is not {diff_id}, as the image says")
            blob.commit(descriptor.digest)
            if descriptor.digest != diff_id:
                store.layers.record_encoding(
                    Encoding(
                        diff_id=diff_id,
                        digest=descriptor.digest,
                        media_type=descriptor.media_type,
                        size=descriptor.size,
                        codec=tar.codec,
                    )
                )


def _untold(part: str, current: int, total: int | None) -> None:
    pass


def keep_bundle(bundled: Bundle, images: Sequence[ImageSource], store: Store) -> None:
    """Keep the images of a bundle, which are in the store, with manifests and with all that the bundle says of them."""
    documents = {descriptor.digest: data for descriptor, data in bundled.documents}
    blobs = {blob.descriptor.digest: blob for blob in bundled.blobs}
    root, data = bundled.documents[-1]
    index = parse_manifest(data)
    for image in images:
        with store.lease() as lease:
            lease.hold_blobs((image.descriptor.digest,))
            store.blobs.put(image.manifest_bytes)
            image_id = store.images.put(image.config_bytes, manifest=image.descriptor)
        if isinstance(index, Index):
            around = Surroundings(
                index=index,
                descriptor=Descriptor(media_type=root.media_type, digest=root.digest, size=root.size),
                data=data,
                open_manifest=lambda entry: BytesIO(documents[entry.digest]),
                open_blob=lambda part: blobs[part.digest].open(),
            )
            keep_companions(image_id, image.descriptor.digest, around, store)


def kept_statement(image_id: Digest, about: Digest, predicate_types: Collection[str], store: Store) -> bytes | None:
    """The first statement of one of these types that came with a manifest of an image; None where none did."""
    for entry in store.companions.of(image_id, about).attestations:
        manifest = parse_manifest(store.blobs.read(entry.digest), f"attestation manifest {entry.digest}")
        found = statement_in(manifest, predicate_types) if isinstance(manifest, Manifest) else None
        if found is not None:
            return store.blobs.read(found.digest)
    return None


def bring_companions(record: ImageRecord, open_registry: OpenRegistry, store: Store, remark: Remark) -> None:
    """Fetch the attestations about a stored image from where it was pulled, where it was pulled without them, and the
    layers in the form that they are about, where only another one is here.

    ``remark`` is told why they cannot be had.
    """
    if record.manifest is None:
        return
    about = record.manifest.digest
    company = store.companions.of(record.image_id, about)
    if company.index is None or not store.blobs.has(company.index.digest):
        return
    index = parse_manifest(store.blobs.read(company.index.digest))
    if not isinstance(index, Index) or not attestations_about(index, about):
        return
    if company.attestations and as_pulled(record, store) is not None:
        return
    from jettison.registry.pull import resolve_image

    origins = [name for name in record.repo_digests if name.digest == company.index.digest]
    try:
        for origin in origins[:1]:
            image = resolve_image(open_registry(), origin, store.images.config(record.image_id).platform)
            keep_companions(record.image_id, about, image.surroundings(), store)
            keep_layers_as_they_came(image, store)
    except (IntegrityError, NotFoundError, RegistryError) as error:
        remark(f"note: the attestations about {record.image_id.short} cannot be had: {error.message}")


def bundle_as_came(images: Sequence[tuple[ImageRecord, StoredImage]], store: Store, remark: Remark) -> Bundle:
    """The images of one name with what came with them.

    An index of which every manifest is here stays what it is; of any other one the new index has what is here.
    ``remark`` is told of attestations that stay behind.
    """
    companies = [store.companions.of(record.image_id, image.descriptor.digest) for record, image in images]
    for (record, image), company in zip(images, companies, strict=True):
        left = record.manifest is not None and record.manifest.digest != image.descriptor.digest
        if left and record.manifest is not None and not company.attestations:
            known = store.companions.of(record.image_id, record.manifest.digest)
            if known.attestations:
                about = record.manifest.digest
                remark(f"note: the attestations of {record.image_id.short} stay behind: they are about {about}")
    came_in = _common_index(companies, store)
    bundled = [
        BundledImage(image=image, carried=_carried(company, store), entry=_entry(came_in, image))
        for (_, image), company in zip(images, companies, strict=True)
    ]
    if came_in is None:
        return bundle(bundled)
    descriptor, data, index = came_in
    here = {one.image.descriptor.digest for one in bundled}
    here |= {manifest.descriptor.digest for one in bundled for manifest in one.carried}
    if all(entry.digest in here for entry in index.manifests):
        return bundle(bundled, whole=(descriptor, data))
    return bundle(bundled, came_in=index)


def image_as_came(record: ImageRecord, store: Store) -> StoredImage | None:
    """An image with attestations as it came, since they are about that; None for any other one."""
    image = as_pulled(record, store)
    if image is None or not store.companions.of(record.image_id, image.descriptor.digest).attestations:
        return None
    return image


_CameIn = tuple[Descriptor, bytes, Index]


def _common_index(companies: Sequence[Company], store: Store) -> _CameIn | None:
    """The index that all of them came in."""
    indexes = {company.index for company in companies}
    descriptor = next(iter(indexes))
    if len(indexes) != 1 or descriptor is None or not store.blobs.has(descriptor.digest):
        return None
    data = store.blobs.read(descriptor.digest)
    index = parse_manifest(data)
    return (descriptor, data, index) if isinstance(index, Index) else None


def _entry(came_in: _CameIn | None, image: StoredImage) -> Descriptor | None:
    if came_in is None:
        return None
    return next((entry for entry in came_in[2].manifests if entry.digest == image.descriptor.digest), None)


def _carried(company: Company, store: Store) -> tuple[CarriedManifest, ...]:
    """The manifests of which everything is here."""
    found = []
    for entry in company.attestations:
        if not store.blobs.has(entry.digest):
            continue
        data = store.blobs.read(entry.digest)
        manifest = parse_manifest(data)
        named = (manifest.config, *manifest.layers) if isinstance(manifest, Manifest) else ()
        if all(store.blobs.has(part.digest) for part in named):
            blobs = tuple(
                Blob(descriptor=replace(part, annotations=()), open=partial(store.blobs.open_intact, part.digest))
                for part in named
            )
            found.append(CarriedManifest(descriptor=entry, data=data, blobs=blobs))
    return tuple(found)


def _check_sizes(parts: Iterable[Descriptor]) -> None:
    sizes = [part.size for part in parts]
    if len(sizes) > _MAX_PARTS or max(sizes) > _MAX_PART_BYTES or sum(sizes) > _MAX_ALL_BYTES:
        raise IntegrityError(
            f"{len(sizes)} statements of {sum(sizes)} bytes, the largest of {max(sizes)}, are more than is kept"
        )


def _keep_blob(part: Descriptor, around: Surroundings, store: Store) -> None:
    if store.blobs.has(part.digest):
        return
    if part.data and Digest.of(part.data) == part.digest:
        store.blobs.put(part.data)
        return
    with around.open_blob(part) as stream, store.blobs.writer(part.digest.algorithm) as writer:
        while data := stream.read(_CHUNK_BYTES):
            writer.write(data)
        writer.commit(part.digest)
