"""Layers on top of each other, whatever stands for an entry: the rules of whiteouts, folders and hard links.

What overlayfs shows of the unpacked layers is what comes out (OCI image-spec, layer.md): whiteouts and opaque markers
reach only the layers below; a directory over a directory takes the upper's metadata and keeps the lower's children;
anything else replaces what was there. A parent that a layer does not name is kept where it is a directory, made
otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence

from jettison.hints import Generic, TypeVar
from jettison.layer.hard_links import Heir
from jettison.layer.layer_table import LayerTable

_T = TypeVar("_T")


class Applied(Generic[_T]):
    """What a layer did to the tree below it."""

    __slots__ = ("gone", "lost", "placed", "relinked")

    def __init__(
        self, placed: Collection[str], gone: Mapping[str, _T], relinked: Sequence[str], lost: Sequence[str]
    ) -> None:
        self.placed = placed
        """The paths that it says something of, deletions apart."""
        self.gone = gone
        """What was at the paths that it deletes or takes the place of; ``placed`` has those that it fills again."""
        self.relinked = relinked
        """Hard links to names that went: the first of them is the file now, the others mean that one."""
        self.lost = lost
        """Those of ``gone`` that were files whose content no name of the tree leads to any more."""


class Stack(ABC, Generic[_T]):
    """A tree under construction: path -> what stands for an entry.

    What that is, and so what it tells, is for the classes below this one to say.
    """

    def __init__(self, entries: MutableMapping[str, _T], links: dict[str, str]) -> None:
        self.entries = entries
        self.links = links
        """The hard links of ``entries``: path -> path of the file."""

    def put(self, layer: LayerTable[_T]) -> Applied[_T]:
        """Put a layer on top, whose table is used up by it; all that it did."""
        new, below = layer.entries, self.entries
        gone = {path: below[path] for path in layer.whiteouts if path in below}
        gone.update((path, entry) for path, entry in self._overlap(layer) if not self._is_merged(entry, new[path]))
        folders = [path for path, entry in gone.items() if self._is_folder(entry)]
        gone.update(self._below([*folders, *layer.opaques]))
        kept = {path for path in layer.implied if path in below and path not in gone}
        new_links = self._links_in(new) if layer.has_links else {}
        heirs = self._release(set(gone)) if self.links else []
        inherited = {heir.target for heir in heirs}
        removed = {path: gone[path] for path in sorted(gone)}  # one order on every run: the page of an image follows it
        self._remove(removed)
        is_file = self._is_file
        lost = [path for path, entry in removed.items() if is_file(entry) and path not in inherited]
        for path in kept:
            del new[path]
        self._add(layer)
        self.links.update(new_links)
        relinked = (*(heir.path for heir in heirs), *(path for heir in heirs for path in heir.others))
        return Applied(new.keys(), removed, relinked, lost)

    @abstractmethod
    def _is_folder(self, entry: _T) -> bool:
        """Whether a directory stands there."""

    @abstractmethod
    def _is_file(self, entry: _T) -> bool:
        """Whether it is a file with content of its own."""

    @abstractmethod
    def _links_in(self, new: dict[str, _T]) -> dict[str, str]:
        """The hard links of a layer -> the files that they mean, in the layer or below it."""

    @abstractmethod
    def _release(self, gone: set[str]) -> list[Heir]:
        """Give files in ``gone`` on to links that stay: see :func:`jettison.layer.hard_links.heirs_of`."""

    def _is_merged(self, lower: _T, upper: _T) -> bool:
        """Whether the upper entry merges with the lower one, instead of taking its place, children and all."""
        return self._is_folder(upper) and self._is_folder(lower)

    @abstractmethod
    def _overlap(self, layer: LayerTable[_T]) -> Iterable[tuple[str, _T]]:
        """The paths of a layer that are in the tree already, and what the tree has there."""

    @abstractmethod
    def _below(self, tops: Iterable[str]) -> Iterable[tuple[str, _T]]:
        """All that lies in the folders at any depth."""

    @abstractmethod
    def _remove(self, paths: Iterable[str]) -> None:
        """Take out paths that are all in the tree."""

    @abstractmethod
    def _add(self, layer: LayerTable[_T]) -> None:
        """Put the entries of a layer in the places that are free for them."""
