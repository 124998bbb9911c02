"""Files of an image as a list: names, as ``ls -l`` shows them, and as JSON."""

from __future__ import annotations

import datetime
import json
import stat
from collections.abc import Sequence

from jettison.engine.image_files import ListedEntry
from jettison.model.entry import EntryType
from jettison.report.table import printable
from jettison.report.units import human_size

_FORMATS = {
    EntryType.FILE: stat.S_IFREG,
    EntryType.HARDLINK: stat.S_IFREG,
    EntryType.DIRECTORY: stat.S_IFDIR,
    EntryType.SYMLINK: stat.S_IFLNK,
    EntryType.CHAR_DEVICE: stat.S_IFCHR,
    EntryType.BLOCK_DEVICE: stat.S_IFBLK,
    EntryType.FIFO: stat.S_IFIFO,
}
_NS = 10**9


def entries_short(entries: Sequence[ListedEntry]) -> str:
    """A name a line."""
    return "".join(f"{printable(listed.name)}\n" for listed in entries)


def entries_long(entries: Sequence[ListedEntry], *, human: bool) -> str:
    """Mode, names, owner, group, size, time in UTC, and name, in columns."""
    rows = [_long(listed, human=human) for listed in entries]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    lines = []
    for mode, *numbers, time, name in rows:
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]
        lines.append(" ".join([mode, *cells, time, name]) + "\n")
    return "".join(lines)


def entries_json(entries: Sequence[ListedEntry], layers: Sequence[str]) -> str:
    """An object a line; ``layers`` is what the history says of each layer."""
    return "".join(json.dumps(_document(listed, layers)) + "\n" for listed in entries)


def _long(listed: ListedEntry, *, human: bool) -> tuple[str, ...]:
    entry = listed.entry
    size = human_size(entry.size, 3) if human else str(entry.size)
    if entry.type in (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE):
        size = f"{entry.device[0]}, {entry.device[1]}"
    link = f" -> {entry.link}" if entry.type is EntryType.SYMLINK else ""
    return (
        stat.filemode(_FORMATS[entry.type] | entry.mode),
        str(listed.names),
        str(entry.uid),
        str(entry.gid),
        size,
        _time(entry.mtime_ns),
        printable(f"{listed.name}{link}"),
    )


def _time(mtime_ns: int) -> str:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=mtime_ns // _NS)
    return moment.strftime("%Y-%m-%d %H:%M")


def _document(listed: ListedEntry, layers: Sequence[str]) -> dict[str, object]:
    entry = listed.entry
    return {
        "path": f"/{entry.path}",
        "name": listed.name,
        "mode": stat.filemode(_FORMATS[entry.type] | entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "mtime_ns": entry.mtime_ns,
        "link": entry.link if entry.type is EntryType.SYMLINK else None,
        "names": listed.names,
        "digest": entry.digest,
        "layer": listed.layer + 1,
        "instruction": layers[listed.layer] if listed.layer < len(layers) else None,
    }
