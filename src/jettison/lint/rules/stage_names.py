"""Names of stages that lead astray. As in BuildKit, comments silence nothing of this."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.go_format import quote
from jettison.lint.inspection import Inspection
from jettison.lint.model import Category, Rule, Violation

_RESERVED = ("context", "scratch")


def _duplicates(inspection: Inspection) -> Iterator[Violation]:
    seen = set()
    for stage in inspection.program.stages:
        word = stage.from_.stage_name
        if word is None:
            continue
        if word.text in seen:
            message = f"Duplicate stage name {quote(word.text)}, stage names should be unique"
            yield Violation(node=stage.from_.node, span=word.span, message=message)
        seen.add(word.text)


def _reserved(inspection: Inspection) -> Iterator[Violation]:
    for stage in inspection.program.stages:
        word = stage.from_.stage_name
        if word is not None and word.text in _RESERVED:
            message = f"Stage name should not use the same name as reserved stage {quote(word.text)}"
            yield Violation(node=stage.from_.node, span=word.span, message=message)


RESERVED_STAGE_NAME = Rule(
    name="ReservedStageName",
    description="Reserved words should not be used as stage names",
    url="https://docs.docker.com/go/dockerfile/rule/reserved-stage-name/",
    category=Category.CORRECTNESS,
    check=_reserved,
)
DUPLICATE_STAGE_NAME = Rule(
    name="DuplicateStageName",
    description="Stage names should be unique",
    url="https://docs.docker.com/go/dockerfile/rule/duplicate-stage-name/",
    category=Category.CORRECTNESS,
    check=_duplicates,
)
