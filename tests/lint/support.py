"""Checking a text without an engine: base images are all alike, and always at hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.support.base_image import TRIGGERS

from jettison.dockerfile.base_images import ImageRequest, ResolvedBase
from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.ignore import IgnorePatterns, parse_ignore
from jettison.dockerfile.instructions import Program
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions
from jettison.dockerfile.trace import Trace
from jettison.errors import JettisonError
from jettison.frozen import dataclass, field, replace
from jettison.lint.check import run_checks
from jettison.lint.inspection import Inspection
from jettison.lint.model import Finding
from jettison.lint.selection import check_options
from jettison.model.config import ImageConfig, RunConfig
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.model.op import ImageOp
from jettison.model.platform import Platform

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A Dockerfile and what is said beside it."""

    text: str
    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    ignore: IgnorePatterns | None = None
    all_stages: bool = True
    """Also those that no target needs, where none is named."""

    def inspect(self) -> Inspection:
        """The inspection that a check of all stages makes, as far as it comes."""
        dockerfile = parse_dockerfile(self.text)
        program, problems = check_instructions(dockerfile)
        trace, _ = (Trace(), None) if problems else self._run(program)
        return Inspection(dockerfile=dockerfile, program=program, options=self.options, trace=trace, ignore=self.ignore)

    def convert(self) -> Definition | None:
        """What a build is to do; None where the Dockerfile is wrong."""
        program, problems = check_instructions(parse_dockerfile(self.text))
        return None if problems else self._run(program)[1]

    @property
    def options(self) -> ConvertOptions:
        """What is said beside the Dockerfile."""
        return ConvertOptions(
            target=self.target,
            build_args=tuple(self.build_args.items()),
            build_platform=AMD64,
            target_platform=AMD64,
            all_stages=self.all_stages and not self.target,
        )

    def _run(self, program: Program) -> tuple[Trace, Definition | None]:
        resolved: dict[ImageRequest, ResolvedBase] = {}
        while True:
            trace = Trace()
            try:
                found = convert(program, self.options, resolved, trace)
            except JettisonError:
                return trace, None
            if isinstance(found, Definition):
                return trace, found
            resolved |= {image: _base(image) for image in found.images}

    def check(self) -> tuple[Finding, ...]:
        """What is found."""
        inspection = self.inspect()
        return run_checks(inspection, check_options(inspection.program, self.build_args))


def _base(image: ImageRequest) -> ResolvedBase:
    """An image with a PATH and one layer; for another machine, or with triggers, where its name says so."""
    config = ImageConfig(
        platform=ARM64 if "arm64" in image.reference.path else AMD64,
        run=RunConfig(env=(("PATH", "/bin"),), on_build=tuple(TRIGGERS) if "onbuild" in image.reference.path else ()),
        diff_ids=(Digest.of(b"layer"),),
    )
    op = ImageOp(
        reference=image.reference, platform=image.platform, image_id=Digest.of(b"image"), diff_ids=config.diff_ids
    )
    return ResolvedBase(op=op, config=config)


def read_case(folder: Path) -> Subject:
    """A case: ``Dockerfile``, and where there are, ``case.toml`` and ``.dockerignore``."""
    settings = folder / "case.toml"
    said = tomllib.loads(settings.read_text()) if settings.exists() else {}
    subject = read_dockerfile(folder)
    return replace(subject, build_args=said.get("build-args", {}), target=said.get("target", ""))


def read_dockerfile(folder: Path) -> Subject:
    """The Dockerfile of a folder, and what its ``.dockerignore`` leaves out."""
    text = (folder / "Dockerfile").read_bytes().decode("utf-8", "surrogateescape")
    places = (folder / "Dockerfile.dockerignore", folder / ".dockerignore")
    ignore = next((place for place in places if place.exists()), None)
    return Subject(text=text, ignore=parse_ignore(ignore.read_text()) if ignore else None)


def picture(findings: tuple[Finding, ...]) -> str:
    """Findings as a case expects them: ``LINES RULE: MESSAGE``, sorted."""
    rows = sorted((*finding.lines, f"{finding.rule.name}: {finding.message}") for finding in findings)
    return "".join(f"{first if first == last else f'{first}-{last}'} {text}\n" for first, last, text in rows)
