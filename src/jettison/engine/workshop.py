"""What the steps of one solve are worked on with, and what comes of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager, nullcontext

from jettison.engine.credentials import Credentials
from jettison.engine.examine import Examiner
from jettison.engine.file_step import FileStep
from jettison.engine.git_step import Repositories
from jettison.engine.inputs import Result
from jettison.engine.layers import Layers
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING
from jettison.model.digest import Digest
from jettison.model.op import FileOp, Vertex
from jettison.model.platform import Platform
from jettison.solve.events import Event
from jettison.solve.spans import Spans, untimed
from jettison.store.blobs import BlobWriter
from jettison.store.leases import Lease
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.sandbox.interface import Sandbox

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The result of a vertex, and when its layer came to be (seconds since the epoch)."""

    result: Result
    created: float
    cached: bool = False
    """Whether it was there already, or is no work at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What steps are worked on with."""

    store: Store
    layers: Layers
    lease: Lease
    sandbox: Callable[[], Sandbox]
    """Opens the sandbox at the first use."""
    prepare_sandbox: Callable[[], None] = lambda: None
    """Begins to open it in the background."""
    starting: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered for as long as a command is being started."""
    before_commands: Set[int] = frozenset()
    """The vertices that commands stand on: when one of them has to be done, a command will run."""
    examiner: Examiner
    platform: Platform
    """Of this machine."""
    credentials: Mapping[int, Credentials]
    """What each step may ask for."""
    emit: Emit
    clock: Callable[[], float]
    repositories: Repositories
    first_number: int = 0
    """The number of the first vertex in events."""
    on_layer: Callable[[int, Digest], None] = lambda number, layer: None
    """Called when a vertex has its layer, from any thread."""
    on_tar: Callable[[int, BlobWriter], None] = lambda number, tar: None
    """Called before a copy writes the first byte of its layer, from any thread."""
    equal: dict[FileOp, list[Vertex]] = field(default_factory=dict)
    """The copies of the graph, those that say the same together."""
    examined: dict[int, FileStep] = field(default_factory=dict)
    """The copies that were looked at and have to be carried out."""
    first_builds: set[str] = field(default_factory=set)
    """The folders that nothing was ever built from: what takes long there is begun before it is looked up."""
    spans: Spans = untimed
    cancelled: threading.Event = field(default_factory=threading.Event)
    components: dict[int, Mapping[str, str]] = field(default_factory=dict)
    """What the key of each step was made of that was examined, and not found."""
