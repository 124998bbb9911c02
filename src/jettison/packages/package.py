"""What is known of a package that an image holds, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.enums import StrEnum
from jettison.frozen import dataclass


class Ecosystem(StrEnum):
    """Where a package comes from; the values are the types of package URLs."""

    APK = "apk"
    DEB = "deb"
    RPM = "rpm"
    GOLANG = "golang"
    MAVEN = "maven"
    NPM = "npm"
    PYPI = "pypi"

    @property
    def is_system(self) -> bool:
        """Whether it is the package manager of a distribution, which lists every file that it installs."""
        return self in (Ecosystem.APK, Ecosystem.DEB, Ecosystem.RPM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package. What its database does not say is empty."""

    ecosystem: Ecosystem
    name: str
    version: str
    purl: str
    """The package URL, by which scanners look for it."""
    source: str
    """Image path of the file that tells of it."""
    licences: tuple[str, ...] = ()
    """As the package states them, several where it names several; not always SPDX expressions."""
    supplier: str = ""
    """Who made or maintains it, often with an address in angle brackets."""
    homepage: str = ""
    summary: str = ""
    requires: tuple[str, ...] = ()
    """Names of the packages that it asks for, every alternative; of ``apk`` and ``rpm`` also of what is in them."""
    recommends: tuple[str, ...] = ()
    """Names of those that it can do without, ``deb``."""
    provides: tuple[str, ...] = ()
    """Other names that it answers to where somebody asks for them; ``apk``, ``deb``, ``rpm``."""
    files: tuple[str, ...] = ()
    """Sorted image paths of what it brought and what is still there; directories are nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A place where there are or may be packages that were not read, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"/{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All packages of an image, those of the distribution first, then by ecosystem, name and version."""

    packages: tuple[Package, ...] = ()
    unread: tuple[Unread, ...] = ()
    """Not empty: the catalog is incomplete."""

    def owners(self) -> Mapping[str, Package]:
        """Image path -> the package that the file belongs to.

        Each file has one owner: where a distribution packages a Python library, the file is the distribution's.
        """
        owners: dict[str, Package] = {}
        for package in self.packages:
            for path in package.files:
                owners.setdefault(path, package)
        return owners


def catalog_of(packages: Iterable[Package], unread: Iterable[Unread]) -> Catalog:
    """The catalog of what was found in any order."""
    ordered = sorted(
        dict.fromkeys(packages),  # of several with one name from one place, in the order in which they were found
        key=lambda found: (not found.ecosystem.is_system, found.ecosystem, found.name, found.version, found.source),
    )
    return Catalog(packages=tuple(ordered), unread=tuple(sorted(set(unread), key=lambda gap: (gap.path, gap.reason))))
