"""A store with the base image, a build context, and builds by the Python API whose events and files can be looked at."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jettison.engine.build import build
from jettison.engine.layers import LayerFiles, Layers
from jettison.engine.request import BuildRequest, BuildResult, Machine, RootMode
from jettison.engine.transfer import load
from jettison.model.config import ImageConfig
from jettison.model.entry import Entry
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.tree import Tree
from jettison.registry.client import RegistryClient
from jettison.sandbox.interface import Sandbox
from jettison.sandbox.probe import choose
from jettison.solve.events import Event, Notice, VertexAdded, VertexFinished, VertexOutput, VertexStarted
from jettison.sources.access import RemoteAccess
from jettison.store.store import Store

PLATFORM = Platform.normal(os="linux", architecture=os.uname().machine)

Files = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the events tell of one vertex."""

    name: str
    started: float | None
    finished: float | None
    cached: bool
    error: str | None
    output: str


@dataclass(frozen=True, kw_only=True)
class Built:
    """A build that succeeded."""

    result: BuildResult
    events: tuple[Event, ...]
    store: Store

    @cached_property
    def config(self) -> ImageConfig:
        """The image's config."""
        return self.store.images.config(self.result.image_id)

    @cached_property
    def layers(self) -> Layers:
        """The layers of the store."""
        return Layers(self.store)

    @cached_property
    def tree(self) -> Tree:
        """The image's files."""
        return self.layers.merged(self.config.diff_ids)

    @property
    def history(self) -> list[str]:
        """What the history says was done."""
        return [entry.created_by for entry in self.config.history]

    @property
    def steps(self) -> dict[str, Step]:
        """The vertices by their names."""
        return {step.name: step for step in read_steps(self.events)}

    @property
    def ran(self) -> list[str]:
        """The names of the vertices that did some work."""
        return [
            step.name for step in read_steps(self.events) if step.started is not None and "[internal]" not in step.name
        ]

    @property
    def notices(self) -> list[str]:
        """Warnings and remarks but for how commands are isolated."""
        found = [event.message for event in self.events if isinstance(event, Notice)]
        return [message for message in found if not message.startswith("RUN is isolated by")]

    def step(self, part: str) -> Step:
        """The only vertex whose name has ``part`` in it."""
        (found,) = [step for name, step in self.steps.items() if part in name]
        return found

    def entry(self, path: str) -> Entry:
        """The file at this path, links not followed."""
        found = self.tree.get(path)
        assert found is not None, f"/{path} is not there; there are: {', '.join(sorted(self.tree.entries)[:50])}"
        return found

    def has(self, path: str) -> bool:
        return self.tree.get(path) is not None

    def read(self, path: str) -> bytes:
        """The content of a file, links followed."""
        return LayerFiles(self.layers, self.config.diff_ids).read(path, 1 << 30)

    def text(self, path: str) -> str:
        return self.read(path).decode()

    def own_layer(self) -> dict[str, Entry]:
        """The entries of the uppermost layer."""
        return {entry.path: entry for entry in self.layers.index(self.config.diff_ids[-1]).entries}


def read_steps(events: tuple[Event, ...]) -> list[Step]:
    """The vertices in the order in which they were added."""
    found: dict[int, dict[str, Any]] = {}
    for event in events:
        if isinstance(event, VertexAdded):
            found[event.vertex.number] = {
                "name": event.vertex.name, "started": None, "finished": None, "cached": False, "error": None, "output": b"",
            }  # fmt: skip
        elif isinstance(event, VertexStarted):
            found[event.number]["started"] = event.time
        elif isinstance(event, VertexOutput):
            found[event.number]["output"] += event.data
        elif isinstance(event, VertexFinished) and event.number in found:
            found[event.number] |= {"finished": event.time, "cached": event.cached, "error": event.error}
    return [Step(**{**step, "output": step["output"].decode("utf-8", "replace")}) for step in found.values()]


@dataclass
class Bench:
    """A place to build at."""

    root: Path
    store: Store
    registry: RegistryClient = field(default_factory=RegistryClient)
    open_sandbox: Callable[[], Sandbox] = choose
    access: RemoteAccess = field(default_factory=RemoteAccess)
    root_mode: RootMode = RootMode.AUTO
    events: tuple[Event, ...] = ()
    """Of the last build, also where it failed."""

    @property
    def context(self) -> Path:
        """The folder of the build context."""
        return self.root / "context"

    def write(self, files: Files) -> None:
        """Put files into the context."""
        for name, content in files.items():
            path = self.context / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def load(self, archive: Path) -> None:
        """Take the images of an archive into the store."""
        load(archive, self.machine(lambda event: None), lambda part, done, total: None)

    def machine(self, emit: Callable[[Event], None]) -> Machine:
        """What a build works with."""
        return Machine(
            store=self.store,
            open_registry=lambda: self.registry,
            open_sandbox=self.open_sandbox,
            emit=emit,
            platform=PLATFORM,
            clock=time.time,
            access=self.access,
            root_mode=self.root_mode,
        )

    def build(self, text: str | None, files: Files | None = None, /, **request: Any) -> Built:
        """Write the Dockerfile and the files into the context and build it."""
        self.context.mkdir(exist_ok=True)
        self.write(files or {})
        if text is not None:
            self.write({"Dockerfile": text})
        request = {"context": self.context} | request
        events: list[Event] = []
        guard = threading.Lock()

        def emit(event: Event) -> None:
            with guard:
                events.append(event)

        try:
            result = build(BuildRequest(**request), self.machine(emit))
        finally:
            self.events = tuple(events)
        return Built(result=result, events=self.events, store=self.store)

    def failed(self) -> Step:
        """The vertex at which the last build failed."""
        return next(step for step in read_steps(self.events) if step.error is not None)

    def empty_context(self) -> None:
        """Throw away all files of the context."""
        shutil.rmtree(self.context, ignore_errors=True)


def reference(name: str) -> Reference:
    return Reference.parse(name).with_default_tag()
