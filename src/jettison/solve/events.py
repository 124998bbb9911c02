"""What happens during a build, as frozen events: the progress display, the JSON log and the tests consume this stream.

Times are seconds since the epoch as floats, put in by whoever emits the event. :class:`Span` is told where somebody
asked for a timeline, and else not.
"""

from __future__ import annotations

from jettison.enums import StrEnum
from jettison.frozen import dataclass, field
from jettison.model.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexInfo:
    """What a display needs to know of a vertex. ``name`` is ready to print: ``[builder 2/5] RUN make``."""

    number: int
    name: str
    inputs: tuple[int, ...] = ()
    internal: bool = False
    """Loading the Dockerfile, exporting: shown like BuildKit's ``[internal]`` lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStarted:
    """The first event. Vertices that turn up later (exports) come with :class:`VertexAdded`."""

    vertices: tuple[VertexInfo, ...]
    isolation: str
    """The rung of the sandbox, with the reason it was chosen, ready to print; empty where no RUN is in the graph."""
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexAdded:
    """A vertex that was not known at the start."""

    vertex: VertexInfo
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexStarted:
    """Work on a vertex begins."""

    number: int
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexOutput:
    """What a command wrote, as it was written: not split into lines, not decoded."""

    number: int
    stream: int
    """1 standard output, 2 standard error."""
    data: bytes
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexProgress:
    """How far one part of a vertex is: a download, an unpacking, a compression."""

    number: int
    part: str
    """Ready to print: ``sha256:1a2b3c4d5e6f`` or ``exporting layers``."""
    current: int
    total: int | None
    """Bytes; None where nobody knows."""
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexFinished:
    """The vertex is done: run, taken from the cache, failed (``error``) or cancelled (``cancelled``)."""

    number: int
    time: float
    cached: bool = False
    cancelled: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning or a remark for the user, with the place in the Dockerfile where there is one."""

    message: str
    location: str = ""
    """``path:line:column`` or empty."""
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LintWarning:
    """What a check of the Dockerfile found. A display may leave it to whoever sums them up at the end."""

    rule: str
    message: str
    description: str
    """What the rule wants."""
    url: str
    """Where it is explained; empty where it is not."""
    location: str
    """``path:line:column`` of the instruction's part that matters."""
    excerpt: str
    """The marked lines, ready to print."""
    line: int
    """The first line of the instruction."""
    last_line: int
    time: float


class SpanKind(StrEnum):
    """What a piece of work is, in the order of a build."""

    START_UP = "start-up"
    """From the start of the process to the first event."""
    READ = "read"
    """The Dockerfile read, converted and checked."""
    RESOLVE = "resolve"
    """Base images looked up: manifests and configs."""
    CONTEXT = "context"
    """Build contexts opened and walked, or fetched."""
    CACHE = "cache"
    """Keys computed and looked up; of files that changed the content is read for that."""
    FETCH = "fetch"
    """ADD from web servers and repositories."""
    PULL = "pull"
    """Layers brought here: fetched, decompressed, indexed and stored in one pass."""
    UNPACK = "unpack"
    """Layers made into directories for commands."""
    SANDBOX = "sandbox"
    """The sandbox opened, a command's root mounted and its process made."""
    COMMAND = "command"
    """A command of RUN itself, to its end."""
    PACK = "pack"
    """Layers written: what COPY and ADD take, what a command left."""
    COMPRESS = "compress"
    EXPORT = "export"
    """Layouts, archives and files written, names given."""
    PUSH = "push"
    STEP = "step"
    """A step as a whole, around its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of work that is over. Those of one thread lie in each other or apart."""

    kind: SpanKind
    name: str = ""
    """What it was about, ready to print: a layer, a step, an output."""
    number: int | None = None
    """The vertex, where it is one's alone."""
    thread: str
    thread_number: int
    """Tells threads with equal names apart, as long as both run."""
    started: float
    time: float
    """Its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFinished:
    """The last event."""

    time: float
    image_id: Digest | None = None
    names: tuple[str, ...] = field(default=())
    error: str | None = None


Event = (
    BuildStarted
    | VertexAdded
    | VertexStarted
    | VertexOutput
    | VertexProgress
    | VertexFinished
    | Notice
    | LintWarning
    | Span
    | BuildFinished
)
