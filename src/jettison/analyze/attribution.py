"""What each layer adds to an image, and what of it is still seen when all layers lie on top of each other.

Counted are the bytes of contents, as docker counts the size of a layer. Whatever a layer says twice, or another layer
deletes or takes the place of, is wasted where it lies; the content of a file is seen as long as any of its names is.
So for every layer: added = visible + wasted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from jettison.analyze.efficiency import Efficiency
from jettison.enums import StrEnum
from jettison.frozen import dataclass, field, replace
from jettison.layer.index import LayerIndex
from jettison.layer.row_stack import RowStack, RowTable
from jettison.layer.row_tree import RowTree
from jettison.layer.rows import FILE, FOLDER, Rows
from jettison.layer.stack import Applied
from jettison.model.digest import Digest
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

    path: str
    size_bytes: int
    layer: int
    """Where its bytes lie."""
    by: int
    """The layer that made them waste."""
    fate: Fate


_WASTED: Callable[[tuple[str, int, int, int, Fate]], Wasted] = partial(tuple.__new__, Wasted)
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
    tree: RowTree = field(repr=False)
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


class _Step(NamedTuple):
    """What one layer says, and what that did to the layers below."""

    layer: LayerIndex
    said: range
    """Its rows."""
    table: RowTable
    is_plain: bool
    """Whether it says every path once."""
    applied: Applied[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """Layers on top of each other; :func:`attribute` tells what became of each."""

    tree: RowTree = field(repr=False)
    steps: tuple[_Step, ...] = field(repr=False)

    def attribute(self) -> Attribution:
        """Weigh each of them."""
        return _attribute(self)


def attribute(indexes: Sequence[LayerIndex]) -> Attribution:
    """Weigh the layers, the lowest first."""
    return stack_layers(indexes).attribute()


Watch = Callable[[int, RowStack, RowTable, Applied[int]], object]
"""Is told of each layer, right after it was put on the stack."""


def stack_layers(indexes: Sequence[LayerIndex], watch: Watch | None = None) -> Stacked:
    """Put the layers on top of each other, the lowest first."""
    stack = RowStack()
    steps: list[_Step] = []
    for number, index in enumerate(indexes):
        said, table = stack.read(index, number)
        named = len(table.entries) - len(table.implied) + len(table.whiteouts) + len(table.opaques)
        applied = stack.put(table)
        steps.append(_Step(index, said, table, named == len(said), applied))
        if watch is not None:
            watch(number, stack, table, applied)
    return Stacked(tree=stack.tree(), steps=tuple(steps))


def _attribute(stacked: Stacked) -> Attribution:
    rows = stacked.tree.rows
    sizes, layers = rows.sizes, rows.layers()
    efficiency = Efficiency(rows)
    wasted: list[Wasted] = []
    weights: list[LayerWeight] = []
    for number, (index, said, table, is_plain, applied) in enumerate(stacked.steps):
        added_bytes = said_bytes = index.content_bytes
        if not is_plain:
            said_bytes = sum(map(sizes.__getitem__, table.entries.values()))
            if added_bytes != said_bytes:
                wasted += _said_twice(rows, said, table.entries, number)
        weights.append(
            LayerWeight(
                number=number,
                diff_id=index.diff_id,
                tar_bytes=index.tar_bytes,
                added_bytes=added_bytes,
                visible_bytes=0,
                files=len(said) - len(table.whiteouts) - len(table.opaques),
            )
        )
        efficiency.add(table, said_bytes, applied)
        entries, gone = table.entries, applied.gone
        for path in applied.lost:
            row = gone[path]
            wasted.append(_WASTED((path, sizes[row], layers[row], number, _fate(rows, row, entries.get(path)))))
    lost_bytes = [0] * len(weights)
    for _, size_bytes, layer, _, _ in wasted:
        lost_bytes[layer] += size_bytes
    return Attribution(
        layers=tuple(
            replace(weight, visible_bytes=weight.added_bytes - gone_bytes)
            for weight, gone_bytes in zip(weights, lost_bytes, strict=True)
        ),
        wasted=tuple(wasted),
        tree=stacked.tree,
        efficiency=efficiency.score,
        repeated_bytes=efficiency.repeated_bytes,
    )


def _said_twice(rows: Rows, said: range, kept: Mapping[str, int], number: int) -> Iterator[Wasted]:
    """The files that the same layer takes back: a later member of the tar has their place."""
    offsets = {rows.offset(row) for row in kept.values() if rows.types[row] == FILE}
    for row in said:
        if rows.types[row] == FILE and rows.offset(row) not in offsets:
            path = rows.paths[row]
            yield Wasted(path, rows.sizes[row], number, number, _fate(rows, row, kept.get(path)))


def _fate(rows: Rows, old: int, new: int | None) -> Fate:
    if new is None or rows.types[new] == FOLDER:
        return Fate.DELETED
    if rows.types[new] != FILE or not rows.is_same_content(old, new):
        return Fate.OVERWRITTEN
    return Fate.COPIED_UP if rows.is_changed(old, new) else Fate.REPEATED
