"""Variables that nothing defines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.dockerfile.convert import provided_args
from jettison.dockerfile.expand import expand_at
from jettison.dockerfile.global_args import read_global_args
from jettison.dockerfile.scope import NEVER_VARIABLES
from jettison.errors import JettisonError
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.model.reference import Reference
from jettison.text.diagnostics import SourceError
from jettison.text.span import Span, Word


def _undefined(inspection: Inspection) -> Iterator[Violation]:
    blind = inspection.blind_stages
    for step in inspection.trace.steps:
        if step.stage in blind:
            continue
        for expanded in step.expanded:
            for name in expanded.undefined:
                if name in NEVER_VARIABLES:
                    continue
                from jettison.lint.closest import closest

                near = closest(name, expanded.known)
                hint = f" (did you mean ${near}?)" if near else ""
                yield Violation(
                    node=place_of(step),
                    span=expanded.word.span if step.trigger_of is None else step.trigger_of.span,
                    message=f"Usage of undefined variable '${name}'{hint}",
                    silencers=silencers_of(step),
                    fix=_renamed(expanded.word, name, near) if near and step.trigger_of is None else None,
                )


def _undefined_in_from(inspection: Inspection) -> Iterator[Violation]:
    for word in inspection.trace.froms:
        for name in sorted(word.expansion.unset - set(word.known)):
            from jettison.lint.closest import closest

            near = closest(name, word.known)
            hint = f" (did you mean {near}?)" if near else ""
            yield Violation(
                node=word.stage.from_.node,
                span=word.word.span,
                message=f"FROM argument '{name}' is not declared{hint}",
                silencers=word.stage.from_.comments,
                fix=_renamed(word.word, name, near) if near else None,
            )


def _renamed(word: Word, name: str, near: str) -> Fix | None:
    """The name that is near in place of the undefined one: only a guess."""
    source, first, _ = word.span
    if word.span.text != word.text:
        return None
    places = re.finditer(rf"\$\{{?({re.escape(name)})(?!\w)", word.text)
    edits = tuple(Edit(Span(source, first + place.start(1), first + place.end(1)), near) for place in places)
    return Fix(title=f"write {near}", applicability=Applicability.DISPLAY, edits=edits) if edits else None


def _invalid_defaults(inspection: Inspection) -> Iterator[Violation]:
    """As in BuildKit, comments silence nothing, and a default that cannot be expanded ends the search."""
    program = inspection.program
    if not program.stages:
        return
    provided = provided_args(inspection.options, program.stages[-1].name or "")
    try:
        variables, _ = read_global_args(program.arguments, provided, {}, program.escape)
        for stage in program.stages:
            image = stage.from_.image
            if not _is_reference(expand_at(image, variables, program.escape).text):
                message = f"Default value for ARG {image.text} results in empty or invalid base image name"
                yield Violation(node=stage.from_.node, span=image.span, message=message)
    except SourceError:
        return


def _is_reference(text: str) -> bool:
    try:
        Reference.parse(text)
    except JettisonError:
        return False
    return True


UNDEFINED_VAR = Rule(
    name="UndefinedVar",
    description="Variables should be defined before their use",
    url="https://docs.docker.com/go/dockerfile/rule/undefined-var/",
    category=Category.CORRECTNESS,
    fix=Applicability.DISPLAY,
    check=_undefined,
)
UNDEFINED_ARG_IN_FROM = Rule(
    name="UndefinedArgInFrom",
    description="FROM command must use declared ARGs",
    url="https://docs.docker.com/go/dockerfile/rule/undefined-arg-in-from/",
    category=Category.CORRECTNESS,
    fix=Applicability.DISPLAY,
    check=_undefined_in_from,
)
INVALID_DEFAULT_ARG_IN_FROM = Rule(
    name="InvalidDefaultArgInFrom",
    description="Default value for global ARG results in an empty or invalid base image name",
    url="https://docs.docker.com/go/dockerfile/rule/invalid-default-arg-in-from/",
    category=Category.CORRECTNESS,
    check=_invalid_defaults,
)
