"""What a layer that is to be written shares with an older one, as ranges of the older one's tar.

Equal entries have equal bytes, headers and all; so where a copy is carried out again because a few of many files
changed, the others need not be opened, and their headers not be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jettison.layer.index import LayerIndex
from jettison.layer.tar_entry import encode_entry
from jettison.layer.tar_header import padding
from jettison.model.entry import Entry, EntryType
from jettison.tuples import NamedTuple

_NS = 10**9


class Shared(NamedTuple):
    """Entries that follow each other in both layers, and the bytes of the older tar that say them."""

    position: int
    """Of the first one among those that are to be written."""
    entries: tuple[Entry, ...]
    """As the older layer's index has them."""
    start: int
    end: int


def shared_ranges(wanted: Sequence[Entry], old: LayerIndex) -> list[Shared]:
    """Where ``wanted``, the entries of the new layer, has what ``old`` has, in the order of both.

    Only a file whose digest is known can be shared.
    """
    shared: list[Shared] = []
    end = 0
    for position, place, length in _equal(wanted, old.entries):
        found = _trimmed(position, place, length, old.entries)
        if found is not None and found.start >= end:
            shared.append(found)
            end = found.end
    return shared


def _equal(wanted: Sequence[Entry], old: Sequence[Entry]) -> Iterator[tuple[int, int, int]]:
    """The longest stretches of equal entries: where in ``wanted``, where in ``old``, how many."""
    places: dict[str, int] | None = None
    place = length = 0
    for position, entry in enumerate(wanted):
        if place < len(old) and _says(entry, old[place]):
            length += 1
            place += 1
            continue
        if length:
            yield position - length, place - length, length
        if places is None:
            places = {entry.path: place for place, entry in enumerate(old)}
        found = places.get(entry.path)
        length = 0
        if found is not None:
            place = found
            if _says(entry, old[found]):
                place, length = found + 1, 1
    if length:
        yield len(wanted) - length, place - length, length


def _says(wanted: Entry, old: Entry) -> bool:
    """Whether a tar has the same bytes for both."""
    mtime_ns = wanted.mtime_ns
    return (
        wanted[:6] == old[:6]
        and mtime_ns - mtime_ns % _NS == old.mtime_ns
        and wanted[7:11] == old[7:11]
        and old.offset >= 0
        and (old.digest is not None or old.type is not EntryType.FILE)
    )


def _trimmed(position: int, place: int, length: int, old: Sequence[Entry]) -> Shared | None:
    """The stretch from its first to its last file: an index tells of nothing else where it stands."""
    files = range(place, place + length)
    first = next((n for n in files if old[n].type is EntryType.FILE), None)
    if first is None:
        return None
    last = next(n for n in reversed(files) if old[n].type is EntryType.FILE)
    start = old[first].offset - len(encode_entry(old[first]))
    end = old[last].offset + old[last].size + padding(old[last].size)
    return Shared(position + first - place, tuple(old[first : last + 1]), start, end)
