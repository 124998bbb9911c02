"""What the parent and its launcher process say to each other: one JSON document after another, each after its length.

Text with surrogate escapes survives JSON unchanged, so bytes that are not UTF-8 do as well. File descriptors travel
with the first byte of a document. This module is loaded by the launcher too: it imports next to nothing, and in the
place of ``socket`` what that is made of: the rest turns constants into enumerations, for longer than a command starts.
"""

from __future__ import annotations

import _socket
import array
import json
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypedDict

    class WireRoot(TypedDict):
        """A RootSpec. A layer is a directory, or an image and its tar."""

        layers: list[list[str]]
        upper: str | None
        work: str | None
        once: bool

    class WireMount(TypedDict):
        """A MountSpec; ``content`` has one character a byte."""

        kind: str
        target: str
        read_only: bool
        source: str
        content: str
        root: WireRoot | None
        root_path: str
        mode: int
        uid: int
        gid: int
        size_bytes: int

    class WireCommand(TypedDict):
        """A CommandSpec."""

        args: list[str]
        env: list[list[str]]
        working_dir: str
        uid: int
        gid: int
        groups: list[int]
        hostname: str
        terminal: bool
        terminal_size: list[int]
        read_only_root: bool
        capabilities: list[str]
        insecure: bool
        devices: list[list[Any]]
        network: str
        shm_size_bytes: int
        limits: list[list[int]]

    class WireRuntime(TypedDict):
        """An OCI runtime to hand the command to. ``spec`` is its config.json but for the mounts of the request."""

        program: list[str]
        spec: dict[str, Any]
        container: str

    class WireRequest(TypedDict):
        """The one document that the parent sends first; the standard streams travel with it."""

        root: WireRoot
        mounts: list[WireMount]
        command: WireCommand
        runtime: WireRuntime | None


COMMAND = b"+"
"""What a request for a command of the ``namespaces`` rung begins with; its channel travels with it."""
RUNTIME = b"r"
"""The same for a command that an OCI runtime carries out."""
WAKE = b"!"
"""Not a request: there will probably be one, and one more at the same time for each further such message."""
MOST_WAITING = 4
"""So many monitors wait for commands at most, and so many rest; any other that is through with one ends."""
FREE = b"."
"""What a monitor tells the launcher when it can take another command; answered, once there may be one, with the channel
of the requests.
"""

Channel = _socket.socket
"""One end of a connection between two of our processes; its owner closes it."""

_LENGTH = struct.Struct("=I")
_MAX_DESCRIPTORS = 8


def channel_pair(kind: int = _socket.SOCK_STREAM) -> tuple[Channel, Channel]:
    """Both ends of a new connection; ``SOCK_SEQPACKET`` keeps messages apart."""
    return _socket.socketpair(_socket.AF_UNIX, kind)


def send(channel: Channel, document: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one document and copies of the descriptors."""
    data = json.dumps(document).encode("ascii")
    header = _LENGTH.pack(len(data))
    send_descriptors(channel, header, descriptors)
    channel.sendall(data)


def receive(channel: Channel) -> tuple[Any, list[int]] | None:
    """The next document and its descriptors, now owned by the caller; None once the other side is gone."""
    try:
        header, descriptors = receive_descriptors(channel, _LENGTH.size)
    except ConnectionResetError:
        return None
    header += receive_exactly(channel, _LENGTH.size - len(header)) if header else b""
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    data = receive_exactly(channel, length)
    if len(data) < length:
        return None
    return json.loads(data), descriptors


def send_descriptors(channel: Channel, data: bytes, descriptors: Sequence[int]) -> None:
    """Send a few bytes and copies of the descriptors with them."""
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", descriptors))
    channel.sendmsg([data], [rights] if descriptors else [])


def receive_descriptors(channel: Channel, length: int, flags: int = 0) -> tuple[bytes, list[int]]:
    """Up to ``length`` bytes and the descriptors that travel with them, closed on exec from the start.

    ``socket.recv_fds`` cannot ask for that: it drops its flags (seen in Python 3.11 to 3.13).
    """
    descriptors = array.array("i")
    space = _socket.CMSG_SPACE(_MAX_DESCRIPTORS * descriptors.itemsize)
    data, ancillary, _, _ = channel.recvmsg(length, space, flags | _socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in ancillary:
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return data, list(descriptors)


def receive_exactly(channel: Channel, length: int) -> bytes:
    """``length`` bytes, or fewer where the other side went away."""
    parts = []
    while length:
        part = channel.recv(min(length, 1 << 20))
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
