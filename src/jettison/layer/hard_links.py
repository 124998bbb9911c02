"""Hard links in a table of entries, where one name is the FILE and the others point to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.model.entry import Entry, EntryType
from jettison.tuples import NamedTuple

_MAX_HOPS = 64


class Heir(NamedTuple):
    """A hard link that becomes the file, since the name that was the file goes."""

    path: str
    target: str
    """The name that goes."""


def links_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Path -> path of the file, for all hard links among ``entries``."""
    return {entry.path: entry.link for entry in entries if entry.type is EntryType.HARDLINK}


def final_target(link: Entry, *tables: Mapping[str, Entry]) -> str:
    """The path of the file that a hard link means, looked up in the first table that has it; links to links are
    followed.
    """
    path = link.link
    for _ in range(_MAX_HOPS):
        entry = next((table[path] for table in tables if path in table), None)
        if entry is None or entry.type is not EntryType.HARDLINK:
            return path
        path = entry.link
    return link.link


def release(entries: dict[str, Entry], links: dict[str, str], gone: set[str]) -> list[Heir]:
    """Forget the links in ``gone``, and give the files in ``gone`` that other links point to on to the first of those.

    To be called while ``entries`` still holds what goes; afterwards nothing outside of ``gone`` points into it.
    """
    for path in gone.intersection(links):
        del links[path]
    orphans: dict[str, list[str]] = {}
    for path, target in links.items():
        if target in gone and target in entries:
            orphans.setdefault(target, []).append(path)
    heirs: list[Heir] = []
    for target, paths in orphans.items():
        first, *others = sorted(paths, key=walk_order)
        heirs.append(Heir(first, target))
        entries[first] = entries[target]._replace(path=first)
        del links[first]
        for other in others:
            links[other] = first
            entries[other] = entries[other]._replace(link=first)
    return heirs


def walk_order(path: str) -> bytes:
    """Sorts as a walk does: a directory, what lies in it, its next sibling; siblings in byte order."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\x00")
