"""What a command runs in and with: frozen values that every rung understands.

Paths inside the root are image paths as in ``jettison.model.entry``: relative, ``""`` being the root. Arguments and
environment are ``str`` with surrogate escapes (PEP 383) for bytes that are not UTF-8.
"""

from __future__ import annotations

from pathlib import Path

from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.sandbox.defaults import DEFAULT_CAPABILITIES, DEFAULT_HOSTNAME, DEFAULT_SHM_BYTES


class Network(StrEnum):
    """Which network a command sees."""

    HOST = "host"
    NONE = "none"
    """A network of its own that holds nothing but a loopback device."""


class MountKind(StrEnum):
    """What a mount shows."""

    BIND = "bind"
    """A file or directory of the host."""
    FILE = "file"
    """Bytes that are held in memory and never touch a disk."""
    TMPFS = "tmpfs"
    """An empty directory in memory."""
    ROOT = "root"
    """A directory or file of another stack of layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedLayer:
    """A layer that is mounted in place of a directory: an EROFS image whose files lie in the layer's tar."""

    image: Path
    tar: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSpec:
    """A root file system as overlayfs stacks it. It is mounted in a private namespace and never seen by the host."""

    layers: tuple[Path | MountedLayer, ...]
    """Directories in overlayfs form (whiteouts: devices 0/0; opaque: xattr), or what is mounted as such, the lowest
    first; empty for scratch."""
    upper: Path | None = None
    """Receives every change; its own mode and owner are those of ``/``. None: the root is read-only."""
    work: Path | None = None
    """An empty directory on the file system of ``upper``; needed where there are ``layers`` and an ``upper``."""
    once: bool = False
    """Nobody mounts it again with this ``work``: what the kernel leaves there may stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountSpec:
    """One mount inside the root. Where ``target`` is missing it is made for the while and removed afterwards."""

    kind: MountKind
    target: str
    """Image path; symbolic links on the way are followed inside the root and never lead out of it."""
    read_only: bool = False
    source: Path | None = None
    """BIND only."""
    content: bytes = b""
    """FILE only."""
    root: RootSpec | None = None
    """ROOT only: the stack, with an ``upper`` where writing is allowed and the writes are of interest to nobody."""
    root_path: str = ""
    """ROOT only: what of the stack is shown."""
    mode: int | None = None
    """TMPFS and FILE only: permission bits; None for 1777 and 0644."""
    uid: int = 0
    gid: int = 0
    size_bytes: int = 0
    """TMPFS only; 0 for the kernel's default, half of the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command and the circumstances it runs in. The defaults are docker's."""

    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    """HOME is added from the root's /etc/passwd where it is missing, as docker does; nothing else is."""
    working_dir: str = ""
    """Image path; made, owned by the user of the command, where it is missing."""
    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    """Supplementary groups."""
    hostname: str = DEFAULT_HOSTNAME
    terminal: bool = False
    """The command's standard streams are a pseudo terminal of its own; the process then offers the other end."""
    terminal_size: tuple[int, int] = (0, 0)
    """Rows and columns of the terminal at the start."""
    read_only_root: bool = False
    capabilities: tuple[str, ...] = DEFAULT_CAPABILITIES
    """The bounding set, and what root holds."""
    insecure: bool = False
    """Without any protection of the machine: every capability that this program has, whatever the user, no system call
    filter, the kernel's files writable, and the machine's devices (BuildKit: ``security.insecure``)."""
    network: Network = Network.HOST
    extra_hosts: tuple[tuple[str, str], ...] = ()
    """Lines for /etc/hosts: (name, address), or (name, ``host-gateway``)."""
    writable_network_files: bool = False
    """Whether /etc/hosts and /etc/resolv.conf may be written to: not in BuildKit's builds, but in docker's ``run``."""
    shm_size_bytes: int = DEFAULT_SHM_BYTES
    limits: tuple[tuple[str, int, int], ...] = ()
    """Resource limits: a name of ``defaults.LIMITS``, soft and hard value; -1 is none."""
    control_group_parent: str = ""
    """Where the command's control groups are made, by a rung that makes some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RungReport:
    """What trying a rung for real brought to light."""

    name: str
    works: bool
    reason: str
    """Why it does not work; where it works, how: the program and version, what is missing."""
