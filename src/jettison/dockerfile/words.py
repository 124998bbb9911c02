"""Cutting an instruction's text into keyword, flags and words, as BuildKit's ``parser`` package does.

Everything here works on ranges of the joined text, so that each word keeps its place. White space is Go's
``unicode.IsSpace``; only a run of ASCII blanks ends a keyword and separates words that cannot be quoted.

One difference on purpose: BuildKit reads flags byte by byte and so mangles letters outside ASCII; here they stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from jettison.patterns import late_pattern
from jettison.tuples import NamedTuple

SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Go's ``unicode.IsSpace`` takes for white space."""

_BLANKS = late_pattern(r"[\t\v\f\r ]+")

Range = tuple[int, int]


class RawFlag(NamedTuple):
    """A flag as a word without quotes and escapes, where it stands, and where its value begins."""

    text: str
    first: int
    last: int
    value_first: int


def trim(text: str, first: int, last: int) -> Range:
    """The range without white space at its ends."""
    inner = text[first:last].lstrip(SPACE)
    first = last - len(inner)
    return first, first + len(inner.rstrip(SPACE))


def split_keyword(text: str) -> tuple[Range, int]:
    """The range of the first word of a text, and where the rest begins."""
    first, last = trim(text, 0, len(text))
    blank = _BLANKS.search(text, first, last)
    if blank is None:
        return (first, last), last
    return (first, blank.start()), blank.end()


def split_flags(text: str, first: int, last: int, escape: str) -> tuple[list[RawFlag], int]:
    """The words that a range begins with and that begin with ``--``, and where the arguments begin."""
    flags: list[RawFlag] = []
    while True:
        while first < last and text[first] in SPACE:
            first += 1
        if not text.startswith("--", first, last):
            return flags, first
        pattern, equals = _flag_patterns(escape)
        found = pattern.match(text, first, last)
        end = found.end() if found else last
        word = _unquote(text[first:end], escape)
        if word == "--":
            return flags, end
        name = equals.match(text, first, end)
        flags.append(RawFlag(word, first, end, name.end() if name else end))
        first = end


def split_words(text: str, first: int, last: int, escape: str) -> Iterator[Range]:
    """The words of ENV, LABEL and ARG: quotes and escapes hold them together and stay in them."""
    for found in _word_pattern(escape).finditer(text, first, last):
        yield found.span()


def split_blanks(text: str, first: int, last: int) -> Iterator[Range]:
    """The words of an instruction that knows no quotes."""
    while first < last:
        blank = _BLANKS.search(text, first, last)
        if blank is None:
            yield first, last
            return
        yield first, blank.start()
        first = blank.end()


def first_blank(text: str, first: int, last: int) -> Range | None:
    """The first run of blanks."""
    blank = _BLANKS.search(text, first, last)
    return blank.span() if blank else None


@lru_cache
def _word_pattern(escape: str) -> re.Pattern[str]:
    """A word; an escape character that nothing follows belongs to no word."""
    e = re.escape(escape)
    quotes = rf"""" (?: [^"{e}]++ | {e}. )*+ (?: " | (?={e}?\Z) ) | ' [^']*+ (?: ' | \Z )"""
    return re.compile(rf"""(?: [^{SPACE}"'{e}]++ | {e}. | {quotes} )++""", re.VERBOSE | re.DOTALL)


@lru_cache
def _flag_patterns(escape: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A flag, and what of it stands before its value. Other than in words, escapes count in single quotes too."""
    e = re.escape(escape)
    quotes = "|".join(rf"{q} (?: [^{q}{e}]++ | {e}. )*+ (?: {q} | {e}?\Z )" for q in "\"'")
    flag = re.compile(rf"""(?: [^{SPACE}"'{e}]++ | {e}. | {e}\Z | {quotes} )++""", re.VERBOSE | re.DOTALL)
    return flag, re.compile(r"[^=]*=")


def _unquote(text: str, escape: str) -> str:
    if '"' not in text and "'" not in text and escape not in text:
        return text
    e = re.escape(escape)
    parts: list[str] = []
    quote = ""
    for piece in re.findall(rf"""{e}.?|["']|[^"'{e}]+""", text, re.DOTALL):
        if piece[0] == escape:
            parts.append(piece[1:])
        elif piece in ("'", '"') and quote in ("", piece):
            quote = "" if quote else piece
        else:
            parts.append(piece)
    return "".join(parts)
