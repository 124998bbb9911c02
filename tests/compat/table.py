"""What the comparison found, as a table: case by oracle, and the justified differences with their cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest
from tests.language.case import ORACLES

EQUAL = "equal"
DIFFERS = "DIFFERS"
PROPERTY = "compared"

Row = tuple[str, str, str]
"""Case, oracle, verdict."""


def print_tables(reporter: pytest.TerminalReporter) -> None:
    """Write the tables at the end of a run that compared something."""
    reports = [report for group in ("passed", "failed") for report in reporter.stats.get(group, ())]
    rows = [tuple(value.split("|", 2)) for each in reports for name, value in each.user_properties if name == PROPERTY]
    if not rows:
        return
    reporter.section("the cases and the oracles")
    for line in table_lines((case, oracle, verdict) for case, oracle, verdict in rows):
        reporter.write_line(line)


def table_lines(rows: Iterable[Row]) -> list[str]:
    """The table, then for each verdict but equality where it is found."""
    verdicts: dict[str, dict[str, str]] = defaultdict(dict)
    for case, oracle, verdict in rows:
        verdicts[case][oracle] = verdict
    oracles = [oracle for oracle in ORACLES if any(oracle in found for found in verdicts.values())]
    width = max(map(len, verdicts))
    lines = [" ".join([f"{'case':<{width}}", *(f"{oracle:<40}" for oracle in oracles)]).rstrip()]
    for case, found in sorted(verdicts.items()):
        cells = [found.get(oracle, "") for oracle in oracles]
        lines.append(" ".join([f"{case:<{width}}", *(f"{cell[:39]:<40}" for cell in cells)]).rstrip())
    kinds: dict[str, list[str]] = defaultdict(list)
    for case, found in sorted(verdicts.items()):
        for oracle, verdict in found.items():
            kinds[f"{oracle}: {verdict}"].append(case)
    counted = [f"{kind}: {len(cases)}" for kind, cases in sorted(kinds.items()) if EQUAL in kind]
    others = [f"{kind}: {', '.join(cases)}" for kind, cases in sorted(kinds.items()) if EQUAL not in kind]
    return [*lines, "", *counted, *others]
