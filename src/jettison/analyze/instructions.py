"""Which instruction made which layer, as the history of an image tells it, and where its base image ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jettison.analyze.base import Base
from jettison.analyze.written import WrittenLine
from jettison.frozen import dataclass
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.patterns import late_pattern

_SHELL = late_pattern(r"(?:RUN )?(?:\|\d+ (?P<args>.*?) ?)?/bin/(?:ba|a|da)?sh -[a-z]*c (?P<command>.*)", re.DOTALL)
_NO_OPERATION = late_pattern(r"(?:/bin/sh -c )?#\(nop\)\s*(?P<instruction>.*)", re.DOTALL)
_BUILDKIT = " # buildkit"
_NO_LINE = WrittenLine(place="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One entry of the history."""

    text: str
    """As it stands in the Dockerfile where that is known, else in the words that the history has for it."""
    history: str = ""
    """What the history says, for comparing with images of which no more is known."""
    layer: int | None
    """The layer that it made, the lowest being 0."""
    in_base: bool
    place: str = ""
    """``Dockerfile:7`` where that is known; of a base image, in the Dockerfile that it was built from."""
    line: int | None = None
    image: str = ""
    """The base image that tells the place."""

    @property
    def name(self) -> str:
        """What messages call it: ``line 7``, ``line 7 of debian:12``."""
        of = f" of {self.image}" if self.image else ""
        return f"line {self.line}{of}" if self.line is not None else self.told

    @property
    def told(self) -> str:
        """Its text, or where nobody tells it, the layer: the lowest one is the first."""
        return self.text or ("layer ?" if self.layer is None else f"layer {self.layer + 1}")


def read_instructions(
    config: ImageConfig,
    layers: int,
    base: Base,
    lines: Sequence[WrittenLine] = (),
    base_lines: Sequence[WrittenLine] = (),
) -> tuple[Instruction, ...]:
    """The history of an image of so many layers, lowest first; layers that it does not tell of come without a text.

    ``lines`` are those of the layers above the base, where they are known, ``base_lines`` those of the layers of the
    base, in the Dockerfiles that it and what it stands on were built from.
    """

    def line_of(layer: int | None) -> WrittenLine:
        if layer is None:
            return _NO_LINE
        told, place = (base_lines, layer) if layer < base.layers else (lines, layer - base.layers)
        return told[place] if place < len(told) else _NO_LINE

    found: list[Instruction] = []
    number = 0
    for position, entry in enumerate(config.history):
        layer = None
        if not entry.empty_layer and number < layers:
            layer = number
            number += 1
        in_base = position < base.history if layer is None else layer < base.layers
        found.append(_instruction(entry, layer, in_base, line_of(layer)))
    found += [
        _instruction(HistoryEntry(), layer, layer < base.layers, line_of(layer)) for layer in range(number, layers)
    ]
    return tuple(found)


def readable(created_by: str) -> str:
    """What a builder wrote into the history, in the words of a Dockerfile and on one line."""
    text = created_by.removesuffix(_BUILDKIT).strip()
    no_operation = _NO_OPERATION.fullmatch(text)
    shell = _SHELL.fullmatch(text)
    if no_operation:
        text = no_operation["instruction"]
    elif shell:
        text = f"RUN {shell['command']}"
    return " ".join(text.split())


def _instruction(entry: HistoryEntry, layer: int | None, in_base: bool, written: WrittenLine) -> Instruction:
    path, line, _ = written.place.rsplit(":", 2) if written.place else ("", "", "")
    history = readable(entry.created_by) or entry.comment
    return Instruction(
        text=" ".join(written.text.split()) or history,
        history=history,
        layer=layer,
        in_base=in_base,
        place=f"{path}:{line}" if line.isdecimal() else "",
        line=int(line) if line.isdecimal() else None,
        image=written.image,
    )
