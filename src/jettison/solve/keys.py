"""Cache keys: the digest of an operation and of what it reads of its inputs.

A key is made of *components*, named parts such as ``argument 2`` or ``root file system``. They are stored beside the
result, so that "why did this run?" is answered by comparing two lists. The key is derived from the fields of the
operation themselves (every dataclass field counts), so that a new field cannot be forgotten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from jettison import frozen
from jettison.enums import StrEnum
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.op import ExecOp, FileOp, Op

SCHEME = "jettison/1"
"""Changes when equal operations no longer mean equal results; then no old record is found."""

Components = Mapping[str, str]

_LINES_AT_ONCE = 1024
"""How many lines of a selection are hashed by one call."""

_PARTS = {
    "args": "argument",
    "mounts": "mount",
    "secret_env": "secret variable",
    "extra_hosts": "extra host",
    "limits": "limit",
    "actions": "action",
}
"""What one item of a field is called."""


def op_components(op: Op) -> dict[str, str]:
    """The operation itself as components; variables, arguments and mounts apart, so that they compare."""
    components = {"kind": type(op).__name__}
    for field in frozen.fields(op):
        value = getattr(op, field.name)
        if isinstance(op, ExecOp) and field.name == "env":
            components |= {f"variable {name}": text for name, text in value}
        elif isinstance(op, ExecOp | FileOp) and isinstance(value, tuple):
            part = _PARTS[field.name]
            components |= {f"{part} {number}": _canonical(item) for number, item in enumerate(value)}
        else:
            components[field.name] = _canonical(value)
    return components


def key_of(components: Components, inputs: Sequence[str]) -> Digest:
    """The key: components in order of their names, then what is read of each input, in order."""
    document = [SCHEME, sorted(components.items()), list(inputs)]
    return Digest.of(json.dumps(document, ensure_ascii=True).encode())


def selection_digest(entries: Iterable[Entry]) -> Digest:
    """What a copy reads of its source: paths, types, modes, owners, links, content digests; never times or inodes.

    ``entries`` come in a fixed order and carry digests where they are files.
    """
    return _digest(entries, read=True)


def shape_digest(entries: Iterable[Entry]) -> Digest:
    """The same as far as it can be told without reading: sizes stand for contents."""
    return _digest(entries, read=False)


def _digest(entries: Iterable[Entry], *, read: bool) -> Digest:
    """One line an entry; ``read`` tells whether digests and attributes are known, else sizes stand for contents."""
    running = hashlib.sha256()
    rest = iter(entries)
    while lines := _lines(islice(rest, _LINES_AT_ONCE), read=read):
        lines.append("")
        running.update("\n".join(lines).encode("utf-8", "surrogateescape"))
    return Digest(f"sha256:{running.hexdigest()}")


def _lines(entries: Iterable[Entry], *, read: bool) -> list[str]:
    lines = []
    last_kind, last_mode, last_uid, last_gid, owned = None, -1, -1, -1, ""
    for path, kind, mode, uid, gid, size, _, link, xattrs, device, digest, _ in entries:
        if kind is not last_kind or mode != last_mode or uid != last_uid or gid != last_gid:  # most are as the last one
            last_kind, last_mode, last_uid, last_gid = kind, mode, uid, gid
            owned = f"{kind._value_}\0{mode:o}\0{uid}\0{gid}"
        if kind is EntryType.FILE:
            content = digest or "" if read else str(size)
        else:
            content = link or (f"{device[0]}:{device[1]}" if device != (0, 0) else "")
        attributes = ",".join([f"{name}={value.hex()}" for name, value in xattrs]) if xattrs and read else ""
        lines.append("\0".join((path, owned, content, attributes)))  # much faster than formatting a digest
    return lines


def _canonical(value: Any) -> str:
    return value if isinstance(value, str) and not isinstance(value, StrEnum) else json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if frozen.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in frozen.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value
