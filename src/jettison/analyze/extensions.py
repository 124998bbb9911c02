"""Which libraries the shared objects and programs ask for that an image brings beside its packages.

The extensions of ruby, node and PHP that were compiled while the image was built, and plug-ins of programs: nothing
tells which are loaded, and each wants the libraries that it was linked with, which came with a ``-dev`` package.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import partial

from jettison.analyze.places import Places
from jettison.errors import IntegrityError
from jettison.model.entry import EntryType
from jettison.model.tree import Tree
from jettison.packages.elf_links import read_links
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.package import Package

_SYSTEM = ("bin/", "lib/", "lib64/", "sbin/", "usr/bin/", "usr/lib/x86_64", "usr/lib64/", "usr/sbin/", "usr/share/")
"""Where packages of a distribution have theirs, which say themselves what they depend on."""
_ENDINGS = (".so", ".node")
_SMALLEST_PROGRAM_BYTES = 10_000
_MAX_READ = 3000
"""Files. An image with more of them is a distribution of its own."""


def wanted_packages(packages: Iterable[Package], tree: Tree, read_at: ReadAt) -> frozenset[str]:
    """The packages of a distribution that have such a library."""
    installed = [package for package in packages if package.ecosystem.is_system]
    names = _library_names(tree, read_at, {path for package in installed for path in package.files})
    return frozenset(
        package.name for package in installed if any(path.rpartition("/")[2] in names for path in package.files)
    )


def _library_names(tree: Tree, read_at: ReadAt, packaged: Container[str]) -> frozenset[str]:
    """The names of the libraries, as ELF headers have them: ``libpq.so.5``."""
    files, places, found = ImageFiles(tree, read_at), Places(), set[str]()
    programs = frozenset(tree.large_programs(_SMALLEST_PROGRAM_BYTES))
    left = _MAX_READ
    for path in tree.paths():
        is_shared = path.endswith(_ENDINGS) or ".so." in path
        if not (is_shared or path in programs) or path.startswith(_SYSTEM) or path in packaged:
            continue
        if places.of_folder(path.rpartition("/")[0]).kind is not None or tree.type_of(path) is not EntryType.FILE:
            continue
        left -= 1
        if left < 0:
            break
        entry = tree.entries[path]
        try:
            links = read_links(partial(files.at, entry), entry.size)
        except IntegrityError:
            continue
        if links is not None:
            found.update(links.libraries)
    return frozenset(found)
