"""One pass over a tree that finds every package database in it, and reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jettison.errors import JettisonError
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.apk import read_apk
from jettison.packages.distribution import Distribution, read_distribution
from jettison.packages.dpkg import read_dpkg
from jettison.packages.go import SMALLEST_PROGRAM_BYTES, may_be_program, read_go
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.java import ENDINGS, is_java_archive, read_java
from jettison.packages.node import is_node_package, read_node
from jettison.packages.package import Catalog, Package, catalog_of
from jettison.packages.python import LISTS, is_python_metadata, read_python
from jettison.packages.rpm import read_rpm

MAX_PACKAGES = 200_000
_CONTENT = (EntryType.FILE, EntryType.HARDLINK)

_SYSTEM_READERS: tuple[tuple[str, Callable[[ImageFiles, Distribution], Iterator[Package]]], ...] = (
    ("var/lib/dpkg", read_dpkg),
    ("lib/apk/db", read_apk),
    ("var/lib/rpm", read_rpm),
)
"""The place that an error is told of, and the reader."""


_SYSTEM_FOLDERS = ("var/lib/dpkg/", "lib/apk/db/", "usr/lib/apk/db/", "var/lib/rpm/", "usr/lib/sysimage/rpm/")
_NAMES = ("/os-release", "/copyright", *LISTS)
"""Of files that are read beside those that tell of a package."""


def scan(tree: Tree, read_at: ReadAt) -> Catalog:
    """The packages of what ``tree`` shows. Nothing in an image makes it raise: what cannot be read is told."""
    files = ImageFiles(tree, read_at)
    packages: list[Package] = []
    distribution = read_distribution(files)
    for place, read_system in _SYSTEM_READERS:
        _take(packages, files, place, read_system(files, distribution))
    named = [path for path in tree.paths() if path[-3:] in _LAST_LETTERS]
    readers = {path: reader for path in named if (reader := _reader_by_name(path)) is not None}
    for path in dict.fromkeys([*readers, *tree.large_programs(SMALLEST_PROGRAM_BYTES)]):
        entry = tree.entries[path]
        found = readers.get(path) or (read_go if may_be_program(entry) else None)
        if found is not None and entry.type in _CONTENT:
            _take(packages, files, path, found(files, entry))
    return catalog_of(packages, files.unread)


def is_read(entry: Entry) -> bool:
    """Whether :func:`scan` may read the content of a file: what of an image that passes by is to be kept for it."""
    path = entry.path
    return path.startswith(_SYSTEM_FOLDERS) or path.endswith(_NAMES) or _reader_of(entry) is not None


_LAST_LETTERS = frozenset(name[-3:] for name in ("METADATA", "PKG-INFO", ".egg-info", "package.json", *ENDINGS))
"""Of the names that readers look for: most files are told apart by them at once."""


_Reader = Callable[[ImageFiles, Entry], Iterator[Package]]


def _reader_of(entry: Entry) -> _Reader | None:
    if entry.path[-3:] in _LAST_LETTERS and (reader := _reader_by_name(entry.path)) is not None:
        return reader
    return read_go if may_be_program(entry) else None


def _reader_by_name(path: str) -> _Reader | None:
    if is_python_metadata(path):
        return read_python
    if is_node_package(path):
        return read_node
    return read_java if is_java_archive(path) else None


def _take(packages: list[Package], files: ImageFiles, place: str, found: Iterator[Package]) -> None:
    try:
        for package in found:
            if len(packages) >= MAX_PACKAGES:
                files.note(place, f"not read to the end: {MAX_PACKAGES} packages were found before")
                return
            packages.append(package)
    except JettisonError as error:
        files.note(place, f"not read to the end: {error.message}")
