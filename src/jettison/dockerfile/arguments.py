"""The shapes that arguments come in: one text, words, words with quotes, pairs, JSON, a command line."""

from __future__ import annotations

from jettison.dockerfile.heredoc import parse_heredoc
from jettison.dockerfile.instructions import CommandLine, Form, Pair
from jettison.dockerfile.json_form import NotStringsError, parse_json_form
from jettison.dockerfile.syntax import InstructionNode
from jettison.dockerfile.words import first_blank, split_blanks, split_words
from jettison.text.diagnostics import Problem, SourceError, error_at, quoted
from jettison.text.span import Span, Word


class MalformedError(SourceError):
    """What BuildKit's parser refuses already: also inside an ONBUILD."""


def key_value_pairs(node: InstructionNode) -> tuple[Pair, ...]:
    """``name=value …``, or ``name value`` where the first word has no ``=``."""
    line = node.line
    words = quoted_words(node)
    if not words:
        raise at_least_one(node)
    if "=" not in line.text[slice(*words[0])]:
        first, last = node.arguments
        blank = first_blank(line.text, first, last)
        if blank is None:
            raise _malformed(node.code_span, f"{node.name} must have two arguments", hint=f"{node.name} name=value")
        return (Pair(key=line.word(first, blank[0]), value=line.word(blank[1], last), legacy=True),)
    pairs = []
    for first, last in words:
        equals = line.text.find("=", first, last)
        if equals < 0:
            message = (
                f"syntax error: can't find = in {quoted(line.text[first:last])}, it must be of the form name=value"
            )
            raise _malformed(line.span(first, last), message, hint="a value with spaces needs quotes")
        if equals == first:
            raise error_at(line.span(first, last), f"{node.name} names can not be blank")
        pairs.append(Pair(key=line.word(first, equals), value=line.word(equals + 1, last)))
    return tuple(pairs)


def command_line(node: InstructionNode, first: int | None = None, last: int | None = None) -> CommandLine:
    """The command in a range of the text, else in all of the arguments."""
    if first is None or last is None:
        first, last = node.arguments
    text = node.line.word(first, last)
    args = _json_words(node, first, last)
    if args is not None:
        return CommandLine(form=Form.EXEC, text=text, args=tuple(args))
    form = Form.HEREDOC if node.heredocs and parse_heredoc(text.text) else Form.SHELL
    return CommandLine(form=form, text=text, heredocs=node.heredocs)


def _json_words(node: InstructionNode, first: int, last: int) -> list[Word] | None:
    try:
        strings = parse_json_form(node.line.text, first, last)
    except NotStringsError:
        message = "when using JSON array syntax, arrays must be comprised of strings only"
        raise _malformed(node.line.span(first, last), message) from None
    if strings is None:
        return None
    return [Word(string.value, node.line.span(string.first, string.last)) for string in strings]


def list_or_json(node: InstructionNode) -> list[Word]:
    """The strings of a JSON array, else the words between blanks."""
    words = _json_words(node, *node.arguments)
    return blank_words(node) if words is None else words


def blank_words(node: InstructionNode) -> list[Word]:
    """The words between blanks."""
    return [node.line.word(*word) for word in split_blanks(node.line.text, *node.arguments)]


def quoted_words(node: InstructionNode) -> list[tuple[int, int]]:
    """The ranges of words in which quotes and escapes count."""
    return list(split_words(node.line.text, *node.arguments, node.escape))


def only_argument(node: InstructionNode) -> Word:
    """All arguments as one word; raises :class:`SourceError` where there is nothing."""
    word = node.argument_text
    if not word.text:
        raise error_at(node.code_span, f"{node.name} requires exactly one argument")
    return word


def _malformed(span: Span, message: str, hint: str | None = None) -> SourceError:
    return MalformedError([Problem(span=span, message=message, hint=hint)])


def at_least_one(node: InstructionNode) -> SourceError:
    """The error that there are no arguments."""
    return error_at(node.code_span, f"{node.name} requires at least one argument")
