"""Results as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence

from benchmarks.measure import Measured
from benchmarks.rows import Row
from jettison.frozen import asdict, dataclass

US = "jettison"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """All runs of a row: builder -> its runs in order, so that the n-th of each were neighbours in time."""

    row: Row
    runs: Mapping[str, Sequence[Measured]]
    failures: Mapping[str, str]


def median_seconds(runs: Sequence[Measured]) -> float:
    """The median of the wall times."""
    return statistics.median(run.wall_seconds for run in runs)


def ratio(ours: Sequence[Measured], theirs: Sequence[Measured]) -> float:
    """How many times longer they take: the median over the pairs of neighbouring runs."""
    return statistics.median(b.wall_seconds / a.wall_seconds for a, b in zip(ours, theirs, strict=False))


def format_rows(results: Sequence[RowResult]) -> str:
    """The table in Markdown: the goal, ours beside it, and how many times longer the rivals take."""
    names = list(dict.fromkeys(name for result in results for name in (*result.runs, *result.failures)))
    rivals = [name for name in names if name != US]
    lines = [
        f"| row | work | goal | {US} | |" + "".join(f" {name} |" for name in rivals),
        "|---|---|---|---|---|" + "---|" * len(rivals),
    ]
    for result in results:
        ours = result.runs.get(US, ())
        cells = [f"{result.row.goal_seconds:g} s", _cell(result, US, ()), verdict(result)]
        cells += [_cell(result, name, ours) for name in rivals]
        lines.append(f"| {result.row.letter} | {result.row.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def verdict(result: RowResult) -> str:
    """Whether the goal is met, and which part of it we take."""
    ours = result.runs.get(US)
    if not ours:
        return "-"
    share = median_seconds(ours) / result.row.goal_seconds
    return f"{'met' if share <= 1 else 'missed'}, {share:.2f}"


def _cell(result: RowResult, name: str, ours: Sequence[Measured]) -> str:
    """Seconds, how many times ours, memory; of a builder that was run fewer times than planned also how often."""
    runs = result.runs.get(name)
    if not runs:
        return "failed" if name in result.failures else "-"
    peak = max(run.peak_bytes for run in runs) / 1e6
    parts = [f"{median_seconds(runs):.2f} s", *([f"**{ratio(ours, runs):.1f}x**"] if ours else []), f"{peak:.0f} MB"]
    if len(runs) < len(ours):
        parts.append("once" if len(runs) == 1 else f"{len(runs)} runs")
    return ", ".join(parts)


def write_json(results: Sequence[RowResult], machine: Mapping[str, str]) -> str:
    """Everything that was measured."""
    rows = [
        {
            "row": result.row.letter,
            "title": result.row.title,
            "state": result.row.state.name.lower(),
            "goal_seconds": result.row.goal_seconds,
            "builders": {name: [asdict(run) for run in runs] for name, runs in result.runs.items()},
            "ratios": {
                name: ratio(result.runs[US], runs)
                for name, runs in result.runs.items()
                if name != US and US in result.runs and runs
            },
            "failures": dict(result.failures),
        }
        for result in results
    ]
    return json.dumps({"machine": dict(machine), "rows": rows}, indent=2) + "\n"
