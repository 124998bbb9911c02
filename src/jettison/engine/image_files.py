"""Looking into an image without running it: finding a path, listing it, copying it out."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from jettison.engine.image_layers import LayeredImage
from jettison.engine.missing_path import missing_path
from jettison.engine.tree_files import TreeFiles
from jettison.errors import NotFoundError, StorageError, UsageError
from jettison.frozen import dataclass
from jettison.layer.stream import Sink
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.tree import Tree
from jettison.rootfs.flatten import placed, write_directory, write_tar
from jettison.rootfs.metadata import Omission, Privileges
from jettison.store.faults import storage_faults


def keep_near(text: str) -> Callable[[Entry], bool]:
    """What of an image that passes by is kept to be read again, where a user asked for this path.

    That is what lies there, and what lies in a folder of the same name elsewhere, to which a link may lead.
    """
    path = parse_image_path(text)
    inside = f"/{path}/"

    def keep(entry: Entry) -> bool:
        return not path or f"/{entry.path}".endswith(f"/{path}") or inside in f"/{entry.path}"

    return keep


def find_entry(tree: Tree, text: str, *, follow: bool = True) -> Entry:
    """The entry at a path that a user wrote, links followed inside the image; with ``follow`` the last one too.

    Raises :class:`MissingPathError` that says which part of the path is not there, which links led there, and what it
    may be meant for.
    """
    links: list[Entry] = []
    wanted = tree.resolve(parse_image_path(text), follow_last=follow, passed=links)
    entry = tree.get(wanted)
    if entry is not None and not (text.endswith("/") and _is_file(tree, entry)):
        return entry
    shown = f"/{parse_image_path(text)}"
    if entry is not None:
        raise NotFoundError(f"{shown} is no directory", hint="leave the slash at its end out")
    raise missing_path(tree, shown[1:], wanted, links)


def content_of(files: TreeFiles, text: str) -> Iterator[bytes]:
    """The bytes of one file, links followed. Raises :class:`UsageError` for what has none."""
    entry = files.tree.content(find_entry(files.tree, text))
    if entry.type is not EntryType.FILE:
        is_directory = entry.type is EntryType.DIRECTORY
        raise UsageError(
            f"/{entry.path} is {'a directory' if is_directory else 'no file'}",
            hint="jettison ls lists it, jettison cp copies it" if is_directory else None,
        )
    with files.open(entry) as content:
        left = entry.size
        while left and (data := content.read(min(left, 1 << 20))):
            left -= len(data)
            yield data


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """One line of a list."""

    entry: Entry
    """With the metadata of the file, where it is one of its several names."""
    name: str
    """Relative to what was asked for; its own name, where that was a file."""
    layer: int
    """The layer that it is from, the lowest being 0."""
    names: int
    """How many names the file has."""


def list_entries(image: LayeredImage, text: str, *, recursive: bool = False) -> tuple[ListedEntry, ...]:
    """What is in a directory, or the one file, links on the way followed; in the order of a walk."""
    tree = image.files().tree
    top = find_entry(tree, text, follow=text.endswith("/"))
    if top.type is EntryType.SYMLINK:
        behind = tree.get(tree.resolve(top.path))
        if behind is not None and behind.type is EntryType.DIRECTORY:
            top = behind
    if top.type is not EntryType.DIRECTORY:
        found = [(top, top.name)]
    else:
        cut = len(top.path) + 1 if top.path else 0
        walked = (
            tree.walk(top.path) if recursive else (tree.entries[_join(top.path, n)] for n in tree.children(top.path))
        )
        found = [(entry, entry.path[cut:]) for entry in walked]
    names: dict[str, int] = {}
    for entry in tree.entries.values():
        if entry.type is EntryType.HARDLINK:
            names[entry.link] = names.get(entry.link, 1) + 1
    return tuple(
        ListedEntry(
            entry=tree.content(entry)._replace(path=entry.path),
            name=name,
            layer=tree.layer_numbers.get(entry.path, 0),
            names=names.get(tree.content(entry).path, 1),
        )
        for entry, name in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOut:
    """What is copied out of an image."""

    path: str
    """As the user wrote it: ``/.`` at its end means what is in the directory, not the directory."""
    follow: bool = False
    """Whether a link is copied as what it leads to."""


def copy_to_tar(files: TreeFiles, what: CopyOut, sink: Sink) -> None:
    """Write it as a tar, below its own name; with all owners and devices."""
    entry = find_entry(files.tree, what.path, follow=what.follow or _means_inside(what.path))
    top = "" if _means_inside(what.path) else _name(what.path, entry)
    write_tar(files.tree, sink, files.open, path=entry.path, top=top)


def copy_to_folder(
    files: TreeFiles, what: CopyOut, destination: str, *, privileges: Privileges
) -> tuple[Omission, ...]:
    """Copy it to a path of this machine by the rules of ``docker cp``; returns what could not be made.

    Nothing is written outside of the destination, whatever names and links the image holds, and no directory that is
    there is replaced by a file, nor the other way round.
    """
    inside = _means_inside(what.path)
    entry = find_entry(files.tree, what.path, follow=what.follow or inside)
    is_directory = entry.type is EntryType.DIRECTORY
    if inside and not is_directory:
        raise UsageError(f"/{entry.path} is no directory", hint="leave the /. at its end out")
    place = Path(destination)
    if place.is_dir():
        folder, top = place, "" if inside else _name(what.path, entry)
    else:
        if not is_directory and destination.endswith("/"):
            raise NotFoundError(f"no such directory: {destination}", hint="leave the slash at its end out, or make it")
        if is_directory and (place.exists() or place.is_symlink()):
            raise UsageError(
                f"cannot copy a directory to {destination}, which is a file",
                hint="name a folder, or what is not there yet",
            )
        folder, top = place.parent, place.name
        if not folder.is_dir():
            raise NotFoundError(f"no such directory: {folder}", hint="make it first: only the last part is made")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(f"cannot write into {folder}", hint="name another place, or change who may write there")
    _check_room(files.tree, entry.path, folder, top)
    return write_directory(files.tree, entry.path, folder, files.open, privileges=privileges, top=top)


def split_image_path(text: str) -> tuple[str, str] | None:
    """``IMAGE:PATH`` as its two parts; None where there is no path."""
    scheme, found, rest = text.rpartition("://")
    image, colon, path = rest.partition(":/")
    if colon and image:
        return f"{scheme}{found}{image}", f"/{path}"
    image, colon, path = rest.rpartition(":")
    return (f"{scheme}{found}{image}", path) if colon and image and path else None


def _means_inside(path: str) -> bool:
    return path.endswith("/.") or parse_image_path(path) == ""


def _name(path: str, entry: Entry) -> str:
    """The name under which it is copied: that by which it was asked for, not that of what a link leads to."""
    return parse_image_path(path).rpartition("/")[2] or entry.name


def _check_room(tree: Tree, path: str, folder: Path, top: str) -> None:
    """Raise :class:`UsageError` where something of another kind is in the way."""
    if top and not os.path.lexists(folder / top):
        return
    with storage_faults("look into", folder):
        for made, _ in placed(tree, path, top):
            try:
                found = os.lstat(folder / made.path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            there, coming = stat.S_ISDIR(found.st_mode), made.type is EntryType.DIRECTORY
            if coming and not there:
                raise UsageError(f"cannot make the directory {folder / made.path}: a file or a link is there")
            if there and not coming:
                raise UsageError(f"cannot write the file {folder / made.path}: a directory is there")


def _is_file(tree: Tree, entry: Entry) -> bool:
    return tree.content(entry).type is not EntryType.DIRECTORY


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
