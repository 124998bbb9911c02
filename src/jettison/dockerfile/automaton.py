"""Many path patterns at once, read character by character: a finite automaton that is built while it runs.

The patterns are a tree in which those that begin alike are one branch. A state is the set of places in it that the
characters so far lead to. Which place follows a character is looked up, so the work goes with how many patterns match
so far, not with how many there are; and a walker that knows the state of a directory reads only the names below it.
States are found lazily and thrown away when there are many.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from jettison.dockerfile.glob import STAR, CharacterClass, Literal, Piece
from jettison.hints import Any


class Gap(Enum):
    """The pieces that a pattern for whole trees has on top of those of a glob."""

    DIRECTORIES = "**/"
    """Nothing, or anything that ends with ``/``."""
    ANYTHING = "**"


_MAX_PLACES = 1_000_000


class _Stay(Enum):
    """Which characters a place takes without being left."""

    NOT = auto()
    NAME = auto()
    """All but a slash."""
    ALL = auto()
    FOLDERS = auto()
    """All, and a slash leads also to what follows."""


class _Place:
    """Behind some pieces that one or more patterns begin with."""

    __slots__ = ("accepts", "character", "characters", "classes", "empty", "follows", "last_even", "last_odd", "stay")

    def __init__(self, stay: _Stay = _Stay.NOT, follows: _Place | None = None) -> None:
        self.stay = stay
        self.character = ""
        self.follows = follows
        """The place behind ``character``: most have no other. Of folders, that behind a slash."""
        self.characters: dict[str, _Place] = _NONE
        """The places behind other characters."""
        self.classes: dict[CharacterClass, _Place] = _NONE
        self.empty: dict[Piece | Gap, tuple[_Place, ...]] = _NONE
        """What is reached without a character, by the piece that may take none."""
        self.accepts: list[int] = _NOBODY
        """The groups of the patterns that end here."""
        self.last_even = self.last_odd = -1
        """The last groups that a pattern belongs to which begins as this place says."""


# What most places have, once for all of them: never changed.
_NONE: dict[Any, Any] = {}
_NOBODY: list[int] = []


class State:
    """Where the automaton is after some characters."""

    __slots__ = ("accepts", "last_even", "last_odd", "places", "steps")

    def __init__(self, places: frozenset[_Place]) -> None:
        self.places = places
        """Where it stands in the tree of patterns."""
        self.accepts = tuple(sorted({group for place in places for group in place.accepts}))
        """The groups of which a pattern matches what was read."""
        bearing = [place.follows or place if place.stay is _Stay.FOLDERS else place for place in places]
        self.last_even = max((place.last_even for place in bearing), default=-1)
        """The last even group of which a pattern could match what was read or something longer; -1 for none."""
        self.last_odd = max((place.last_odd for place in bearing), default=-1)
        """The same of the odd ones."""
        self.steps: dict[str, State] = {}
        """The states that follow, as far as they were needed."""


class Automaton:
    """Patterns in numbered groups. Safe to use from several threads: two that build the same state build equal ones."""

    def __init__(self, patterns: Iterable[tuple[int, Iterable[Piece | Gap]]]) -> None:
        """Take patterns with the numbers of their groups, which only grow."""
        root = _Place()
        for group, pieces in patterns:
            _insert(root, group, pieces)
        self._states: dict[frozenset[_Place], State] = {}
        self._size = 0
        """How many places all states have together."""
        self.start = self._state([root], set())
        """The state before the first character."""

    def read(self, state: State, text: str) -> State:
        """The state after ``text``."""
        for character in text:
            following = state.steps.get(character)
            if following is None:
                following = state.steps[character] = self._step(state, character)
            state = following
        return state

    def _step(self, state: State, character: str) -> State:
        entered: list[_Place] = []
        staying: set[_Place] = set()
        for place in state.places:
            if place.stay is _Stay.FOLDERS:
                staying.add(place)
                if character == "/" and place.follows is not None:
                    entered.append(place.follows)
                continue
            if place.stay is _Stay.ALL or (place.stay is _Stay.NAME and character != "/"):
                entered.append(place)
            following = place.follows if place.character == character else place.characters.get(character)
            if following is not None:
                entered.append(following)
            entered += (following for each, following in place.classes.items() if each.matches(character))
        return self._state(entered, staying)

    def _state(self, entered: list[_Place], reached: set[_Place]) -> State:
        """The state of these places and of those that are reached from them without a character."""
        while entered:
            place = entered.pop()
            if place not in reached:
                reached.add(place)
                for places in place.empty.values():
                    entered += places
        key = frozenset(reached)
        known = self._states.get(key)
        if known is None:
            self._size += len(key) + 1
            if self._size > _MAX_PLACES:
                for state in self._states.values():
                    state.steps.clear()
                self._states.clear()
                self._size = len(key) + 1
            known = self._states[key] = State(key)
        return known


def _insert(place: _Place, group: int, pieces: Iterable[Piece | Gap]) -> None:
    _note(place, group)
    for piece in pieces:
        place = _behind(place, piece)
        _note(place, group)
    if not place.accepts:
        place.accepts = [group]
    elif place.accepts[-1] != group:
        place.accepts.append(group)


def _note(place: _Place, group: int) -> None:
    if group % 2:
        place.last_odd = group
    else:
        place.last_even = group


def _behind(place: _Place, piece: Piece | Gap) -> _Place:
    """The place behind a piece, made where no pattern went there before."""
    match piece:
        case Literal(character):
            if place.character == character and place.follows is not None:
                return place.follows
            if not place.character:
                place.character, place.follows = character, _Place()
                return place.follows
            place.characters = place.characters or {}
            return place.characters.setdefault(character, _Place())
        case CharacterClass():
            place.classes = place.classes or {}
            return place.classes.setdefault(piece, _Place())
    if piece not in place.empty:
        place.empty = place.empty or {}
        if piece is Gap.DIRECTORIES:
            behind = _Place()
            place.empty[piece] = (behind, _Place(_Stay.FOLDERS, behind))
        else:
            place.empty[piece] = (_Place(_Stay.NAME if piece == STAR else _Stay.ALL),)
    return place.empty[piece][0]
