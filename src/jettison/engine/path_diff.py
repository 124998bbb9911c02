"""What differs between two images at one path: the lines of a file, or all that lies in a folder."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.image_layers import LayeredImage, files_of_both
from jettison.engine.missing_path import explain_missing_path, missing_path
from jettison.engine.tree_files import TreeFiles
from jettison.errors import NotFoundError
from jettison.frozen import dataclass
from jettison.layer.compare import Aspect, Change, ChangeKind, Look, compare_looks, compare_trees
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.tree import Tree
from jettison.text.line_diff import unified

MAX_TEXT_BYTES = 8 << 20
"""The largest file whose lines are compared."""

_NO_NEWLINE = "\\ No newline at end of file"
_OF_CONTENT = frozenset({Aspect.CONTENT, Aspect.LINK, Aspect.TYPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDiff:
    """One path compared."""

    path: str
    is_folder: bool
    """Whether either image has a folder there."""
    changes: tuple[Change, ...]
    """That of the file; of a folder those of all that is in it, in the order of a walk. None where nothing differs."""
    lines: tuple[str, ...] = ()
    """Of a file the unified difference, without the ends of the lines."""
    why_no_lines: str = ""
    """Why contents that differ have none."""


def diff_path(old: LayeredImage, new: LayeredImage, path: str, *, times: bool = False) -> PathDiff:
    """Compare one path; one that only one image has is compared with nothing. Links above it are followed.

    No content is read but that of one file, and only where the digests differ. Raises :class:`NotFoundError` where
    neither image has the path.
    """
    wanted = parse_image_path(path)
    sides = files_of_both(old, new)
    found = [_found(files.tree, wanted) for files in sides]
    if found == [None, None]:
        error = missing_path(sides[1].tree, wanted, sides[1].tree.resolve(wanted), ())
        explain_missing_path(error, new)
        raise NotFoundError(f"neither image has /{wanted}", hint=error.hint)
    if any(entry is not None and entry.type is EntryType.DIRECTORY for entry in found):
        tops = {entry.path for entry in found if entry is not None}
        changes = compare_trees(sides[0].tree, sides[1].tree, times=times)
        inside = tuple(one for one in changes if _is_in(one.path, tops) or _is_in(one.old_path, tops))
        return PathDiff(path=wanted, is_folder=True, changes=inside)
    change = _change(*(_look(files.tree, entry) for files, entry in zip(sides, found, strict=True)), times=times)
    if change is None:
        return PathDiff(path=wanted, is_folder=False, changes=())
    if change.aspects and _OF_CONTENT.isdisjoint(change.aspects):
        return PathDiff(path=wanted, is_folder=False, changes=(change,))
    looks = (change.old, change.new)
    why = next((why for look in looks if look is not None and (why := _too_large(look))), "")
    texts = [None if look is None or why else _text(files, look) for files, look in zip(sides, looks, strict=True)]
    if any(b"\0" in text for text in texts if text is not None):
        why = "no text"
    lines: tuple[str, ...] = ()
    if not why:
        titles = [
            "/dev/null" if text is None else f"/{wanted}\t{image.name}"
            for text, image in zip(texts, (old, new), strict=True)
        ]
        lines = tuple(unified(_lines(texts[0]), _lines(texts[1]), *titles))
    return PathDiff(path=wanted, is_folder=False, changes=(change,), lines=lines, why_no_lines=why)


def _found(tree: Tree, path: str) -> Entry | None:
    return tree.get(path) or tree.get(tree.resolve(path))


def _is_in(path: str, tops: set[str]) -> bool:
    return any(not top or path == top or path.startswith(f"{top}/") for top in tops)


def _look(tree: Tree, entry: Entry | None) -> Look | None:
    return None if entry is None else Look(tree.content(entry)._replace(path=entry.path))


def _change(old: Look | None, new: Look | None, *, times: bool) -> Change | None:
    if new is None:
        return None if old is None else Change(ChangeKind.REMOVED, old.entry.path, old, None)
    return compare_looks(old, new, times=times)


def _too_large(look: Look) -> str:
    is_large = look.entry.size > MAX_TEXT_BYTES
    return f"more than {MAX_TEXT_BYTES >> 20} MiB are not compared line by line" if is_large else ""


def _text(files: TreeFiles, look: Look) -> bytes:
    """The content of a file, or what stands for that of a link; of anything else nothing."""
    entry = look.entry
    if entry.type is EntryType.SYMLINK:
        return f"-> {entry.link}\n".encode("utf-8", "surrogateescape")
    if entry.type is not EntryType.FILE:
        return b""
    return files.read_at(files.tree.content(files.tree.entries[entry.path]), 0, entry.size)


def _lines(data: bytes | None) -> Sequence[str]:
    *lines, last = (data or b"").decode("utf-8", "surrogateescape").split("\n")
    return [*lines, f"{last}\n{_NO_NEWLINE}"] if last else lines
