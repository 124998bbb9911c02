"""Many path patterns at once, read character by character: a finite automaton that is built while it runs.

Any set of patterns takes constant time for each character of a path, whatever the patterns are, and a walker that knows
the state of a directory reads only the names below it. States are found lazily and thrown away when there are many.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from jettison.dockerfile.glob import STAR, CharacterClass, Literal, Piece


class Gap(Enum):
    """The pieces that a pattern for whole trees has on top of those of a glob."""

    DIRECTORIES = "**/"
    """Nothing, or anything that ends with ``/``."""
    ANYTHING = "**"


_MAX_POSITIONS = 1_000_000


class State:
    """Where the automaton is after some characters."""

    __slots__ = ("_positions", "accepts", "alive", "steps")

    def __init__(self, positions: frozenset[int], *, accepts: bool) -> None:
        self._positions = positions
        self.accepts = accepts
        """Whether what was read matches one of the patterns."""
        self.alive = bool(positions)
        """Whether anything that follows could lead to a match."""
        self.steps: dict[str, State] = {}
        """The states that follow, as far as they were needed."""

    @property
    def positions(self) -> frozenset[int]:
        """Where in the pieces of the patterns it stands."""
        return self._positions


class Automaton:
    """A set of patterns. Safe to use from several threads: two that build the same state build equal ones."""

    def __init__(self, patterns: Iterable[Iterable[Piece | Gap]]) -> None:
        self._pieces: list[Piece | Gap | None] = []
        """The pieces of all patterns, each pattern ended by None."""
        begins: list[int] = []
        for pattern in patterns:
            begins.append(len(self._pieces))
            self._pieces.extend(pattern)
            self._pieces.append(None)
        self._states: dict[frozenset[int], State] = {}
        self._size = 0
        """How many positions all states have together."""
        self.start = self._state(begins)
        """The state before the first character."""

    def read(self, state: State, text: str) -> State:
        """The state after ``text``."""
        for character in text:
            following = state.steps.get(character)
            if following is None:
                following = self._step(state, character)
            state = following
        return state

    def matches(self, text: str) -> bool:
        """Whether one of the patterns matches all of ``text``."""
        return self.read(self.start, text).accepts

    def _step(self, state: State, character: str) -> State:
        positions: list[int] = []
        staying: set[int] = set()
        for position in state.positions:
            match self._pieces[position]:
                case Literal(wanted):
                    if wanted == character:
                        positions.append(position + 1)
                case CharacterClass() as characters:
                    if characters.matches(character):
                        positions.append(position + 1)
                case Gap.DIRECTORIES:
                    staying.add(position)
                    if character == "/":
                        positions.append(position + 1)
                case Gap.ANYTHING:
                    positions.append(position)
                case None:
                    pass
                case _:
                    if character != "/":
                        positions.append(position)
        following = self._state(positions, staying)
        state.steps[character] = following
        return following

    def _state(self, positions: list[int], staying: set[int] | None = None) -> State:
        """The state of these positions and of those that are reached from them without a character."""
        reached = staying or set()
        open_positions = list(positions)
        while open_positions:
            position = open_positions.pop()
            if position in reached and position not in (staying or ()):
                continue
            reached.add(position)
            if self._pieces[position] == STAR or isinstance(self._pieces[position], Gap):
                open_positions.append(position + 1)
        key = frozenset(reached)
        known = self._states.get(key)
        if known is None:
            self._size += len(key) + 1
            if self._size > _MAX_POSITIONS:
                for state in self._states.values():
                    state.steps.clear()
                self._states.clear()
                self._size = len(key) + 1
            known = State(key, accepts=any(self._pieces[position] is None for position in key))
            self._states[key] = known
        return known
