"""``build --timing``: where the time of a build went, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.report.table import ellipsis, printable
from jettison.solve.events import SpanKind
from jettison.solve.timeline import StepTime, Timeline

_NAMES = {
    SpanKind.START_UP: "start-up",
    SpanKind.READ: "Dockerfile",
    SpanKind.RESOLVE: "base images looked up",
    SpanKind.CONTEXT: "context",
    SpanKind.CACHE: "cache",
    SpanKind.FETCH: "downloads of ADD",
    SpanKind.PULL: "pull",
    SpanKind.UNPACK: "unpack",
    SpanKind.SANDBOX: "sandbox",
    SpanKind.COMMAND: "commands of RUN",
    SpanKind.PACK: "pack",
    SpanKind.COMPRESS: "compress",
    SpanKind.EXPORT: "export",
    SpanKind.PUSH: "push",
    SpanKind.STEP: "in steps, around these",
}
_REMEMBERED_NAMES = {SpanKind.CACHE: "whether anything changed"}
"""What is different where a build is answered from memory."""
_SHARED = "several of these at once"
_OTHER = "elsewhere"
_TOTAL = "total"
_LONGEST_NAME = 60
_SHOWN_STEPS = 30
"""Of more the ones that took longest are shown."""


def format_timing(timeline: Timeline, *, remembered: bool = False) -> str:
    """The table, and one of the steps that were carried out; ``remembered``: the build was answered from memory."""
    overlaps = timeline.shared_seconds > 0
    names = _NAMES | _REMEMBERED_NAMES if remembered else _NAMES
    rows = [
        (names[work.kind], format_seconds(work.seconds), format_seconds(work.alone_seconds)) for work in timeline.work
    ]
    if overlaps:
        rows.append((_SHARED, "", format_seconds(timeline.shared_seconds)))
    other_seconds = timeline.other_seconds
    if timeline.steps:
        rows.append((_NAMES[SpanKind.STEP], "", format_seconds(timeline.step_seconds)))
    else:
        other_seconds += timeline.step_seconds
    rows.append((_OTHER, "", format_seconds(other_seconds)))
    rows.append((_TOTAL, "", format_seconds(timeline.seconds)))
    title = "where the time went, answered from memory" if remembered else "where the time went"
    if overlaps:
        text = _table((title, "in all", "alone"), rows)
    else:
        text = _table((title, ""), [(name, alone) for name, _, alone in rows])
    return text + _steps(timeline)


def _steps(timeline: Timeline) -> str:
    steps: Sequence[StepTime] = timeline.steps
    if not steps:
        return ""
    left_out = ""
    if len(steps) > _SHOWN_STEPS:
        longest = sorted(steps, key=lambda step: step.seconds, reverse=True)[:_SHOWN_STEPS]
        left_out = f"and {len(steps) - _SHOWN_STEPS} shorter ones\n"
        steps = [step for step in steps if step in longest]
    rows = [
        (
            ellipsis(printable(step.name), _LONGEST_NAME),
            format_seconds(step.seconds),
            "" if step.command_seconds is None else format_seconds(step.command_seconds),
            "" if step.command_seconds is None else format_seconds(max(0.0, step.seconds - step.command_seconds)),
        )
        for step in steps
    ]
    title = f"steps ({timeline.cached_steps} more from the cache)" if timeline.cached_steps else "steps"
    return "\n" + _table((title, "in all", "command", "around it"), rows) + left_out


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, figures to the right."""
    table = [headers, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    lines = []
    for row in table:
        figures = "".join(cell.rjust(width + 3) for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append(f"{row[0].ljust(widths[0])}{figures}".rstrip() + "\n")
    return "".join(lines)


def format_seconds(seconds: float) -> str:
    """Milliseconds as long as they say something: ``0.012 s``, ``12.34 s``, ``123.4 s``."""
    digits = 3 if seconds < 10 else 2 if seconds < 100 else 1
    return f"{seconds:.{digits}f} s"


def timeline_document(timeline: Timeline) -> dict[str, object]:
    """The timeline for programs: ``jettison.timeline`` of ``--metadata-file`` (docs/commands.md)."""
    return {
        "started": round(timeline.started, 6),
        "seconds": round(timeline.seconds, 6),
        "work": [
            {
                "kind": work.kind.value,
                "pieces": work.pieces,
                "seconds": round(work.seconds, 6),
                "aloneSeconds": round(work.alone_seconds, 6),
            }
            for work in timeline.work
        ],
        "sharedSeconds": round(timeline.shared_seconds, 6),
        "stepSeconds": round(timeline.step_seconds, 6),
        "otherSeconds": round(timeline.other_seconds, 6),
        "steps": [
            {
                "name": step.name,
                "start": round(step.started - timeline.started, 6),
                "seconds": round(step.seconds, 6),
                "commandSeconds": None if step.command_seconds is None else round(step.command_seconds, 6),
            }
            for step in timeline.steps
        ],
        "cachedSteps": timeline.cached_steps,
    }
