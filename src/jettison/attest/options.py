"""Which attestations a build makes: ``--attest``, ``--sbom``, ``--provenance`` and the attributes that they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jettison.enums import StrEnum
from jettison.errors import UsageError
from jettison.frozen import dataclass, replace
from jettison.text.suggest import did_you_mean

SBOM, PROVENANCE = "sbom", "provenance"


class Mode(StrEnum):
    """How much provenance tells."""

    MIN = "min"
    """What went in; no build arguments, no labels, no names of secrets, no steps."""
    MAX = "max"
    """Everything but secrets: arguments, steps, the Dockerfile, the layers."""


class SlsaVersion(StrEnum):
    """The form of provenance; the value is what ``version`` takes."""

    V1 = "v1"
    V0_2 = "v0.2"

    @property
    def predicate_type(self) -> str:
        """The URI that names it in a statement."""
        return f"https://slsa.dev/provenance/{self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceOptions:
    """What ``type=provenance`` takes."""

    mode: Mode = Mode.MAX
    version: SlsaVersion = SlsaVersion.V1
    builder_id: str = ""
    filename: str = "provenance.json"
    """Where the files of an image go without an image around them."""
    reproducible: bool = False
    """What the user says of the build; nobody checks it."""
    complete_materials: bool = False
    """Whether the build fails where not all that went in is known."""
    inline_only: bool = False
    """Whether it is left out where the output is files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestOptions:
    """The attestations of one build."""

    sbom: bool = False
    provenance: ProvenanceOptions | None = None
    provenance_of_pushes: bool = False
    """Whether an image that is pushed has the least provenance where there is no other: docker's default."""

    @property
    def asked(self) -> bool:
        """Whether the user asked for any."""
        return self.sbom or self.provenance is not None

    def for_push(self) -> AttestOptions:
        """The attestations of an image that is pushed."""
        if self.provenance is not None or not self.provenance_of_pushes:
            return self
        return replace(self, provenance=ProvenanceOptions(mode=Mode.MIN, inline_only=True))


def parse_attestations(
    requests: Sequence[tuple[str, Mapping[str, str]]], *, provenance_of_pushes: bool = True
) -> AttestOptions:
    """The options of ``--attest`` and its two short forms: type and attributes of each; a type may come once.

    What is pushed has provenance unless the user refuses it here, or once and for all by ``provenance_of_pushes``.
    Raises :class:`UsageError`.
    """
    options = AttestOptions(provenance_of_pushes=provenance_of_pushes)
    seen = set()
    for kind, attributes in requests:
        if kind in seen:
            raise UsageError(
                f"duplicate attestation: type={kind}", hint="--sbom and --provenance are --attest in short"
            )
        seen.add(kind)
        given = dict(attributes)
        disabled = _truth(given.pop("disabled", "false"), "disabled", kind)
        if kind == SBOM:
            _check_sbom(given)
            options = replace(options, sbom=not disabled)
        elif kind == PROVENANCE:
            provenance = _provenance(given)
            if disabled:
                options = replace(options, provenance_of_pushes=False)
            else:
                options = replace(options, provenance=provenance)
        else:
            hint = did_you_mean(kind, [SBOM, PROVENANCE]) or f"there is {SBOM} and {PROVENANCE}"
            raise UsageError(f"unknown attestation type {kind!r}", hint=hint)
    return options


def _check_sbom(given: dict[str, str]) -> None:
    generator = given.pop("generator", "")
    if generator:
        raise UsageError(
            f"--sbom: the generator {generator!r} is not run: jettison has a scanner of its own, and runs no other",
            hint="leave generator out: --sbom=true",
        )
    for key in given:
        raise UsageError(f"--attest type={SBOM}: unknown attribute {key!r}", hint="it takes none but disabled")


def _provenance(given: dict[str, str]) -> ProvenanceOptions:
    known = ("mode", "version", "builder-id", "filename", "reproducible", "complete-materials", "inline-only")
    for key in given:
        if key not in known:
            hint = did_you_mean(key, list(known)) or f"there is {', '.join(known)}"
            raise UsageError(f"--attest type={PROVENANCE}: unknown attribute {key!r}", hint=hint)
    modes = {"min": Mode.MIN, "max": Mode.MAX, "full": Mode.MAX}
    mode, version = given.get("mode", "max"), given.get("version", SlsaVersion.V1)
    if mode not in modes:
        raise UsageError(f"--provenance: invalid mode {mode!r}", hint="mode=min or mode=max")
    if version not in list(SlsaVersion):
        raise UsageError(f"--provenance: invalid version {version!r}", hint="version=v1 or version=v0.2")
    filename = given.get("filename", "provenance.json")
    if not filename or "/" in filename or filename in (".", ".."):
        raise UsageError(f"--provenance: filename={filename}: expected the name of a file, without a folder")
    return ProvenanceOptions(
        mode=modes[mode],
        version=SlsaVersion(version),
        builder_id=given.get("builder-id", ""),
        filename=filename,
        reproducible=_truth(given.get("reproducible", "false"), "reproducible", PROVENANCE),
        complete_materials=_truth(given.get("complete-materials", "false"), "complete-materials", PROVENANCE),
        inline_only=_truth(given.get("inline-only", "false"), "inline-only", PROVENANCE),
    )


def _truth(value: str, key: str, kind: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if value.lower() not in words:
        raise UsageError(f"--attest type={kind}: {key}={value}: expected true or false")
    return words[value.lower()]
