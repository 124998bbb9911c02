"""The flags of attestations."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions, SlsaVersion
from jettison.cli.attest import add_attest_options, attest_options
from jettison.cli.environment import read_settings
from jettison.cli.parser import CommandParser, Synopsis
from jettison.errors import UsageError


def options(*flags: str, **environment: str) -> AttestOptions:
    """What the flags mean."""
    parser = CommandParser("build", "", Synopsis(text="PATH"))
    add_attest_options(parser)
    return attest_options(parser.parse(flags), read_settings({"HOME": "/", **environment}))


@pytest.mark.parametrize(
    ("flags", "sbom", "provenance"),
    [
        ([], False, None),
        (["--sbom=true"], True, None),
        (["--sbom=1", "--provenance=false"], True, None),
        (["--provenance=true"], False, ProvenanceOptions()),
        (["--provenance=mode=min"], False, ProvenanceOptions(mode=Mode.MIN)),
        (["--attest", "type=sbom", "--attest", "type=provenance,mode=min"], True, ProvenanceOptions(mode=Mode.MIN)),
        (["--attest", "type=provenance,disabled=true"], False, None),
        (["--provenance", "version=v0.2,mode=max"], False, ProvenanceOptions(version=SlsaVersion.V0_2)),
    ],
)
def test_flags(flags: list[str], sbom: bool, provenance: ProvenanceOptions | None) -> None:
    """The long form and the short ones."""
    found = options(*flags)
    assert (found.sbom, found.provenance) == (sbom, provenance)


def test_what_a_push_has() -> None:
    """The least provenance, unless a flag or the environment says otherwise."""
    assert options().for_push().provenance is not None
    assert options("--provenance=false").for_push().provenance is None
    assert options(BUILDX_NO_DEFAULT_ATTESTATIONS="true").for_push().provenance is None
    asked = options("--provenance=mode=max", BUILDX_NO_DEFAULT_ATTESTATIONS="1").for_push()
    assert asked.provenance == ProvenanceOptions()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--attest", "mode=max"], "type is missing"),
        (["--attest", "type=sbom", "--sbom=true"], "duplicate attestation: type=sbom"),
        (["--sbom=generator=docker/scanner"], "jettison has a scanner of its own"),
        (["--provenance=max"], "^--provenance: .*expected key=value"),
        (["--sbom=maybe"], "^--sbom: invalid value 'maybe'"),
    ],
)
def test_what_is_refused(flags: list[str], message: str) -> None:
    """By name."""
    with pytest.raises(UsageError, match=message):
        options(*flags)


def test_a_custom_generator_is_refused_before_anything_is_built(run: Run, tmp_path: Path) -> None:
    """With what to write instead."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = run("build", "--sbom=generator=a/b", str(tmp_path))
    assert done.code == 2
    assert "leave generator out: --sbom=true" in done.err
