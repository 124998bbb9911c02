"""Bundles: what a tag points to, what else leaves with it, and where attestations have their place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.layout.support import make_image

from jettison.errors import UsageError
from jettison.frozen import replace
from jettison.layout.bundle import BundledImage, bundle
from jettison.model.annotation import Annotation
from jettison.model.attestation import Statement, is_attestation
from jettison.model.digest import Digest
from jettison.model.oci import OCI_INDEX, OCI_MANIFEST, parse_manifest
from jettison.model.platform import Platform

ARM64 = Platform.parse("linux/arm64")
ONE = make_image(b"one")
ARM = make_image(b"arm", platform=ARM64)
SBOM = Statement(predicate_type="https://spdx.dev/Document", data=b'{"_type":"sbom"}')
PROVENANCE = Statement(predicate_type="https://slsa.dev/provenance/v1", data=b'{"_type":"provenance"}')


def test_one_image_is_its_manifest() -> None:
    """No index where nothing needs one; asked for, there is one all the same."""
    made = bundle([BundledImage(image=ONE)])
    assert made.root.digest == ONE.descriptor.digest
    assert [descriptor.media_type for descriptor, _ in made.documents] == [OCI_MANIFEST]
    assert {blob.descriptor.digest for blob in made.blobs} == {
        ONE.manifest.config.digest,
        *(layer.digest for layer in ONE.manifest.layers),
    }
    assert bundle([BundledImage(image=ONE)], as_index=True).root.media_type == OCI_INDEX


def test_several_images_are_an_index() -> None:
    """The root comes last, so that a registry has all that it names."""
    made = bundle([BundledImage(image=ONE), BundledImage(image=ARM)])
    assert [descriptor.digest for descriptor, _ in made.documents] == [
        ONE.descriptor.digest,
        ARM.descriptor.digest,
        made.root.digest,
    ]
    index = json.loads(made.documents[-1][1])
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == ["amd64", "arm64"]


@pytest.mark.parametrize("as_artifact", [True, False])
def test_attestations(as_artifact: bool) -> None:
    """A manifest for each image behind all images, for no platform, with the statements as layers."""
    images = [
        BundledImage(image=ONE, statements=(SBOM, PROVENANCE)),
        BundledImage(image=ARM, statements=(PROVENANCE,)),
    ]
    made = bundle(images, artifacts=as_artifact)
    index = parse_manifest(made.documents[-1][1])
    documents: dict[Digest, Any] = {descriptor.digest: json.loads(data) for descriptor, data in made.documents}
    entries = documents[made.root.digest]["manifests"]
    assert [is_attestation(entry) for entry in index.manifests] == [False, False, True, True]  # type: ignore[union-attr]
    assert entries[2]["platform"] == {"architecture": "unknown", "os": "unknown"}
    assert entries[2]["annotations"] == {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": ONE.descriptor.digest,
    }
    manifest = documents[entries[2]["digest"]]
    assert [layer["mediaType"] for layer in manifest["layers"]] == ["application/vnd.in-toto+json"] * 2
    assert [layer["annotations"]["in-toto.io/predicate-type"] for layer in manifest["layers"]] == [
        SBOM.predicate_type,
        PROVENANCE.predicate_type,
    ]
    blobs = {blob.descriptor.digest for blob in made.blobs}
    assert {Digest.of(SBOM.data), Digest.of(PROVENANCE.data), Digest(manifest["config"]["digest"])} <= blobs
    if as_artifact:
        assert manifest["artifactType"] == "application/vnd.docker.attestation.manifest.v1+json"
        assert manifest["subject"]["digest"] == ONE.descriptor.digest
        assert manifest["config"] == {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": Digest.of(b"{}"),
            "size": 2,
            "data": "e30=",
        }
    else:
        assert "artifactType" not in manifest
        assert "subject" not in manifest
        assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"


def test_annotations_without_a_place() -> None:
    """Docker's lists have none for them."""
    docker = replace(
        ONE, manifest=replace(ONE.manifest, media_type="application/vnd.docker.distribution.manifest.v2+json")
    )
    with pytest.raises(UsageError, match="oci-mediatypes=false"):
        bundle([BundledImage(image=docker)], annotations=Annotation.parse("manifest-descriptor:a=b"))
