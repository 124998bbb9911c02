"""Operations: what a vertex of the build graph does (after BuildKit's LLB: SourceOp, ExecOp, FileOp).

An operation is complete and frozen: two equal operations on equal inputs give equal results. Everything that reaches a
cache key is a field here; a field that must not (a place in the Dockerfile, a name to print) belongs to the vertex.
"""

from __future__ import annotations

from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference

if TYPE_CHECKING:
    from jettison.model.mode import ModeChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOp:
    """The layers of an image whose config is already resolved."""

    reference: Reference
    platform: Platform
    image_id: Digest
    diff_ids: tuple[Digest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextOp:
    """The files of a build context: ``"context"`` is the main one, other names come from ``--build-context``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOp:
    """The result of another build of the same graph. Joining puts that build's vertex in its place."""

    build: str
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOp:
    """One file from an ``http(s)`` URL, stored under ``filename``."""

    url: str
    filename: str
    checksum: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitOp:
    """The files of a git repository at one commit."""

    remote: str
    ref: str = ""
    """A branch, a tag or a full commit; empty: the default branch."""
    checksum: str = ""
    """The beginning of the commit that it must be."""
    subdir: str = ""
    keep_git_dir: bool = False
    submodules: bool = True
    commit_times: bool = False
    """Whether files have the time of their commit rather than that of the checkout."""
    fetch_by_commit: bool = False
    """Whether ``checksum`` is fetched, wherever ``ref`` points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineOp:
    """One file whose content stands in the Dockerfile (a heredoc)."""

    filename: str
    data: bytes
    mode: int = 0o644


class MountKind(StrEnum):
    """The types of ``RUN --mount``."""

    BIND = "bind"
    CACHE = "cache"
    TMPFS = "tmpfs"
    SECRET = "secret"  # noqa: S105
    SSH = "ssh"


class Sharing(StrEnum):
    """How builds that run at the same time share a cache mount."""

    SHARED = "shared"
    PRIVATE = "private"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecMount:
    """One mount of a RUN. ``input`` is the position in the vertex's inputs, None for an empty source."""

    kind: MountKind
    target: str
    """Absolute path inside the root."""
    input: int | None = None
    source: str = ""
    """Image path inside the input."""
    read_only: bool = False
    id: str = ""
    """CACHE, SECRET and SSH: the name of the cache, of the secret, of the agent."""
    required: bool = False
    """SECRET and SSH: whether the command fails where nobody gave it; else there is no mount then."""
    sharing: Sharing = Sharing.SHARED
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVariable:
    """An environment variable that holds a secret. The secret itself is no part of any op."""

    name: str
    id: str
    required: bool = False
    """Else the variable is empty where nobody gave the secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A resource limit (setrlimit(2)); -1 is none."""

    name: str
    """As docker's ``--ulimit`` has it: ``nofile``."""
    soft: int
    hard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecOp:
    """Runs a command in the root file system that input 0 stands for (None: an empty one)."""

    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    working_dir: str
    user: str = ""
    """As the Dockerfile says it: a name or a number, with an optional group. Empty: root."""
    mounts: tuple[ExecMount, ...] = ()
    """In the order in which they are made: parents before what lies in them."""
    secret_env: tuple[SecretVariable, ...] = ()
    network: str = "default"
    insecure: bool = False
    """Whether the command has every capability and the machine's devices."""
    hostname: str = ""
    """Empty: the sandbox's own."""
    extra_hosts: tuple[tuple[str, str], ...] = ()
    shm_size_bytes: int = 0
    """0: docker's default."""
    limits: tuple[Limit, ...] = ()
    control_group_parent: str = ""
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAction:
    """Copies files of one input into the tree (COPY and ADD)."""

    input: int
    sources: tuple[str, ...]
    """Image paths, with Go's wildcards where ``wildcards`` is set."""
    destination: str
    """Absolute; a trailing slash says that it is a directory."""
    wildcards: bool = True
    includes: tuple[str, ...] = ()
    """Patterns of what is taken of a source, its folders included (``--parents``); none: everything."""
    excludes: tuple[str, ...] = ()
    """Patterns of what is left out of a source."""
    required: bool = False
    """Whether ``includes`` must match something."""
    chown: str | None = None
    mode: int | ModeChanges | None = None
    unpack: bool = False
    """Local archives are unpacked in place of being copied (ADD)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirectory:
    """Makes a directory and its parents where they are missing (WORKDIR)."""

    path: str
    mode: int = 0o755
    owner: str = ""
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOp:
    """Changes the tree that input 0 stands for (None: an empty one) without running anything."""

    actions: tuple[CopyAction | MakeDirectory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOp:
    """Puts the layers of input 1, which know nothing of it, on the tree that input 0 stands for (``--link``)."""


Op = ImageOp | ContextOp | LinkOp | HttpOp | GitOp | InlineOp | ExecOp | FileOp | MergeOp


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """A node of the build graph: an operation, its inputs, and what people need to know of it."""

    op: Op
    inputs: tuple[int | None, ...] = ()
    """Positions in ``Definition.vertices``, always lower than its own; None is the empty tree."""
    name: str
    """Ready to print: ``[builder 2/5] RUN make``."""
    stage: str = ""
    location: str = ""
    """``path:line:column`` of the instruction."""
    excerpt: str = ""
    """The marked lines of the Dockerfile, for errors."""
    ignore_cache: bool = False
    ambient_env: tuple[tuple[str, str], ...] = ()
    """Variables that reach a command, before its own of the same name, but never its cache key: proxies."""
    origin: str = ""
    """What the instruction is part of: the folder of its build context. Together with stage and location it tells the
    step of this build from those of others, and finds it again in the next one."""
