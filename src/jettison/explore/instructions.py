"""The rows of the pane of layers: what made each of them, as its Dockerfile or else its history tells. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from jettison.analyze.instructions import readable
from jettison.frozen import dataclass
from jettison.model.config import HistoryEntry, ImageConfig

_TITLE_LENGTH = 1000
_NO_TEXTS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An instruction, with the layer that it made, if any."""

    text: str
    """In full, as it stands in the Dockerfile where that is known, else in the history."""
    created: str
    layer: int | None
    height: int
    """The highest layer when the instruction was done; -1: none yet."""
    title: str
    """On one line, in the words of a Dockerfile; the beginning, where it is long."""


def read_steps(config: ImageConfig, layers: int, texts: Mapping[int, str] = _NO_TEXTS) -> tuple[Step, ...]:
    """The history of an image of so many layers, the lowest first; layers that it does not tell of come at the end.

    ``texts`` are the instructions of layers of which the Dockerfile is known.
    """
    return tuple(_steps(config.history, layers, texts))


def _steps(history: tuple[HistoryEntry, ...], layers: int, texts: Mapping[int, str]) -> Iterator[Step]:
    height = -1
    for entry in history:
        layer = None
        if not entry.empty_layer:
            if height + 1 == layers:
                continue
            height += 1
            layer = height
        known = texts.get(height, "") if layer is not None else ""
        yield _step(known or entry.created_by or entry.comment, entry.created or "", layer, height)
    while height + 1 < layers:
        height += 1
        yield _step("", "", height, height)


def _step(text: str, created: str, layer: int | None, height: int) -> Step:
    title = readable(text[:_TITLE_LENGTH]) or f"layer {height + 1}"
    return Step(text=text, created=created, layer=layer, height=height, title=title)
