"""A plan as text for people: a tree of stages and steps with what runs, what does not, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from jettison.engine.changes import Change
from jettison.engine.plan import Kind, Plan, PlannedStage, PlannedStep, Use, Verdict
from jettison.report.table import ellipsis, printable

Paint = Callable[[Verdict, str], str]
"""Gives a text the colour of a verdict; it may take no other width by it."""

_WORDS = {Verdict.CACHED: "CACHED", Verdict.WILL_RUN: "WILL RUN", Verdict.MAY_RUN: "MAY RUN"}
_WORD_COLUMNS = max(map(len, _WORDS.values()))
_MIN_COLUMNS = 40
_MAX_CHANGES = 5
_MAX_VALUE_LENGTH = 30
_MAX_INSTRUCTION_LENGTH = 150
_DIGEST_PREFIX = "sha256:"

_WHAT = {
    "root file system": "the files it starts from changed",
    "files below": "the files below it changed",
}
"""Parts of a key that are digests: that they differ says it all."""


def plan_text(plan: Plan, columns: int, paint: Paint = lambda verdict, text: text) -> str:
    """The plan in at most ``columns`` columns."""
    lines = list(_lines(plan, max(columns, _MIN_COLUMNS), paint))
    return "".join(f"{line}\n" for line in lines)


def _lines(plan: Plan, columns: int, paint: Paint) -> Iterator[str]:
    steps = {step.number: step for step in plan.steps}
    for stage in plan.stages:
        yield from _stage(plan, stage, steps, columns, paint)
        yield ""
    others = [step for step in plan.steps if step.stage is None]
    if others:
        yield "other sources"
        yield from _branches(others, columns, paint)
        yield ""
    for message, location in plan.warnings:
        yield from _wrapped(f"warning: {location + ': ' if location else ''}{message}", columns, "", "  ")
    yield _summary(plan)


def _stage(plan: Plan, stage: PlannedStage, steps: dict[int, PlannedStep], columns: int, paint: Paint) -> Iterator[str]:
    summary = stage.summary
    name = f"{summary.name}  (stage {summary.number})" if summary.name else f"stage {summary.number}"
    remark = "  SKIPPED" if stage.skipped else "  <- target" if summary.number == plan.target else ""
    yield _cut(name, columns - len(remark)) + remark
    own = [steps[number] for number in stage.steps]
    for arrow in _arrows(plan, stage, own, steps):
        yield _cut(f" │ <── {arrow}", columns)
    if stage.skipped:
        yield from _wrapped(stage.skipped, columns, " └── ", "     ")
    yield from _branches(own, columns, paint)
    if not own and not stage.skipped:
        yield " └── no step of its own"


def _arrows(
    plan: Plan, stage: PlannedStage, own: Sequence[PlannedStep], steps: dict[int, PlannedStep]
) -> Iterator[str]:
    """What the stage is built on, and what it takes files from."""
    yield f"FROM {stage.summary.base}"
    mounted, copied = (_stages_used(own, steps, use) for use in (Use.MOUNT, Use.COPY))
    for number in stage.summary.uses:
        name = plan.stages[number].summary.name or str(number)
        how = [text for text, used in (("COPY --from", copied), ("RUN --mount from", mounted)) if number in used]
        yield f"{' and '.join(how) or 'files of'} {name}"


def _stages_used(own: Sequence[PlannedStep], steps: dict[int, PlannedStep], use: Use) -> set[int | None]:
    return {
        steps[source.step].stage
        for step in own
        for source in step.inputs
        if source.step is not None and source.use is use
    }


def _branches(steps: Sequence[PlannedStep], columns: int, paint: Paint) -> Iterator[str]:
    for position, step in enumerate(steps, 1):
        last = position == len(steps)
        fork, beside = (" └── ", "     ") if last else (" ├── ", " │   ")
        word = f"{_WORDS[step.verdict]:<{_WORD_COLUMNS}}"
        name = _cut(_short_name(step.name), columns - len(fork) - _WORD_COLUMNS - 2)
        yield f"{fork}{paint(step.verdict, word)}  {name}"
        margin = beside + " " * (_WORD_COLUMNS + 2)
        for remark in _remarks(step):
            yield from _wrapped(remark, columns, margin, f"{margin}  ")


def _remarks(step: PlannedStep) -> Iterator[str]:
    if step.verdict is Verdict.CACHED and step.kind is not Kind.IMAGE:
        return
    for what, names in (("secret", step.secrets), ("ssh agent", step.agents)):
        if names:
            yield f"it asks for the {what} {' and '.join(names)}"
    if not step.changes:
        yield step.reason
    for change in step.changes[:_MAX_CHANGES]:
        yield _change(change)
    if len(step.changes) > _MAX_CHANGES:
        rest = len(step.changes) - _MAX_CHANGES
        yield f"and {rest} more change{'s' if rest > 1 else ''}"


def _change(change: Change) -> str:
    if change.what in _WHAT:
        return _WHAT[change.what]
    if change.what == "instruction":
        return f"it was: {ellipsis(change.old or '', _MAX_INSTRUCTION_LENGTH)}"
    what = change.what.rpartition(": ")[2] if ": files of " in change.what else change.what
    what = what.removeprefix("variable ")
    if change.old is None:
        return f"{what} is new"
    if change.new is None:
        return f"{what} is gone"
    if any(value.startswith((_DIGEST_PREFIX, "{", "[")) for value in (change.old, change.new)):
        return f"{what} changed"
    return f"{what} changed: {_value(change.old)} -> {_value(change.new)}"


def _value(text: str) -> str:
    short = ellipsis(text, _MAX_VALUE_LENGTH)
    return short if short.isalnum() else json.dumps(short, ensure_ascii=False)


def _short_name(name: str) -> str:
    """``2/5 RUN make`` of ``[builder 2/5] RUN make``: the stage is said above it."""
    place, closed, text = name.partition("] ")
    if not name.startswith("[") or not closed or "/" not in place:
        return name
    return f"{place.lstrip('[').rpartition(' ')[2]} {text}"


def _summary(plan: Plan) -> str:
    count = {verdict: sum(step.verdict is verdict for step in plan.steps) for verdict in Verdict}
    skipped = sum(stage.skipped is not None for stage in plan.stages)
    parts = [
        f"{count[Verdict.WILL_RUN]} to run",
        f"{count[Verdict.MAY_RUN]} that may run",
        f"{count[Verdict.CACHED]} cached",
    ]
    stages = f"; {skipped} stage{'s' if skipped > 1 else ''} skipped" if skipped else ""
    return f"{len(plan.steps)} steps: {', '.join(parts)}{stages}"


def _cut(text: str, columns: int) -> str:
    return ellipsis(printable(text), columns)


def _wrapped(text: str, columns: int, first: str, margin: str) -> Iterator[str]:
    """``text`` broken at spaces; a word that is too long is cut."""
    prefix, line = first, ""
    for word in printable(text).split():
        if line and len(prefix) + len(line) + 1 + len(word) > columns:
            yield prefix + line
            prefix, line = margin, ""
        line = f"{line} {word}" if line else ellipsis(word, columns - len(prefix))
    if line:
        yield prefix + line
