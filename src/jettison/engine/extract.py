"""Taking a file or a folder out of an image, into a folder of this machine, as harmless as it can be.

What comes out has no owner of the image, no set-user-id bits, no extended attributes, and no device nodes. Nothing that
is there is overwritten, and nothing outside of the folder is touched: what comes out is made in a new folder beside its
place, where no link is followed, and moved to its place as a whole.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import ExitStack
from pathlib import Path

from jettison.engine.tree_files import OpenInLayer
from jettison.errors import NotFoundError, StorageError
from jettison.frozen import dataclass, replace
from jettison.layer.stream import Readable
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.rootfs.flatten import write_directory
from jettison.rootfs.metadata import Omission, Privileges
from jettison.rootfs.open_directories import FLAGS
from jettison.rootfs.remove import remove_path

_PERMISSIONS = 0o777
_OWN_FOLDER = 0o700
"""Whoever extracts a folder may look into it, and remove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What was made."""

    place: Path
    omissions: tuple[Omission, ...]


def extract(tree: Tree, path: str, folder: Path, open_in_layer: OpenInLayer, *, root_name: str) -> Extracted:
    """Make the file or folder ``path`` of the tree in ``folder``, which exists, under its name.

    ``root_name`` is what the root of the image is called. Raises :class:`StorageError` where something is there
    already under that name, or the disk refuses; then nothing of it is left.
    """
    if path and path not in tree.entries:
        raise NotFoundError(f"/{path}: not found")
    name = path.rpartition("/")[2] or root_name
    harmless = replace(tree, entries={each: _harmless(entry) for each, entry in tree.entries.items()})

    def open_content(entry: Entry) -> Readable:
        return open_in_layer(tree.layer_numbers[entry.path], entry)

    made = f".{secrets.token_hex(8)}.extracting"
    try:
        with ExitStack() as stack:
            parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, parent)
            os.mkdir(made, 0o700, dir_fd=parent)
            stack.callback(remove_path, parent, made)
            inside = os.open(made, FLAGS, dir_fd=parent)
            stack.callback(os.close, inside)
            omissions = write_directory(
                harmless,
                path,
                folder / made,
                open_content,
                privileges=Privileges(owners=False, devices=False),
                top=name,
            )
            entry = harmless.get(path)
            if entry is not None and entry.type is EntryType.DIRECTORY:
                os.mkdir(name, dir_fd=parent)
                os.rename(name, name, src_dir_fd=inside, dst_dir_fd=parent)
            elif not omissions:
                os.link(name, name, src_dir_fd=inside, dst_dir_fd=parent, follow_symlinks=False)
    except FileExistsError as error:
        raise StorageError(
            f"{folder / name} exists, and nothing is overwritten", hint="choose another folder, or move it away"
        ) from error
    except OSError as error:
        hint = "make the folder first" if error.errno == errno.ENOENT and not folder.exists() else None
        raise StorageError(f"cannot extract /{path} to {folder}: {error.strerror}", hint=hint) from error
    return Extracted(place=folder / name, omissions=omissions)


def _harmless(entry: Entry) -> Entry:
    """The entry without what could give rights on this machine."""
    mode = entry.mode & _PERMISSIONS
    if entry.type is EntryType.DIRECTORY:
        mode |= _OWN_FOLDER
    return entry._replace(mode=mode, xattrs=())
