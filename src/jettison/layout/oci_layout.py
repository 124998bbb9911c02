"""Reading OCI image layouts (OCI image-spec v1.1, image-layout.md), from a folder or a tar archive.

Images are found by tag (the annotation ``org.opencontainers.image.ref.name``), by digest, or because there is only one.
Every blob is verified against its descriptor when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jettison.errors import IntegrityError, JettisonError, NotFoundError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.layout.files import LayoutFiles, read_document
from jettison.layout.image import LayoutImage, read_blob_document
from jettison.layout.names import IMAGE_NAME, INDEX_FILE, LAYOUT_FILE, LAYOUT_VERSION, REF_NAME, blob_name
from jettison.model.attestation import attestations_about, is_attestation
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.image_source import ImageSource
from jettison.model.oci import INDEX_TYPES, MANIFEST_TYPES, Descriptor, Index, Manifest, parse_manifest
from jettison.model.platform import Platform
from jettison.model.reference import DEFAULT_TAG, Reference
from jettison.model.select import image_platforms, select_manifest
from jettison.model.surroundings import Surroundings
from jettison.model.verified_reader import open_verified

_MAX_INDEX_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformImages:
    """The images of one name, or of one index: one a platform."""

    images: tuple[ImageSource, ...]
    names: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OciLayout:
    """A layout: its files and its parsed index.json."""

    files: LayoutFiles
    index: Index

    def image(self, name: str | None, platform: Platform) -> LayoutImage:
        """The image of ``platform`` that ``name`` means: a tag, a digest, a whole reference; None for the only image.

        Raises :class:`NotFoundError` that lists what there is.
        """
        candidates = self._named(name) if name else self._only()
        return self._load(candidates, platform, self.files.what if name is None else f"{self.files.what}:{name}")

    def groups(self) -> tuple[PlatformImages, ...]:
        """Every entry of index.json with all images that it leads to and that are here, each group once with all names.

        What an index names beside images, attestations, is passed over, and so are platforms whose manifests are
        missing: an archive need not hold them all.
        """
        found: dict[Digest, PlatformImages] = {}
        for entry in self.index.manifests:
            if entry.media_type not in MANIFEST_TYPES + INDEX_TYPES:
                continue
            known = found.get(entry.digest)
            images = known.images if known else tuple(self._members(entry))
            names = (*(known.names if known else ()), *_references((entry,)))
            found[entry.digest] = PlatformImages(images=images, names=tuple(dict.fromkeys(names)))
        by_names: dict[tuple[Reference, ...] | Digest, PlatformImages] = {}
        for digest, group in found.items():
            key = group.names or digest  # manifests of one name may stand side by side
            images = by_names[key].images if key in by_names else ()
            by_names[key] = PlatformImages(images=(*images, *group.images), names=group.names)
        return tuple(group for group in by_names.values() if group.images)

    def surroundings(self, about: Digest) -> Surroundings | None:
        """The index around the image manifest of that digest: the first one with statements about it, else any; None
        where only the list of contents names it, and nothing is said about it.
        """
        found = [around for around in self._indexes() if any(each.digest == about for each in around.index.manifests)]
        attested = [around for around in found if attestations_about(around.index, about)]
        return next(iter([*attested, *(around for around in found if around.descriptor is not None)]), None)

    def _indexes(self) -> Iterator[Surroundings]:
        """index.json and every index that it leads to and that is here, each once."""
        pending, seen = [(self._around(self.index, None, b""), 0)], set[Digest]()
        while pending:
            around, depth = pending.pop()
            yield around
            for entry in around.index.manifests if depth < _MAX_INDEX_DEPTH else ():
                if entry.media_type not in INDEX_TYPES or entry.digest in seen:
                    continue
                seen.add(entry.digest)
                if self.files.size(blob_name(entry.digest)) is not None:
                    data = read_blob_document(self.open_raw, entry, self.files.what)
                    document = parse_manifest(data, f"{self.files.what}: {entry.digest}")
                    if isinstance(document, Index):
                        descriptor = Descriptor(media_type=entry.media_type, digest=entry.digest, size=entry.size)
                        pending.append((self._around(document, descriptor, data), depth + 1))

    def _around(self, index: Index, descriptor: Descriptor | None, data: bytes) -> Surroundings:
        return Surroundings(
            index=index,
            descriptor=descriptor,
            data=data,
            open_manifest=lambda entry: None if self.files.size(blob_name(entry.digest)) is None else self._open(entry),
            open_blob=self._open,
        )

    def _open(self, descriptor: Descriptor) -> BinaryIO:
        what = f"{self.files.what}: blob {descriptor.digest}"
        return open_verified(self.open_raw(descriptor.digest), descriptor, what)

    def _members(self, entry: Descriptor, depth: int = 0) -> Iterator[LayoutImage]:
        if (
            is_attestation(entry)
            or depth > _MAX_INDEX_DEPTH
            or (depth and self.files.size(blob_name(entry.digest)) is None)
        ):
            return
        data = read_blob_document(self.open_raw, entry, self.files.what)
        document = parse_manifest(data, f"{self.files.what}: {entry.digest}")
        if isinstance(document, Index):
            for child in document.manifests:
                yield from self._members(child, depth + 1)
            return
        yield LayoutImage(
            descriptor=entry,
            manifest=document,
            manifest_bytes=data,
            config_bytes=read_blob_document(self.open_raw, document.config, self.files.what),
            open_raw=self.open_raw,
            what=self.files.what,
        )

    def open_raw(self, digest: Digest) -> BinaryIO:
        """Open the file of a blob, unverified; raises :class:`IntegrityError` where there is none."""
        name = blob_name(digest)
        if self.files.size(name) is None:
            raise IntegrityError(f"{self.files.what}: the blob {digest} is missing")
        return self.files.open(name)

    def _named(self, name: str) -> tuple[Descriptor, ...]:
        found = tuple(entry for entry in self.index.manifests if _bears(entry, name))
        if not found:
            raise NotFoundError(f"{self.files.what}: there is no image {name!r}", hint=self._contents())
        return found

    def _only(self) -> tuple[Descriptor, ...]:
        entries = self.index.manifests
        if len({entry.digest for entry in entries}) <= 1 or len({_tag(entry) for entry in entries}) == 1:
            return entries
        latest = tuple(entry for entry in entries if _bears(entry, DEFAULT_TAG))
        if not latest:
            raise NotFoundError(f"{self.files.what}: which image of several is meant?", hint=self._contents())
        return latest

    def _contents(self) -> str:
        names = sorted({_tag(entry) or entry.digest for entry in self.index.manifests})
        return f"it holds {', '.join(names)}" if names else "it holds no images"

    def _load(self, entries: tuple[Descriptor, ...], platform: Platform, what: str) -> LayoutImage:
        chosen: Manifest | Index = Index(manifests=entries)
        descriptor, data, platforms = None, b"", tuple[Platform, ...]()
        for _ in range(_MAX_INDEX_DEPTH):
            if isinstance(chosen, Manifest):
                break
            distinct = {entry.digest: entry for entry in chosen.manifests}
            only = next(iter(distinct.values())) if len(distinct) == 1 and descriptor is None else None
            platforms = image_platforms(chosen)
            descriptor = only or select_manifest(chosen, platform, what)
            data = read_blob_document(self.open_raw, descriptor, self.files.what)
            chosen = parse_manifest(data, f"{self.files.what}: {descriptor.digest}")
        if descriptor is None or isinstance(chosen, Index):
            raise IntegrityError(f"{what}: indexes are nested deeper than {_MAX_INDEX_DEPTH} levels")
        return LayoutImage(
            descriptor=descriptor,
            manifest=chosen,
            manifest_bytes=data,
            config_bytes=read_blob_document(self.open_raw, chosen.config, self.files.what),
            open_raw=self.open_raw,
            what=self.files.what,
            platforms=platforms,
        )


def read_oci_layout(files: LayoutFiles) -> OciLayout:
    """Read ``oci-layout`` and ``index.json``; blobs are read when they are asked for."""
    marker = Node.parse(read_document(files, LAYOUT_FILE), f"{files.what}: {LAYOUT_FILE}")
    version = marker.require("imageLayoutVersion").text()
    if version != LAYOUT_VERSION:
        raise IntegrityError(f"{marker.path}: layout version {version!r} is not known, expected {LAYOUT_VERSION}")
    index = parse_manifest(read_document(files, INDEX_FILE), f"{files.what}: {INDEX_FILE}")
    if not isinstance(index, Index):
        raise IntegrityError(f"{files.what}: {INDEX_FILE} is not an index")
    return OciLayout(files=files, index=index)


def _references(entries: Iterable[Descriptor]) -> tuple[Reference, ...]:
    """The whole references among the names of these entries; a mere tag is none."""
    found = []
    for entry in entries:
        annotations = dict(entry.annotations)
        text = annotations.get(IMAGE_NAME) or annotations.get(REF_NAME, "")
        if IMAGE_NAME not in annotations and not set(text) & set(":/"):
            continue
        try:
            found.append(Reference.parse(text))
        except JettisonError:
            continue  # the annotation is free text: what is no reference names nothing
    return tuple(found)


def _tag(entry: Descriptor) -> str:
    annotations = dict(entry.annotations)
    return annotations.get(REF_NAME) or annotations.get(IMAGE_NAME, "")


def _bears(entry: Descriptor, name: str) -> bool:
    if name in (entry.digest, _tag(entry)):
        return True
    names = {text for reference in _references((entry,)) for text in (str(reference), reference.familiar())}
    return name in names or any(reference.tag == name for reference in _references((entry,)))
