"""What a whole check makes of options, comments and errors."""

from __future__ import annotations

import pytest
from tests.lint.support import Subject, picture

from jettison.errors import DockerfileError
from jettison.lint.check import violation_error
from jettison.lint.inspection import Inspection
from jettison.lint.registry import BY_NAME, RULES
from jettison.model.reference import Reference
from jettison.text.diagnostics import SourceError


def test_rules_have_names_of_their_own() -> None:
    """And end their description without a newline."""
    assert len(BY_NAME) == len(RULES)
    assert all(rule.description == rule.description.strip() for rule in RULES)


def test_what_can_be_told_of_a_broken_file() -> None:
    """Instructions that cannot be read are passed over; what needs a conversion is not told."""
    found = Subject(text="FROM scratch as A\nCOPPY a b\nMAINTAINER me\nENV a b\ncopy\n").check()
    assert picture(found) == (
        "1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match\n"
        "1 StageNameCasing: Stage name 'A' should be lowercase\n"
        "3 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label\n"
    )


def test_an_argument_that_means_nothing() -> None:
    """Is an error that names it."""
    with pytest.raises(SourceError, match=r"^BUILDKIT_DOCKERFILE_CHECK:1:1: invalid check option 'skip'"):
        Subject(text="FROM scratch\n", build_args={"BUILDKIT_DOCKERFILE_CHECK": "skip"}).check()


def test_variables_of_unknown_images() -> None:
    """Are not called undefined, also in the stages on top."""
    subject = Subject(text="FROM busybox AS a\nFROM a\nENV b=$c\nFROM scratch\nENV b=$c\n")
    inspection = subject.inspect()
    blind = Inspection(
        dockerfile=inspection.dockerfile,
        program=inspection.program,
        options=inspection.options,
        trace=inspection.trace,
        unknown_images=frozenset({Reference.parse("busybox:latest")}),
    )
    rule = BY_NAME["UndefinedVar"]
    assert [found.span.start.line for found in rule.check(inspection)] == [3, 5]
    assert [found.span.start.line for found in rule.check(blind)] == [5]


def test_violations_as_an_error() -> None:
    """Each rule once."""
    error = violation_error(Subject(text="from scratch AS A\nFROM a AS B\nCOPY a b\n").check())
    assert isinstance(error, DockerfileError)
    assert error.message == (
        "lint violation found for rules: ConsistentInstructionCasing, FromAsCasing, StageNameCasing"
    )
