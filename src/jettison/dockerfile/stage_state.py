"""What is known while stages are carried out: the graph so far, and each stage between two of its instructions."""

from __future__ import annotations

import math

from jettison.dockerfile.directories import with_slashes, working_directory
from jettison.dockerfile.effects import default_environment
from jettison.dockerfile.inherited import InheritedMap
from jettison.dockerfile.run_draft import RunDraft
from jettison.dockerfile.scope import Scope
from jettison.frozen import dataclass, field, replace
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.definition import Step
from jettison.model.op import ContextOp, CopyAction, FileOp, LinkOp, Op, Vertex
from jettison.model.platform import Platform
from jettison.model.run_settings import RunSettings

HISTORY_COMMENT = "buildkit.dockerfile.v0"
"""What history entries of Dockerfiles are told apart by."""


@dataclass(slots=True)
class Graph:
    """The vertices of all stages while they are being made."""

    epoch: int | None = None
    """The time of everything that the build makes, where one is given."""
    run: RunSettings = field(default_factory=RunSettings)
    vertices: list[Vertex] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    """Message and location."""
    handed_over: int = 0
    """How much the variables are that all commands so far get: characters, and as many for each as it takes itself."""
    _sources: dict[Op, int] = field(default_factory=dict)

    def add(self, vertex: Vertex) -> int:
        """Add a vertex; returns its number."""
        self.vertices.append(vertex)
        return len(self.vertices) - 1

    def context(self, name: str) -> int:
        """The vertex of a build context, made at its first use."""
        shown = "[internal] load build context" if name == "context" else f"[internal] load build context {name}"
        return self.source(ContextOp(name=name), shown)

    def source(self, op: Op, name: str) -> int:
        """The vertex of what files are taken from, made at its first use and shown as ``name``."""
        if op not in self._sources:
            self._sources[op] = self.add(Vertex(op=op, name=name))
        return self._sources[op]


@dataclass(slots=True)
class Steps:
    """What the history will tell of a stage, behind what it tells of the stage below."""

    below: Steps | None = None
    own: list[Step] = field(default_factory=list)

    def append(self, step: Step) -> None:
        """Add the next one."""
        self.own.append(step)

    def whole(self) -> tuple[Step, ...]:
        """All of them, the first first."""
        stages = [self.own]
        below = self.below
        while below is not None:
            stages.append(below.own)
            below = below.below
        return tuple(step for own in reversed(stages) for step in own)


@dataclass(slots=True)
class StageState:
    """A stage between two of its instructions."""

    base: ImageConfig
    """The config that the image begins with; that of the first base where stages are built on stages."""
    run: RunDraft
    author: str
    scope: Scope
    root: int | None
    """The vertex of the files so far; None for none."""
    platform: Platform
    label: str
    """What stands before the step numbers: ``builder``."""
    total: int
    """How many steps are shown."""
    steps: Steps = field(default_factory=Steps)
    own_vertices: list[int] = field(default_factory=list)
    index: int = 0
    cmd_set: bool = False
    base_link: LinkOp | None = None
    """Where ``base`` comes from another build."""
    names_platform: bool = False
    """Whether the names of steps tell the platform."""

    @classmethod
    def new(
        cls, base: ImageConfig, *, label: str, total: int, platform: Platform, names_platform: bool = False
    ) -> StageState:
        """The beginning of a stage on an image."""
        run, system = RunDraft.of(base.run), platform.os
        if "PATH" not in run.env:
            run.env.update(default_environment(system))
        run.working_dir = run.working_dir and working_directory(run.working_dir, run.working_dir, system)
        return cls(
            base=base,
            run=run,
            author=base.author,
            scope=Scope(variables=InheritedMap(run.env)),
            root=None,
            platform=platform,
            label=label,
            total=total,
            names_platform=names_platform,
        )

    @classmethod
    def scratch(cls, platform: Platform, *, label: str, total: int, names_platform: bool = False) -> StageState:
        """The beginning of a stage on nothing; ``platform`` is that of the target, whatever FROM says."""
        run = RunConfig(working_dir="/", env=default_environment(platform.os))
        base = ImageConfig(platform=platform, run=run)
        return cls.new(base, label=label, total=total, platform=platform, names_platform=names_platform)

    def continued(self, *, label: str, total: int) -> StageState:
        """The beginning of a stage on this one, which is finished."""
        return replace(
            self,
            run=self.run.on_top(),
            scope=self.scope.inherit(self.run.env),
            label=label,
            total=total,
            steps=Steps(below=self.steps),
            own_vertices=[],
            index=0,
            cmd_set=False,
        )

    @property
    def directory(self) -> str:
        """The working directory as an image path, as it was written."""
        return with_slashes(self.run.working_dir, self.platform.os) or "/"

    def begin_with_files(self, source: int, name: str, graph: Graph) -> None:
        """Make all files of a vertex those that the stage begins with, as its first step."""
        copy = CopyAction(input=1, sources=("",), destination="/", wildcards=False)
        vertex = Vertex(
            op=FileOp(actions=(copy,)), inputs=(None, source), name=self.prefixed(f"FROM {name}"), stage=self.label
        )
        self.root = graph.add(vertex)
        self.own_vertices.append(self.root)
        self.steps.append(
            Step(history=HistoryEntry(created_by=f"FROM {name}", comment=HISTORY_COMMENT), vertex=self.root)
        )

    def prefixed(self, text: str) -> str:
        """The name of the next step: ``[builder 2/5] RUN make``, ``[linux/amd64->arm64 builder 2/5] RUN make``."""
        if not self.total:
            return text
        self.index += 1
        width = 1 + int(math.log10(self.total))
        platform = f"{self.platform}{self.scope.cross_target(self.platform)} " if self.names_platform else ""
        label = f"{self.label} " if self.label else ""
        return f"[{platform}{label}{self.index:>{width}}/{self.total}] {text}"
