"""What is known of a build afterwards: which step made which layer, and where the steps took their files from."""

from __future__ import annotations

from collections.abc import Mapping

from jettison.frozen import dataclass
from jettison.model.digest import Digest
from jettison.model.op import CopyAction, MakeDirectory
from jettison.tuples import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMount:
    """Files of another step that a command saw (``RUN --mount=type=bind``)."""

    input: int
    """Position in the inputs of the step."""
    source: str
    """Image path in there; empty: everything."""
    target: str
    """Where the command saw it."""


class RecordedText(NamedTuple):
    """The Dockerfile, as it was written."""

    path: str
    """As the locations of steps name it."""
    text: str
    stages: tuple[int, ...] = ()
    """The lines of the FROMs of the stages that the image is made of; empty where nobody told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One step of a build that is over."""

    kind: str
    """image, context, url, git, heredoc, run, files, merge."""
    name: str
    """As it was displayed: ``[builder 2/5] RUN make``."""
    stage: str
    location: str
    """``path:line:column``; empty where no instruction stands behind it."""
    source: str
    """What it fetches or names: an image, a context, a URL, a repository."""
    inputs: tuple[int | None, ...]
    layers: tuple[Digest | None, ...]
    """Of an image all, of any other step the one that it put on top; None for such as nobody knows any more."""
    actions: tuple[CopyAction | MakeDirectory, ...] = ()
    mounts: tuple[RecordedMount, ...] = ()
    digest: Digest | None = None
    """Of an image, what its name stood for: its id, or as provenance has it the digest of its manifest or index."""

    @property
    def instruction(self) -> str:
        """The instruction without the place in its stage that the display puts before it."""
        return self.name.partition("] ")[2] if self.name.startswith("[") else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """The steps of one image; the inputs of a step have lower numbers than the step."""

    steps: Mapping[int, RecordedStep]
    result: int | None
    base_name: str
    """Empty: ``scratch``."""
    base_layers: int
    base_history: int
    """How many entries of the image's history are the base's."""
    dockerfile: RecordedText | None = None
    """None where it is not known, or too long to be kept."""
    kept_layers: int | None = None
    """Of an image that was squashed: how many of its layers are still those of the steps."""

    @property
    def images(self) -> tuple[Digest, ...]:
        """The ids of the images that the steps take anything from, as a build here knows them."""
        return tuple(dict.fromkeys(step.digest for step in self.steps.values() if step.digest is not None))

    def stack(self, number: int | None) -> tuple[tuple[RecordedStep, Digest | None], ...]:
        """Each layer that a step's result consists of, lowest first, with the step that made it."""
        pending, found = [number], list[tuple[RecordedStep, Digest | None]]()
        while pending:
            current = pending.pop()
            step = None if current is None else self.steps.get(current)
            if step is None:
                continue
            found += [(step, layer) for layer in reversed(step.layers)]
            if step.kind == "merge":
                pending += step.inputs
            elif step.inputs:
                pending.append(step.inputs[0])
        return tuple(reversed(found))
