"""Running the rules on one Dockerfile."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.dockerfile.check_options import CheckOptions
from jettison.errors import DockerfileError
from jettison.lint.inspection import Inspection
from jettison.lint.model import Finding
from jettison.lint.registry import RULES
from jettison.lint.selection import is_reported


def run_checks(inspection: Inspection, options: CheckOptions) -> tuple[Finding, ...]:
    """What is wrong, by line; of one line in the order in which BuildKit comes upon it."""
    findings = [
        finding
        for rule in RULES
        for violation in rule.check(inspection)
        if is_reported(finding := Finding(rule=rule, violation=violation), options)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.lines[0]))


def violation_error(findings: Iterable[Finding]) -> DockerfileError:
    """The error that ``check=error=true`` makes of findings."""
    names = ", ".join(sorted({finding.rule.name for finding in findings}))
    hint = "mend them ('jettison lint' shows each), or take error=true out of the check directive"
    return DockerfileError(f"lint violation found for rules: {names}", hint=hint)
