"""What to change: findings that one change settles in one place are told together, what saves most first."""

from __future__ import annotations

from jettison.analyze.weight import Finding, Weight
from jettison.frozen import dataclass

_TITLES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change in one place."""

    findings: tuple[Finding, ...]
    """All of one ``change``: of one layer, made useless by one layer, or of the base image."""

    @property
    def first(self) -> Finding:
        """What all of them have in common, it has."""
        return self.findings[0]

    @property
    def saves_bytes(self) -> int:
        """What the image shrinks by."""
        return sum(finding.saves_bytes for finding in self.findings)

    @property
    def size_bytes(self) -> int:
        """What the findings hold, be it saved or not."""
        return sum(finding.size_bytes for finding in self.findings)

    @property
    def title(self) -> str:
        """What it is about: its largest parts, ``Go tool chain, headers and 3 more``."""
        sizes: dict[str, int] = {}
        for finding in self.findings:
            sizes[finding.title] = sizes.get(finding.title, 0) + finding.size_bytes
        largest = sorted(sizes, key=lambda title: -sizes[title])
        more = f" and {len(largest) - _TITLES} more" if len(largest) > _TITLES else ""
        return ", ".join(largest[:_TITLES]) + more


def actions(weight: Weight) -> list[Action]:
    """All of a weight."""
    found: dict[tuple[str, tuple[int, int | None] | None], list[Finding]] = {}
    for finding in weight.findings:
        place = None if finding.in_base else (finding.layer, finding.by)
        found.setdefault((finding.change, place), []).append(finding)
    told = [Action(findings=tuple(findings)) for findings in found.values()]
    return sorted(told, key=lambda action: -action.saves_bytes)
