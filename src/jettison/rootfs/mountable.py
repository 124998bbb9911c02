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
    last, siblings = None, _children(nodes, "")
    for path, entry in entries.items():
        node = nodes.get(path) or _linked(passed, entry)
        if table.has_links:
            passed[path] = node
        if path:
            above, _, name = path.rpartition("/")
            if above != last:  # most follow others of their directory
                last, siblings = above, _children(nodes, above)
            siblings[name.encode("utf-8", "surrogateescape")] = node
    for path in table.whiteouts:
        below = lower is None or path in lower.entries
        if path not in entries and below and opaque.isdisjoint(_above(path)):
            above, _, name = path.rpartition("/")
            _children(nodes, above)[name.encode("utf-8", "surrogateescape")] = Node(stat.S_IFCHR | 0o644)
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
    path, kind, mode, uid, gid, size, mtime_ns, _, xattrs, _, _, offset = entry
    if xattrs:
        xattrs = tuple(pair for pair in xattrs if not is_overlay_attribute(pair[0]))
    node = Node(_KINDS[kind] | mode, uid, gid, mtime_ns, xattrs)
    if kind is EntryType.DIRECTORY:
        node.children = {}
        if path in opaque:
            node.xattrs = (*xattrs, _OPAQUE)
    elif kind is EntryType.FILE:
        if not size:
            return node
        node.size, node.offset = size, offset
        if offset < 0 or offset + size + -size % BLOCK_BYTES > index.tar_bytes:
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


def _children(nodes: dict[str, Node], directory: str) -> dict[bytes, Node]:
    children = nodes[directory].children
    assert children is not None
    return children


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
