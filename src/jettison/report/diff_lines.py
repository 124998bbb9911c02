"""The changes of a comparison as lines: one for a change, or for all that came or went with a folder."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.frozen import dataclass
from jettison.layer.compare import Aspect, Change, ChangeKind, Look
from jettison.model.entry import Entry, EntryType

_TYPES = {
    EntryType.FILE: "file",
    EntryType.DIRECTORY: "directory",
    EntryType.SYMLINK: "link",
    EntryType.CHAR_DEVICE: "device",
    EntryType.BLOCK_DEVICE: "device",
    EntryType.FIFO: "fifo",
}


@dataclass(slots=True)
class ChangeLine:
    """A change, or all that was added or removed with a folder."""

    change: Change
    size_bytes: int
    paths: int = 1

    @property
    def path(self) -> str:
        """From the root on; of a folder with a slash at its end."""
        path = f"/{self.change.path}"
        return f"{path}/" if _entry(self.change).type is EntryType.DIRECTORY and path != "/" else path

    @property
    def old_path(self) -> str:
        """Where it was before, where it was moved; else empty."""
        return f"/{self.change.old_path}" if self.change.kind is ChangeKind.MOVED else ""

    @property
    def remark(self) -> str:
        """What differs beside the content, with old and new where that is short: ``mode 0644 -> 0755``."""
        return _told(self.change, self.change.aspects)

    @property
    def metadata(self) -> str:
        """The same without where a link leads, for those who show that."""
        return _told(self.change, [aspect for aspect in self.change.aspects if aspect is not Aspect.LINK])


def plain_lines(changes: Iterable[Change]) -> list[ChangeLine]:
    """A line for every change."""
    return [ChangeLine(change, change.size_bytes) for change in changes]


def folded_lines(changes: Iterable[Change]) -> list[ChangeLine]:
    """Folders that are new or gone as one line each, with all that is in them."""
    lines: list[ChangeLine] = []
    top: ChangeLine | None = None
    for change in changes:
        is_whole = change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED)
        if top is not None and is_whole and change.kind is top.change.kind and _is_below(change, top.change):
            top.size_bytes += change.size_bytes
            top.paths += 1
            continue
        line = ChangeLine(change, change.size_bytes)
        lines.append(line)
        if is_whole and _entry(change).type is EntryType.DIRECTORY:
            top = line
    return lines


def _is_below(change: Change, folder: Change) -> bool:
    return change.path.startswith(f"{folder.path}/")


def _told(change: Change, aspects: Iterable[Aspect]) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return ""
    return ", ".join(text for aspect in aspects if (text := _aspect(aspect, old, new)))


def _aspect(aspect: Aspect, old: Look, new: Look) -> str:
    """What differs, with old and new where that is short."""
    one, other = old.entry, new.entry
    match aspect:
        case Aspect.TYPE:
            return f"{_TYPES.get(one.type, 'file')} -> {_TYPES.get(other.type, 'file')}"
        case Aspect.LINK:
            return f"link {one.link} -> {other.link}"
        case Aspect.DEVICE:
            return f"device {one.device[0]}:{one.device[1]} -> {other.device[0]}:{other.device[1]}"
        case Aspect.MODE:
            return f"mode {one.mode:04o} -> {other.mode:04o}"
        case Aspect.OWNER:
            return f"owner {one.uid}:{one.gid} -> {other.uid}:{other.gid}"
        case Aspect.HARD_LINKS:
            return f"names {max(len(old.names), 1)} -> {max(len(new.names), 1)}"
        case Aspect.XATTRS:
            return "extended attributes"
        case Aspect.TIME:
            return "time"
        case Aspect.CONTENT:
            return ""


def _entry(change: Change) -> Entry:
    look = change.new or change.old
    assert look is not None
    return look.entry
