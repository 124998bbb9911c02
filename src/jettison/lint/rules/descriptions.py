"""Comments that are meant to describe stages and arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.dockerfile.instructions import Arg, From, Instruction
from jettison.lint.inspection import Inspection
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.patterns import late_pattern
from jettison.text.span import Span

_CHECK = late_pattern(r"check\s*=", re.IGNORECASE)


def _descriptions(inspection: Inspection) -> Iterator[Violation]:
    for instruction in inspection.instructions:
        match instruction:
            case From(stage_name=name) if name is not None:
                names = [name.text]
            case Arg(declarations=declarations):
                names = [declaration.key.text for declaration in declarations]
            case _:
                continue
        if not instruction.comments or instruction.comments[-1].split(" ")[0] in names:
            continue
        example = names[0] if len(names) == 1 else "<arg_key>"
        yield Violation(
            node=instruction.node,
            span=instruction.span,
            message=f"Comment for {instruction.name} should follow the format: `# {example} <description>`",
            silencers=instruction.comments,
            fix=_set_apart(instruction),
        )


def _set_apart(instruction: Instruction) -> Fix | None:
    """An empty comment ends what belongs to the instruction; None where that would silence or unsilence checks."""
    if any(_CHECK.match(comment) for comment in instruction.comments):
        return None
    node = instruction.node
    newline = "\r\n" if "\r\n" in node.span.text else "\n"
    start = Span(node.span.source, node.span.first, node.span.first)
    edits = (Edit(start, f"#{newline}"),)
    return Fix(title="put an empty comment between", applicability=Applicability.SAFE, edits=edits)


INVALID_DEFINITION_DESCRIPTION = Rule(
    name="InvalidDefinitionDescription",
    description=(
        "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is"
        " not intended to be a description comment, add an empty line or comment between the instruction and the"
        " comment."
    ),
    url="https://docs.docker.com/go/dockerfile/rule/invalid-definition-description/",
    category=Category.STYLE,
    experimental=True,
    fix=Applicability.SAFE,
    check=_descriptions,
)
