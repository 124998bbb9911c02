"""Platforms of base images."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.convert import provided_args
from jettison.dockerfile.go_format import quote
from jettison.dockerfile.instructions import From
from jettison.dockerfile.trace import FromWord
from jettison.errors import JettisonError
from jettison.lint.inspection import Inspection
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.model.platform import Platform
from jettison.text.span import Span

_TARGET = "TARGETPLATFORM"


def _platforms(inspection: Inspection) -> Iterator[FromWord]:
    return (word for word in inspection.trace.froms if word.is_platform)


def _redundant(inspection: Inspection) -> Iterator[Violation]:
    values = provided_args(inspection.options, "")
    values |= {a.declaration.key.text: a.value for a in inspection.trace.global_args if a.value is not None}
    for word in _platforms(inspection):
        expansion = word.expansion
        if expansion.used == {_TARGET} and not expansion.unset and expansion.text == values[_TARGET]:
            from_ = word.stage.from_
            yield Violation(
                node=from_.node,
                span=word.word.span,
                message=f"Setting platform to predefined {word.word.text} in FROM is redundant as this is the default"
                " behavior",
                silencers=from_.comments,
                fix=_without_flag(from_),
            )


def _without_flag(from_: From) -> Fix:
    flag = next(flag for flag in from_.node.flags if flag.name == "platform")
    text = flag.span.source.text
    last = flag.span.last
    while text[last] in " \t":
        last += 1
    span = Span(flag.span.source, flag.span.first, last)
    return Fix(title="leave --platform out", applicability=Applicability.SAFE, edits=(Edit(span, ""),))


def _constant(inspection: Inspection) -> Iterator[Violation]:
    for word in _platforms(inspection):
        expansion = word.expansion
        if expansion.used or expansion.unset:
            continue
        try:
            platform = Platform.parse(expansion.text, inspection.options.build_platform)
        except JettisonError:
            continue
        name = word.stage.name or ""
        if platform.os in name or platform.architecture in name:
            continue
        yield Violation(
            node=word.stage.from_.node,
            span=word.word.span,
            message=f"FROM --platform flag should not use constant value {quote(expansion.text)}",
            silencers=word.stage.from_.comments,
        )


def _mismatch(inspection: Inspection) -> Iterator[Violation]:
    """As in BuildKit, comments silence nothing."""
    for base in inspection.trace.bases:
        wanted, found = base.wanted, base.found
        if not wanted.same_machine(found):
            yield Violation(
                node=base.instruction.node,
                span=base.instruction.span,
                message=f"Base image {base.name} was pulled with platform {quote(str(found))},"
                f" expected {quote(str(wanted))} for current build",
            )


REDUNDANT_TARGET_PLATFORM = Rule(
    name="RedundantTargetPlatform",
    description="Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    url="https://docs.docker.com/go/dockerfile/rule/redundant-target-platform/",
    category=Category.STYLE,
    fix=Applicability.SAFE,
    check=_redundant,
)
FROM_PLATFORM_FLAG_CONST_DISALLOWED = Rule(
    name="FromPlatformFlagConstDisallowed",
    description="FROM --platform flag should not use a constant value",
    url="https://docs.docker.com/go/dockerfile/rule/from-platform-flag-const-disallowed/",
    category=Category.CORRECTNESS,
    check=_constant,
)
INVALID_BASE_IMAGE_PLATFORM = Rule(
    name="InvalidBaseImagePlatform",
    description="Base image platform does not match expected target platform",
    category=Category.CORRECTNESS,
    check=_mismatch,
)
