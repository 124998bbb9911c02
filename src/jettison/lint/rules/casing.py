"""Upper and lower case of keywords and stage names."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.arguments import blank_words
from jettison.dockerfile.instructions import From, Instruction
from jettison.lint.inspection import Inspection
from jettison.lint.model import Applicability, Category, Edit, Fix, Rule, Violation
from jettison.text.span import Word

_WORDS_WITH_NAME = 3


def _rewrite(title: str, word: Word, text: str) -> Fix | None:
    """The fix that writes a word otherwise; None where a continuation cuts through it."""
    if word.span.text != word.text:
        return None
    return Fix(title=title, applicability=Applicability.SAFE, edits=(Edit(word.span, text),))


def _named_froms(inspection: Inspection) -> Iterator[tuple[From, Word, Word]]:
    """Each FROM that has a name, its AS, and the name as written."""
    for stage in inspection.program.stages:
        words = blank_words(stage.from_.node)
        if len(words) == _WORDS_WITH_NAME:
            yield stage.from_, words[1], words[2]


def _stage_names(inspection: Inspection) -> Iterator[Violation]:
    for from_, _, name in _named_froms(inspection):
        if name.text != name.text.lower():
            yield Violation(
                node=from_.node,
                span=name.span,
                message=f"Stage name '{name.text}' should be lowercase",
                silencers=from_.comments,
                fix=_rewrite("write the stage's name in lower case", name, name.text.lower()),
            )


def _as_keywords(inspection: Inspection) -> Iterator[Violation]:
    for from_, keyword, _ in _named_froms(inspection):
        from_text = from_.node.keyword.text
        if from_text == from_text.lower():
            wanted = keyword.text.lower()
        elif from_text == from_text.upper():
            wanted = keyword.text.upper()
        else:
            continue
        if keyword.text != wanted:
            yield Violation(
                node=from_.node,
                span=keyword.span,
                message=f"'{keyword.text}' and '{from_text}' keywords' casing do not match",
                silencers=from_.comments,
                fix=_rewrite(f"write {wanted}", keyword, wanted),
            )


def _keywords(inspection: Inspection) -> Iterator[Violation]:
    """As in BuildKit, ARGs before the first FROM do not count, and comments silence nothing."""
    instructions: list[Instruction] = []
    for stage in inspection.program.stages:
        instructions += [stage.from_, *stage.instructions]
    keywords = [instruction.node.keyword.text for instruction in instructions]
    lower = sum(keyword == keyword.lower() for keyword in keywords)
    upper = sum(keyword == keyword.upper() for keyword in keywords)
    for instruction in instructions:
        keyword = instruction.node.keyword
        wanted = keyword.text.lower() if lower > upper else keyword.text.upper()
        if keyword.text != wanted:
            casing = "lowercase" if lower > upper else "uppercase"
            yield Violation(
                node=instruction.node,
                span=keyword.span,
                message=f"Command '{keyword.text}' should match the case of the command majority ({casing})",
                fix=_rewrite(f"write {wanted}", keyword, wanted),
            )


STAGE_NAME_CASING = Rule(
    name="StageNameCasing",
    description="Stage names should be lowercase",
    url="https://docs.docker.com/go/dockerfile/rule/stage-name-casing/",
    category=Category.STYLE,
    fix=Applicability.SAFE,
    check=_stage_names,
)
FROM_AS_CASING = Rule(
    name="FromAsCasing",
    description="The 'as' keyword should match the case of the 'from' keyword",
    url="https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
    category=Category.STYLE,
    fix=Applicability.SAFE,
    check=_as_keywords,
)
CONSISTENT_INSTRUCTION_CASING = Rule(
    name="ConsistentInstructionCasing",
    description="All commands within the Dockerfile should use the same casing (either upper or lower)",
    url="https://docs.docker.com/go/dockerfile/rule/consistent-instruction-casing/",
    category=Category.STYLE,
    fix=Applicability.SAFE,
    check=_keywords,
)
