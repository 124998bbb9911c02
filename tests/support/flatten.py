"""What an image means, read from a docker archive with the standard library alone: its files and its config.

Two builders agree on a Dockerfile when the images they make of it have equal pictures. Times are not part of a picture,
and neither is how the files are spread over layers.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from jettison.frozen import dataclass, field, replace

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_XATTR = "SCHILY.xattr."
_GZIP_MAGIC = b"\x1f\x8b"
_SMALL = 1 << 10

_TYPES = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "character device",
    tarfile.BLKTYPE: "block device",
    tarfile.FIFOTYPE: "fifo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One path as a container sees it. A hard link is the file itself, and the file knows all its names."""

    type: str
    mode: int
    uid: int
    gid: int
    size: int = 0
    digest: str = ""
    link: str = ""
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    """Where a file has several, all of them."""
    text: str | None = field(default=None, compare=False)
    """The content of a small file, where it is text: for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image: the files of all layers merged, and the config that a container starts with."""

    nodes: Mapping[str, Node]
    config: Mapping[str, Any]
    layers: int
    history: tuple[str, ...] = ()
    """What each instruction did, and whether it made a layer."""


@dataclass(slots=True)
class _Inode:
    """A file while layers are stacked: hard links share it."""

    node: Node
    names: set[str] = field(default_factory=set)


def read_picture(archive: Path, name: str | None = None) -> Picture:
    """The picture of one image of a docker archive: that of the name, or the only one."""
    with tarfile.open(archive) as outer:
        images = json.loads(_content(outer, "manifest.json").read())
        if name is None:
            (image,) = images
        else:
            (image,) = (image for image in images if name in image["RepoTags"])
        config = json.loads(_content(outer, image["Config"]).read())
        inodes: dict[str, _Inode] = {}
        for layer in image["Layers"] or ():
            _stack(inodes, _content(outer, layer))
    return Picture(
        nodes={path: _finished(inode) for path, inode in sorted(inodes.items())},
        config=normal_config(config),
        layers=len(image["Layers"] or ()),
        history=tuple(told(entry) for entry in config.get("history") or ()),
    )


def told(entry: Mapping[str, Any]) -> str:
    """An entry of the history: ``layer: RUN …`` or ``empty: ENV …``."""
    return f"{'empty' if entry.get('empty_layer') else 'layer'}: {entry.get('created_by', '')}"


def normal_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a config that a container notices; a field that is null, empty or missing means the same.

    A working directory that is the root means no more than none. Neither does a container notice the order of the
    environment, in which buildah puts a variable last that is set again.
    """
    run = dict(config.get("config") or {})
    wanted = (
        *("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"),
        *("Healthcheck", "OnBuild", "Shell", "ArgsEscaped"),
    )
    fields = {key: run[key] for key in wanted if run.get(key)}
    if fields.get("WorkingDir") == "/":
        del fields["WorkingDir"]
    if "Env" in fields:
        fields["Env"] = sorted(fields["Env"])
    if isinstance(fields.get("Healthcheck"), dict):
        fields["Healthcheck"] = {key: value for key, value in fields["Healthcheck"].items() if value}
    return {
        **fields,
        "architecture": config.get("architecture"),
        "os": config.get("os"),
        "author": config.get("author"),
    }


def _content(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    assert content is not None, name
    return content


def _path(name: str) -> str:
    """The image path of a name in a layer: the root is empty."""
    return "/".join(part for part in name.split("/") if part not in {"", "."})


def _stack(inodes: dict[str, _Inode], content: IO[bytes]) -> None:
    """Put one layer on what is there (OCI image-spec, layer.md): first what it hides, then what it adds."""
    compressed = content.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    content.seek(0)
    with tarfile.open(fileobj=gzip.open(content) if compressed else content) as layer:
        members = [(_path(member.name), member) for member in layer]
        for path, _ in members:
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                _remove_below(inodes, folder)
            elif name.startswith(_WHITEOUT):
                hidden = f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/")
                _remove(inodes, hidden)
                _remove_below(inodes, hidden)  # also where the layers have no entry for the directory itself
        for path, member in members:
            if not path.rpartition("/")[2].startswith(_WHITEOUT):
                _add(inodes, path, member, layer)


def _add(inodes: dict[str, _Inode], path: str, member: tarfile.TarInfo, layer: tarfile.TarFile) -> None:
    if not member.isdir() or (path in inodes and inodes[path].node.type != "directory"):
        _remove(inodes, path)
    if member.islnk():
        inode = inodes[_path(member.linkname)]
        # As docker and containerd do: the owner and the mode in the entry of the link are given to the file.
        inode.node = replace(inode.node, mode=member.mode & 0o7777, uid=member.uid, gid=member.gid)
    else:
        inode = _Inode(node=_node(member, layer))
    inode.names.add(path)
    inodes[path] = inode


def _remove(inodes: dict[str, _Inode], path: str) -> None:
    removed = inodes.pop(path, None)
    if removed:
        removed.names.discard(path)
        if removed.node.type == "directory":
            _remove_below(inodes, path)


def _remove_below(inodes: dict[str, _Inode], folder: str) -> None:
    prefix = f"{folder}/" if folder else ""
    for path in [path for path in inodes if path.startswith(prefix)]:
        inodes.pop(path).names.discard(path)


def _node(member: tarfile.TarInfo, layer: tarfile.TarFile) -> Node:
    kind = _TYPES[member.type]
    digest, text = "", None
    if kind == "file":
        content = layer.extractfile(member)
        assert content is not None
        digest, text = _read(content)
    return Node(
        type=kind,
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        size=member.size if kind == "file" else 0,
        digest=digest,
        text=text,
        link=member.linkname if kind == "symlink" else "",
        device=(member.devmajor, member.devminor) if kind.endswith("device") else (0, 0),
        xattrs=tuple(
            sorted(
                (key.removeprefix(_XATTR), value) for key, value in member.pax_headers.items() if key.startswith(_XATTR)
            )
        ),
    )


def _read(content: IO[bytes]) -> tuple[str, str | None]:
    """The digest of a file, and its text if it is small and is one."""
    data = content.read(_SMALL + 1)
    digest = hashlib.sha256(data)
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    try:
        text = data.decode() if len(data) <= _SMALL else None
    except UnicodeDecodeError:
        text = None
    return digest.hexdigest(), text


def _finished(inode: _Inode) -> Node:
    names = tuple(sorted(inode.names))
    return replace(inode.node, names=names) if len(names) > 1 else inode.node
