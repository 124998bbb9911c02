"""Which packages of node programs are there for development only: what ``npm ci --omit=dev`` leaves out.

Packages are looked up as node does it, folder by folder upwards and through the links of pnpm, so that it does not
matter who installed them. What the ``dependencies`` of a program lead to stays; what its ``devDependencies`` lead to
besides is for development; of what neither leads to nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from jettison.analyze.need import Needs
from jettison.errors import BuildError, IntegrityError
from jettison.model.tree import Tree
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.node import FOR_DEVELOPMENT, FOR_RUNNING, MANIFEST, wanted_names
from jettison.packages.package import Ecosystem, Package
from jettison.tuples import NamedTuple

_INSTALLED = "node_modules"
_MAX_MANIFEST_BYTES = 4 << 20
_MAX_FILES = 200_000
"""That are looked through for the manifests of one project."""
_INSTALLERS: tuple[tuple[str, str], ...] = (
    ("node_modules/.pnpm", "pnpm-development"),
    ("pnpm-lock.yaml", "pnpm-development"),
    ("yarn.lock", "yarn-development"),
    ("node_modules/.yarn-integrity", "yarn-development"),
    ("node_modules/.yarn-state.yml", "yarn-development"),
)
"""What lies in a project -> the kind that tells who installed its packages. None of these: npm."""


class _Wanted(NamedTuple):
    """Packages that are asked for by name in a folder."""

    folder: str
    names: tuple[str, ...]


def development_packages(packages: Iterable[Package], tree: Tree, needs: Needs, read_at: ReadAt) -> Mapping[str, str]:
    """The ``source`` of each package that is there for development only -> its kind.

    A package with a file that the image's command leads to is none of them, and neither is what that one requires.
    """
    installed = {_folder(package.source): package for package in packages if package.ecosystem is Ecosystem.NPM}
    files = ImageFiles(tree, read_at)
    running: list[_Wanted] = []
    development: list[_Wanted] = []
    projects = {_project(folder) for folder in installed if _INSTALLED in folder}
    for project in _outermost({each for each in projects if _joined(each, MANIFEST) in tree.entries}):
        for each, found in zip((running, development), _wanted(files, project), strict=True):
            each += found
    if not any(each.names for each in development):
        return {}
    started = [folder for folder, package in installed.items() if any(path in needs.reasons for path in package.files)]
    running += [_Wanted(folder, installed[folder].requires) for folder in started]
    goes = _reached(development, installed, tree) - _reached(running, installed, tree) - set(started)
    return {installed[folder].source: _kind(folder, tree) for folder in goes}


def _outermost(projects: Collection[str]) -> Iterator[str]:
    """Those that lie in no other one: with each of them, all that is in it is looked through."""
    for project in projects:
        above = project
        while above and (above := above.rpartition("/")[0]) not in projects:
            pass
        if not project or above not in projects:
            yield project


def _kind(folder: str, tree: Tree) -> str:
    """By who installed a package."""
    project = _project(folder)
    return next((kind for place, kind in _INSTALLERS if _joined(project, place) in tree.entries), "npm-development")


def _wanted(files: ImageFiles, project: str) -> tuple[list[_Wanted], list[_Wanted]]:
    """What a project, and programs in folders of it, want for running and for development.

    Nothing at all where there is too much to look through.
    """
    running: list[_Wanted] = []
    development: list[_Wanted] = []
    manifests = []
    for number, path in enumerate(files.tree.paths_below(project, leaving_out=_INSTALLED)):
        if number >= _MAX_FILES:
            return running, development
        if path.rpartition("/")[2] == MANIFEST:
            manifests.append(path)
    for path in manifests:
        document = _document(files, path)
        running.append(_Wanted(_folder(path), wanted_names(document, FOR_RUNNING)))
        development.append(_Wanted(_folder(path), wanted_names(document, FOR_DEVELOPMENT)))
    return running, development


def _document(files: ImageFiles, path: str) -> object:
    try:
        return json.loads(files.text(path, _MAX_MANIFEST_BYTES) or "null")
    except (ValueError, RecursionError, IntegrityError):
        return None


def _reached(start: Iterable[_Wanted], installed: Mapping[str, Package], tree: Tree) -> set[str]:
    """The folders of the packages that the names lead to, one package asking for the next."""
    pending, found = list(start), set[str]()
    while pending:
        for folder in _found(pending.pop(), installed, tree):
            if folder not in found:
                found.add(folder)
                pending.append(_Wanted(folder, installed[folder].requires))
    return found


def _found(wanted: _Wanted, installed: Mapping[str, Package], tree: Tree) -> Iterator[str]:
    """Where node finds the packages: in the nearest ``node_modules`` folder above that has one of the name."""
    above = list(_above(wanted.folder))
    for name in wanted.names:
        for folder in above:
            place = _joined(folder, f"{_INSTALLED}/{name}")
            if place in tree.entries:
                place = place if place in installed else _resolved(tree, place)
                if place in installed:
                    yield place
                break


def _above(folder: str) -> Iterator[str]:
    """A folder and those above it, the root at last; folders of installed packages are no programs."""
    while True:
        if folder.rpartition("/")[2] != _INSTALLED:
            yield folder
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _resolved(tree: Tree, path: str) -> str:
    try:
        return tree.resolve(path)
    except BuildError:  # links in a loop
        return path


def _project(folder: str) -> str:
    """The folder of the program that a package was installed for."""
    return f"/{folder}".partition(f"/{_INSTALLED}/")[0].removeprefix("/")


def _folder(manifest: str) -> str:
    return manifest.rpartition("/")[0]


def _joined(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path
