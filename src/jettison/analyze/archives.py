"""Archives that are of no use any more: beside what was unpacked from them, or of packages that are installed."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.analyze.ownership import Owner
from jettison.model.entry import EntryType
from jettison.model.tree import Tree
from jettison.packages.package import Ecosystem
from jettison.packages.purl import pypi_name

_PACKAGES = {".whl": (Ecosystem.PYPI, "-"), ".deb": (Ecosystem.DEB, "_"), ".rpm": (Ecosystem.RPM, "-")}
"""How packages end that are a file -> who installs them, and what parts their names from their versions."""
_ARCHIVES = (
    *(".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"),
    *(".tar", ".tgz", ".txz", ".tbz2", ".zip", ".7z", *_PACKAGES),
)
"""The longer ones first."""
LAST_LETTERS = frozenset([ending[-3:] for ending in _ARCHIVES])
"""Of all of them: most files are told apart by them at once."""
_ORIGINALS = "/ensurepip/"
"""Wheels that Python makes new environments of."""


class Archives:
    """Tells which archives are unpacked; every folder is looked at once. ``owners`` are the packages of the image."""

    def __init__(self, tree: Tree, owners: Iterable[Owner | None]) -> None:
        self._tree = tree
        self._known: dict[str, frozenset[str]] = {}
        self._owners = owners
        self._names: set[tuple[Ecosystem, str]] | None = None

    def are_unpacked(self, path: str) -> bool:
        """Whether a folder beside an archive has its name, or the beginning of it up to ``-`` or ``_``.

        Or whether the package that it is is installed.
        """
        folder, _, name = path.rpartition("/")
        ending = next((ending for ending in _ARCHIVES if name.endswith(ending)), "")
        if not ending or _ORIGINALS in path:
            return False
        stem = name.removesuffix(ending)
        starts = [stem[:number] for number, character in enumerate(stem) if character in "-_"]
        if ending in _PACKAGES:
            ecosystem, separator = _PACKAGES[ending]
            names = starts if ecosystem is Ecosystem.RPM else [stem.partition(separator)[0]]
            if any((ecosystem, pypi_name(each)) in self._installed() for each in names):
                return True
        beside = self._folders(folder)
        return bool(beside) and (stem in beside or any(start in beside for start in starts))

    def _installed(self) -> set[tuple[Ecosystem, str]]:
        """All packages of the image, which few images have archives of."""
        if self._names is None:
            owners = {id(owner): owner for owner in self._owners if owner is not None}.values()
            self._names = {(owner.ecosystem, pypi_name(owner.name)) for owner in owners}
        return self._names

    def _folders(self, parent: str) -> frozenset[str]:
        """The names of the folders in a folder."""
        known = self._known.get(parent)
        if known is None:
            entries, prefix = self._tree.entries, f"{parent}/" if parent else ""
            names = self._tree.children(parent)
            known = frozenset(name for name in names if entries[prefix + name].type is EntryType.DIRECTORY)
            self._known[parent] = known
        return known
