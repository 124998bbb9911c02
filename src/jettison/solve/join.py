"""Several definitions as one graph, so that what they have in common is done once.

A build of several platforms, and several builds that are asked for together, are a definition each. Joined they are one
list of vertices: equal steps of different definitions on equal inputs are one vertex, and where a build stands on the
result of another one (a :class:`~jettison.model.op.LinkOp`) its steps stand on that build's vertices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jettison.frozen import dataclass, replace
from jettison.model.definition import Definition, StageSummary, Step
from jettison.model.op import ContextOp, LinkOp, Vertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One definition on its way into the common graph."""

    definition: Definition
    link: LinkOp
    """How other parts name this one."""
    contexts: Mapping[str, str]
    """What the definition's build contexts are called in the common graph: equal files have equal names."""
    origin: str
    """What makes its steps the same in a later build: see :attr:`~jettison.model.op.Vertex.origin`."""
    prefix: str = ""
    """What stands in front of the names of its steps; empty where they need none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The common graph, and each part in its terms."""

    vertices: tuple[Vertex, ...]
    definitions: tuple[Definition, ...]
    """Of each part, in order: the vertices are the common ones, and all numbers are positions in them."""


def join(parts: Sequence[Part]) -> Joined:
    """Join the parts. A part that another one is linked to comes before it."""
    graph = _Graph()
    definitions = [graph.take(part) for part in parts]
    vertices = tuple(graph.vertices)
    return Joined(
        vertices=vertices, definitions=tuple(replace(definition, vertices=vertices) for definition in definitions)
    )


def prefixed(name: str, prefix: str) -> str:
    """The name of a step with a prefix as buildx writes it: ``[web builder 2/5] RUN make``."""
    if not prefix:
        return name
    return f"[{prefix} {name[1:]}" if name.startswith("[") else f"[{prefix}] {name}"


class _Graph:
    def __init__(self) -> None:
        self.vertices: list[Vertex] = []
        self._known: dict[Vertex, int] = {}
        """The number of each vertex of the parts so far, by all that makes it do what it does."""
        self._new: dict[Vertex, int] = {}
        """The same for the part that is being taken: in one definition each step is shown as its Dockerfile has it."""
        self._taken: dict[LinkOp, Definition] = {}

    def take(self, part: Part) -> Definition:
        """Add a part's vertices; its definition in the terms of the common graph, whose vertices are not all known."""
        numbers: list[int | None] = []
        for vertex in part.definition.vertices:
            numbers.append(self._add(vertex, part, numbers))

        def renumbered(number: int | None) -> int | None:
            return None if number is None else numbers[number]

        definition = part.definition
        base, steps = (
            definition.base,
            tuple(Step(history=step.history, vertex=renumbered(step.vertex)) for step in definition.steps),
        )
        if definition.base_link is not None:
            linked = self._taken[definition.base_link]
            base, steps = linked.base, linked.steps + steps
        joined = replace(
            definition,
            vertices=(),
            result=renumbered(definition.result),
            base=base,
            steps=steps,
            stages=tuple(_stage(stage, numbers) for stage in definition.stages),
        )
        self._taken[part.link] = joined
        self._known |= self._new
        return joined

    def _add(self, vertex: Vertex, part: Part, numbers: Sequence[int | None]) -> int | None:
        """The number of a vertex whose inputs have theirs; None for the empty result of another part."""
        if isinstance(vertex.op, LinkOp):
            return self._taken[vertex.op].result
        op = ContextOp(name=part.contexts[vertex.op.name]) if isinstance(vertex.op, ContextOp) else vertex.op
        inputs = tuple(None if source is None else numbers[source] for source in vertex.inputs)
        added = replace(vertex, op=op, inputs=inputs, name=prefixed(vertex.name, part.prefix), origin=part.origin)
        work = replace(added, name="", stage="", location="", excerpt="", origin="")
        known = self._known.get(work)
        if known is not None:
            return known
        self._new[work] = len(self.vertices)
        self.vertices.append(added)
        return self._new[work]


def _stage(stage: StageSummary, numbers: Sequence[int | None]) -> StageSummary:
    vertices = tuple(number for vertex in stage.vertices if (number := numbers[vertex]) is not None)
    return replace(stage, vertices=vertices)
