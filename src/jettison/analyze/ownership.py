"""Whom the files of an image belong to: its packages, and what each of them is for.

Said in plain values without the lists of files that packages have, so that another process may find it out.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import repeat

from jettison.analyze.kinds import Category
from jettison.analyze.need import Needs
from jettison.analyze.requirements import roles_of
from jettison.analyze.tool_use import used_later
from jettison.layer.entry_columns import IDS
from jettison.layer.row_tree import RowTree
from jettison.packages.image_files import ReadAt
from jettison.packages.package import Ecosystem
from jettison.packages.scan import scan
from jettison.tuples import NamedTuple

NOBODY = 0
"""The number of no owner."""


class Owner(NamedTuple):
    """A package that files belong to."""

    ecosystem: Ecosystem
    name: str
    version: str
    role: str | None
    """The kind of tool chain that it is a part of, if any."""
    category: Category
    """What its files count as otherwise."""


class Ownership(NamedTuple):
    """The owners of all that a tree shows."""

    owners: Sequence[Owner]
    """By their numbers, the first of which is 1."""
    numbers: array[int]
    """Of everything in :attr:`~jettison.layer.row_tree.RowTree.shown`, in that order: its owner, or ``NOBODY``."""
    unread: tuple[str, ...]
    """Where there may be more, for people: not empty, the owners are not all."""
    used_later: frozenset[str]
    """Kinds of tools that packages may start when they are used."""

    def owner(self, number: int) -> Owner | None:
        """The owner of that number; None for ``NOBODY``."""
        return self.owners[number - 1] if number else None

    def owner_of(self, tree: RowTree, path: str) -> Owner | None:
        """The owner of a path of the tree that this was found for."""
        return self.owner(self.number_of(tree, path))

    def number_of(self, tree: RowTree, path: str) -> int:
        """The number of that one."""
        row = tree.places.row(path)
        return NOBODY if row is None else self.numbers[bisect_left(tree.shown.rows, row)]


def find_ownership(
    tree: RowTree, needs: Needs, read_at: ReadAt, *, base_layers: int, runs_nothing: bool = False
) -> Ownership:
    """Read all package databases of an image. Each file has one owner, see :class:`~jettison.packages.package.Catalog`.

    ``runs_nothing``: see :func:`~jettison.analyze.requirements.roles_of`. Nothing in an image makes it raise: what
    cannot be read is told.
    """
    catalog = scan(tree, read_at)
    roles = roles_of(catalog, tree, needs, read_at, base_layers=base_layers, runs_nothing=runs_nothing)
    packages = [package for package in catalog.packages if package.files]
    found: dict[str, int] = {}
    for number in range(len(packages), 0, -1):  # the first of them has the file
        found.update(zip(packages[number - 1].files, repeat(number)))
    return Ownership(
        owners=[Owner(package.ecosystem, package.name, package.version, *roles.role(package)) for package in packages],
        numbers=array(IDS, map(found.get, tree.shown.paths, repeat(NOBODY))),
        unread=tuple(map(str, catalog.unread)),
        used_later=used_later(packages),
    )
