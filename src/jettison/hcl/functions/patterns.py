"""Functions with regular expressions in Go's syntax (RE2), as far as Python's is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from jettison.hcl.functions.interface import Function, FunctionError, text_of
from jettison.hcl.types import STRING, ObjectType, TupleType, Type
from jettison.hcl.values import Value, list_of, null, object_of, string, tuple_of
from jettison.patterns import late_pattern

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\t\n\v\f\r ",
    "punct": r"!-/:-@\[-`{-~",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
    "blank": r"\t ",
}
_PIECE = late_pattern(
    r"\\Q(?P<literal>.*?)(?:\\E|\Z)|\\[pP](?:\{(?P<long>\^?\w+)\}|(?P<short>\w))|\\.|\[:(?P<named>\w+):\]|\[\^?\]?|\]|\$|[^\\\[\]$]+",
    re.DOTALL,
)
_SHORTHANDS = {r"\w": r"0-9A-Za-z_", r"\d": "0-9", r"\s": r"\t\n\f\r "}
_LETTERS = ("L", "Letter")
_REFERENCE = late_pattern(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


def _compile(pattern: str) -> re.Pattern[str]:
    if re.search(r"\(\?(?:[=!]|<[=!])|\\[1-9]", pattern):
        raise FunctionError("patterns cannot look around or back", 0)
    try:
        return re.compile("".join(_translated(pattern)))
    except (re.error, RecursionError, OverflowError) as error:
        raise FunctionError(f"error parsing pattern: {error}", 0) from None


def _translated(pattern: str) -> Iterator[str]:
    r"""Python's spelling of what Go spells otherwise: classes of ASCII, ``\z``, ``\Q…\E``, ``$`` as the very end."""
    many_lines = re.match(r"\(\?[isU]*m[isU]*\)", pattern) is not None
    in_class = False
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        if match["literal"] is not None:
            yield re.escape(match["literal"])
        elif match["long"] or match["short"]:
            yield _property(match["long"] or match["short"], piece, in_class=in_class)
        elif match["named"] is not None and in_class:
            yield _CLASSES.get(match["named"], piece)
        elif piece == r"\z":
            yield r"\Z"
        elif piece in _SHORTHANDS and in_class:
            yield _SHORTHANDS[piece]
        elif piece[0] == "\\" and piece[1:] in tuple("wWdDsSbB") and not in_class:
            yield f"(?a:{piece})"
        elif piece == "$" and not in_class and not many_lines:
            yield r"\Z"
        elif piece.startswith("[") and in_class:
            yield piece.replace("[", r"\[")
        else:
            if piece.startswith("["):
                in_class = True
            elif piece == "]":
                in_class = False
            yield piece


def _property(name: str, piece: str, *, in_class: bool) -> str:
    """The class of all letters; Python knows no other classes of Unicode."""
    if name not in _LETTERS or in_class:
        raise FunctionError(f"{piece} is not supported in patterns", 0)
    return r"[^\W\d_]" if piece[1] == "p" else r"[\W\d_]"


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches; an empty one does not follow at once on another."""
    end = -1
    for match in pattern.finditer(text):
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def _result_type(pattern: re.Pattern[str]) -> Type:
    if not pattern.groups:
        return STRING
    if not pattern.groupindex:
        return TupleType((STRING,) * pattern.groups)
    if len(pattern.groupindex) != pattern.groups:
        raise FunctionError("named and unnamed groups cannot be mixed", 0)
    return ObjectType.of(dict.fromkeys(pattern.groupindex, STRING))


def _result(match: re.Match[str]) -> Value:
    def value(text: str | None) -> Value:
        return null(STRING) if text is None else string(text)

    if not match.re.groups:
        return string(match[0])
    if match.re.groupindex:
        return object_of({name: value(text) for name, text in match.groupdict().items()})
    return tuple_of(value(text) for text in match.groups())


def _regex(values: Sequence[Value]) -> Value:
    pattern = _compile(values[0].text)
    _result_type(pattern)
    match = pattern.search(values[1].text)
    if match is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _result(match)


def _regex_all(values: Sequence[Value]) -> Value:
    pattern = _compile(values[0].text)
    type_ = _result_type(pattern)
    return list_of([_result(match) for match in _matches(pattern, values[1].text)], type_)


def _regex_replace(values: Sequence[Value]) -> Value:
    text, pattern_text, replacement = (value.text for value in values)
    expansion = _expansion(replacement)
    parts = []
    offset = 0
    for match in _matches(_compile(pattern_text), text):
        parts += [text[offset : match.start()], expansion(match)]
        offset = match.end()
    return string("".join((*parts, text[offset:])))


def _expansion(replacement: str) -> Callable[[re.Match[str]], str]:
    """What replaces a match: ``$1``, ``${name}`` stand for groups, and for nothing where there is no such group."""

    def group(match: re.Match[str], reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except IndexError:
            return ""

    return lambda match: _REFERENCE.sub(lambda reference: group(match, reference), replacement)


FUNCTIONS = (
    Function("regex", (text_of("pattern"), text_of("string")), _regex),
    Function("regexall", (text_of("pattern"), text_of("string")), _regex_all),
    Function("regex_replace", (text_of("str"), text_of("pattern"), text_of("replace")), _regex_replace),
)
