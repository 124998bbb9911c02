"""A definition: the whole build graph that a Dockerfile means, and the image that its result becomes."""

from __future__ import annotations

from dataclasses import dataclass

from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.op import Vertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One history entry of the image and the vertex whose layer belongs to it, None for an empty layer."""

    history: HistoryEntry
    vertex: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A graph in topological order: the inputs of a vertex stand before it."""

    vertices: tuple[Vertex, ...]
    result: int | None
    """The vertex whose tree is the image's; None for an empty image."""
    base: ImageConfig
    """The config that the image starts from: of its base image, or empty with ``FROM scratch``."""
    image: ImageConfig
    """The config without what only the build can tell: layers and history are those of ``base``."""
    steps: tuple[Step, ...]
    """What the image's history has on top of ``base``."""
