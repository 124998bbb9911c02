"""From stages to a definition: which vertices there are, and what the image's config and history become.

The semantics are those of BuildKit's ``dockerfile2llb``: what is expanded where, what reaches a command's environment,
what stands in the history. Nothing is read here: the configs of images are handed in, and where some are missing the
conversion answers with what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from jettison.dockerfile.expand import Expansion, expand_at, failed_expansion
from jettison.dockerfile.git_ref import shown_source
from jettison.dockerfile.global_args import read_global_args
from jettison.dockerfile.instructions import Instruction, Onbuild, Program, Stage
from jettison.dockerfile.named_contexts import FilesOp, NamedContext, NamedContexts
from jettison.dockerfile.program import parse_instruction
from jettison.dockerfile.scope import EPOCH_ARG, is_predefined, parse_epoch, platform_args
from jettison.dockerfile.stage_builder import StageBuilder
from jettison.dockerfile.stage_graph import (
    SCRATCH,
    check_cycles,
    find_base,
    find_stage,
    find_target,
    is_among,
    reachable,
    source_names,
    source_stage,
    unknown_stage_warnings,
)
from jettison.dockerfile.stage_state import Graph, StageState
from jettison.dockerfile.stage_work import StageWork
from jettison.dockerfile.trace import BaseFound, FromWord, Trace
from jettison.errors import JettisonError
from jettison.model.config import ImageConfig
from jettison.model.definition import Definition, StageSummary
from jettison.model.op import ContextOp, ImageOp, LinkOp, Vertex
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.run_settings import RunSettings
from jettison.text.diagnostics import SourceError, error_at, excerpt, quoted
from jettison.text.span import Span, Word
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """An image whose config is needed."""

    reference: Reference
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedBase:
    """What is known of an image that was asked for."""

    op: ImageOp | LinkOp
    """Its files."""
    config: ImageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededImages:
    """The answer of a conversion that cannot go on."""

    images: tuple[ImageRequest, ...]
    places: Mapping[ImageRequest, str]
    """Where the Dockerfile names each image: the marked lines, ready to print."""


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


@dataclass(slots=True)
class _Plan:
    """What is known of a stage before its instructions are carried out."""

    stage: Stage
    image: str
    """What FROM names, expanded."""
    base: int | None
    """The stage that it is built on."""
    platform: Platform
    instructions: list[Instruction]
    """With the triggers of the base in front."""
    context: NamedContext | None = None
    """What stands in place of the whole stage, or of the image that FROM names."""
    triggers: int = 0
    needs: list[int] | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether a named context stands in place of the stage."""
        return self.context is not None and self.image == self.stage.name

    @property
    def is_empty(self) -> bool:
        """Whether it begins without an image: from nothing, or from the files of a named context."""
        return self.image == SCRATCH if self.context is None else not self.context.is_image


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
        self._resolved = resolved
        self._build_args = dict(options.build_args)
        self._stages = program.stages
        self._missing: dict[ImageRequest, str] = {}
        self._warnings: list[tuple[str, str]] = []

    def run(self) -> Definition | NeededImages:
        target = self._trace.target = find_target(self._options.target, self._stages)
        self._global_args = self._read_global_args(target)
        plans = [self._plan(stage) for stage in self._stages]
        self._find_needs(plans)
        needed = self._needed_with_triggers(plans, target)
        if self._missing:
            return NeededImages(images=tuple(self._missing), places=self._missing)
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

    def _plan(self, stage: Stage) -> _Plan:
        from_ = stage.from_
        image = self._expand_global(from_.image, "base name", stage)
        platform = self._options.target_platform
        if from_.platform is not None and from_.platform.text:
            text = self._expand_global(from_.platform, "platform", stage)
            try:
                platform = Platform.parse(text, self._options.build_platform)
            except JettisonError as error:
                raise error_at(from_.platform.span, error.message, hint=error.hint) from error
        name = stage.name or ""
        replaced = self._options.contexts.find(name)
        if replaced is not None:
            return _Plan(stage=stage, image=name, base=None, platform=platform, instructions=[], context=replaced)
        base = find_base(image, self._stages, before=stage.number)
        if base is not None:
            self._trace.base_stages[stage.number] = base
        return _Plan(
            stage=stage,
            image=image,
            base=base,
            platform=platform,
            instructions=list(stage.instructions),
            context=self._options.contexts.find(image) if base is None and image != SCRATCH else None,
        )

    def _expand_global(self, word: Word, what: str, stage: Stage) -> str:
        try:
            expansion = expand_at(word, self._global_args, self._program.escape)
        except SourceError as error:
            if (failed := failed_expansion(error)) is not None:
                self._note_from(stage, word, failed)
            raise
        self._note_from(stage, word, expansion)
        if expansion.text:
            return expansion.text
        unset = ", ".join(sorted(expansion.unset))
        hint = next((h for name in expansion.unset if (h := did_you_mean(name, self._global_args))), None)
        because = f": {unset} is not set" if unset else ""
        raise error_at(
            word.span,
            f"{what} ({word.text}) should not be blank{because}",
            hint=hint or "declare the argument before the first FROM, with a default or by --build-arg",
        )

    def _note_from(self, stage: Stage, word: Word, expansion: Expansion) -> None:
        declared = (argument.declaration.key.text for argument in self._trace.global_args)
        self._trace.froms.append(
            FromWord(
                stage=stage,
                is_platform=word is stage.from_.platform,
                word=word,
                expansion=expansion,
                known=tuple(dict.fromkeys((*self._global_args, *declared))),
            )
        )

    def _find_needs(self, plans: Sequence[_Plan]) -> None:
        for plan in plans:
            plan.needs = [] if plan.base is None else [plan.base]
            if plan.base is None and plan.image != SCRATCH:
                self._reference(plan.image, plan.stage.from_.image.span)
            for instruction in plan.instructions:
                plan.needs += self._stages_used(instruction)
        check_cycles(self._stages, [plan.needs or [] for plan in plans])

    def _stages_used(self, instruction: Instruction) -> list[int]:
        by_number = instruction.name == "COPY"
        stages = [source_stage(name, self._stages, by_number=by_number) for name in source_names(instruction)]
        return [stage for stage in stages if stage is not None]

    def _needed_with_triggers(self, plans: Sequence[_Plan], target: int) -> set[int]:
        """The stages that the target needs; ONBUILD triggers of their bases may need more of them."""
        done: set[int] = set()
        while True:
            needed = reachable(target, [plan.needs or [] for plan in plans])
            new = sorted(needed - done)
            if not new:
                break
            for number in new:
                self._add_triggers(plans, plans[number])
                self._request_images(plans[number])
            done |= needed
        if self._options.all_stages:
            for plan in plans:
                self._base_image(plan)
                self._request_images(plan)
            needed = set(range(len(plans)))
        self._trace.sources |= {plan.stage.number: tuple(plan.needs or ()) for plan in plans}
        return needed

    def _add_triggers(self, plans: Sequence[_Plan], plan: _Plan) -> None:
        if plan.base is not None:
            base_plan = plans[plan.base]
            texts = [
                instruction.text for instruction in base_plan.stage.instructions if isinstance(instruction, Onbuild)
            ]
            if base_plan.is_replaced:
                texts = self._triggers_of_image(base_plan)
        else:
            texts = self._triggers_of_image(plan)
            if plan.is_replaced:  # they are for the stages that are built on it
                texts = []
        triggers = [self._trigger(text, plan.stage) for text in texts]
        plan.instructions[:0] = triggers
        plan.triggers = len(triggers)
        assert plan.needs is not None
        for trigger in triggers:
            plan.needs += self._stages_used(trigger)

    def _triggers_of_image(self, plan: _Plan) -> list[str]:
        base = self._base_image(plan)
        return list(base.config.run.on_build) if base is not None else []

    def _trigger(self, text: str, stage: Stage) -> Instruction:
        try:
            return parse_instruction(text)
        except SourceError as error:
            raise error.at(excerpt(stage.from_.span)) from error

    def _request_images(self, plan: _Plan) -> None:
        for instruction in plan.instructions:
            by_number = instruction.name == "COPY"
            for name in source_names(instruction):
                if source_stage(name, self._stages, by_number=by_number) is None and self._is_image(name.text):
                    self._request(name.text, self._options.target_platform, name.span, instruction)

    def _is_image(self, name: str) -> bool:
        context = self._options.contexts.find(name)
        return name != SCRATCH and (context is None or context.is_image)

    def _base_image(self, plan: _Plan) -> ResolvedBase | None:
        """The base image of a stage, asked for where it is not known yet; None for files, nothing and stages."""
        if plan.base is not None or plan.is_empty:
            return None
        from_ = plan.stage.from_
        name = from_.stage_name if plan.is_replaced and from_.stage_name is not None else from_.image
        return self._request(plan.image, plan.platform, name.span, from_)

    def _reference(self, name: str, span: Span) -> Reference:
        """The image of this name: also where its stage is not needed, a name must be one."""
        try:
            return Reference.parse(name).with_default_tag()
        except JettisonError as error:
            hint = did_you_mean(name, [stage.name for stage in self._stages if stage.name])
            if find_stage(name, self._stages, before=len(self._stages)) is not None:
                hint = f"FROM knows that stage as {name.lower()}"
            raise error_at(span, error.message, hint=hint or error.hint) from error

    def _request(self, name: str, platform: Platform, span: Span, instruction: Instruction) -> ResolvedBase | None:
        request = ImageRequest(reference=self._reference(name, span), platform=platform)
        found = self._resolved.get(request)
        if found is None:
            self._missing.setdefault(request, f"{span.location}\n{excerpt(span)}")
        elif found.config.diff_ids:
            met = BaseFound(instruction=instruction, name=name, wanted=platform, found=found.config.platform)
            if met not in self._trace.bases:
                self._trace.bases.append(met)
        return found

    def _dispatch(self, plans: Sequence[_Plan], needed: set[int], target: int) -> Definition:
        graph = Graph(run=self._options.run, epoch=self._epoch())
        states: dict[int, StageState] = {}
        for number in sorted(needed):
            plan = plans[number]
            is_root = not plan.is_replaced or number == target or number in {plans[other].base for other in needed}
            state = self._begin(plan, states, graph, single=len(plans) == 1, is_root=is_root)
            work = StageWork(
                state=state,
                graph=graph,
                escape=self._program.escape,
                build_args=self._build_args,
                ignore_cache=self._options.no_cache or is_among(plan.stage, self._options.no_cache_stages),
                find_source=partial(self._source_vertex, states=states, graph=graph),
            )
            builder = StageBuilder(
                work, global_args=self._global_args, triggers=plan.triggers, stage=plan.stage, trace=self._trace
            )
            builder.run(plan.instructions)
            states[number] = state
        return self._finish(plans, states, needed, target, graph)

    def _begin(
        self, plan: _Plan, states: Mapping[int, StageState], graph: Graph, *, single: bool, is_root: bool
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
        found = self._base_image(plan)
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
        number = source_stage(name, self._stages, by_number=by_number)
        if number is not None:
            if number not in states:
                what = "copy from" if by_number else "mount from"
                raise error_at(
                    name.span,
                    f"cannot {what} stage {quoted(name.text)}, it needs to be defined before current stage",
                    hint="move that stage up",
                )
            replaced = self._options.contexts.find(self._stages[number].name or "")
            if replaced is not None and replaced.op is not None:
                return self._files_vertex(name.text, replaced.op, graph)
            return states[number].root
        if name.text == SCRATCH:
            return None
        context = self._options.contexts.find(name.text)
        if context is not None and not context.is_image:
            return None if context.op is None else self._files_vertex(name.text, context.op, graph)
        reference = Reference.parse(name.text).with_default_tag()
        found = self._resolved[ImageRequest(reference=reference, platform=self._options.target_platform)]
        return self._image_vertex(found, f"FROM {reference}", graph, None)

    def _files_vertex(self, name: str, op: FilesOp, graph: Graph) -> int:
        if isinstance(op, ContextOp):
            return graph.context(op.name)
        return graph.source(op, f"[context {name}] {shown_source(op)}")

    def _finish(
        self,
        plans: Sequence[_Plan],
        states: Mapping[int, StageState],
        needed: set[int],
        target: int,
        graph: Graph,
    ) -> Definition:
        state = states[target]
        run = state.run
        if self._options.labels:
            run = replace(run, labels=tuple(sorted((dict(run.labels) | dict(self._options.labels)).items())))
        unknown = self._unused_build_args(plans)
        warnings = [*graph.warnings, *unknown_stage_warnings(self._options.no_cache_stages, self._stages)]
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
            image=replace(state.base, author=state.author, run=run),
            steps=tuple(state.steps),
            stages=tuple(self._summary(plan, needed, states) for plan in plans),
            target=target,
            warnings=tuple(warnings),
        )

    def _summary(self, plan: _Plan, needed: set[int], states: Mapping[int, StageState]) -> StageSummary:
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
            instructions=tuple(instruction.code for instruction in plan.instructions),
            location=plan.stage.from_.span.location,
        )

    def _known_args(self, plans: Sequence[_Plan]) -> set[str]:
        known = {d.key.text for argument in self._program.arguments for d in argument.declarations}
        for plan in plans:
            for instruction in plan.instructions:
                known |= {d.key.text for d in getattr(instruction, "declarations", ())}
        return known | set(platform_args(self._options.build_platform, self._options.target_platform, ""))

    def _unused_build_args(self, plans: Sequence[_Plan]) -> tuple[str, ...]:
        known = self._known_args(plans)
        return tuple(name for name in self._build_args if name not in known and not is_predefined(name))


def provided_args(options: ConvertOptions, stage: str) -> dict[str, str]:
    """The arguments that every build has for FROM: of the platforms and of the target, which ``stage`` names."""
    variables = platform_args(options.build_platform, options.target_platform, options.target or stage)
    build_args = dict(options.build_args)
    return {name: build_args.get(name, value) for name, value in variables.items()}
