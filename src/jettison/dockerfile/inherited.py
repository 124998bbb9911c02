"""A map that stages hand on to the stages built on them: each adds to it, and none copies it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class InheritedMap(Mapping[str, str]):
    """Names and values, in the order in which the names came, on top of what the stages below left.

    What was inherited lies in levels, each more than twice as large as the one on top of it: there are few to look
    into, and a name is moved from one into another seldom, however many stages stand on each other.
    """

    __slots__ = ("_levels", "_own")

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._own: dict[str, str] = dict(known or {})
        self._levels: tuple[dict[str, str], ...] = ()
        """The newest first; never changed."""

    def __getitem__(self, name: str) -> str:
        if name in self._own:
            return self._own[name]
        for level in self._levels:
            if name in level:
                return level[name]
        raise KeyError(name)

    def __setitem__(self, name: str, value: str) -> None:
        self._own[name] = value

    def update(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
        """Add names; one that is there already keeps its place."""
        self._own.update(pairs)

    def __iter__(self) -> Iterator[str]:
        older: list[dict[str, str]] = []
        for level in (*reversed(self._levels), self._own):
            for name in level:
                if not any(name in other for other in older):
                    yield name
            older.append(level)

    def __len__(self) -> int:
        return len(self.whole()) if self._levels else len(self._own)

    def whole(self) -> dict[str, str]:
        """All of it as a dict of its own."""
        names: dict[str, str] = {}
        for level in (*reversed(self._levels), self._own):
            names.update(level)
        return names

    def on_top(self) -> InheritedMap:
        """A map that begins as this one is now."""
        if self._own:
            top, levels = self._own, self._levels
            while levels and len(levels[0]) <= 2 * len(top):
                top, levels = levels[0] | top, levels[1:]
            self._own, self._levels = {}, (top, *levels)
        made = InheritedMap()
        made._levels = self._levels
        return made
