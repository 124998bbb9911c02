"""A layer as a file system to be mounted in place of its unpacked directory: an EROFS index over its tar.

The tree is what :class:`~jettison.rootfs.unpack.Unpacker` would have made for overlayfs, deletions included. What lies
in the tar in pieces, or is said twice, is no layer for this: it is unpacked, and what is wrong with it is found there.
"""

from __future__ import annotations

import stat

from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import IMPLIED_MODE, LayerTable, layer_table
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.rootfs.erofs import BLOCK_BYTES, Node, UnfitError, device_number, write_erofs
from jettison.rootfs.overlay import OPAQUE_VALUE, OverlayStyle, is_overlay_attribute

_KINDS = {
    EntryType.FILE: stat.S_IFREG,
    EntryType.DIRECTORY: stat.S_IFDIR,
    EntryType.SYMLINK: stat.S_IFLNK,
    EntryType.CHAR_DEVICE: stat.S_IFCHR,
    EntryType.BLOCK_DEVICE: stat.S_IFBLK,
    EntryType.FIFO: stat.S_IFIFO,
}
_MAX_TARGET_BYTES = 4095
_OPAQUE = (OverlayStyle.TRUSTED.opaque, OPAQUE_VALUE)


def mountable_image(index: LayerIndex, *, lower: Tree | None) -> bytes | None:
    """The image to mount with the layer's tar as its device; None where the layer has to be unpacked.

    ``lower`` is the tree below: it gives the metadata of directories that the layer does not name, and tells which
    deletions are idle. Without it they all count.
    """
    try:
        return write_erofs(_tree(index, lower), device_bytes=index.tar_bytes)
    except UnfitError:
        return None


def _tree(index: LayerIndex, lower: Tree | None) -> Node:
    table = layer_table(index.entries)
    named = sum(entry.type not in (EntryType.WHITEOUT, EntryType.OPAQUE) for entry in index.entries)
    if named + len(table.implied) != len(table.entries):
        raise UnfitError("a path is said twice, or lies below what is no directory")
    entries = table.entries
    entries.setdefault("", _implied("", lower))
    for path in table.implied:
        entries[path] = _implied(path, lower)
    opaque = _opaque(table)
    nodes = {path: _node(entry, index, opaque) for path, entry in entries.items() if entry.type in _KINDS}
    passed: dict[str, Node] = {}
    for path, entry in entries.items():
        node = nodes.get(path) or _linked(passed, entry)
        passed[path] = node
        if path:
            _enter(nodes, path, node)
    for path in table.whiteouts:
        below = lower is None or path in lower.entries
        if path not in entries and below and opaque.isdisjoint(_above(path)):
            _enter(nodes, path, Node(mode=stat.S_IFCHR | 0o644))
    return nodes[""]


def _opaque(table: LayerTable[Entry]) -> set[str]:
    """The directories that hide what is below them: also those that stand where something was deleted."""
    if "" in table.opaques:
        raise UnfitError("no overlay hides the root below it")
    directories = (path for path in table.whiteouts if path in table.entries)
    replaced = {path for path in directories if table.entries[path].type is EntryType.DIRECTORY}
    return replaced.union(table.opaques)


def _implied(path: str, lower: Tree | None) -> Entry:
    known = lower.get(path) if lower is not None else None
    if known is not None and known.type is EntryType.DIRECTORY:
        return known
    return Entry(path=path, type=EntryType.DIRECTORY, mode=IMPLIED_MODE)


def _node(entry: Entry, index: LayerIndex, opaque: set[str]) -> Node:
    kind = entry.type
    xattrs = entry.xattrs and tuple(pair for pair in entry.xattrs if not is_overlay_attribute(pair[0]))
    node = Node(mode=_KINDS[kind] | entry.mode, uid=entry.uid, gid=entry.gid, mtime_ns=entry.mtime_ns, xattrs=xattrs)
    if kind is EntryType.DIRECTORY:
        node.children = {}
        if entry.path in opaque:
            node.xattrs = (*xattrs, _OPAQUE)
    elif kind is EntryType.FILE and entry.size:
        node.size, node.offset = entry.size, entry.offset
        if entry.offset < 0 or entry.offset + entry.size + -entry.size % BLOCK_BYTES > index.tar_bytes:
            raise UnfitError("a content is sparse, or ends with the tar")
    elif kind is EntryType.SYMLINK:
        node.mode = stat.S_IFLNK | 0o777
        node.target = entry.link.encode("utf-8", "surrogateescape")
        if not 0 < len(node.target) <= _MAX_TARGET_BYTES:
            raise UnfitError("a link that no file system holds")
    elif kind in (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE):
        node.device = device_number(*entry.device)
        if entry.device == (0, 0):
            raise UnfitError("a device that means a deletion")
    return node


def _linked(passed: dict[str, Node], entry: Entry) -> Node:
    """What a hard link is another name of: a file of this layer that came before it."""
    target = passed.get(entry.link)
    if target is None or target.children is not None:
        raise UnfitError("a hard link to what is no file of this layer")
    return target


def _enter(nodes: dict[str, Node], path: str, node: Node) -> None:
    above, _, name = path.rpartition("/")
    children = nodes[above].children
    assert children is not None
    children[name.encode("utf-8", "surrogateescape")] = node


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
