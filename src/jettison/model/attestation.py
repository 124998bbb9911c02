"""Attestations: statements about an image that travel beside it (in-toto statements, as BuildKit lays them out).

Source: BuildKit ``docs/attestations/attestation-storage.md``. The statements about one image are the layers of a
manifest of their own, which stands in the index behind the images, for the platform ``unknown/unknown``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jettison.frozen import dataclass, field
from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.oci import (
    DOCKER_CONFIG,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_EMPTY,
    OCI_MANIFEST,
    Descriptor,
    Index,
    Manifest,
    write_manifest,
)
from jettison.model.platform import Platform

STATEMENT = "application/vnd.in-toto+json"
ATTESTATION_MANIFEST = "application/vnd.docker.attestation.manifest.v1+json"
PREDICATE_TYPE = "in-toto.io/predicate-type"
REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"

_UNKNOWN = Platform(os="unknown", architecture="unknown")
_EMPTY = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One in-toto statement: its bytes, and what it is about."""

    predicate_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationManifest:
    """All statements about one image, with everything that the manifest names."""

    descriptor: Descriptor
    """As it stands in the index."""
    data: bytes = field(repr=False)
    blobs: tuple[tuple[Descriptor, bytes], ...] = field(repr=False)


def attestation_manifest(
    about: Descriptor, statements: Sequence[Statement], *, as_artifact: bool = True
) -> AttestationManifest:
    """The manifest of the statements about the image manifest ``about``.

    ``as_artifact`` says in the manifest itself what it is and whom it is about; without it, it looks like an image, for
    registries that know nothing else.
    """
    layers = [
        (_described(STATEMENT, statement.data, ((PREDICATE_TYPE, statement.predicate_type),)), statement.data)
        for statement in statements
    ]
    docker = about.media_type == DOCKER_MANIFEST
    if as_artifact:
        config = _EMPTY
        config_descriptor = Descriptor(media_type=OCI_EMPTY, digest=Digest.of(_EMPTY), size=len(_EMPTY), data=_EMPTY)
    else:
        config = write_image_config(
            ImageConfig(platform=_UNKNOWN, diff_ids=tuple(descriptor.digest for descriptor, _ in layers))
        )
        config_descriptor = _described(DOCKER_CONFIG if docker else OCI_CONFIG, config)
    manifest = Manifest(
        media_type=DOCKER_MANIFEST if docker else OCI_MANIFEST,
        artifact_type=ATTESTATION_MANIFEST if as_artifact else "",
        config=config_descriptor,
        layers=tuple(descriptor for descriptor, _ in layers),
        subject=Descriptor(media_type=about.media_type, digest=about.digest, size=about.size) if as_artifact else None,
    )
    data = write_manifest(manifest)
    descriptor = Descriptor(
        media_type=manifest.media_type,
        digest=Digest.of(data),
        size=len(data),
        platform=_UNKNOWN,
        annotations=((REFERENCE_DIGEST, about.digest), (REFERENCE_TYPE, "attestation-manifest")),
    )
    return AttestationManifest(descriptor=descriptor, data=data, blobs=(*layers, (config_descriptor, config)))


def is_attestation(descriptor: Descriptor) -> bool:
    """Whether an entry of an index is no image but what is said about one."""
    return REFERENCE_TYPE in dict(descriptor.annotations)


def attestations_about(index: Index, digest: Digest) -> tuple[Descriptor, ...]:
    """The entries of an index whose manifests hold statements about the image manifest of that digest."""
    return tuple(entry for entry in index.manifests if dict(entry.annotations).get(REFERENCE_DIGEST) == digest)


def statement_in(manifest: Manifest, predicate_types: Collection[str]) -> Descriptor | None:
    """The first statement of one of these types in a manifest of attestations."""
    return next(
        (layer for layer in manifest.layers if dict(layer.annotations).get(PREDICATE_TYPE) in predicate_types), None
    )


def _described(media_type: str, data: bytes, annotations: tuple[tuple[str, str], ...] = ()) -> Descriptor:
    return Descriptor(media_type=media_type, digest=Digest.of(data), size=len(data), annotations=annotations)
