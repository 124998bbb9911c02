"""Where the base image of an image ends, and how that is known: facts for the analysis."""

from __future__ import annotations

from jettison.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base image: the lowest layers, which somebody else made. None at all, where nothing tells of one."""

    layers: int = 0
    history: int = 0
    """How many entries of the image's history are the base's."""
    name: str = ""
    """As FROM has it, or a name of the store; empty where nobody knows."""
    known: str = ""
    """How this is known, in words."""
    is_guess: bool = False
