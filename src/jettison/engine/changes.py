"""Why a step is not in the cache: what differs from the last time that the same step was built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jettison.frozen import dataclass
from jettison.layer.index import LayerIndex
from jettison.layer.plan import PlannedEntry
from jettison.model.entry import Entry, EntryType


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was."""

    what: str
    """A part of the cache key (``variable LANG``), or ``file PATH``."""
    old: str | None
    """None: there was none."""
    new: str | None
    """None: there is none any more."""


def component_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """The parts of two keys that differ, in the order of the new key; what is gone comes last."""
    names = dict.fromkeys((*new, *old))
    return tuple(
        Change(what=name, old=old.get(name), new=new.get(name)) for name in names if old.get(name) != new.get(name)
    )


def file_changes(old: LayerIndex, new: Sequence[PlannedEntry]) -> tuple[Change, ...]:
    """The files that the layer of a copy would have otherwise than the last one, times apart; directories apart.

    A file is called by its name in the build context or in the stage that it comes from, one that is gone by its place
    in the image. Old and new are the digest of the content, or what else differs.
    """
    return tuple(_file_changes({entry.path: entry for entry in old.entries}, new))


def _file_changes(before: dict[str, Entry], new: Sequence[PlannedEntry]) -> Iterator[Change]:
    for item in new:
        was = before.pop(item.entry.path, None)
        if item.entry.type is EntryType.DIRECTORY and (was is None or was.type is EntryType.DIRECTORY):
            continue
        name = item.entry.path if item.source is None else item.source.path
        if was is None:
            yield Change(what=f"file {name}", old=None, new=_content(item.entry))
        elif _content(was) != _content(item.entry):
            yield Change(what=f"file {name}", old=_content(was), new=_content(item.entry))
        elif _rights(was) != _rights(item.entry):
            yield Change(what=f"mode and owner of {name}", old=_rights(was), new=_rights(item.entry))
    for path, entry in before.items():
        if entry.type is not EntryType.DIRECTORY:
            yield Change(what=f"file {path}", old=_content(entry), new=None)


def _content(entry: Entry) -> str:
    if entry.type is EntryType.FILE:
        return entry.digest or ""
    return f"{entry.type.name.lower()} {entry.link}".strip()


def _rights(entry: Entry) -> str:
    return f"{entry.mode:04o} {entry.uid}:{entry.gid}"
