"""Descriptors, manifests and indexes (OCI image-spec v1.1; docker's schema 2 media types mean the same)."""

from __future__ import annotations

import base64

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.model.document import Node, write_document
from jettison.model.platform import Platform

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"
DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

MANIFEST_TYPES = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEX_TYPES = (OCI_INDEX, DOCKER_INDEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What a blob is: its type, digest and size in bytes (descriptor.md)."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    annotations: tuple[tuple[str, str], ...] = ()
    urls: tuple[str, ...] = ()
    artifact_type: str = ""
    data: bytes = b""
    """The blob itself, where it is small enough to stand here."""

    def document(self) -> dict[str, Any]:
        """The descriptor as a JSON object."""
        document: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.urls:
            document["urls"] = list(self.urls)
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        if self.platform is not None:
            platform = {"architecture": self.platform.architecture, "os": self.platform.os}
            if self.platform.os_version:
                platform["os.version"] = self.platform.os_version
            if self.platform.variant:
                platform["variant"] = self.platform.variant
            document["platform"] = platform
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.data:
            document["data"] = base64.b64encode(self.data).decode("ascii")
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image: its config and its layers, lowest first (manifest.md)."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str = OCI_MANIFEST
    annotations: tuple[tuple[str, str], ...] = ()
    artifact_type: str = ""
    """What it is where it is no image."""
    subject: Descriptor | None = None
    """The manifest that this one is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Several manifests, one a platform (image-index.md)."""

    manifests: tuple[Descriptor, ...]
    media_type: str = OCI_INDEX
    annotations: tuple[tuple[str, str], ...] = ()


def parse_manifest(data: bytes, what: str = "manifest") -> Manifest | Index:
    """Parse a manifest or an index, told apart by ``mediaType``, else by its fields."""
    node = Node.parse(data, what)
    media_type_node = node.get("mediaType")
    media_type = media_type_node.text() if media_type_node else ""
    version = node.get("schemaVersion")
    if version is not None and version.value == 1:
        raise IntegrityError(f"{what}: docker schema 1 manifests are not supported; the image must be pushed anew")
    if media_type in INDEX_TYPES or (not media_type and node.get("manifests")):
        return Index(
            manifests=tuple(parse_descriptor(item) for item in node.require("manifests").items()),
            media_type=media_type or OCI_INDEX,
            annotations=_annotations(node),
        )
    if media_type in MANIFEST_TYPES or (not media_type and node.get("config")):
        artifact_type, subject = node.get("artifactType"), node.get("subject")
        return Manifest(
            artifact_type=artifact_type.text() if artifact_type else "",
            subject=parse_descriptor(subject) if subject else None,
            config=parse_descriptor(node.require("config")),
            layers=tuple(parse_descriptor(item) for item in node.require("layers").items()),
            media_type=media_type or OCI_MANIFEST,
            annotations=_annotations(node),
        )
    raise IntegrityError(f"{what}: neither an image manifest nor an index (mediaType {media_type!r})")


def parse_descriptor(node: Node) -> Descriptor:
    """Parse one descriptor."""
    platform, urls = node.get("platform"), node.get("urls")
    artifact_type = node.get("artifactType")
    return Descriptor(
        media_type=node.require("mediaType").text(),
        digest=node.require("digest").convert(Digest.parse),
        size=node.require("size").integer(),
        platform=_parse_platform(platform) if platform else None,
        annotations=_annotations(node),
        urls=urls.texts() if urls else (),
        artifact_type=artifact_type.text() if artifact_type else "",
        data=_data(node),
    )


def write_manifest(manifest: Manifest | Index) -> bytes:
    """The bytes of a manifest or index; equal values give equal bytes."""
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": manifest.media_type}
    if isinstance(manifest, Manifest):
        if manifest.artifact_type:
            document["artifactType"] = manifest.artifact_type
        document["config"] = manifest.config.document()
        document["layers"] = [layer.document() for layer in manifest.layers]
        if manifest.subject is not None:
            document["subject"] = manifest.subject.document()
    else:
        document["manifests"] = [descriptor.document() for descriptor in manifest.manifests]
    if manifest.annotations:
        document["annotations"] = dict(manifest.annotations)
    return write_document(document)


def _data(node: Node) -> bytes:
    child = node.get("data")
    if child is None:
        return b""
    try:
        return base64.b64decode(child.text(), validate=True)
    except ValueError as error:
        raise child.fail("base64") from error


def _parse_platform(node: Node) -> Platform:
    def text(key: str) -> str:
        child = node.get(key)
        return child.text() if child else ""

    return Platform.normal(
        os=text("os"), architecture=text("architecture"), variant=text("variant"), os_version=text("os.version")
    )


def _annotations(node: Node) -> tuple[tuple[str, str], ...]:
    child = node.get("annotations")
    return child.text_map() if child else ()
