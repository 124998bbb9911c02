"""What is known of a Dockerfile while it is read for a build, and what the checks make of that."""

from __future__ import annotations

from jettison.dockerfile.convert import ConvertOptions
from jettison.dockerfile.program import check_instructions
from jettison.dockerfile.syntax import Dockerfile
from jettison.dockerfile.trace import Trace
from jettison.errors import JettisonError
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING
from jettison.lint.check import run_checks, violation_error
from jettison.lint.inspection import Inspection
from jettison.lint.model import Finding
from jettison.lint.selection import check_options
from jettison.model.reference import Reference
from jettison.solve.events import LintWarning
from jettison.text.diagnostics import excerpt

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns
    from jettison.engine.images import FoundAway


@dataclass(slots=True, kw_only=True)
class Reading:
    """How far the reading of one Dockerfile came."""

    dockerfile: Dockerfile
    options: ConvertOptions
    ignore: IgnorePatterns | None
    """What the build context leaves out."""
    trace: Trace = field(default_factory=Trace)
    unknown_images: set[Reference] = field(default_factory=set)
    """Base images that nobody looked up."""

    def inspect(self) -> Inspection:
        """What there is to be checked."""
        return Inspection(
            dockerfile=self.dockerfile,
            program=check_instructions(self.dockerfile)[0],
            options=self.options,
            trace=self.trace,
            ignore=self.ignore,
            unknown_images=frozenset(self.unknown_images),
        )

    def check(self) -> tuple[tuple[Finding, ...], JettisonError | None]:
        """What the checks find in what is known, and the error that it is with ``check=error=true``."""
        inspection = self.inspect()
        options = check_options(inspection.program, dict(self.options.build_args))
        findings = run_checks(inspection, options)
        return findings, violation_error(findings) if findings and options.error else None


@dataclass(slots=True, kw_only=True)
class Watch:
    """Whoever wants to know what is read for a build, and how far to read."""

    all_stages: bool = False
    """Also what no target needs, where none is named."""
    offline: bool = False
    """Ask no registry: of images that are not here nothing is known."""
    readings: list[Reading] = field(default_factory=list)
    """One for each request, for its first platform."""
    images: list[FoundAway] = field(default_factory=list)
    """What came from elsewhere than the store."""


def lint_warning(finding: Finding, time: float) -> LintWarning:
    """A finding as displays get it."""
    return LintWarning(
        rule=finding.rule.name,
        message=finding.message,
        description=finding.rule.description,
        url=finding.rule.url,
        location=finding.span.location,
        excerpt=excerpt(finding.span),
        line=finding.lines[0],
        last_line=finding.lines[1],
        time=time,
    )
