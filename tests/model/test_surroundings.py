"""What is said about an image in the index around it: as much as can be trusted to be read, and no more."""

from __future__ import annotations

import io

import pytest

from jettison.errors import IntegrityError
from jettison.frozen import replace
from jettison.model.attestation import Statement, attestation_manifest
from jettison.model.digest import Digest
from jettison.model.oci import OCI_INDEX, OCI_MANIFEST, Descriptor, Index, Manifest, parse_manifest, write_manifest
from jettison.model.surroundings import MAX_ATTESTATIONS, Surroundings

ABOUT = Descriptor(media_type=OCI_MANIFEST, digest=Digest.of(b"image"), size=5)
SLSA, SPDX = "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"
TOLD = attestation_manifest(
    ABOUT, [Statement(predicate_type=SPDX, data=b"spdx"), Statement(predicate_type=SLSA, data=b"slsa")]
)


def around(*entries: Descriptor, missing: bool = False, manifest: bytes = TOLD.data) -> Surroundings:
    blobs = {descriptor.digest: data for descriptor, data in TOLD.blobs}
    return Surroundings(
        index=Index(manifests=(ABOUT, *entries)),
        descriptor=None,
        data=b"",
        open_manifest=lambda entry: None if missing else io.BytesIO(manifest),
        open_blob=lambda descriptor: io.BytesIO(blobs[descriptor.digest]),
    )


def test_a_statement_is_found_by_its_type() -> None:
    """About this image and no other."""
    found = around(TOLD.descriptor)
    assert found.statement(ABOUT.digest, (SLSA,)) == b"slsa"
    assert found.statement(ABOUT.digest, ("other",)) is None
    assert found.statement(Digest.of(b"other"), (SLSA,)) is None
    [attestations] = found.attestations(ABOUT.digest)
    assert (attestations.entry, attestations.data) == (TOLD.descriptor, TOLD.data)
    assert {part.digest for part in attestations.parts} == {descriptor.digest for descriptor, _ in TOLD.blobs}


def test_what_is_not_there_is_passed_over() -> None:
    """An archive need not hold what its index names."""
    assert around(TOLD.descriptor, missing=True).statement(ABOUT.digest, (SLSA,)) is None


def test_very_many_are_not_read() -> None:
    """An index can name anything a thousand times."""
    assert len(list(around(*[TOLD.descriptor] * 1_000).attestations(ABOUT.digest))) == MAX_ATTESTATIONS


@pytest.mark.parametrize(
    ("size", "manifest", "words"),
    [
        pytest.param(1 << 30, TOLD.data, "too large", id="a manifest of a gigabyte"),
        pytest.param(9, write_manifest(Index(manifests=(), media_type=OCI_INDEX)), "it is an index", id="an index"),
        pytest.param(9, b"[]", "expected an object", id="no manifest"),
    ],
)
def test_what_is_no_manifest_is_an_error(size: int, manifest: bytes, words: str) -> None:
    """That says what is wrong."""
    found = around(replace(TOLD.descriptor, size=size), manifest=manifest)
    with pytest.raises(IntegrityError, match=words):
        found.statement(ABOUT.digest, (SLSA,))


def test_a_statement_that_is_too_large_is_not_read() -> None:
    """Whatever its descriptor says."""
    manifest = parse_manifest(TOLD.data)
    assert isinstance(manifest, Manifest)
    layers = tuple(replace(layer, size=100 << 20) for layer in manifest.layers)
    found = around(TOLD.descriptor, manifest=write_manifest(replace(manifest, layers=layers)))
    with pytest.raises(IntegrityError, match="a statement of 104857600 bytes"):
        found.statement(ABOUT.digest, (SLSA,))
