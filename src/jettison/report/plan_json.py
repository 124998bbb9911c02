"""A plan as JSON. The shape is documented in ``docs/commands.md``: keys may be added, those that are there stay."""

from __future__ import annotations

import json

from jettison.engine.plan import Plan, PlannedInput, PlannedStage, PlannedStep
from jettison.hints import Any


def plan_json(plan: Plan) -> str:
    """The whole plan as one object; ASCII, since names in a Dockerfile may be anything."""
    document = {
        "target": plan.target,
        "stages": [_stage(stage) for stage in plan.stages],
        "steps": [_step(step) for step in plan.steps],
        "warnings": [{"message": message, "location": location} for message, location in plan.warnings],
    }
    return json.dumps(document, indent=2) + "\n"


def _stage(stage: PlannedStage) -> dict[str, Any]:
    summary = stage.summary
    return {
        "number": summary.number,
        "name": summary.name,
        "base": summary.base,
        "base_stage": summary.base_stage,
        "uses": list(summary.uses),
        "skipped": stage.skipped,
        "steps": list(stage.steps),
        "instructions": list(summary.instructions),
        "location": summary.location,
    }


def _step(step: PlannedStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "stage": step.stage,
        "kind": step.kind.value,
        "name": step.name,
        "verdict": step.verdict.value,
        "reason": step.reason,
        "changes": [{"what": change.what, "old": change.old, "new": change.new} for change in step.changes],
        "inputs": [_input(source) for source in step.inputs],
        "secrets": list(step.secrets),
        "ssh": list(step.agents),
        "location": step.location,
    }


def _input(source: PlannedInput) -> dict[str, Any]:
    place = {"context": source.context} if source.step is None else {"step": source.step}
    return {"as": source.use.value, **place}
