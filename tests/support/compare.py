"""How two pictures differ, as lines for people, less the differences that are known and justified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import zip_longest

from tests.support.flatten import Node, Picture

from jettison.frozen import dataclass, fields

MISSING = "missing"
CONTENT = "content"
"""Size and digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A difference that is not a fault. Each is told in docs/compat.md under its ``name``."""

    name: str
    where: str
    """A glob over paths (``*`` crosses slashes), ``config.FIELD``, ``history`` or ``layers``."""
    what: frozenset[str]
    """Which fields of a node may differ; ``missing``: the path may be absent from either side."""
    oracles: frozenset[str] = frozenset()
    """Empty: every oracle."""

    def covers(self, oracle: str, difference: Difference) -> bool:
        """Whether this allows the difference."""
        if self.oracles and oracle not in self.oracles:
            return False
        return fnmatchcase(difference.where, self.where) and (not self.what or difference.what in self.what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of one path, or of the config, in which two images differ."""

    where: str
    what: str
    ours: object
    theirs: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: ours {self.ours!r}, theirs {self.theirs!r}"


def compare(ours: Picture, theirs: Picture) -> Iterator[Difference]:
    """All differences, files first."""
    for path in sorted(ours.nodes.keys() | theirs.nodes.keys()):
        yield from _compare_nodes(path, ours.nodes.get(path), theirs.nodes.get(path))
    for key in sorted(ours.config.keys() | theirs.config.keys()):
        mine, other = ours.config.get(key), theirs.config.get(key)
        if mine != other:
            yield Difference(where=f"config.{key}", what="value", ours=mine, theirs=other)


def compare_history(ours: Picture, theirs: Picture) -> Iterator[Difference]:
    """What the images tell of their instructions, and how many layers those made."""
    if ours.history != theirs.history:
        pairs = list(zip_longest(ours.history, theirs.history))
        mine, other = next(pair for pair in pairs if pair[0] != pair[1])
        yield Difference(where="history", what="value", ours=mine, theirs=other)
    if ours.layers != theirs.layers:
        yield Difference(where="layers", what="value", ours=ours.layers, theirs=theirs.layers)


def unexplained(differences: Iterable[Difference], oracle: str, allowances: Iterable[Allowance]) -> list[str]:
    """The differences that nothing allows, as text."""
    known = tuple(allowances)
    return [str(found) for found in differences if not any(allowance.covers(oracle, found) for allowance in known)]


def _compare_nodes(path: str, ours: Node | None, theirs: Node | None) -> Iterator[Difference]:
    where = f"/{path}"
    if ours is None or theirs is None:
        yield Difference(where=where, what=MISSING, ours=ours and ours.type, theirs=theirs and theirs.type)
        return
    for field in fields(Node):
        if not field.compare:
            continue
        mine, other = getattr(ours, field.name), getattr(theirs, field.name)
        if mine != other:
            what = CONTENT if field.name in {"size", "digest"} else field.name
            yield Difference(where=where, what=what, ours=mine, theirs=other)
