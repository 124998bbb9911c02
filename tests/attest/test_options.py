"""Which attestations are asked for."""

from __future__ import annotations

import pytest

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions, SlsaVersion, parse_attestations
from jettison.errors import UsageError


def test_attributes_of_provenance() -> None:
    """All that BuildKit has and that can be meant here; mode is max where nobody says otherwise."""
    assert parse_attestations([("provenance", {})]).provenance == ProvenanceOptions(mode=Mode.MAX)
    given = {
        "mode": "min",
        "version": "v0.2",
        "builder-id": "https://ci/1",
        "filename": "p.json",
        "reproducible": "true",
        "complete-materials": "1",
        "inline-only": "true",
    }
    options = parse_attestations([("sbom", {}), ("provenance", given)])
    assert options.sbom
    assert options.provenance == ProvenanceOptions(
        mode=Mode.MIN,
        version=SlsaVersion.V0_2,
        builder_id="https://ci/1",
        filename="p.json",
        reproducible=True,
        complete_materials=True,
        inline_only=True,
    )


def test_pushes_have_the_least_provenance() -> None:
    """Unless the user asked for more, or for none."""
    assert parse_attestations([]).for_push().provenance == ProvenanceOptions(mode=Mode.MIN, inline_only=True)
    assert parse_attestations([], provenance_of_pushes=False).for_push() == AttestOptions()
    refused = parse_attestations([("provenance", {"disabled": "true"})])
    assert refused.for_push().provenance is None
    asked = parse_attestations([("provenance", {"mode": "max"})])
    assert asked.for_push() == asked


@pytest.mark.parametrize(
    ("requests", "message", "hint"),
    [
        ([("sbon", {})], "unknown attestation type 'sbon'", "did you mean sbom?"),
        ([("sbom", {}), ("sbom", {})], "duplicate attestation: type=sbom", "in short"),
        ([("sbom", {"generator": "a/b"})], "jettison has a scanner of its own", "--sbom=true"),
        ([("provenance", {"mode": "mid"})], "invalid mode 'mid'", "mode=min or mode=max"),
        ([("provenance", {"version": "v2"})], "invalid version 'v2'", "v0.2"),
        ([("provenance", {"mod": "min"})], "unknown attribute 'mod'", "did you mean mode?"),
        ([("provenance", {"reproducible": "maybe"})], "expected true or false", None),
        ([("provenance", {"filename": "../x"})], "without a folder", None),
    ],
)
def test_what_is_refused(requests: list[tuple[str, dict[str, str]]], message: str, hint: str | None) -> None:
    """With what to write instead."""
    with pytest.raises(UsageError) as caught:
        parse_attestations(requests)
    assert message in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")
