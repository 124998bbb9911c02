"""A plan as a graph in Graphviz's language (graphviz.org/doc/info/lang.html): a cluster a stage, a node a step."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.engine.plan import Plan, PlannedInput, PlannedStage, PlannedStep, Use, Verdict
from jettison.report.table import ellipsis, printable

_LABEL_LENGTH = 60
_FILLS = {Verdict.CACHED: "#dfeee3", Verdict.WILL_RUN: "#ffe3c2", Verdict.MAY_RUN: "#fff6cc"}
_LINES = {Use.ROOT: "solid", Use.COPY: "dashed", Use.MOUNT: "dotted"}


def plan_dot(plan: Plan) -> str:
    """The graph. Names are quoted: nothing that stands in a Dockerfile becomes a part of the language."""
    return "".join(f"{line}\n" for line in _graph(plan))


def _graph(plan: Plan) -> Iterator[str]:
    yield "digraph plan {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=10];'
    yield '  edge [fontname="sans-serif", fontsize=9];'
    steps = {step.number: step for step in plan.steps}
    for stage in plan.stages:
        yield from _cluster(stage, steps, target=stage.summary.number == plan.target)
    for step in plan.steps:
        if step.stage is None:
            yield f"  {_node(step)}"
    contexts = sorted({source.context for step in plan.steps for source in step.inputs if source.context is not None})
    names = {context: f"context{number}" for number, context in enumerate(contexts)}
    for context, name in names.items():
        text = "build context" if context == "context" else f"build context {context}"
        yield f"  {name} [label={_quoted(text)}, shape=folder, fillcolor=white];"
    for step in plan.steps:
        for source in step.inputs:
            yield f"  {_edge(step, source, names)}"
    yield "}"


def _cluster(stage: PlannedStage, steps: dict[int, PlannedStep], *, target: bool) -> Iterator[str]:
    summary = stage.summary
    yield f"  subgraph cluster_{summary.number} {{"
    name = summary.name or f"stage {summary.number}"
    remark, line = (" (skipped)", "dashed") if stage.skipped else (" (target)", "bold") if target else ("", "solid")
    yield f"    label={_quoted(name + remark)};"
    yield f'    fontname="sans-serif"; style="{line}";'
    for number in stage.steps:
        yield f"    {_node(steps[number])}"
    if not stage.steps:
        text = f"FROM {summary.base}"
        colours = ', fillcolor="#eeeeee", fontcolor="#777777"' if stage.skipped else ', fillcolor="#ffffff"'
        yield f"    stage{summary.number} [label={_quoted(text)}, tooltip={_quoted(stage.skipped or text)}{colours}];"
    yield "  }"


def _node(step: PlannedStep) -> str:
    label = _quoted(ellipsis(printable(step.name), _LABEL_LENGTH), step.verdict.value)
    tooltip = _quoted(f"{step.name}: {step.reason}")
    return f'step{step.number} [label={label}, tooltip={tooltip}, fillcolor="{_FILLS[step.verdict]}"];'


def _edge(step: PlannedStep, source: PlannedInput, contexts: dict[str, str]) -> str:
    start = contexts[source.context] if source.context is not None else f"step{source.step}"
    label = "" if source.use is Use.ROOT else f', label="{source.use.value}"'
    return f"{start} -> step{step.number} [style={_LINES[source.use]}{label}];"


def _quoted(*lines: str) -> str:
    r"""A quoted string of these lines. Backslashes are doubled, so that no ``\N`` or ``\l`` in a name is obeyed."""
    text = r"\n".join(_escaped(printable(line)) for line in lines)
    return f'"{text}"'


def _escaped(text: str) -> str:
    readable = text.encode("utf-8", "backslashreplace").decode()
    return readable.replace("\\", "\\\\").replace('"', '\\"')
