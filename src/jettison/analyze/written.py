"""The Dockerfile as it was written: which lines are one instruction, and which of them the image is made of."""

from __future__ import annotations

from collections.abc import Collection

from jettison.dockerfile.parser import parse_dockerfile
from jettison.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text that an image was built from, where that is known."""

    path: str
    """As places name it."""
    text: str
    stages: tuple[int, ...] = ()
    """The lines of the FROMs of those stages that the image is made of; empty where nobody told."""

    @property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return [line.removesuffix("\r") for line in self.text.removesuffix("\n").split("\n")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLine:
    """The instruction that made a layer, as somebody told who knows the Dockerfile."""

    place: str
    """``path:line:column``; empty where no line is behind it."""
    text: str = ""
    """With all its flags, which a history leaves out; empty where nobody told."""
    image: str = ""
    """The base image in whose Dockerfile that is; empty for the image's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBase:
    """The Dockerfile that a base image was built from, or one that it stands on."""

    image: str
    """As FROM has it."""
    dockerfile: Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """All lines of one instruction, with its continuations, what stands between them, and its heredocs."""

    first: int
    last: int
    """Both count from 1."""
    is_from: bool
    in_image: bool
    """Whether its stage is one that the image is made of: others only hand files over."""


def passages(written: Written, layer_lines: Collection[int]) -> tuple[Passage, ...]:
    """The instructions in order; ``layer_lines`` are the first lines of those that made a layer.

    Where nobody told which stages the image is made of, those are that made a layer, and the last one.
    """
    stage, found, stages = 0, list[tuple[int, int, int, bool]](), set(written.stages)
    for instruction in parse_dockerfile(written.text, written.path).instructions:
        source, start, _ = instruction.span
        end = start + len(instruction.span.text.rstrip("\r\n"))
        first, last = source.position(instruction.code_span.first).line, source.position(end).line
        is_from = instruction.name == "FROM"
        if is_from:
            stage = first
        if not written.stages and first in layer_lines:
            stages.add(stage)
        found.append((stage, first, last, is_from))
    if not written.stages:
        stages.add(stage)
    return tuple(
        Passage(first=first, last=last, is_from=is_from, in_image=stage in stages)
        for stage, first, last, is_from in found
    )
