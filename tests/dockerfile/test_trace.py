"""What a conversion tells of itself."""

from __future__ import annotations

import pytest
from tests.lint.support import AMD64, Subject

from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.instructions import Env, Workdir
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.dockerfile.trace import Trace
from jettison.text.diagnostics import SourceError


def test_steps_up_to_the_one_that_fails() -> None:
    """In order, with what was expanded; the last one is not finished, and its word became nothing."""
    program = read_instructions(parse_dockerfile("FROM scratch\nENV a=1 b=$c\nWORKDIR /$a/${d?}\nUSER x\n"))
    trace = Trace()
    with pytest.raises(SourceError):
        convert(program, ConvertOptions(build_platform=AMD64, target_platform=AMD64), {}, trace)
    env, workdir = trace.steps
    assert isinstance(env.instruction, Env)
    assert isinstance(workdir.instruction, Workdir)
    assert (env.finished, workdir.finished) == (True, False)
    assert env.texts[env.instruction.pairs[0].value] == "1"
    assert [name for found in env.expanded for name in found.undefined] == ["c"]
    assert workdir.instruction.path not in workdir.texts
    assert workdir.expanded[0].undefined == ("d",)


def test_stages_that_the_target_does_not_need() -> None:
    """Are carried out where that is asked for."""
    text = "FROM scratch AS a\nUSER a\nFROM scratch AS b\nUSER b\nFROM a\nUSER c\n"
    traces = [Subject(text=text, all_stages=every).inspect().trace for every in (True, False)]
    assert [[step.stage for step in trace.steps] for trace in traces] == [[0, 1, 2], [0, 2]]
    assert traces[0].base_stages == {2: 0}
    assert traces[0].target == 2


def test_global_arguments() -> None:
    """Their values, given or not, and what the defaults are made of."""
    text = "ARG a=1 b=$a-${c:-x}\nARG d\nARG a=2\nFROM scratch\n"
    trace = Subject(text=text, build_args={"d": "given"}).inspect().trace
    found = [(one.declaration.key.text, one.value, sorted(one.used)) for one in trace.global_args]
    assert found == [("a", "1", []), ("b", "1-x", ["a"]), ("d", "given", []), ("a", "2", [])]


def test_triggers() -> None:
    """Know the FROM that brought them."""
    steps = Subject(text="FROM scratch AS a\nONBUILD USER x\nFROM a\nUSER y\n").inspect().trace.steps
    brought = [step.trigger_of.span.start.line if step.trigger_of else None for step in steps]
    assert brought == [None, 3, None]
