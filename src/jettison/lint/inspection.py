"""What rules look at: a Dockerfile in all its forms, and what a conversion of it met."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.dockerfile.convert import ConvertOptions
from jettison.dockerfile.instructions import Instruction, Program
from jettison.dockerfile.stage_graph import SCRATCH
from jettison.dockerfile.syntax import Dockerfile, InstructionNode
from jettison.dockerfile.trace import CarriedOut, Trace
from jettison.errors import JettisonError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING
from jettison.model.reference import Reference

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One Dockerfile to be checked, whole or with errors."""

    dockerfile: Dockerfile
    program: Program
    """What can be understood of it."""
    options: ConvertOptions
    trace: Trace
    """What its conversion met; empty where it did not come to that."""
    ignore: IgnorePatterns | None = None
    """What the build context leaves out."""
    unknown_images: frozenset[Reference] = frozenset()
    """Base images that nobody looked up: nothing is known of their variables."""

    @property
    def instructions(self) -> Iterator[Instruction]:
        """All instructions that could be read, in order."""
        yield from self.program.arguments
        for stage in self.program.stages:
            yield stage.from_
            yield from stage.instructions

    @property
    def blind_stages(self) -> frozenset[int]:
        """The stages of which nobody knows with which variables they begin."""
        blind: set[int] = set()
        for word in self.trace.froms:
            number = word.stage.number
            base = self.trace.base_stages.get(number)
            image = word.expansion.text
            if word.is_platform:
                continue
            if base in blind or (base is None and image != SCRATCH and _reference(image) in self.unknown_images):
                blind.add(number)
        return frozenset(blind)


def _reference(text: str) -> Reference | None:
    try:
        return Reference.parse(text).with_default_tag()
    except JettisonError:
        return None


def place_of(step: CarriedOut) -> InstructionNode:
    """The instruction to blame: a trigger of the base image is reported at its FROM."""
    return step.instruction.node if step.trigger_of is None else step.trigger_of.node


def silencers_of(step: CarriedOut) -> tuple[str, ...]:
    """The comments that may silence what is found there; a trigger has none."""
    return step.instruction.comments if step.trigger_of is None else ()
