"""The whole Dockerfile as stages of typed instructions, and all of its problems at once."""

from __future__ import annotations

from jettison.dockerfile.check_options import CheckOptions, parse_check_options
from jettison.dockerfile.instructions import Arg, From, Instruction, Program, Stage
from jettison.dockerfile.interpret import interpret
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.syntax import Dockerfile
from jettison.text.diagnostics import Problem, SourceError, error_at
from jettison.text.span import Word

TRIGGER_PATH = "onbuild trigger"

_MAX_PROBLEMS = 1000


def read_instructions(dockerfile: Dockerfile) -> Program:
    """The stages of a Dockerfile; raises one :class:`SourceError` with everything that is wrong in it."""
    program, problems = check_instructions(dockerfile)
    if problems:
        raise SourceError(problems)
    return program


def check_instructions(dockerfile: Dockerfile) -> tuple[Program, tuple[Problem, ...]]:
    """What can be understood of a Dockerfile, and what is wrong in it: for tools that must not give up."""
    problems = list(dockerfile.problems)
    arguments: list[Arg] = []
    openings: list[From] = []
    bodies: list[list[Instruction]] = []
    misplaced = False
    for node in dockerfile.instructions:
        if len(problems) >= _MAX_PROBLEMS:
            break
        try:
            instruction = interpret(node)
        except SourceError as error:
            problems.extend(error.problems)
            misplaced = misplaced or node.name == "FROM"
            continue
        if isinstance(instruction, From):
            openings.append(instruction)
            bodies.append([])
        elif bodies:
            bodies[-1].append(instruction)
        elif isinstance(instruction, Arg):
            arguments.append(instruction)
        elif not misplaced:
            misplaced = True
            message = f"no build stage in current context: {instruction.name} before the first FROM"
            hint = "only ARG may stand before the first FROM"
            problems.append(Problem(span=instruction.span, message=message, hint=hint))
    stages = tuple(
        Stage(number=number, from_=opening, instructions=tuple(body))
        for number, (opening, body) in enumerate(zip(openings, bodies, strict=True))
    )
    if not stages and not problems:
        end = dockerfile.instructions[-1].span
        problems.append(Problem(span=end, message="no build stage: there is no FROM", hint="begin with FROM image"))
    program = Program(
        escape=dockerfile.escape,
        check=_check_options(dockerfile, problems),
        arguments=tuple(arguments),
        stages=stages,
    )
    return program, tuple(problems)


def _check_options(dockerfile: Dockerfile, problems: list[Problem]) -> CheckOptions:
    directive = dockerfile.directives.get("check")
    if directive is None:
        return CheckOptions()
    try:
        return parse_check_options(_first_word(directive.value))
    except SourceError as error:
        problems.extend(error.problems)
        return CheckOptions()


def _first_word(value: Word) -> Word:
    """As BuildKit reads it, what follows a space is a remark."""
    text = value.text.partition(" ")[0]
    return Word(text, value.span._replace(last=value.span.first + len(text)))


def parse_instruction(text: str, path: str = TRIGGER_PATH) -> Instruction:
    """The one instruction of a text: an ONBUILD trigger of a base image. Raises :class:`SourceError`."""
    dockerfile = parse_dockerfile(text, path)
    if dockerfile.problems:
        raise SourceError(dockerfile.problems)
    first, *others = dockerfile.instructions
    if others:
        raise error_at(others[0].code_span, "an onbuild trigger must be a single instruction")
    instruction = interpret(first)
    if isinstance(instruction, From):
        raise error_at(instruction.span, "FROM isn't allowed as an ONBUILD trigger")
    return instruction
