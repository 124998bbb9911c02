"""Secrets in places that end up in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.dockerfile.go_format import quote
from jettison.dockerfile.instructions import Arg, Env
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Category, Rule, Violation
from jettison.patterns import late_pattern
from jettison.text.span import Span


def _word_of(names: str) -> re.Pattern[str]:
    """Any of the names as a whole word between underscores."""
    return late_pattern(rf"(?:_|^)(?:{'|'.join(names.split())})(?:_|$)", re.IGNORECASE)


_SECRET = _word_of("apikey auth credential credentials key password pword passwd secret token")
_HARMLESS = _word_of("public file version")


def _secrets(inspection: Inspection) -> Iterator[Violation]:
    for step in inspection.trace.steps:
        instruction = step.instruction
        found: list[tuple[str, Span]] = []
        if isinstance(instruction, Arg):
            found = [(declaration.key.text, declaration.key.span) for declaration in instruction.declarations]
        elif isinstance(instruction, Env) and step.finished:
            texts = step.texts
            found = [(texts[pair.key], pair.key.span) for pair in instruction.pairs]
        for name, span in found:
            if _SECRET.search(name) and not _HARMLESS.search(name):
                yield Violation(
                    node=place_of(step),
                    span=span if step.trigger_of is None else step.trigger_of.span,
                    message=f"Do not use ARG or ENV instructions for sensitive data ({instruction.name} {quote(name)})",
                    silencers=silencers_of(step),
                )


SECRETS_USED_IN_ARG_OR_ENV = Rule(
    name="SecretsUsedInArgOrEnv",
    description="Sensitive data should not be used in the ARG or ENV commands",
    url="https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/",
    category=Category.SAFETY,
    check=_secrets,
)
