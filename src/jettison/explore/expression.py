r"""Regular expressions that take the same time for each character, whatever they are: an automaton, no backtracking.

What Python's ``re`` has in common with Go's RE2, as far as people type it: ``. [a-z] [^a-z] \d \w \s ^ $ | ( ) (?: )
* + ? {2,5}``. Anything else (references, looking ahead) is no expression here. Deterministic states are made while
texts are read, and their making is paid from a budget: nobody waits longer than that takes. Pure.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable

from jettison.dockerfile.glob import CharacterClass
from jettison.tuples import NamedTuple

_MAX_NODES = 2_000
_MAX_DEPTH = 40
_MAX_REPEATS = 200
_MAX_STEPS = 100_000
"""From state to state, that are remembered; then all are forgotten."""
_BUDGET = 2_000_000
"""Nodes that may be looked at for making states: about a second."""

_DIGITS = (("0", "9"),)
_WORD = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"), ("\x80", "\U0010ffff"))
_SPACE = tuple((each, each) for each in " \t\n\r\f\v")
_CLASSES = {
    "d": CharacterClass(negated=False, ranges=_DIGITS),
    "D": CharacterClass(negated=True, ranges=_DIGITS),
    "w": CharacterClass(negated=False, ranges=_WORD),
    "W": CharacterClass(negated=True, ranges=_WORD),
    "s": CharacterClass(negated=False, ranges=_SPACE),
    "S": CharacterClass(negated=True, ranges=_SPACE),
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_ANY = CharacterClass(negated=True, ranges=(("\n", "\n"),))


class NotAnExpressionError(Exception):
    """A text means nothing here, or too much."""


class TooCostlyError(Exception):
    """The budget is used up."""


class _Take(NamedTuple):
    """Read one character, go on at ``then``."""

    characters: CharacterClass
    then: int


class _Split(NamedTuple):
    """Go on at each of these."""

    then: tuple[int, ...]


class _Edge(NamedTuple):
    """Go on at ``then`` at the beginning of the text, or at its end."""

    is_end: bool
    then: int


_Node = _Take | _Split | _Edge | None
"""None: found."""

Emit = Callable[[int], int]
"""Appends the nodes of a part, given the number of what follows it; gives the number of its first node."""


class Expression:
    """One expression; raises :class:`NotAnExpressionError` for what is none."""

    def __init__(self, text: str) -> None:
        self._nodes: list[_Node] = [None]
        self._begin = _Parser(text, self).parse()(0)
        self._states: dict[frozenset[int], _State] = {}
        self._steps = 0
        self._prefixes: dict[str, _State] = {}
        """Where one stands behind a folder: most texts have theirs in common with others."""
        self.left = _BUDGET
        """What is left of the budget."""
        self._found = _State(self, frozenset((0,)), is_found=True)
        self._start = self._state(self._reached((self._begin,), at_start=True))

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in a text. Raises :class:`TooCostlyError`."""
        folder, slash, name = text.rpartition("/")
        state = self._start
        if slash:
            known = self._prefixes.get(folder)
            state = self._behind(folder) if known is None else known
            if state.is_found:
                return True
        for character in name:
            state = state[character]
        if state.ends is None:
            state.ends = state.is_found or 0 in self._reached(state.positions, at_end=True)
        return state.ends

    def _behind(self, folder: str) -> _State:
        """Where one stands behind a folder and its slash, which is remembered."""
        state = self._start
        for character in folder:
            state = state[character]
        state = self._prefixes[folder] = state["/"]
        return state

    def node(self, node: _Node) -> int:
        """Append a node; gives its number."""
        if len(self._nodes) >= _MAX_NODES:
            raise NotAnExpressionError
        self._nodes.append(node)
        return len(self._nodes) - 1

    def replace(self, number: int, node: _Node) -> None:
        """Put another node in the place of one."""
        self._nodes[number] = node

    def step(self, state: _State, character: str) -> _State:
        """The state after one more character, which is remembered."""
        if state.is_found:
            following = state
        else:
            taken = [
                node.then
                for position in state.positions
                if isinstance(node := self._nodes[position], _Take) and node.characters.matches(character)
            ]
            following = self._state(self._reached((*taken, self._begin)))
        if self._steps >= _MAX_STEPS:
            for known in (self._found, self._start, *self._states.values()):
                known.clear()
            self._states.clear()
            self._prefixes.clear()
            self._steps = 0
        self._steps += 1
        state[character] = following
        return following

    def _reached(self, positions: Iterable[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        """Where one may stand without reading anything more; edges that are not there yet are kept."""
        pending, reached = list(positions), set[int]()
        while pending:
            position = pending.pop()
            if position in reached:
                continue
            reached.add(position)
            match self._nodes[position]:
                case _Split(then):
                    pending += then
                case _Edge(is_end, then) if at_end if is_end else at_start:
                    pending.append(then)
        self.left -= len(reached)
        if self.left < 0:
            raise TooCostlyError
        return frozenset(reached)

    def _state(self, positions: frozenset[int]) -> _State:
        if 0 in positions:
            return self._found
        known = self._states.get(positions)
        if known is None:
            known = self._states[positions] = _State(self, positions)
        return known


class _State(dict[str, "_State"]):
    """The states that follow this one, by the character that is read; made where they are missing."""

    __slots__ = ("_expression", "ends", "is_found", "positions")

    def __init__(self, expression: Expression, positions: frozenset[int], *, is_found: bool = False) -> None:
        super().__init__()
        self._expression = expression
        self.positions = positions
        self.is_found = is_found
        self.ends: bool | None = None
        """Whether a text that ends here matches; None: nobody asked yet."""

    def __missing__(self, character: str) -> _State:
        return self._expression.step(self, character)


class _Parser:
    """Alternatives of sequences of repeated atoms."""

    def __init__(self, text: str, expression: Expression) -> None:
        self._text = text
        self._place = 0
        self._expression = expression

    def parse(self) -> Emit:
        """The whole text."""
        emit = self._alternatives(0)
        if self._place < len(self._text):
            raise NotAnExpressionError  # a parenthesis that nothing opened
        return emit

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _next(self) -> str:
        character = self._peek()
        if not character:
            raise NotAnExpressionError
        self._place += 1
        return character

    def _alternatives(self, depth: int) -> Emit:
        if depth > _MAX_DEPTH:
            raise NotAnExpressionError
        found = [self._sequence(depth)]
        while self._peek() == "|":
            self._place += 1
            found.append(self._sequence(depth))
        node = self._expression.node
        return found[0] if len(found) == 1 else lambda then: node(_Split(tuple(emit(then) for emit in found)))

    def _sequence(self, depth: int) -> Emit:
        found: list[Emit] = []
        while (character := self._peek()) and character not in "|)":
            found.append(self._repeated(self._atom(depth)))

        def emit(then: int) -> int:
            for each in reversed(found):
                then = each(then)
            return then if found else self._expression.node(_Split((then,)))

        return emit

    def _atom(self, depth: int) -> Emit:
        node = self._expression.node
        character = self._next()
        match character:
            case "(":
                if self._peek() == "?":
                    self._place += 1
                    if self._next() != ":":
                        raise NotAnExpressionError
                emit = self._alternatives(depth + 1)
                if self._next() != ")":
                    raise NotAnExpressionError
                return emit
            case "*" | "+" | "?":
                raise NotAnExpressionError
            case "^" | "$":
                return lambda then: node(_Edge(character == "$", then))
            case ".":
                characters = _ANY
            case "[":
                characters = self._set()
            case "\\":
                characters = self._escape()
            case _:
                characters = _one(character)
        return lambda then: node(_Take(characters, then))

    def _repeated(self, emit: Emit) -> Emit:
        while True:
            counts = self._counts()
            if counts is None:
                return emit
            if self._peek() == "?":
                self._place += 1  # as few as possible: whether anything is found is the same
            emit = self._times(emit, *counts)

    def _counts(self) -> tuple[int, int | None] | None:
        """How often the atom before stands, at least and at most; None where nothing says so."""
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        character = self._peek()
        if character in simple:
            self._place += 1
            return simple[character]
        close = self._text.find("}", self._place) if character == "{" else -1
        least, comma, most = self._text[self._place + 1 : close].partition(",")
        if close < 0 or not all(each.isascii() and each.isdecimal() for each in (least or "0", most or "0")):
            return None
        if not least and not most:
            return None
        self._place = close + 1
        low = int(least or "0")
        high = int(most) if most else None if comma else low
        if low > _MAX_REPEATS or (high is not None and not low <= high <= _MAX_REPEATS):
            raise NotAnExpressionError
        return low, high

    def _times(self, emit: Emit, least: int, most: int | None) -> Emit:
        expression = self._expression

        def repeated(then: int) -> int:
            if most is None:
                loop = expression.node(_Split(()))
                expression.replace(loop, _Split((emit(loop), then)))
                then = loop
            else:
                for _ in range(most - least):
                    then = expression.node(_Split((emit(then), then)))
            for _ in range(least):
                then = emit(then)
            return then if least or most is None or most > least else expression.node(_Split((then,)))

        return repeated

    def _set(self) -> CharacterClass:
        negated = self._peek() == "^"
        self._place += negated
        ranges: list[tuple[str, str]] = []
        first = True
        while (character := self._next()) != "]" or first:
            first = False
            low = self._escape() if character == "\\" else _one(character)
            if low.negated:
                raise NotAnExpressionError
            if self._peek() == "-" and self._text[self._place + 1 : self._place + 2] not in ("]", ""):
                self._place += 1
                end = self._next()
                high = self._escape() if end == "\\" else _one(end)
                ranges.append((_only(low), _only(high)))
                if ranges[-1][0] > ranges[-1][1]:
                    raise NotAnExpressionError
            else:
                ranges += low.ranges
        return CharacterClass(negated=negated, ranges=tuple(ranges))

    def _escape(self) -> CharacterClass:
        character = self._next()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROLS:
            return _one(_CONTROLS[character])
        if character in string.ascii_letters or character in string.digits:
            raise NotAnExpressionError
        return _one(character)


def _one(character: str) -> CharacterClass:
    return CharacterClass(negated=False, ranges=((character, character),))


def _only(characters: CharacterClass) -> str:
    if len(characters.ranges) != 1 or characters.ranges[0][0] != characters.ranges[0][1]:
        raise NotAnExpressionError
    return characters.ranges[0][0]
