"""Variables, quotes and escapes in an instruction's words, as BuildKit's ``shell`` package processes them.

It looks like a shell and differs from one in many details: ``$$`` is a variable named ``$``, an unset variable is
empty, quotes vanish. The modifiers are those of the Dockerfile reference, "Environment replacement": ``:-`` ``-``
``:+`` ``+`` ``:?`` ``?`` ``#`` ``##`` ``%`` ``%%`` ``/`` ``//``.

One difference on purpose: a word before a ``${name:-default}`` that touches it is not lost when words are split.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from jettison.dockerfile import shell_pattern
from jettison.dockerfile.words import SPACE
from jettison.errors import DockerfileError
from jettison.frozen import dataclass
from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError, error_at, printable, quoted
from jettison.text.span import BOM, Word
from jettison.tuples import NamedTuple

_MAX_DEPTH = 100
_MAX_SIZE = 1 << 24
_SPECIAL_PARAMETERS = "@*#?-$!0"
_SPACES = late_pattern(f"[{SPACE}]+")
_HEREDOC_BLANKS = late_pattern(r"<[\t\r ]*")


class ExpandError(DockerfileError):
    """A word cannot be expanded; ``offset`` says where in it, ``unset`` which variables were missing so far."""

    def __init__(self, reason: str, word: str, offset: int, unset: frozenset[str] = frozenset()) -> None:
        super().__init__(reason)
        self.unset = unset
        self.word = word
        self.offset = offset


class Expansion(NamedTuple):
    """What a word becomes."""

    text: str
    """The whole, as one value."""
    words: tuple[str, ...]
    """Split where white space is not quoted, also where it comes out of a variable."""
    used: frozenset[str]
    """The variables that were asked for and are set."""
    unset: frozenset[str]
    """The variables that were asked for and are not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellLexer:
    """How words are read."""

    escape: str = "\\"
    raw_quotes: bool = False
    """Quotes stay in the result."""
    raw_escapes: bool = False
    """Escape characters stay in the result."""
    skip_quotes: bool = False
    """Quotes are characters like others: inside a heredoc."""
    keep_unset: bool = False
    """A variable that is not set stays as it is written."""

    def expand(self, text: str, variables: Mapping[str, str]) -> Expansion:
        """Expand ``text``; raises :class:`ExpandError`."""
        run = _Run(self, text, variables)
        words: list[str] = []
        result = run.until("", self.raw_escapes, words)
        return Expansion(result, tuple(words), frozenset(run.used), frozenset(run.unset))


DOCUMENT = ShellLexer(skip_quotes=True)
"""For the content of a heredoc of COPY or ADD: quotes stay, the escape character is always a backslash."""


def expand(word: str, variables: Mapping[str, str], escape: str = "\\") -> str:
    """``word`` as one value; raises :class:`ExpandError`."""
    return ShellLexer(escape=escape).expand(word, variables).text


def expand_words(word: str, variables: Mapping[str, str], escape: str = "\\") -> tuple[str, ...]:
    """``word`` as the values that it splits into; raises :class:`ExpandError`."""
    return ShellLexer(escape=escape).expand(word, variables).words


def expand_at(word: Word, variables: Mapping[str, str], escape: str = "\\") -> Expansion:
    """A word of a Dockerfile; an error shows its place."""
    try:
        return ShellLexer(escape=escape).expand(word.text, variables)
    except ExpandError as error:
        raise error_at(word.at(error.offset), f"cannot expand {quoted(word.text)}: {error.message}") from error


def failed_expansion(error: SourceError) -> Expansion | None:
    """What :func:`expand_at` knew of a word when it raised ``error``: no text; None for other errors."""
    cause = error.__cause__
    return Expansion("", (), frozenset(), cause.unset) if isinstance(cause, ExpandError) else None


class _Run:
    """One pass over one word. Methods named after a construct start at its first character and end behind its last."""

    __slots__ = ("_budget", "_depth", "_lexer", "_plain", "_position", "_text", "_variables", "unset", "used")

    def __init__(self, lexer: ShellLexer, text: str, variables: Mapping[str, str]) -> None:
        self._lexer = lexer
        self._text = text
        self._variables = variables
        self._position = len(BOM) if text.startswith(BOM) else 0
        self._depth = 0
        self._budget = _MAX_SIZE + len(text)
        self._plain = _plain_pattern(lexer.escape)
        self.used: set[str] = set()
        self.unset: set[str] = set()

    def until(self, stop: str, raw_escapes: bool, words: list[str] | None = None) -> str:
        """Read up to ``stop`` and behind it; to the end of the text where ``stop`` is empty."""
        text, lexer = self._text, self._lexer
        result: list[str] = []
        splitter = _Splitter(words)
        while self._position < len(text):
            start = self._position
            character = text[start]
            if character == stop:
                self._position += 1
                return "".join(result)
            if character == "$":
                value = self._dollar()
                splitter.add(value)
            elif character in "\"'" and not lexer.skip_quotes:
                value = self._single_quotes() if character == "'" else self._double_quotes(raw_escapes)
                splitter.add_whole(value)
            elif character == "<":
                value = self._possible_heredoc()
                splitter.add_whole(value)
            elif character == lexer.escape:
                value = self._escaped(raw_escapes)
                if not value:
                    break
                splitter.add_whole(value)
            else:
                found = self._plain.match(text, start)
                value = found.group() if found else character
                self._position += len(value)
                splitter.add(value)
            result.append(value)
        if stop:
            raise self._error(f"missing {stop!r}", start=len(text))
        splitter.finish()
        return "".join(result)

    def _escaped(self, raw_escapes: bool) -> str:
        """The escape character and what it escapes; empty at the end of the text, unless it is kept."""
        start = self._position
        self._position = min(start + 2, len(self._text))
        value = self._text[start : self._position]
        return value if raw_escapes else value[1:]

    def _possible_heredoc(self) -> str:
        """``<``, or ``<<`` with the blanks after it, which belong to the same word."""
        start = self._position
        self._position += 1
        if found := _HEREDOC_BLANKS.match(self._text, self._position):
            self._position = found.end()
        return self._text[start : self._position]

    def _single_quotes(self) -> str:
        start = self._position
        end = self._text.find("'", start + 1)
        if end < 0:
            raise self._error("the single quote is not closed", start)
        self._position = end + 1
        return self._text[start : end + 1] if self._lexer.raw_quotes else self._text[start + 1 : end]

    def _double_quotes(self, raw_escapes: bool) -> str:
        text, escape = self._text, self._lexer.escape
        start = self._position
        self._position += 1
        result: list[str] = []
        while self._position < len(text):
            character = text[self._position]
            if character == '"':
                self._position += 1
                value = "".join(result)
                return f'"{value}"' if self._lexer.raw_quotes else value
            if character == "$":
                result.append(self._dollar())
            elif character == escape:
                following = text[self._position + 1 : self._position + 2]
                self._position += 1
                if raw_escapes and following:
                    result.append(escape)
                if following in ('"', "$", escape) and following:
                    result.append(following)
                    self._position += 1
                elif following:
                    result.append(escape)
            else:
                found = self._plain.match(text, self._position)
                value = found.group() if found else character
                result.append(value)
                self._position += len(value)
        raise self._error("the double quote is not closed", start)

    def _dollar(self) -> str:
        start = self._position
        self._position += 1
        if not self._text.startswith("{", self._position):
            name = self._name()
            if not name:
                return "$"
            value = self._get(name)
            if value is None:
                return f"${name}" if self._lexer.keep_unset else ""
            return self._spend(value, start)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._error(f"substitutions are nested more than {_MAX_DEPTH} deep", start)
        self._position += 1
        value = self._braces(start)
        self._depth -= 1
        return self._spend(value, start)

    def _braces(self, start: int) -> str:
        """What follows ``${``."""
        text = self._text
        following = text[self._position : self._position + 1]
        if not following:
            raise self._error("missing '}'", start)
        if following in "{}:":
            raise self._error("bad substitution", start)
        name = self._name()
        modifier = text[self._position : self._position + 1]
        self._position += 1
        if modifier == "}":
            value = self._get(name)
            if value is None:
                return f"${{{name}}}" if self._lexer.keep_unset else ""
            return value
        if modifier == "/":
            return self._replacement(name, start)
        null_is_unset = modifier == ":"
        if null_is_unset:
            modifier = text[self._position : self._position + 1]
            self._position += 1
        if not modifier:
            raise self._error("missing '}'", start)
        written = f":{modifier}" if null_is_unset else modifier
        if modifier not in "-+?#%" or (null_is_unset and modifier in "#%"):
            shown = printable(written) if written.strip("\n") == written else repr(written)[1:-1]
            raise self._error(f"unsupported modifier ({shown})", start)
        word = self.until("}", modifier in "#%")
        value = self._get(name)
        if value is None and self._lexer.keep_unset:
            return f"${{{name}{written}{word}}}"
        if modifier in "#%":
            return self._trimmed(word, value or "", modifier, start)
        absent = value is None or (null_is_unset and not value)
        if modifier == "-":
            return word if absent else value or ""
        if modifier == "+":
            return "" if absent else word
        if absent:
            reason = "is not allowed to be unset" if value is None else "is not allowed to be empty"
            raise self._error(f"{name}: {word or reason}", start)
        return value or ""

    def _trimmed(self, pattern: str, value: str, modifier: str, start: int) -> str:
        longest = pattern.startswith(modifier)
        pattern = pattern[longest:]
        trim = shell_pattern.trim_prefix if modifier == "#" else shell_pattern.trim_suffix
        try:
            return trim(pattern, value, longest=longest)
        except shell_pattern.PatternError as error:
            raise self._error(f"invalid pattern ({pattern[:80]}): {error}", start) from error

    def _replacement(self, name: str, start: int) -> str:
        every = self._text.startswith("/", self._position)
        self._position += every
        pattern = self.until("/", raw_escapes=True)
        replacement = self.until("}", raw_escapes=True)
        value = self._get(name)
        if value is None and self._lexer.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        try:
            if every:
                return shell_pattern.replace_all(pattern, value or "", replacement, self._budget)
            return shell_pattern.replace_first(pattern, value or "", replacement)
        except shell_pattern.PatternError as error:
            raise self._error(f"invalid pattern ({pattern[:80]}): {error}", start) from error
        except OverflowError:
            raise self._too_large(start) from None

    def _name(self) -> str:
        """A variable's name: digits, one special character, or letters, digits and underscores; empty if none."""
        text, start = self._text, self._position
        first = text[start : start + 1]
        end = start
        if first.isdecimal():
            while end < len(text) and text[end].isdecimal():
                end += 1
        elif first and first in _SPECIAL_PARAMETERS:
            end += 1
        else:
            while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] == "_"):
                end += 1
        self._position = end
        return text[start:end]

    def _get(self, name: str) -> str | None:
        value = self._variables.get(name)
        (self.unset if value is None else self.used).add(name)
        return value

    def _spend(self, value: str, start: int) -> str:
        """Count what variables add: a few lines can ask for more than memory holds."""
        self._budget -= len(value)
        if self._budget < 0:
            raise self._too_large(start)
        return value

    def _too_large(self, start: int) -> ExpandError:
        return self._error(f"the value would have more than {_MAX_SIZE >> 20} MiB", start)

    def _error(self, reason: str, start: int) -> ExpandError:
        return ExpandError(reason, self._text, min(start, max(len(self._text) - 1, 0)), frozenset(self.unset))


class _Splitter:
    """Puts words together from pieces; does nothing where nobody asked for words."""

    __slots__ = ("_parts", "_words")

    def __init__(self, words: list[str] | None) -> None:
        self._words = words
        self._parts: list[str] = []

    def add(self, piece: str) -> None:
        """Add text whose white space separates words."""
        if self._words is None:
            return
        first, *rest = _SPACES.split(piece)
        self._parts.append(first)
        for part in rest:
            self.finish()
            self._parts.append(part)

    def add_whole(self, piece: str) -> None:
        """Add text that was quoted or escaped."""
        if self._words is not None:
            self._parts.append(piece)

    def finish(self) -> None:
        """End the word; an empty one is none."""
        if self._words is not None and (word := "".join(self._parts)):
            self._words.append(word)
        self._parts.clear()


@lru_cache
def _plain_pattern(escape: str) -> re.Pattern[str]:
    return re.compile(rf"""[^$<"'}}/{re.escape(escape)}]+""")
