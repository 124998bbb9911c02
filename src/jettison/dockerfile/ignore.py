"""``.dockerignore`` (moby's ``patternmatcher`` and ``ignorefile``), matched the way BuildKit walks a context.

A pattern is Go's ``filepath.Match`` with ``**`` for any number of directories. The last pattern that matches a path or
one of its parents decides; ``!`` before a pattern takes paths back in. Patterns of one kind that follow each other are
one :class:`Automaton`. As in BuildKit's walk, a pattern that could change nothing for a directory is not counted as
matched for what lies below it.

Differences on purpose, where moby's detour over a regular expression goes astray: a backslash always takes the meaning
of the next character away, ``*`` and ``?`` in a character class stand for themselves, and ``**`` matches line ends.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from itertools import groupby

from jettison.dockerfile.automaton import Automaton, Gap, State
from jettison.dockerfile.glob import STAR, Literal, PatternError, Piece, parse_pieces
from jettison.dockerfile.words import SPACE
from jettison.errors import JettisonError
from jettison.text.diagnostics import error_at
from jettison.text.span import BOM, Source, Span
from jettison.tuples import NamedTuple

_NOT_SUFFIX = frozenset("\\[]?")
"""With any of these a pattern is not plain text, however it begins."""

_MAX_REMEMBERED = 100_000


class Verdict(NamedTuple):
    """What the patterns say of a path."""

    excluded: bool
    matched: tuple[bool, ...]
    """Which runs of patterns matched the path or a parent of it."""
    states: tuple[State, ...]
    """Where their automata are behind the path and a slash."""


class IgnorePatterns:
    """The patterns of a file, or those of ``COPY --exclude`` and ``COPY --parents``.

    A walker asks for paths in any order and any often: the verdicts of directories are remembered.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Take patterns without comments; raises :class:`BuildError` for one that means nothing."""
        self.patterns = tuple(clean for pattern in patterns if (clean := _clean(pattern)))
        runs = [(inverse, list(run)) for inverse, run in groupby(self.patterns, lambda text: text.startswith("!"))]
        self._inverse = tuple(inverse for inverse, _ in runs)
        self._automata = tuple(Automaton(_pieces(text.removeprefix("!")) for text in run) for _, run in runs)
        self._root = Verdict(
            excluded=False,
            matched=(False,) * len(runs),
            states=tuple(automaton.start for automaton in self._automata),
        )
        self._directories: dict[str, Verdict] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IgnorePatterns) and self.patterns == other.patterns

    def __hash__(self) -> int:
        return hash(self.patterns)

    @property
    def root(self) -> Verdict:
        """The verdict on the context itself, which is never excluded: the parent of the first names."""
        return self._root

    def below(self, parent: Verdict, name: str) -> Verdict:
        """The verdict on a file or directory called ``name``, given that on its parent."""
        matched: list[bool] = []
        states: list[State] = []
        excluded = False
        for number, automaton in enumerate(self._automata):
            state = automaton.read(parent.states[number], name)
            inverse = self._inverse[number]
            match = parent.matched[number] or (inverse == excluded and state.accepts)
            if match:
                excluded = not inverse
            matched.append(match)
            states.append(automaton.read(state, "/"))
        return Verdict(excluded, tuple(matched), tuple(states))

    def excludes(self, path: str) -> bool:
        """Whether an image path is left out."""
        return bool(path) and self._verdict(path).excluded

    def excludes_all_below(self, directory: str) -> bool:
        """Whether nothing below an excluded directory can be taken in again: no need to look into it."""
        return self.prunes(self._directory(directory))

    def may_match_below(self, directory: str) -> bool:
        """Whether a pattern without ``!`` could match something below a directory that none has matched."""
        states = zip(self._directory(directory).states, self._inverse, strict=True)
        return any(state.alive for state, inverse in states if not inverse)

    def prunes(self, verdict: Verdict) -> bool:
        """The same, for a verdict."""
        if not verdict.excluded:
            return False
        deciding = max(number for number, matched in enumerate(verdict.matched) if matched)
        later = range(deciding + 1, len(self._automata))
        return not any(self._inverse[number] and verdict.states[number].alive for number in later)

    def _verdict(self, path: str) -> Verdict:
        directory, _, name = path.rpartition("/")
        return self.below(self._directory(directory), name)

    def _directory(self, path: str) -> Verdict:
        """The verdict on a directory; worked out from the nearest parent that is remembered."""
        missing: list[str] = []
        known = self._root
        while path:
            remembered = self._directories.get(path)
            if remembered is not None:
                known = remembered
                break
            missing.append(path)
            path = path.rpartition("/")[0]
        if len(self._directories) + len(missing) > _MAX_REMEMBERED:
            self._directories.clear()
        for path in reversed(missing):
            known = self._directories[path] = self.below(known, path.rpartition("/")[2])
        return known


def parse_ignore(text: str, path: str = ".dockerignore") -> IgnorePatterns:
    """The patterns of an ignore file; raises :class:`SourceError` that shows the line."""
    source = Source(text, path)
    patterns: list[str] = []
    offset = 0
    for number, line in enumerate(text.split("\n")):
        content = line.removeprefix(BOM) if number == 0 else line
        begin = offset + len(line) - len(content)
        offset += len(line) + 1
        pattern = content.strip(SPACE)
        if content.startswith("#") or not pattern:
            continue
        try:
            _clean(pattern)
        except JettisonError as error:
            first = begin + content.index(pattern)
            raise error_at(Span(source, first, first + len(pattern)), error.message, hint=error.hint) from error
        patterns.append(pattern)
    return IgnorePatterns(patterns)


def _clean(pattern: str) -> str:
    """The shortest way to write a pattern; empty where there is nothing. A slash at its beginning means nothing."""
    pattern = pattern.strip(SPACE)
    if not pattern:
        return ""
    inverse = pattern.startswith("!")
    if inverse:
        pattern = pattern[1:].strip(SPACE)
    pattern = posixpath.normpath(pattern) if pattern else ""
    if pattern.startswith("/"):
        pattern = pattern.lstrip("/") or "/"
    if inverse:
        pattern = posixpath.normpath(f"!{pattern}")  # as moby does: "!../../a" is "a"
        if pattern == "!":
            raise PatternError("!", "nothing is named behind the exclamation mark")
    parse_pieces(pattern.removeprefix("!") if inverse else pattern)
    return pattern


def _pieces(pattern: str) -> Sequence[Piece | Gap]:
    """The pieces of a cleaned pattern: ``**`` is a gap, which takes in the slash behind it.

    ``**name`` without a slash is any path that ends with ``name``.
    """
    pieces: list[Piece | Gap] = []
    parsed = parse_pieces(pattern)
    position = 0
    while position < len(parsed):
        if parsed[position] != STAR or parsed[position + 1 : position + 2] != [STAR]:
            pieces.append(parsed[position])
            position += 1
            continue
        position += 2
        if parsed[position : position + 1] == [Literal("/")]:
            position += 1
            is_suffix = False
        else:
            is_suffix = not pieces and not set(pattern) & _NOT_SUFFIX and parsed[position:].count(STAR) == 0
        pieces.append(Gap.ANYTHING if is_suffix or position == len(parsed) else Gap.DIRECTORIES)
    return pieces
