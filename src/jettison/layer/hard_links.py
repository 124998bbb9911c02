"""Hard links in a table of entries, where one name is the FILE and the others point to it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from jettison.model.entry import Entry, EntryType
from jettison.tuples import NamedTuple

_MAX_HOPS = 64


class Heir(NamedTuple):
    """A hard link that becomes the file, since the name that was the file goes."""

    path: str
    target: str
    """The name that goes."""
    others: tuple[str, ...] = ()
    """The links that mean ``path`` from here on."""


def links_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Path -> path of the file, for all hard links among ``entries``."""
    return {entry.path: entry.link for entry in entries if entry.type is EntryType.HARDLINK}


def final_target(link: str, link_of: Callable[[str], str | None]) -> str:
    """The path of the file that a hard link to ``link`` means; links to links are followed.

    ``link_of`` tells where the hard link at a path leads to: None for what is none.
    """
    path = link
    for _ in range(_MAX_HOPS):
        further = link_of(path)
        if further is None:
            return path
        path = further
    return link


def heirs_of(names: Container[str], links: dict[str, str], gone: set[str]) -> list[Heir]:
    """Forget the links in ``gone``, and say who inherits the files in ``gone`` that other links point to.

    To be called while ``names`` still has what goes; afterwards no link outside of ``gone`` points into it.
    """
    for path in gone.intersection(links):
        del links[path]
    orphans: dict[str, list[str]] = {}
    for path, target in links.items():
        if target in gone and target in names:
            orphans.setdefault(target, []).append(path)
    heirs: list[Heir] = []
    for target, paths in orphans.items():
        first, *others = sorted(paths, key=walk_order)
        del links[first]
        links.update(dict.fromkeys(others, first))
        heirs.append(Heir(first, target, tuple(others)))
    return heirs


def release(entries: dict[str, Entry], links: dict[str, str], gone: set[str]) -> list[Heir]:
    """Give the files in ``gone`` that links outside of it point to on to the first of those: :func:`heirs_of`."""
    heirs = heirs_of(entries, links, gone)
    for heir in heirs:
        entries[heir.path] = entries[heir.target]._replace(path=heir.path)
        for other in heir.others:
            entries[other] = entries[other]._replace(link=heir.path)
    return heirs


def walk_order(path: str) -> bytes:
    """Sorts as a walk does: a directory, what lies in it, its next sibling; siblings in byte order."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\x00")
