"""An image of one platform or of several as the documents and blobs that leave this machine together.

A layout, an archive and a registry get the same bundle: for one platform its manifest, for several an index over
theirs, with the attestations behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jettison.errors import UsageError
from jettison.frozen import dataclass, field, replace
from jettison.hints import TYPE_CHECKING
from jettison.layout.content import Blob, LayoutContent, document_blob, entries_of, image_blobs, once
from jettison.model.annotation import Annotation, AnnotationPlace, annotations_at
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource
from jettison.model.oci import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, Descriptor, Index, write_manifest
from jettison.model.reference import Reference

if TYPE_CHECKING:
    from jettison.model.attestation import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedManifest:
    """A manifest of attestations that came with an image and goes on with it as it is."""

    descriptor: Descriptor
    """As it stood in its index."""
    data: bytes = field(repr=False)
    blobs: tuple[Blob, ...] = field(repr=False)
    """What it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledImage:
    """The image of one platform, and what is said about it."""

    image: ImageSource
    statements: tuple[Statement, ...] = ()
    """What is said about it now."""
    carried: tuple[CarriedManifest, ...] = ()
    """What others said about it."""
    entry: Descriptor | None = None
    """How it stood in the index that it came in, if it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything that a name stands for."""

    root: Descriptor
    """What a tag points to: a manifest or an index."""
    documents: tuple[tuple[Descriptor, bytes], ...]
    """Manifests and the index, each after those that it names: the root comes last."""
    blobs: tuple[Blob, ...]
    """All else that they name."""

    def content(self, names: Iterable[Reference]) -> LayoutContent:
        """A layout that holds this bundle under these names."""
        documents = tuple(document_blob(descriptor, data) for descriptor, data in reversed(self.documents))
        return LayoutContent(
            entries=tuple(entries_of(self.root, names, self.root.annotations)), blobs=once((*documents, *self.blobs))
        )


def bundle(
    images: Sequence[BundledImage],
    *,
    annotations: Sequence[Annotation] = (),
    as_index: bool = False,
    artifacts: bool = True,
    came_in: Index | None = None,
    whole: tuple[Descriptor, bytes] | None = None,
) -> Bundle:
    """Bundle the images; several of them, and attestations, need an index, and one that ``as_index`` asks for.

    The annotations of manifests are in them already; those of the index and of descriptors are put in here. Where they
    came in an index of which this is only a part, ``came_in`` gives the new one its annotations and type; an index that
    names nothing else is ``whole``, and stays what it is, byte for byte. Raises :class:`UsageError` for annotations
    that have no place.
    """
    indexed = whole is not None or as_index or len(images) > 1 or any(one.statements or one.carried for one in images)
    docker = any(one.image.manifest.media_type == DOCKER_MANIFEST for one in images)
    _check(annotations, images, indexed=indexed, docker=docker)
    documents: list[tuple[Descriptor, bytes]] = []
    blobs: list[Blob] = []
    entries: list[Descriptor] = []
    attested: list[Descriptor] = []
    for one in images:
        image = one.image
        own = annotations_at(annotations, AnnotationPlace.MANIFEST_DESCRIPTOR, image.descriptor.platform)
        descriptor = one.entry or replace(image.descriptor, annotations=own)
        documents.append((descriptor, image.manifest_bytes))
        entries.append(descriptor)
        blobs += image_blobs(image)
        for manifest in one.carried:
            documents.append((manifest.descriptor, manifest.data))
            attested.append(manifest.descriptor)
            blobs += manifest.blobs
        if one.statements:
            from jettison.model.attestation import attestation_manifest

            told = attestation_manifest(image.descriptor, one.statements, as_artifact=artifacts and not docker)
            documents.append((told.descriptor, told.data))
            attested.append(told.descriptor)
            blobs += [document_blob(descriptor, data) for descriptor, data in told.blobs]
    if not indexed:
        (root,) = entries
        return Bundle(root=root, documents=tuple(documents), blobs=once(blobs))
    if whole is not None:
        return Bundle(root=whole[0], documents=(*documents, whole), blobs=once(blobs))
    index = Index(
        manifests=(*entries, *attested),
        media_type=came_in.media_type if came_in is not None else DOCKER_INDEX if docker else OCI_INDEX,
        annotations=annotations_at(annotations, AnnotationPlace.INDEX) + (came_in.annotations if came_in else ()),
    )
    data = write_manifest(index)
    root = Descriptor(
        media_type=index.media_type,
        digest=Digest.of(data),
        size=len(data),
        annotations=annotations_at(annotations, AnnotationPlace.INDEX_DESCRIPTOR),
    )
    return Bundle(root=root, documents=(*documents, (root, data)), blobs=once(blobs))


def _check(annotations: Sequence[Annotation], images: Sequence[BundledImage], *, indexed: bool, docker: bool) -> None:
    platforms = {one.image.descriptor.platform for one in images}
    for annotation in annotations:
        if annotation.platform is not None and annotation.platform not in platforms:
            raise UsageError(
                f"invalid annotation {annotation.key}: the platform {annotation.platform} is not built",
                hint=f"there is {', '.join(sorted(map(str, platforms)))}",
            )
        if annotation.place is AnnotationPlace.MANIFEST:
            continue
        if docker:
            raise UsageError("cannot export annotations of indexes and descriptors with oci-mediatypes=false")
        if not indexed and annotation.place is not AnnotationPlace.MANIFEST_DESCRIPTOR:
            raise UsageError(
                "index annotations not supported for single platform export",
                hint="an index is made for several platforms: --platform linux/amd64,linux/arm64",
            )
