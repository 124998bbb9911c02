"""Symbolic modes as chmod(1) of BSD reads them: ``u=rwX,go=rX``, ``+x``, ``g=u``.

BuildKit takes them from a translation of BSD's setmode(3), with the umask at 0; its corners are kept: ``t`` without a
class stands for the sticky bit alone, whatever else the same operation names.
"""

from __future__ import annotations

from functools import lru_cache

from jettison.errors import BuildError
from jettison.frozen import dataclass
from jettison.patterns import late_pattern
from jettison.tuples import NamedTuple

_STICKY = 0o1000
_EVERYBODY = 0o6777
"""The bits of ``a``, and those that ``=`` clears where no class is named."""
_OTHERS = 0o007
_CLASSES = {"a": _EVERYBODY, "u": 0o4700, "g": 0o2070, "o": _OTHERS}
_SHIFTS = {"u": 6, "g": 3, "o": 0}
_LETTERS = {"r": 0o444, "w": 0o222, "x": 0o111}
_EXECUTABLE = 0o111
_EVERY_BIT = 0o7777

_CLAUSE = late_pattern(r"([ugoa]*)((?:[-+=][rwxXstugo]*)+)")
_OPERATION = late_pattern(r"([-+=])([rwxXstugo]*)")


class _Change(NamedTuple):
    """One step; ``bits`` are those that it may touch."""

    action: str
    """``+`` or ``-``; ``X`` sets where something is executable; a class copies that class's permissions."""
    bits: int
    operator: str = ""
    """Of a copy: ``+``, ``-`` or ``=``."""
    targets: tuple[int, ...] = ()
    """Of a copy: how far the permissions of the classes that it goes to are shifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanges:
    """A symbolic mode that is well formed."""

    text: str

    def __post_init__(self) -> None:
        """Raise :class:`BuildError` for a text that is none."""
        _parse(self.text)

    def apply(self, mode: int, *, is_directory: bool) -> int:
        """The mode that a file of this mode gets."""
        changed = mode
        for change in _parse(self.text):
            match change.action:
                case "+":
                    changed |= change.bits
                case "-":
                    changed &= ~change.bits
                case "X":
                    if is_directory or mode & _EXECUTABLE:
                        changed |= change.bits
                case source:
                    changed = _copied(changed, source, change)
        return changed


def _copied(mode: int, source: str, change: _Change) -> int:
    permissions = mode >> _SHIFTS[source] & 0o7
    for shift in change.targets:
        if change.operator == "=":
            mode = mode & ~(0o7 << shift) | permissions << shift
        elif change.operator == "+":
            mode |= permissions << shift
        else:
            mode &= ~(permissions << shift)
    return mode


@lru_cache(maxsize=64)
def _parse(text: str) -> tuple[_Change, ...]:
    changes: list[_Change] = []
    for clause in text.split(","):
        found = _CLAUSE.fullmatch(clause)
        if found is None:
            raise BuildError(
                f"invalid mode {text!r}: invalid syntax",
                hint="octal digits such as 755, or changes such as u=rwX,go=rX",
            )
        classes = 0
        for letter in found[1]:
            classes |= _CLASSES[letter]
        for operator, letters in _OPERATION.findall(found[2]):
            changes.extend(_operation(operator, classes, letters))
    return tuple(changes)


def _operation(operator: str, classes: int, letters: str) -> list[_Change]:
    changes: list[_Change] = []
    bits = executable = 0
    cleared = False
    for letter in letters:
        if letter in _SHIFTS:
            changes += _set(operator, classes, bits) if bits else []
            changes += _set("X", classes, executable) if executable else []
            bits = executable = 0
            cleared = True
            changes.append(_copy(letter, operator, classes))
        elif letter == "X" and operator != "-":
            executable = _EXECUTABLE
        elif letter in "st":
            if classes == 0 or classes & ~_OTHERS:
                classes |= _STICKY if letter == "t" else 0
                bits |= _STICKY if letter == "t" else 0o6000
        else:
            bits |= _LETTERS[letter.lower()]
    if bits or (operator == "=" and not cleared):
        changes += _set(operator, classes, bits)
    return changes + (_set("X", classes, executable) if executable else [])


def _set(operator: str, classes: int, bits: int) -> list[_Change]:
    touched = _Change("+" if operator == "=" else operator, bits & (classes or _EVERY_BIT))
    return [_Change("-", classes or _EVERYBODY), touched] if operator == "=" else [touched]


def _copy(source: str, operator: str, classes: int) -> _Change:
    targets = tuple(shift for shift in _SHIFTS.values() if not classes or classes & 0o4 << shift)
    return _Change(source, 0, operator, targets)
