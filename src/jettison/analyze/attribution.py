"""What each layer adds to an image, and what of it is still seen when all layers lie on top of each other.

Counted are the bytes of contents, as docker counts the size of a layer. Whatever a layer says twice, or another layer
deletes or takes the place of, is wasted where it lies; the content of a file is seen as long as any of its names is.
So for every layer: added = visible + wasted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial

from jettison.analyze.efficiency import Efficiency
from jettison.frozen import dataclass, field, replace
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import LayerTable, layer_table
from jettison.layer.merge import Applied, Stack
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.tuples import NamedTuple


class Fate(StrEnum):
    """What became of a content that is not seen any more."""

    DELETED = "deleted"
    OVERWRITTEN = "overwritten"
    """By another content under the same name."""
    COPIED_UP = "copied-up"
    """The same content lies in an upper layer once more: only mode, owner, time or attributes differ."""
    REPEATED = "repeated"
    """The same file lies in an upper layer once more, and nothing differs."""


class Wasted(NamedTuple):
    """A file of one layer whose content is not seen in the end."""

    entry: Entry
    layer: int
    """Where its bytes lie."""
    by: int
    """The layer that made them waste."""
    fate: Fate


_WASTED: Callable[[tuple[Entry, int, int, Fate]], Wasted] = partial(tuple.__new__, Wasted)
"""Makes one in half of the time: there may be a hundred thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWeight:
    """The bytes of one layer."""

    number: int
    diff_id: Digest
    tar_bytes: int
    """The length of its uncompressed tar, headers and padding included."""
    added_bytes: int
    visible_bytes: int
    files: int

    @property
    def wasted_bytes(self) -> int:
        """What nobody sees."""
        return self.added_bytes - self.visible_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The weight of a stack of layers."""

    layers: tuple[LayerWeight, ...]
    wasted: tuple[Wasted, ...]
    """Every content that is not seen, in the order in which it was lost."""
    tree: Tree = field(repr=False)
    efficiency: float
    """As dive defines it: see :mod:`jettison.analyze.efficiency`."""
    repeated_bytes: int
    """What dive calls wasted: all sizes of the paths that are said more than once."""

    @property
    def total_bytes(self) -> int:
        """What docker calls the size of the image."""
        return sum(layer.added_bytes for layer in self.layers)

    @property
    def wasted_bytes(self) -> int:
        """What nobody sees of it."""
        return sum(layer.wasted_bytes for layer in self.layers)


Watch = Callable[[int, Stack, Applied], object]
"""Is shown each layer once it lies on the stack."""


def attribute(indexes: Sequence[LayerIndex], *, watch: Watch | None = None) -> Attribution:
    """Weigh the layers, the lowest first."""
    stack = Stack()
    efficiency = Efficiency()
    wasted: list[Wasted] = []
    weights: list[LayerWeight] = []
    for number, index in enumerate(indexes):
        table = layer_table(index.entries)
        added_bytes = index.content_bytes
        said_bytes = added_bytes
        deletions = len(table.whiteouts) + len(table.opaques)
        if len(table.entries) - len(table.implied) + deletions != len(index.entries):
            said_bytes = sum([entry.size for entry in table.entries.values()])
            if added_bytes != said_bytes:
                wasted += _said_twice(index, table, number)
        weights.append(
            LayerWeight(
                number=number,
                diff_id=index.diff_id,
                tar_bytes=index.tar_bytes,
                added_bytes=added_bytes,
                visible_bytes=0,
                files=len(index.entries) - deletions,
            )
        )
        empty = table.empty_folders()
        applied = stack.put(table, number)
        if watch is not None:
            watch(number, stack, applied)
        efficiency.add(table.entries, said_bytes, table.whiteouts, empty, applied)
        for entry, layer in applied.lost:
            wasted.append(_WASTED((entry, layer, number, _fate(entry, stack.entries.get(entry.path)))))
    lost_bytes = [0] * len(indexes)
    for entry, layer, _, _ in wasted:
        lost_bytes[layer] += entry.size
    return Attribution(
        layers=tuple(
            replace(weight, visible_bytes=weight.added_bytes - gone_bytes)
            for weight, gone_bytes in zip(weights, lost_bytes, strict=True)
        ),
        wasted=tuple(wasted),
        tree=stack.tree(),
        efficiency=efficiency.score,
        repeated_bytes=efficiency.repeated_bytes,
    )


def _said_twice(index: LayerIndex, table: LayerTable, number: int) -> Iterator[Wasted]:
    """The files that the same layer takes back: a later member of the tar has their place."""
    kept = {entry.offset for entry in table.entries.values() if entry.type is EntryType.FILE}
    for entry in index.entries:
        if entry.type is EntryType.FILE and entry.offset not in kept:
            yield Wasted(entry, number, number, _fate(entry, table.entries.get(entry.path)))


def _fate(old: Entry, new: Entry | None) -> Fate:
    if new is None or new.type is not EntryType.FILE:
        return Fate.DELETED if new is None or new.type is EntryType.DIRECTORY else Fate.OVERWRITTEN
    if old.digest != new.digest:
        return Fate.OVERWRITTEN
    same = (old.mode, old.uid, old.gid, old.mtime_ns, old.xattrs) == (
        new.mode,
        new.uid,
        new.gid,
        new.mtime_ns,
        new.xattrs,
    )
    return Fate.REPEATED if same else Fate.COPIED_UP
