"""Manifests, indexes and descriptors as documents."""

from __future__ import annotations

import pytest

from jettison.errors import IntegrityError
from jettison.model.digest import Digest
from jettison.model.oci import OCI_EMPTY, OCI_MANIFEST, Descriptor, Index, Manifest, parse_manifest, write_manifest
from jettison.model.platform import Platform

BLOB = Descriptor(
    media_type="application/x",
    digest=Digest.of(b"x"),
    size=1,
    platform=Platform.parse("linux/arm/v7"),
    annotations=(("a", "b"),),
    urls=("https://example.org/x",),
    artifact_type="application/y",
    data=b"x",
)


@pytest.mark.parametrize(
    "manifest",
    [
        Manifest(config=BLOB, layers=(BLOB, BLOB), annotations=(("k", "v"),)),
        Manifest(
            config=Descriptor(media_type=OCI_EMPTY, digest=Digest.of(b"{}"), size=2, data=b"{}"),
            layers=(),
            artifact_type="application/z",
            subject=Descriptor(media_type=OCI_MANIFEST, digest=Digest.of(b"y"), size=1),
        ),
        Index(manifests=(BLOB,), annotations=(("k", "v"),)),
    ],
)
def test_what_is_written_is_read(manifest: Manifest | Index) -> None:
    """Every field of it."""
    assert parse_manifest(write_manifest(manifest)) == manifest


def test_data_that_is_no_base64_is_an_error() -> None:
    """Named by its place in the document."""
    data = write_manifest(Manifest(config=BLOB, layers=())).replace(b'"eA=="', b'"?"')
    with pytest.raises(IntegrityError, match=r"manifest\.config\.data: expected base64"):
        parse_manifest(data)
