"""What is in use though it lies where ballast does: links lead into a cache, a program runs in a temporary folder.

Package managers that keep a store of what they downloaded put links to it into the program's folder (uv, pnpm, conda).
A content that has such a name is no ballast: without the store it would still be there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import compress
from operator import and_

from jettison.analyze.kinds import KINDS, Category
from jettison.analyze.need import ENVIRONMENT, NAMED, Needs
from jettison.analyze.places import Places
from jettison.layer.row_tree import RowTree
from jettison.layer.rows import SYMLINK
from jettison.model.config import RunConfig

_SCRATCH = frozenset({"", "tmp", "var/tmp"})
"""Folders that a program may lie in without making everything in them its own."""
_STORES = ("cache", "store", "pkgs")
"""One of these is a part of the path of every cache that links lead into."""
_IS_SYMLINK = bytes(letter == SYMLINK for letter in range(256))
_LANGUAGES = ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES")


def folders_in_use(tree: RowTree, needs: Needs, run: RunConfig) -> frozenset[str]:
    """The folders that the program runs in, what links from elsewhere lead to, the translations for its language."""
    started = [path for path, why in needs.reasons.items() if why == NAMED]
    found = {path.rpartition("/")[0] for path in (needs.program, *started)} | {run.working_dir.strip("/")}
    found.update(folder for folder, why in needs.folders.items() if why == ENVIRONMENT)
    places = Places()
    found = {path for path in found - _SCRATCH if not _is_tool_chain(places, path)}
    found.update(_linked_stores(tree, places))
    found.update(_translations(run.environment()))
    return frozenset(found)


def other_names(tree: RowTree, places: Places, needs: Needs) -> Mapping[str, str]:
    """The path of a content that lies where ballast does -> another name of it, which lies elsewhere."""
    found: dict[str, str] = {}
    for name, path in sorted(tree.links.items()):
        lies_in_ballast = places.of_folder(path.rpartition("/")[0]).kind is not None
        is_better = path not in found or (name in needs.reasons and found[path] not in needs.reasons)
        if lies_in_ballast and is_better and places.of_folder(name.rpartition("/")[0]).kind is None:
            found[path] = name
    return found


def _is_tool_chain(places: Places, path: str) -> bool:
    kind = places.of_folder(path).kind
    return kind is not None and KINDS[kind].category is Category.TOOL_CHAIN


def _linked_stores(tree: RowTree, places: Places) -> Iterator[str]:
    """The caches that symbolic links from elsewhere lead into: such a one is no mount, or the links lead nowhere."""
    types, link, paths = tree.rows.types, tree.rows.link, tree.rows.paths
    is_link = map(and_, tree.shown.mask, types.translate(_IS_SYMLINK))
    for row in compress(range(len(types)), is_link) if SYMLINK in types else ():
        path, target = paths[row], link(row)
        folder = path.rpartition("/")[0]
        if any(name in target for name in _STORES) and not _is_cache(places, folder):
            aim = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if aim != path and _is_cache(places, aim.rpartition("/")[0]):
                while places.of_folder(above := aim.rpartition("/")[0]).kind == places.of_folder(aim).kind:
                    aim = above
                yield aim


def _is_cache(places: Places, folder: str) -> bool:
    kind = places.of_folder(folder).kind
    return kind is not None and KINDS[kind].category is Category.CACHES


def _translations(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in _LANGUAGES:
        for language in environment.get(variable, "").split(":"):
            bare = language.partition(".")[0].partition("@")[0]
            for name in {language, bare, bare.partition("_")[0]} - {"", "C", "POSIX"}:
                yield f"usr/share/locale/{name}"
