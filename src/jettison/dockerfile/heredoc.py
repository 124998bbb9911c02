"""Which heredocs an instruction asks for.

As in BuildKit, a word asks for one that is nothing but ``<<`` and a delimiter, with an optional number before and dash
after the ``<<``: ``cat<<EOF`` does not. The escape character here is always a backslash.
"""

from __future__ import annotations

from jettison.dockerfile.expand import ExpandError, ShellLexer
from jettison.patterns import late_pattern
from jettison.tuples import NamedTuple

_HEREDOC = late_pattern(r"([0-9]*+)<<(-?)[\t\n\f\r ]*+([^<]*+)")
_LINE = ShellLexer(raw_quotes=True, raw_escapes=True, keep_unset=True)
_NAME = ShellLexer(keep_unset=True)
_RAW_NAME = ShellLexer(keep_unset=True, raw_quotes=True)
_MAX_DESCRIPTOR_DIGITS = 9


class HeredocMark(NamedTuple):
    """What ``<<EOF`` says."""

    name: str
    expand: bool
    chomp: bool
    descriptor: int


def find_heredocs(line: str) -> tuple[HeredocMark, ...]:
    """The heredocs of an instruction's text; none where its quotes do not match."""
    if "<<" not in line:
        return ()
    try:
        words = _LINE.expand(line, {}).words
    except ExpandError:
        return ()
    return tuple(mark for word in words if (mark := parse_heredoc(word)))


def parse_heredoc(word: str) -> HeredocMark | None:
    """The heredoc that a word asks for."""
    found = _HEREDOC.fullmatch(word) if "<<" in word else None
    if found is None or not found.group(3):
        return None
    descriptor, dash, rest = found.groups()
    try:
        names = _NAME.expand(rest, {}).words
        raw_names = _RAW_NAME.expand(rest, {}).words
    except ExpandError:
        return None
    if len(names) != 1 or len(raw_names) != 1:
        return None
    return HeredocMark(
        name=names[0],
        expand=_quotes(names[0]) == _quotes(raw_names[0]),
        chomp=bool(dash),
        descriptor=int(descriptor[:_MAX_DESCRIPTOR_DIGITS] or 0),
    )


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
