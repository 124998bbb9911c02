"""CMD, ENTRYPOINT and HEALTHCHECK."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.instructions import Cmd, Entrypoint, Form, Healthcheck
from jettison.dockerfile.trace import CarriedOut
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.patterns import late_pattern

_SIMPLE_COMMAND = late_pattern(r"[A-Za-z0-9_./:@%+,-]+(?:[ \t]+[A-Za-z0-9_./:@%+,=-]+)*")
"""Words that no shell would change; without an assignment in front."""


def _shell_forms(inspection: Inspection) -> Iterator[Violation]:
    for step in inspection.trace.steps:
        instruction = step.instruction
        if not isinstance(instruction, Cmd | Entrypoint) or instruction.command.form is Form.EXEC or step.has_shell:
            continue
        name = instruction.node.keyword.text
        yield Violation(
            node=place_of(step),
            span=instruction.span if step.trigger_of is None else step.trigger_of.span,
            message=f"JSON arguments recommended for {name} to prevent unintended behavior related to OS signals",
            silencers=silencers_of(step),
            fix=_exec_form(instruction) if step.trigger_of is None else None,
        )


def _exec_form(instruction: Cmd | Entrypoint) -> Fix | None:
    """The same words without a shell in between; None where the shell has something to do."""
    text = instruction.command.text
    if text.text != text.span.text or not _SIMPLE_COMMAND.fullmatch(text.text):
        return None
    words = ", ".join(f'"{word}"' for word in text.text.split())
    edits = (Edit(text.span, f"[{words}]"),)
    return Fix(title="write a JSON array", applicability=Applicability.UNSAFE, edits=edits)


def _repeated(inspection: Inspection) -> Iterator[Violation]:
    """The earlier one is reported, for it has no effect; the comments before the later one silence that."""
    last: dict[tuple[int, str], CarriedOut] = {}
    for step in inspection.trace.steps:
        if not isinstance(step.instruction, Cmd | Entrypoint | Healthcheck):
            continue
        key = step.stage, step.instruction.name
        if (earlier := last.get(key)) is not None:
            name = step.instruction.node.keyword.text
            place = place_of(earlier)
            yield Violation(
                node=place,
                span=place.code_span,
                message=f"Multiple {name} instructions should not be used in the same stage because only the last one"
                " will be used",
                silencers=silencers_of(step),
            )
        last[key] = step


JSON_ARGS_RECOMMENDED = Rule(
    name="JSONArgsRecommended",
    description=("JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals"),
    url="https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
    category=Category.CORRECTNESS,
    fix=Applicability.UNSAFE,
    check=_shell_forms,
)
MULTIPLE_INSTRUCTIONS_DISALLOWED = Rule(
    name="MultipleInstructionsDisallowed",
    description="Multiple instructions of the same type should not be used in the same stage",
    url="https://docs.docker.com/go/dockerfile/rule/multiple-instructions-disallowed/",
    category=Category.CORRECTNESS,
    check=_repeated,
)
