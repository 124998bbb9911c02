"""Whole Dockerfiles: stages, and all that is wrong at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.dockerfile.check_options import CheckOptions
from jettison.dockerfile.instructions import Copy, Run
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions, parse_instruction, read_instructions
from jettison.text.diagnostics import SourceError

ERRORS = sorted(Path(__file__).with_name("errors").iterdir())


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.name)
def test_errors(case: Path) -> None:
    """Each folder holds a Dockerfile and the whole message that it deserves."""
    text = (case / "Dockerfile").read_bytes().decode("utf-8", "surrogateescape")
    with pytest.raises(SourceError) as caught:
        read_instructions(parse_dockerfile(text))
    hint = f"\nhint: {caught.value.hint}" if caught.value.hint else ""
    assert f"{caught.value.message}{hint}\n" == (case / "expected").read_text("utf-8")


def test_stages() -> None:
    """Global arguments, numbered stages, their names in lower case, where they end."""
    text = "ARG a\nARG b=1 c\nFROM x AS First\nRUN y\nRUN <<E\nz\nE\n\n# next\nFROM first\n"
    program = read_instructions(parse_dockerfile(text))
    assert [d.key.text for arg in program.arguments for d in arg.declarations] == ["a", "b", "c"]
    first, second = program.stages
    assert (first.number, first.name, first.from_.image.text) == (0, "first", "x")
    assert first.span.text == "FROM x AS First\nRUN y\nRUN <<E\nz\nE\n"
    assert (second.number, second.name, second.instructions) == (1, None, ())
    assert second.span.location == "Dockerfile:10:1"


def test_what_can_be_read_is_read() -> None:
    """A linter sees the stages although there are mistakes."""
    program, problems = check_instructions(parse_dockerfile("FROM a\nRNU x\nRUN y\nFROM b c\nRUN z\n"))
    assert [problem.span.start.line for problem in problems] == [2, 4]
    (stage,) = program.stages
    assert [instruction.code for instruction in stage.instructions] == ["RUN y", "RUN z"]


def test_there_is_an_end_to_complaints() -> None:
    """A file of nothing but mistakes is not quoted in full."""
    with pytest.raises(SourceError) as caught:
        read_instructions(parse_dockerfile("NONSENSE\n" * 100_000))
    assert len(caught.value.problems) == 1000
    assert caught.value.message.endswith("\n\nand 980 more")


@pytest.mark.parametrize(
    ("directive", "options"),
    [
        ("", CheckOptions()),
        ("# check=skip=A,B;error=true\n", CheckOptions(skip=("A", "B"), error=True)),
        ("# check=skip=A, B;error=true\n", CheckOptions(skip=("A", ""))),
        ("# check=skip=all\n", CheckOptions(skip_all=True)),
        ("# check=experimental=A\n", CheckOptions(experimental=("A",))),
        ("# check = experimental=all;error=0\n", CheckOptions(experimental_all=True)),
    ],
)
def test_check(directive: str, options: CheckOptions) -> None:
    """The check directive; what follows a blank is a remark."""
    assert read_instructions(parse_dockerfile(f"{directive}FROM a\n")).check == options


def test_trigger() -> None:
    """The text of an ONBUILD trigger from an image's config."""
    copy = parse_instruction("COPY --from=a b c")
    assert isinstance(copy, Copy)
    run = parse_instruction("RUN <<E\nx\nE")
    assert isinstance(run, Run)
    assert run.command.script == "x\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "onbuild trigger:1:1: file with no instructions"),
        ("RUN a\nRUN b", "onbuild trigger:2:1: an onbuild trigger must be a single instruction"),
        ("FROM a", "onbuild trigger:1:1: FROM isn't allowed as an ONBUILD trigger"),
        ("RNU a", "onbuild trigger:1:1: unknown instruction: RNU"),
    ],
)
def test_wrong_trigger(text: str, message: str) -> None:
    """The base image is to blame, and the message says so."""
    with pytest.raises(SourceError) as caught:
        parse_instruction(text)
    assert caught.value.message.splitlines()[0] == message
