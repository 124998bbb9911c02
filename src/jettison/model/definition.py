"""A definition: the whole build graph that a Dockerfile means, and the image that its result becomes."""

from __future__ import annotations

from jettison.frozen import dataclass
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.op import LinkOp, Vertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One history entry of the image and the vertex whose layer belongs to it, None for an empty layer."""

    history: HistoryEntry
    vertex: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSummary:
    """One stage of the Dockerfile, for showing the plan of a build."""

    number: int
    name: str
    """Empty where it has none."""
    base: str
    """What FROM names, expanded: an image, a stage, ``scratch``."""
    base_stage: int | None
    uses: tuple[int, ...]
    """The stages that it takes files from."""
    needed: bool
    """Whether the target needs it."""
    vertices: tuple[int, ...]
    instructions: tuple[str, ...]
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A graph in topological order: the inputs of a vertex stand before it."""

    vertices: tuple[Vertex, ...]
    result: int | None
    """The vertex whose tree is the image's; None for an empty image."""
    base: ImageConfig
    """The config that the image starts from: of its base image, or empty with ``FROM scratch``."""
    base_link: LinkOp | None = None
    """The build whose result ``base`` is, where it is no image: its history comes before ``steps``."""
    image: ImageConfig
    """The config without what only the build can tell: layers and history are those of ``base``."""
    steps: tuple[Step, ...]
    """What the image's history has on top of ``base``."""
    stages: tuple[StageSummary, ...]
    target: int
    """The number of the stage that is built."""
    epoch: int | None = None
    """The time that stands in for every other one, in seconds since 1970 (SOURCE_DATE_EPOCH)."""
    warnings: tuple[tuple[str, str], ...] = ()
    """Message and location of what is odd, though it works."""
