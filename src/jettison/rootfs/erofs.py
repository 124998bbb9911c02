"""Writing EROFS file systems whose file contents lie in another file (kernel, Documentation/filesystems/erofs.rst).

Only what a layer needs: blocks of 512 bytes as in a tar, inodes with times of their own, everything flat. The extra
device is mapped behind the blocks of the image, so that a file is its first block alone. What this writes is read by
Linux 5.16 and newer; from plain files, without a block device, by 6.12 and newer.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Sequence

from jettison.frozen import dataclass

BLOCK_BYTES = 512
_BLOCK_BITS = 9
_MAGIC = 0xE0F5E1E2
_SUPER_AT = 1024
_DEVICES_AT = _SUPER_AT + 128
_INODES_AT = _DEVICES_AT + 128
_INODE_UNIT_BYTES = 32
"""A node number counts these, from the beginning of the image."""
_INODE_BYTES = 64
_HAS_MTIMES = 0x2
_HAS_DEVICES = 0x8
_EXTENDED_FLAT = 1
"""``i_format``: the long form of an inode, its data in one piece at a block."""
_MAX_BLOCKS = 2**32 - 1
_MAX_ATTRIBUTE_BYTES = 2**16 - 1
_MAX_ATTRIBUTES_BYTES = 4 * (2**16 - 2)
_MAX_NAME_BYTES = 255

_SUPER = struct.Struct("<IIIBBHQQIIII16s16sIHHHBB4xQ24x")
_DEVICE = struct.Struct("<64sII56x")
_INODE = struct.Struct("<HHHHQIIIIqII16x")
_DIRECTORY_ENTRY = struct.Struct("<QHBx")
_DIRECTORY_ENTRY_BYTES = _DIRECTORY_ENTRY.size
_ATTRIBUTES = struct.Struct("<IB7x")
_ATTRIBUTE = struct.Struct("<BBH")

_PREFIXES = (("user.", 1), ("trusted.", 4), ("security.", 6))
_WHOLE_NAMES = {"system.posix_acl_access": 2, "system.posix_acl_default": 3}
_TYPE_BITS = 0o170000
_REGULAR = stat.S_IFREG
_DEVICES = (stat.S_IFCHR, stat.S_IFBLK)
_FILE_TYPES = {
    stat.S_IFREG: 1,
    stat.S_IFDIR: 2,
    stat.S_IFCHR: 3,
    stat.S_IFBLK: 4,
    stat.S_IFIFO: 5,
    stat.S_IFLNK: 7,
}


class UnfitError(Exception):
    """The file system cannot hold this; never shown: whoever asked goes another way."""


@dataclass(slots=True)
class Node:
    """A file of the image; made by place, since an image has as many as its layer."""

    mode: int
    """With the type."""
    uid: int = 0
    gid: int = 0
    mtime_ns: int = 0
    xattrs: tuple[tuple[str, bytes], ...] = ()
    size: int = 0
    """Of a regular file."""
    offset: int = 0
    """Of a regular file: where its content lies on the device."""
    device: int = 0
    """Of a device, as the kernel encodes it (:func:`device_number`)."""
    target: bytes = b""
    """Of a symbolic link."""
    children: dict[bytes, Node] | None = None
    """Of a directory; a node may be in several, or under several names."""
    links: int = 0
    number: int = 0
    attributes: bytes = b""


def device_number(major: int, minor: int) -> int:
    """A device as an inode holds it."""
    return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)


def write_erofs(root: Node, *, device_bytes: int) -> bytes:
    """The image of the tree below ``root``, to be mounted with one extra device of that size.

    Raises :class:`UnfitError` for what the format has no room for.
    """
    nodes, end = _number(root)
    inode_blocks = -(-end // BLOCK_BYTES)
    tables, addresses = _write_data(nodes, root, inode_blocks)
    image_blocks = inode_blocks + len(tables) // BLOCK_BYTES
    device_blocks = -(-device_bytes // BLOCK_BYTES)
    if image_blocks + device_blocks > _MAX_BLOCKS:
        raise UnfitError("too large")
    image = bytearray(inode_blocks * BLOCK_BYTES)
    _SUPER.pack_into(
        image, _SUPER_AT, _MAGIC, 0, _HAS_MTIMES, _BLOCK_BITS, 0, root.number, len(nodes), 0, 0, image_blocks, 0, 0,
        b"", b"", _HAS_DEVICES, 0, 1, _DEVICES_AT // _DEVICE.size, 0, 0, 0,
    )  # fmt: skip
    _DEVICE.pack_into(image, _DEVICES_AT, b"layer", device_blocks, image_blocks)
    for serial, node in enumerate(nodes, 1):
        number = node.number
        at = number * _INODE_UNIT_BYTES
        _write_inode(image, at, node, serial, addresses.get(number, 0), image_blocks)
        if node.attributes:
            image[at + _INODE_BYTES : at + _INODE_BYTES + len(node.attributes)] = node.attributes
    return bytes(image) + tables


def _number(root: Node) -> tuple[list[Node], int]:
    """Give every node its place, the root the first; all of them, and where they end."""
    nodes = [root]
    root.links = 2
    end = _place(root, _INODES_AT)
    for node in nodes:  # grows
        children = node.children
        if not children:
            continue
        for child in children.values():
            if child.number:
                child.links += 1
                continue
            if child.children is None:
                child.links = 1
            else:
                child.links = 2
                node.links += 1
            if child.xattrs:
                end = _place(child, end)
            else:
                child.number = end // _INODE_UNIT_BYTES
                end += _INODE_BYTES
            nodes.append(child)
    return nodes, end


def _place(node: Node, end: int) -> int:
    node.number = end // _INODE_UNIT_BYTES
    if node.xattrs:
        node.attributes = _encode_attributes(node.xattrs)
    size = _INODE_BYTES + len(node.attributes)
    return end + size + -size % _INODE_UNIT_BYTES


def _write_data(nodes: Sequence[Node], root: Node, first_block: int) -> tuple[bytes, dict[int, int]]:
    """The blocks of all directories and symbolic links, and at which block those of a node begin."""
    parents = {root.number: root.number}
    parts: list[bytes] = []
    addresses: dict[int, int] = {}
    block = first_block
    for node in nodes:
        if node.children is not None:
            for child in node.children.values():
                if child.children is not None:
                    parents[child.number] = node.number
            data = _directory_data(node, parents[node.number])
            node.size = len(data)
        elif node.target:
            data = node.target + bytes(-len(node.target) % BLOCK_BYTES)
            node.size = len(node.target)
        else:
            continue
        addresses[node.number] = block
        parts.append(data)
        block += len(data) // BLOCK_BYTES
    return b"".join(parts), addresses


def _directory_data(node: Node, parent: int) -> bytes:
    """The blocks of a directory, its names in the order of their bytes."""
    assert node.children is not None
    names = [(b".", node.number, 2), (b"..", parent, 2)]
    names += [(name, child.number, _FILE_TYPES[child.mode & _TYPE_BITS]) for name, child in node.children.items()]
    names.sort()
    if max(map(len, node.children), default=0) > _MAX_NAME_BYTES:
        raise UnfitError("a name is too long")
    blocks: list[bytes] = []
    pending: list[tuple[bytes, int, int]] = []
    used = 0
    for entry in names:
        size = _DIRECTORY_ENTRY_BYTES + len(entry[0])
        if used + size > BLOCK_BYTES:
            blocks.append(_directory_block(pending))
            pending, used = [], 0
        pending.append(entry)
        used += size
    blocks.append(_directory_block(pending))
    return b"".join(blocks)


def _directory_block(names: Sequence[tuple[bytes, int, int]]) -> bytes:
    at = len(names) * _DIRECTORY_ENTRY_BYTES
    pack = _DIRECTORY_ENTRY.pack
    parts = []
    for name, number, kind in names:
        parts.append(pack(number, at, kind))
        at += len(name)
    parts += [name for name, _, _ in names]
    parts.append(bytes(BLOCK_BYTES - at))
    return b"".join(parts)


def _write_inode(image: bytearray, at: int, node: Node, serial: int, address: int, image_blocks: int) -> None:
    mode = node.mode
    kind = mode & _TYPE_BITS
    if kind == _REGULAR:
        block, rest = divmod(node.offset, BLOCK_BYTES)
        if rest:
            raise UnfitError("a content is not at a block")
        address = image_blocks + block
    elif kind in _DEVICES:
        address = node.device
    count = 1 + (len(node.attributes) - _ATTRIBUTES.size) // 4 if node.attributes else 0
    seconds, nanoseconds = divmod(node.mtime_ns, 10**9)
    _INODE.pack_into(
        image, at, _EXTENDED_FLAT, count, mode, 0, node.size, address, serial, node.uid, node.gid, seconds,
        nanoseconds, node.links,
    )  # fmt: skip


def _encode_attributes(attributes: Sequence[tuple[str, bytes]]) -> bytes:
    parts = [_ATTRIBUTES.pack(0, 0)]
    size = 0
    for name, value in attributes:
        number, rest = _attribute_name(name)
        if len(rest) > _MAX_NAME_BYTES or len(value) > _MAX_ATTRIBUTE_BYTES:
            raise UnfitError("an extended attribute is too large")
        entry = _ATTRIBUTE.pack(len(rest), number, len(value)) + rest + value
        parts.append(entry + bytes(-len(entry) % 4))
        size += len(parts[-1])
    if size > _MAX_ATTRIBUTES_BYTES:
        raise UnfitError("the extended attributes are too large")
    return b"".join(parts)


def _attribute_name(name: str) -> tuple[int, bytes]:
    """The number of the prefix, and what follows it."""
    if name in _WHOLE_NAMES:
        return _WHOLE_NAMES[name], b""
    for prefix, number in _PREFIXES:
        if name.startswith(prefix) and name != prefix:
            return number, name.removeprefix(prefix).encode("utf-8", "surrogateescape")
    raise UnfitError(f"no room for the extended attribute {name}")
