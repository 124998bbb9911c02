"""What a conversion meets on its way, told also where it fails: for checks and outlines, which want to know more than
the definition says.

A conversion writes into the trace that it is handed, in the order in which BuildKit does the same things, and reads
nothing from it.
"""

from __future__ import annotations

from jettison.dockerfile.expand import Expansion
from jettison.dockerfile.global_args import GlobalArgument
from jettison.dockerfile.instructions import From, Instruction, Stage
from jettison.frozen import dataclass, field
from jettison.model.platform import Platform
from jettison.text.span import Word
from jettison.tuples import NamedTuple


class Expanded(NamedTuple):
    """A word, or the content of a heredoc, that was expanded for an instruction."""

    word: Word
    expansion: Expansion | None
    """None where that failed."""
    undefined: tuple[str, ...]
    """The variables that it uses and that nothing declares, sorted."""
    known: tuple[str, ...]
    """The variables there were, some of them where they are many; empty where nothing is undefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromWord:
    """The image or the platform of a FROM, expanded."""

    stage: Stage
    is_platform: bool
    word: Word
    expansion: Expansion
    known: tuple[str, ...]
    """The arguments that may stand in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFound:
    """The image that an instruction names, as it was found."""

    instruction: Instruction
    name: str
    wanted: Platform
    found: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """An instruction that was carried out, or failed while it was."""

    stage: int
    instruction: Instruction
    trigger_of: From | None
    """The FROM whose image has it as an ONBUILD trigger; None for an instruction of the Dockerfile."""
    has_shell: bool
    """Whether SHELL, here or in the base, says how shell forms are run."""
    expanded: tuple[Expanded, ...]
    finished: bool

    @property
    def texts(self) -> dict[Word, str]:
        """What the words of the instruction became; made anew each time. A word that was not expanded is not there."""
        return {found.word: found.expansion.text for found in self.expanded if found.expansion is not None}

    @property
    def values(self) -> dict[Word, tuple[str, ...]]:
        """The same, each word as the values that it splits into."""
        return {found.word: found.expansion.words for found in self.expanded if found.expansion is not None}


@dataclass(slots=True, kw_only=True)
class Trace:
    """The record of one conversion."""

    global_args: list[GlobalArgument] = field(default_factory=list)
    froms: list[FromWord] = field(default_factory=list)
    bases: dict[BaseFound, None] = field(default_factory=dict)
    """Each once, in order."""
    steps: list[CarriedOut] = field(default_factory=list)
    base_stages: dict[int, int] = field(default_factory=dict)
    """Which stage is built on which."""
    sources: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """The stages that a stage takes files from."""
    target: int | None = None

    def by_stage(self) -> dict[int, list[CarriedOut]]:
        """What was carried out in each stage that something was carried out in."""
        found: dict[int, list[CarriedOut]] = {}
        for step in self.steps:
            found.setdefault(step.stage, []).append(step)
        return found
