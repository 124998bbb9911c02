"""Forms that work today and are on their way out: empty continuation lines, MAINTAINER, ``ENV name value``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.dockerfile.instructions import Env, Label, Maintainer, Pair
from jettison.dockerfile.syntax import InstructionNode, TokenKind
from jettison.dockerfile.words import split_words
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.patterns import late_pattern
from jettison.text.span import Span

_PLAIN_NAME = late_pattern(r"[A-Za-z0-9_.-]+")
_AUTHORS = "org.opencontainers.image.authors"


def _empty_lines(inspection: Inspection) -> Iterator[Violation]:
    for node in inspection.dockerfile.instructions:
        blanks = [token.span for token in node.tokens if token.kind is TokenKind.BLANK]
        if not blanks:
            continue
        code = [t for t in node.tokens if t.kind not in (TokenKind.HEREDOC_BODY, TokenKind.HEREDOC_END)]
        last = max(code[-1].span.last - 1, code[-1].span.first)
        yield Violation(
            node=node,
            span=blanks[0],
            message="Empty continuation line",
            line=node.span.source.position(last).line,
            fix=Fix(
                title="take the empty lines out",
                applicability=Applicability.SAFE,
                edits=tuple(Edit(blank, "") for blank in blanks),
            ),
        )


def _maintainers(inspection: Inspection) -> Iterator[Violation]:
    for instruction in inspection.instructions:
        if isinstance(instruction, Maintainer):
            yield Violation(
                node=instruction.node,
                span=instruction.node.keyword.span,
                message="Maintainer instruction is deprecated in favor of using label",
                silencers=instruction.comments,
                fix=_label_for(instruction),
            )


def _label_for(instruction: Maintainer) -> Fix:
    """A label has another place in the image's config than the author: not the same image."""
    escape = instruction.node.escape
    author = re.sub(rf'(["${re.escape(escape)}])', lambda found: escape + found[1], instruction.author.text)
    keyword = "LABEL" if instruction.node.keyword.text.isupper() else "label"
    return Fix(
        title=f"set the label {_AUTHORS}",
        applicability=Applicability.UNSAFE,
        edits=(Edit(instruction.span, f'{keyword} {_AUTHORS}="{author}"'),),
    )


def _legacy_pairs(inspection: Inspection) -> Iterator[Violation]:
    for step in inspection.trace.steps:
        instruction = step.instruction
        if not isinstance(instruction, Env | Label) or not step.finished:
            continue
        for pair in instruction.pairs:
            if pair.legacy:
                name = instruction.node.keyword.text
                yield Violation(
                    node=place_of(step),
                    span=instruction.span if step.trigger_of is None else step.trigger_of.span,
                    message=f'"{name} key=value" should be used instead of legacy "{name} key value" format',
                    silencers=silencers_of(step),
                    fix=_with_equals(instruction.node, pair) if step.trigger_of is None else None,
                )


def _with_equals(node: InstructionNode, pair: Pair) -> Fix | None:
    """``name=value`` with the same value; None where no simple spelling is sure to mean the same."""
    if pair.value.text != pair.value.span.text or not _PLAIN_NAME.fullmatch(pair.key.text):
        return None
    value = _one_word(pair.value.text, node.escape)
    if value is None:
        return None
    span = Span(pair.key.span.source, pair.key.span.last, pair.value.span.last)
    edits = (Edit(span, f"={value}"),)
    return Fix(title="write name=value", applicability=Applicability.SAFE, edits=edits)


def _one_word(value: str, escape: str) -> str | None:
    """A value as a word that ends nowhere before its end."""
    if not any(character in value for character in f"\"'{escape}"):
        spelled = value if not any(character.isspace() for character in value) else f'"{value}"'
    elif len(list(split_words(value, 0, len(value), escape))) == 1:
        spelled = value
    else:
        return None
    return spelled if list(split_words(spelled, 0, len(spelled), escape)) == [(0, len(spelled))] else None


NO_EMPTY_CONTINUATION = Rule(
    name="NoEmptyContinuation",
    description="Empty continuation lines will become errors in a future release",
    url="https://docs.docker.com/go/dockerfile/rule/no-empty-continuation/",
    category=Category.DEPRECATED,
    fix=Applicability.SAFE,
    check=_empty_lines,
)
MAINTAINER_DEPRECATED = Rule(
    name="MaintainerDeprecated",
    description="The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    url="https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/",
    category=Category.DEPRECATED,
    fix=Applicability.UNSAFE,
    check=_maintainers,
)
LEGACY_KEY_VALUE_FORMAT = Rule(
    name="LegacyKeyValueFormat",
    description="Legacy key/value format with whitespace separator should not be used",
    url="https://docs.docker.com/go/dockerfile/rule/legacy-key-value-format/",
    category=Category.DEPRECATED,
    fix=Applicability.SAFE,
    check=_legacy_pairs,
)
