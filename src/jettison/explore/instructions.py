"""The rows of the pane of layers: what made each of them, as the history of the image tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.analyze.instructions import readable
from jettison.frozen import dataclass
from jettison.model.config import HistoryEntry, ImageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An instruction, with the layer that it made, if any."""

    text: str
    """In full, as it stands in the history."""
    created: str
    layer: int | None
    height: int
    """The highest layer when the instruction was done; -1: none yet."""

    @property
    def title(self) -> str:
        """On one line, in the words of a Dockerfile."""
        return readable(self.text) or f"layer {self.height + 1}"


def read_steps(config: ImageConfig, layers: int) -> tuple[Step, ...]:
    """The history of an image of so many layers, the lowest first; layers that it does not tell of come at the end."""
    return tuple(_steps(config.history, layers))


def _steps(history: tuple[HistoryEntry, ...], layers: int) -> Iterator[Step]:
    height = -1
    for entry in history:
        layer = None
        if not entry.empty_layer:
            if height + 1 == layers:
                continue
            height += 1
            layer = height
        yield Step(text=entry.created_by or entry.comment, created=entry.created or "", layer=layer, height=height)
    while height + 1 < layers:
        height += 1
        yield Step(text="", created="", layer=height, height=height)
