"""What was measured of growing work: a table in Markdown, JSON, and a plot."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.measure import Measured
from benchmarks.plot import Line, Panel, draw
from benchmarks.scale import SERIES, PointResult, Series, State

US = "jettison"


def format_points(results: Sequence[PointResult]) -> str:
    """A table for each series: a line a point and builder, with the median of each figure and what one more costs."""
    return "\n\n".join(text for series in SERIES if (text := _table(series, results)))


def _table(series: Series, results: Sequence[PointResult]) -> str:
    mine = [result for result in results if result.series == series.name]
    lines = []
    for builder in dict.fromkeys(result.builder for result in mine):
        for point in dict.fromkeys(result.point for result in mine if result.builder == builder):
            states = {one.state: one for one in mine if one.builder == builder and one.point == point}
            cells = [_cell(states.get(state)) for state in State]
            lines.append(f"| {point:,} | {builder} | {' | '.join(cells)} |")
    if not lines:
        return ""
    head = f"| {series.unit} | builder | " + " | ".join(
        f"{state.value}: wall | processor | peak memory | each" for state in State
    )
    return "\n".join([f"**{series.title}**", "", f"{head} |", "|---|---|" + "---|" * (4 * len(State)), *lines])


def _cell(result: PointResult | None) -> str:
    if result is None or not result.runs:
        return "failed | - | - | -" if result is not None and result.failure else "- | - | - | -"
    wall = wall_seconds(result.runs)
    cpu = statistics.median(run.cpu_seconds for run in result.runs)
    return f"{wall:.2f} s | {cpu:.2f} s | {peak_megabytes(result.runs):.0f} MB | {_each(wall / result.point)}"


def _each(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def wall_seconds(runs: Iterable[Measured]) -> float:
    """The median."""
    return statistics.median(run.wall_seconds for run in runs)


def peak_megabytes(runs: Iterable[Measured]) -> float:
    """The largest."""
    return max(run.peak_bytes for run in runs) / 1e6


def points_json(results: Sequence[PointResult], machine: Mapping[str, str]) -> str:
    """Everything that was measured."""
    points = [asdict(result) | {"state": result.state.value} for result in results]
    return json.dumps({"machine": dict(machine), "points": points}, indent=2) + "\n"


def plot(results: Sequence[PointResult]) -> str:
    """Wall time of every series and memory over files, as SVG; points without runs are left out."""
    panels = []
    for series in SERIES:
        lines = tuple(_lines(series, results, wall_seconds, "")) + tuple(
            _lines(series, results, _cpu_seconds, ", processor", only=US)
        )
        if lines:
            panels.append(Panel(title=series.title, x_label=series.unit, y_label="seconds", lines=lines))
        memory = tuple(_lines(series, results, peak_megabytes, ""))
        if memory and series.name == "files":
            panels.append(Panel(title=f"{series.title}: peak memory", x_label=series.unit, y_label="MB", lines=memory))
    return draw(panels)


def _cpu_seconds(runs: Iterable[Measured]) -> float:
    return statistics.median(run.cpu_seconds for run in runs)


def _lines(
    series: Series, results: Sequence[PointResult], figure: object, suffix: str, *, only: str | None = None
) -> Iterable[Line]:
    assert callable(figure)
    mine = [one for one in results if one.series == series.name and one.runs]
    for builder in dict.fromkeys(one.builder for one in mine):
        for state in State:
            points = tuple(
                (float(one.point), float(figure(one.runs)))
                for one in mine
                if one.builder == builder and one.state is state
            )
            if points and only in (None, builder):
                yield Line(name=f"{builder}, {state.value}{suffix}", points=points)
