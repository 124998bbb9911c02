"""From stages to a definition: which vertices there are, and what the image's config and history become.

The semantics are those of BuildKit's ``dockerfile2llb``: what is expanded where, what reaches a command's environment,
what stands in the history. Nothing is read here: the configs of images are handed in, and where some are missing the
conversion answers with what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from jettison.dockerfile.base_images import BaseImages, ImageRequest, NeededImages, ResolvedBase
from jettison.dockerfile.git_ref import shown_source
from jettison.dockerfile.global_args import read_global_args
from jettison.dockerfile.instructions import Program, Stage
from jettison.dockerfile.named_contexts import FilesOp, NamedContexts
from jettison.dockerfile.scope import EPOCH_ARG, is_predefined, parse_epoch, platform_args
from jettison.dockerfile.stage_builder import StageBuilder
from jettison.dockerfile.stage_graph import (
    SCRATCH,
    StageNames,
    find_target,
    source_stage,
    unknown_stage_warnings,
)
from jettison.dockerfile.stage_plan import StagePlan, StagePlanner
from jettison.dockerfile.stage_state import Graph, StageState
from jettison.dockerfile.stage_work import StageWork
from jettison.dockerfile.trace import Trace
from jettison.frozen import dataclass, field, replace
from jettison.model.definition import Definition, StageSummary
from jettison.model.op import ContextOp, ImageOp, LinkOp, Vertex
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.run_settings import RunSettings
from jettison.text.diagnostics import error_at, quoted
from jettison.text.secrets import without_credentials
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """What a build says beside its Dockerfile."""

    target: str = ""
    build_args: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    build_platform: Platform
    target_platform: Platform
    run: RunSettings = field(default_factory=RunSettings)
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    """The names of stages whose steps are done again."""
    contexts: NamedContexts = field(default_factory=NamedContexts)
    all_stages: bool = False
    """Carry out also the stages that the target does not need: a check looks at all of them."""
    names_platforms: bool = False
    """Whether the names of steps tell the platform: where several are built."""


def convert(
    program: Program,
    options: ConvertOptions,
    resolved: Mapping[ImageRequest, ResolvedBase],
    trace: Trace | None = None,
) -> Definition | NeededImages:
    """The definition of what ``options`` ask for, or the images that must be resolved first.

    ``trace`` is a new one, and tells what was met also where the conversion fails.
    Raises :class:`SourceError` for everything that is wrong with the Dockerfile, :class:`NotFoundError` for a target
    that it does not have.
    """
    return _Conversion(program, options, resolved, trace or Trace()).run()


class _Conversion:
    def __init__(
        self,
        program: Program,
        options: ConvertOptions,
        resolved: Mapping[ImageRequest, ResolvedBase],
        trace: Trace,
    ) -> None:
        self._program = program
        self._trace = trace
        self._options = options
        self._build_args = dict(options.build_args)
        self._stages = program.stages
        self._names = StageNames(program.stages)
        self._images = BaseImages(resolved, self._names, trace)

    def run(self) -> Definition | NeededImages:
        target = self._trace.target = find_target(self._options.target, self._names)
        self._global_args = self._read_global_args(target)
        self._planner = StagePlanner(
            self._program,
            global_args=self._global_args,
            build_platform=self._options.build_platform,
            target_platform=self._options.target_platform,
            contexts=self._options.contexts,
            names=self._names,
            images=self._images,
            trace=self._trace,
        )
        plans, needed = self._planner.plan(target, all_stages=self._options.all_stages)
        if self._images.missing:
            return self._images.needed
        return self._dispatch(plans, needed, target)

    def _read_global_args(self, target: int) -> dict[str, str]:
        """The arguments before the first FROM, on top of the platform's."""
        provided = provided_args(self._options, self._stages[target].name or "")
        variables, found = read_global_args(self._program.arguments, provided, self._build_args, self._program.escape)
        self._trace.global_args += found
        return variables

    def _epoch(self) -> int | None:
        """The build's argument counts, else that of the Dockerfile."""
        return parse_epoch(self._build_args.get(EPOCH_ARG, self._global_args.get(EPOCH_ARG, "")))

    def _dispatch(self, plans: Sequence[StagePlan], needed: set[int], target: int) -> Definition:
        graph = Graph(run=self._options.run, epoch=self._epoch())
        states: dict[int, StageState] = {}
        bases = {plans[number].base for number in needed}
        without_cache = {name.lower() for name in self._options.no_cache_stages}
        for number in sorted(needed):
            plan = plans[number]
            is_root = not plan.is_replaced or number == target or number in bases
            state = self._begin(plan, states, graph, single=len(plans) == 1, is_root=is_root)
            work = StageWork(
                state=state,
                graph=graph,
                escape=self._program.escape,
                build_args=self._build_args,
                ignore_cache=self._options.no_cache or plan.stage.name in without_cache,
                find_source=partial(self._source_vertex, states=states, graph=graph),
            )
            builder = StageBuilder(
                work, global_args=self._global_args, triggers=plan.triggers, stage=plan.stage, trace=self._trace
            )
            builder.run(plan.instructions)
            states[number] = state
        return self._finish(plans, states, needed, target, graph)

    def _begin(
        self, plan: StagePlan, states: Mapping[int, StageState], graph: Graph, *, single: bool, is_root: bool
    ) -> StageState:
        """The beginning of a stage; where it is ``is_root``, an image is made of its files."""
        stage = plan.stage
        names_platform = self._options.names_platforms
        label = "" if single else (stage.name or f"stage-{stage.number}")
        counted = sum(instruction.name in ("RUN", "COPY", "ADD", "WORKDIR") for instruction in plan.instructions)
        if plan.base is not None:
            return states[plan.base].continued(label=label, total=counted)
        files = plan.context.op if plan.context is not None else None
        if plan.is_empty:
            platform = self._options.target_platform if plan.context is None else plan.platform
            total = counted + (files is not None)
            state = StageState.scratch(platform, label=label, total=total, names_platform=names_platform)
            if files is not None and is_root:
                state.begin_with_files(self._files_vertex(plan.image, files, graph), plan.image, graph)
            return state
        found = self._planner.base_image(plan)
        assert found is not None
        base = replace(found.config, run=replace(found.config.run, on_build=()))
        state = StageState.new(
            base, label=label, total=counted + 1, platform=plan.platform, names_platform=names_platform
        )
        reference = Reference.parse(plan.image).with_default_tag()
        state.base_link = found.op if isinstance(found.op, LinkOp) else None
        state.root = self._image_vertex(found, state.prefixed(f"FROM {reference}"), graph, stage)
        return state

    def _image_vertex(self, found: ResolvedBase, name: str, graph: Graph, stage: Stage | None) -> int | None:
        if isinstance(found.op, ImageOp) and not found.op.diff_ids:
            return None
        location = stage.from_.span.location if stage is not None else ""
        return graph.add(Vertex(op=found.op, name=name, stage=(stage.name or "") if stage else "", location=location))

    def _source_vertex(
        self, name: Word, *, by_number: bool, states: Mapping[int, StageState], graph: Graph
    ) -> int | None:
        """The vertex whose files a source name means; None for an empty tree."""
        number = source_stage(name, self._names, by_number=by_number)
        if number is not None:
            if number not in states:
                what = "copy from" if by_number else "mount from"
                raise error_at(
                    name.span,
                    f"cannot {what} stage {quoted(name.text)}, it needs to be defined before current stage",
                    hint="move that stage up",
                )
            replaced = self._options.contexts.find(self._stages[number].name or "", states[number].platform)
            if replaced is not None and replaced.op is not None:
                return self._files_vertex(name.text, replaced.op, graph)
            return states[number].root
        if name.text == SCRATCH:
            return None
        context = self._options.contexts.find(name.text, self._options.target_platform)
        if context is not None and not context.is_image:
            return None if context.op is None else self._files_vertex(name.text, context.op, graph)
        reference, found = self._images.resolved(name.text, self._options.target_platform)
        return self._image_vertex(found, f"FROM {reference}", graph, None)

    def _files_vertex(self, name: str, op: FilesOp, graph: Graph) -> int:
        if isinstance(op, ContextOp):
            return graph.context(op.name)
        return graph.source(op, f"[context {name}] {shown_source(op)}")

    def _finish(
        self,
        plans: Sequence[StagePlan],
        states: Mapping[int, StageState],
        needed: set[int],
        target: int,
        graph: Graph,
    ) -> Definition:
        state = states[target]
        state.run.labels.update(self._options.labels)
        unknown = self._unused_build_args(plans)
        warnings = [*graph.warnings, *unknown_stage_warnings(self._options.no_cache_stages, self._names)]
        if unknown:
            hint = next((h for name in unknown if (h := did_you_mean(name, self._known_args(plans)))), "")
            warnings.append(
                (f"one or more build-args [{' '.join(unknown)}] were not consumed{'; ' + hint if hint else ''}", "")
            )
        return Definition(
            vertices=tuple(graph.vertices),
            result=state.root,
            base=state.base,
            base_link=state.base_link,
            epoch=graph.epoch,
            image=replace(state.base, author=state.author, run=state.run.finished()),
            steps=state.steps.whole(),
            stages=tuple(self._summary(plan, needed, states) for plan in plans),
            target=target,
            warnings=tuple(warnings),
        )

    def _summary(self, plan: StagePlan, needed: set[int], states: Mapping[int, StageState]) -> StageSummary:
        number = plan.stage.number
        state = states.get(number)
        return StageSummary(
            number=number,
            name=plan.stage.name or "",
            base=plan.image,
            base_stage=plan.base,
            uses=tuple(dict.fromkeys(use for use in plan.needs or () if use != plan.base)),
            needed=number in needed,
            vertices=tuple(state.own_vertices) if state is not None else (),
            instructions=tuple(without_credentials(instruction.code) for instruction in plan.instructions),
            location=plan.stage.from_.span.location,
        )

    def _known_args(self, plans: Sequence[StagePlan]) -> set[str]:
        known = {d.key.text for argument in self._program.arguments for d in argument.declarations}
        for plan in plans:
            for instruction in plan.instructions:
                known |= {d.key.text for d in getattr(instruction, "declarations", ())}
        return known | set(platform_args(self._options.build_platform, self._options.target_platform, ""))

    def _unused_build_args(self, plans: Sequence[StagePlan]) -> tuple[str, ...]:
        known = self._known_args(plans)
        return tuple(name for name in self._build_args if name not in known and not is_predefined(name))


def provided_args(options: ConvertOptions, stage: str) -> dict[str, str]:
    """The arguments that every build has for FROM: of the platforms and of the target, which ``stage`` names."""
    variables = platform_args(options.build_platform, options.target_platform, options.target or stage)
    build_args = dict(options.build_args)
    return {name: build_args.get(name, value) for name, value in variables.items()}
