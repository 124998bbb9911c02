"""The weight of an image as values: what `weigh` finds, ready to be shown, compared and checked against limits."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from jettison.analyze.attribution import LayerWeight
from jettison.analyze.base import Base
from jettison.analyze.classify import Run, SeenFiles
from jettison.analyze.destination import Destination
from jettison.analyze.instructions import Instruction
from jettison.analyze.kinds import Category, Need
from jettison.analyze.written import Written, WrittenBase
from jettison.frozen import dataclass, field
from jettison.model.digest import Digest
from jettison.tuples import NamedTuple


class Parts:
    """The bytes of files that a finding is about, in columns: there may be a million."""

    __slots__ = ("paths", "sizes")

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.sizes: list[int] = []

    def add(self, path: str, size_bytes: int) -> None:
        """Some bytes of one file more."""
        self.paths.append(path)
        self.sizes.append(size_bytes)

    def largest(self, number: int) -> list[tuple[str, int]]:
        """Path and size of the largest, in this order; of equal ones by their paths."""
        least = min(heapq.nlargest(number, self.sizes), default=0)
        top = [(path, size_bytes) for path, size_bytes in self if size_bytes >= least]
        return sorted(top, key=lambda part: (-part[1], part[0]))[:number]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self.paths, self.sizes, strict=True)

    def __len__(self) -> int:
        return len(self.sizes)


class Group(NamedTuple):
    """What the bytes of one finding have in common."""

    kind: str
    layer: int
    by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionWeight:
    """What one line of the Dockerfile weighs."""

    instruction: Instruction
    layer: LayerWeight | None
    """None where it made no layer."""
    ballast_bytes: int
    """Of what it added, the bytes that findings would save."""

    @property
    def added_bytes(self) -> int:
        """The contents that it brought."""
        return self.layer.added_bytes if self.layer else 0

    @property
    def visible_bytes(self) -> int:
        """What is seen of them in the end."""
        return self.layer.visible_bytes if self.layer else 0

    @property
    def wasted_bytes(self) -> int:
        """What is not."""
        return self.added_bytes - self.visible_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PathWeight:
    """A file or a folder."""

    path: str
    size_bytes: int
    layer: int
    """The layer that holds it; of a folder, the one that holds most of it."""
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Bytes that can be saved, where they lie, and how. No byte is in two findings."""

    kind: str
    title: str
    category: Category
    size_bytes: int
    saves_bytes: int
    """What the image shrinks by when the change is made: 0 for what lies in a base image that stays."""
    files: int
    layer: int
    """The layer that holds the bytes."""
    by: int | None
    """The layer that made them waste, where another one did."""
    in_base: bool
    change: str
    """What to type."""
    paths: tuple[PathWeight, ...]
    """The largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryWeight:
    """All bytes of one category, and how many of them the program needs."""

    category: Category
    size_bytes: int
    needed_bytes: int
    useless_bytes: int
    reason: str

    @property
    def unknown_bytes(self) -> int:
        """Of which nobody knows."""
        return self.size_bytes - self.needed_bytes - self.useless_bytes

    @property
    def need(self) -> Need:
        """The answer for most of the bytes."""
        sizes = {Need.YES: self.needed_bytes, Need.NO: self.useless_bytes, Need.UNKNOWN: self.unknown_bytes}
        return max(sizes, key=lambda need: sizes[need])


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageWeight:
    """What one package costs."""

    ecosystem: str
    name: str
    version: str
    size_bytes: int
    files: int
    layer: int
    """The layer that brought most of it."""


class PredictedPart(NamedTuple):
    """Some bytes of the image to come."""

    what: str
    """``program``, ``dependencies``, ``base image distroless/static:12`` …"""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The image to come."""

    parts: tuple[PredictedPart, ...] = ()
    """Largest first; none is empty."""
    base_name: str = ""
    """Of the image that it starts from: one that is known here, or the present one; empty where there is none."""
    base_bytes: int = 0
    is_new_base: bool = False
    """Whether it starts from another one than the present image, or from nothing."""

    @property
    def size_bytes(self) -> int:
        """All parts together."""
        return sum(part.size_bytes for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A file that looks like a secret. Its content is not looked at."""

    path: str
    kind: str
    layer: int
    is_hidden: bool
    """Whether an upper layer hides it: whoever has the image has it all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """All that is known of the bytes of an image."""

    name: str
    image_id: Digest
    platform: str
    program: str
    """Image path of what the image starts; empty where that is not known."""
    total_bytes: int
    """Of all contents in all layers: what docker calls the size of an image."""
    visible_bytes: int
    efficiency: float
    repeated_bytes: int
    """What the tool dive calls wasted: see :mod:`jettison.analyze.efficiency`."""
    base: Base
    instructions: tuple[InstructionWeight, ...]
    """In the order of the history, lowest layer first."""
    findings: tuple[Finding, ...]
    """Largest first."""
    categories: tuple[CategoryWeight, ...]
    """Largest first; their sizes add up to ``total_bytes``."""
    packages: tuple[PackageWeight, ...]
    """Largest first."""
    paths: tuple[PathWeight, ...]
    """The largest files and folders, largest first."""
    secrets: tuple[SecretFile, ...]
    incomplete: tuple[str, ...]
    """Not empty: what could not be looked at."""
    remarks: tuple[str, ...] = ()
    """On what is known of the image beside its layers, and what of that is of no use."""
    dockerfile: Written | None = None
    """None where nobody told."""
    base_dockerfiles: tuple[WrittenBase, ...] = ()
    """Those of the base image and of what it stands on, the uppermost first, as far as somebody tells."""
    files: SeenFiles = field(default_factory=SeenFiles, repr=False, compare=False)
    """Every file that is seen."""
    prediction: Prediction = field(default_factory=Prediction)
    """The image after all changes."""
    ballast: Mapping[Group, Parts] = field(default_factory=dict, repr=False, compare=False)
    """The bytes that the findings are about, also those that stay with a base image."""
    destination: Destination | None = field(default=None, repr=False, compare=False)
    """Where the advice lets the program end up; None where its base image stays."""

    @property
    def wasted_bytes(self) -> int:
        """What nobody sees."""
        return self.total_bytes - self.visible_bytes

    @property
    def ballast_bytes(self) -> int:
        """What all findings together save."""
        return sum(finding.saves_bytes for finding in self.findings)

    @property
    def predicted_bytes(self) -> int:
        """The size of the image after all changes."""
        return self.prediction.size_bytes

    @property
    def brought_bytes(self) -> int:
        """What a new base image brings that the present one does not have."""
        return self.predicted_bytes - (self.total_bytes - self.ballast_bytes)

    def need_of(self, run: Run, path: str) -> Need:
        """Whether the program needs a file of a run where the advice lets it end up."""
        return run.need if self.destination is None else self.destination.need(run, path)

    @property
    def layers(self) -> int:
        """The number of layers."""
        return sum(each.layer is not None for each in self.instructions)

    def instruction_of(self, layer: int) -> Instruction:
        """The instruction that made a layer."""
        return next(each.instruction for each in self.instructions if each.instruction.layer == layer)
