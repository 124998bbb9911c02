"""``.dockerignore`` (moby's ``patternmatcher`` and ``ignorefile``), matched the way BuildKit walks a context.

A pattern is Go's ``filepath.Match`` with ``**`` for any number of directories. The last pattern that matches a path or
one of its parents decides; ``!`` before a pattern takes paths back in. Patterns of one kind that follow each other are
a run; all of them together are one :class:`Automaton`. As in BuildKit's walk, a pattern that could change nothing for a
directory is not counted as matched for what lies below it.

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


class Matched:
    """What matched a path or one of its parents."""

    __slots__ = ("excluded", "runs")

    def __init__(self, runs: tuple[int, ...]) -> None:
        self.runs = runs
        """The numbers of the runs of patterns, in order: those without ``!`` are even."""
        self.excluded = bool(runs) and runs[-1] % 2 == 0


class Verdict(NamedTuple):
    """What the patterns say of a path."""

    excluded: bool
    matched: Matched
    state: State
    """Where the automaton is behind the path and a slash."""


class IgnorePatterns:
    """The patterns of a file, or those of ``COPY --exclude`` and ``COPY --parents``.

    A walker asks for paths in any order and any often: the verdicts of directories are remembered.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Take patterns without comments; raises :class:`BuildError` for one that means nothing."""
        self.patterns = tuple(clean for pattern in patterns if (clean := _clean(pattern)))
        runs = groupby(self.patterns, lambda text: text.startswith("!"))
        first = self.patterns[:1] and self.patterns[0].startswith("!")
        self._automaton = Automaton(
            (number, _pieces(text.removeprefix("!")))
            for number, (_, run) in enumerate(runs, 1 if first else 0)
            for text in run
        )
        self._root = Verdict(excluded=False, matched=Matched(()), state=self._automaton.start)
        self._directories: dict[str, Verdict] = {}
        self._matched: dict[tuple[Matched, State], Matched] = {}

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
        state = self._automaton.read(parent.state, name)
        matched = self._matching(parent.matched, state) if state.accepts else parent.matched
        return Verdict(matched.excluded, matched, self._automaton.read(state, "/"))

    def _matching(self, above: Matched, state: State) -> Matched:
        """What matches a path, given what matches its parent: for equal ones worked out once."""
        known = self._matched.get((above, state))
        if known is None:
            runs: list[int] = []
            of_parent = frozenset(above.runs)
            for number in sorted(of_parent.union(state.accepts)):
                excluded = bool(runs) and runs[-1] % 2 == 0
                if number in of_parent or (number % 2 == 1) == excluded:
                    runs.append(number)
            if len(self._matched) >= _MAX_REMEMBERED:
                self._matched.clear()
            known = self._matched[above, state] = above if len(runs) == len(above.runs) else Matched(tuple(runs))
        return known

    def excludes(self, path: str) -> bool:
        """Whether an image path is left out."""
        return bool(path) and self._verdict(path).excluded

    def excludes_all_below(self, directory: str) -> bool:
        """Whether nothing below an excluded directory can be taken in again: no need to look into it."""
        return self.prunes(self._directory(directory))

    def may_match_below(self, directory: str) -> bool:
        """Whether a pattern without ``!`` could match something below a directory that none has matched."""
        return self._directory(directory).state.last_even >= 0

    def prunes(self, verdict: Verdict) -> bool:
        """The same, for a verdict."""
        return verdict.excluded and verdict.state.last_odd < verdict.matched.runs[-1]

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
