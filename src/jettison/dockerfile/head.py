"""The beginning of an instruction: keyword, flags, and where the arguments are; also of the one inside an ONBUILD."""

from __future__ import annotations

import re

from jettison.dockerfile.syntax import Flag, InstructionNode, Line
from jettison.dockerfile.words import RawFlag, split_flags, split_keyword, trim
from jettison.patterns import late_pattern
from jettison.text.span import Span, Word
from jettison.tuples import NamedTuple

_ONBUILD = late_pattern(r"[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*", re.IGNORECASE)


class Head(NamedTuple):
    """What an instruction begins with; the arguments are a range of the line's text."""

    keyword: Word
    flags: tuple[Flag, ...]
    arguments: tuple[int, int]


def parse_head(line: Line, escape: str) -> Head:
    """Cut the text of an instruction into keyword, flags and arguments."""
    text = line.text
    _, last = trim(text, 0, len(text))
    keyword, rest = split_keyword(text)
    flags, rest = split_flags(text, rest, last, escape)
    return Head(line.word(*keyword), tuple(_flag(line, flag) for flag in flags), trim(text, rest, last))


def trigger_node(node: InstructionNode) -> InstructionNode | None:
    """The instruction inside an ONBUILD; None where there is nothing."""
    first, last = node.arguments
    if first == last:
        return None
    line = node.line.part(first, last)
    keyword, flags, arguments = parse_head(line, node.escape)
    span = Span(line.source, line.span(0, len(line.text)).first, node.span.last)
    return InstructionNode(
        keyword=keyword,
        flags=flags,
        arguments=arguments,
        line=line,
        heredocs=node.heredocs,
        tokens=(),
        comments=(),
        escape=node.escape,
        span=span,
    )


def trigger_text(node: InstructionNode) -> str:
    """What an ONBUILD puts into the image's config: the inner instruction, heredocs included."""
    text = _ONBUILD.sub("", node.line.text, count=1)
    return text + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in node.heredocs)


def _flag(line: Line, flag: RawFlag) -> Flag:
    name, equals, value = flag.text.removeprefix("--").partition("=")
    word = Word(value, line.span(flag.value_first, flag.last)) if equals else None
    return Flag(name=name, value=word, span=line.span(flag.first, flag.last))
