"""What goes into a layout: the entries of index.json and every blob that they lead to, once, in reading order."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from jettison.errors import IntegrityError
from jettison.frozen import dataclass, replace
from jettison.hints import BinaryIO
from jettison.layout.names import IMAGE_NAME, INDEX_FILE, LAYOUT_FILE, LAYOUT_VERSION, REF_NAME
from jettison.model.digest import Digest
from jettison.model.document import write_document
from jettison.model.image_source import ImageSource, NamedImage
from jettison.model.oci import Descriptor, Index, write_manifest
from jettison.model.reference import DEFAULT_TAG, Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One blob and what opens it for reading."""

    descriptor: Descriptor
    open: Callable[[], BinaryIO]
    """What this gives verifies itself at its end; or it is a plain file, with a descriptor, that needs no verifying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutContent:
    """The content of a layout, not yet in files."""

    entries: tuple[Descriptor, ...]
    """Of index.json: one a name, one for an image without names."""
    blobs: tuple[Blob, ...]

    def documents(self) -> tuple[tuple[str, bytes], ...]:
        """The files of a layout beside its blobs."""
        marker = write_document({"imageLayoutVersion": LAYOUT_VERSION})
        return (LAYOUT_FILE, marker), (INDEX_FILE, write_manifest(Index(manifests=self.entries)))


def images_content(images: Iterable[NamedImage]) -> LayoutContent:
    """A layout that holds these images, each under its names."""
    entries: list[Descriptor] = []
    blobs: list[Blob] = []
    for named in images:
        entries += entries_of(named.image.descriptor, named.names)
        blobs += [document_blob(named.image.descriptor, named.image.manifest_bytes), *image_blobs(named.image)]
    return LayoutContent(entries=tuple(entries), blobs=once(blobs))


def joined(contents: Iterable[LayoutContent]) -> LayoutContent:
    """One layout that holds all that these hold."""
    known = tuple(contents)
    return LayoutContent(
        entries=tuple(entry for content in known for entry in content.entries),
        blobs=once(blob for content in known for blob in content.blobs),
    )


def index_content(index: Index, images: Sequence[ImageSource], names: Sequence[Reference]) -> LayoutContent:
    """A layout that holds one image of several platforms: ``index``, whose manifests are those of ``images``."""
    missing = {entry.digest for entry in index.manifests} - {image.descriptor.digest for image in images}
    if missing:
        raise IntegrityError(f"the index names {min(missing)}, which is not among the images to write")
    data = write_manifest(index)
    descriptor = Descriptor(media_type=index.media_type, digest=Digest.of(data), size=len(data))
    blobs = [document_blob(descriptor, data)]
    for image in images:
        blobs += [document_blob(image.descriptor, image.manifest_bytes), *image_blobs(image)]
    return LayoutContent(entries=tuple(entries_of(descriptor, names)), blobs=once(blobs))


def tagged_names(names: Iterable[Reference]) -> tuple[Reference, ...]:
    """The names that an archive can hold: each with a tag, and without a digest."""
    return tuple(replace(name, tag=name.tag or DEFAULT_TAG, digest=None) for name in names)


def entries_of(
    descriptor: Descriptor, names: Iterable[Reference], annotations: tuple[tuple[str, str], ...] = ()
) -> list[Descriptor]:
    """One entry a name, annotated as BuildKit does it: the whole reference and the tag; more ``annotations`` go before.

    Those that the descriptor had where it comes from belong to that place.
    """
    entries = [
        replace(descriptor, annotations=(*annotations, (IMAGE_NAME, str(name)), (REF_NAME, name.tag or DEFAULT_TAG)))
        for name in tagged_names(names)
    ]
    return entries or [replace(descriptor, annotations=annotations)]


def image_blobs(image: ImageSource) -> list[Blob]:
    """What the manifest of an image names: the config and the layers."""
    manifest = image.manifest
    return [
        document_blob(manifest.config, image.config_bytes),
        *(Blob(descriptor=layer, open=partial(image.open_blob, layer)) for layer in manifest.layers),
    ]


def document_blob(descriptor: Descriptor, data: bytes) -> Blob:
    """A blob whose bytes are at hand."""
    return Blob(descriptor=descriptor, open=partial(io.BytesIO, data))


def once(blobs: Iterable[Blob]) -> tuple[Blob, ...]:
    """The blobs in order, each of them once."""
    return tuple({blob.descriptor.digest: blob for blob in blobs}.values())
