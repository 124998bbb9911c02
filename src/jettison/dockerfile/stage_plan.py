"""What each stage is before its instructions are carried out: its base, its triggers, the stages that it needs.

Source: BuildKit ``dockerfile2llb`` (``buildDispatchStates``, ``resolveReachableStages``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jettison.dockerfile.base_images import BaseImages, ResolvedBase
from jettison.dockerfile.expand import Expansion, expand_at, failed_expansion
from jettison.dockerfile.instructions import Instruction, Onbuild, Program, Stage
from jettison.dockerfile.named_contexts import NamedContext, NamedContexts
from jettison.dockerfile.program import parse_instruction
from jettison.dockerfile.stage_graph import (
    SCRATCH,
    StageNames,
    check_cycles,
    find_base,
    reachable,
    source_names,
    source_stage,
)
from jettison.dockerfile.trace import FromWord, Trace
from jettison.errors import JettisonError
from jettison.frozen import dataclass
from jettison.model.platform import Platform
from jettison.text.diagnostics import SourceError, error_at, excerpt
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean

_MAX_TRIGGERS = 100_000
"""A few thousand stages on an image with a few thousand triggers would ask for millions."""


@dataclass(slots=True)
class StagePlan:
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


class StagePlanner:
    """Plans the stages of one Dockerfile for one platform."""

    def __init__(
        self,
        program: Program,
        *,
        global_args: Mapping[str, str],
        build_platform: Platform,
        target_platform: Platform,
        contexts: NamedContexts,
        names: StageNames,
        images: BaseImages,
        trace: Trace,
    ) -> None:
        self._stages = program.stages
        self._escape = program.escape
        self._global_args = global_args
        self._triggers = 0
        declared = (argument.declaration.key.text for argument in trace.global_args)
        self._known = tuple(dict.fromkeys((*global_args, *declared)))
        self._build_platform = build_platform
        self._target_platform = target_platform
        self._contexts = contexts
        self._names = names
        self._images = images
        self._trace = trace

    def plan(self, target: int, *, all_stages: bool) -> tuple[list[StagePlan], set[int]]:
        """All stages, and the numbers of those that ``target`` needs, which is all of them with ``all_stages``.

        Where ``images`` has something missing afterwards, both may be incomplete.
        """
        plans = [self._plan(stage) for stage in self._stages]
        self._find_needs(plans)
        return plans, self._needed_with_triggers(plans, target, all_stages=all_stages)

    def base_image(self, plan: StagePlan) -> ResolvedBase | None:
        """The base image of a stage, asked for where it is not known yet; None for files, nothing and stages."""
        if plan.base is not None or plan.is_empty:
            return None
        from_ = plan.stage.from_
        name = from_.stage_name if plan.is_replaced and from_.stage_name is not None else from_.image
        return self._images.request(plan.image, plan.platform, name.span, from_)

    def _plan(self, stage: Stage) -> StagePlan:
        from_ = stage.from_
        image = self._expand_global(from_.image, "base name", stage)
        platform = self._target_platform
        if from_.platform is not None and from_.platform.text:
            text = self._expand_global(from_.platform, "platform", stage)
            try:
                platform = Platform.parse(text, self._build_platform)
            except JettisonError as error:
                raise error_at(from_.platform.span, error.message, hint=error.hint) from error
        name = stage.name or ""
        replaced = self._contexts.find(name, platform)
        if replaced is not None:
            return StagePlan(stage=stage, image=name, base=None, platform=platform, instructions=[], context=replaced)
        base = find_base(image, self._names, before=stage.number)
        if base is not None:
            self._trace.base_stages[stage.number] = base
        return StagePlan(
            stage=stage,
            image=image,
            base=base,
            platform=platform,
            instructions=list(stage.instructions),
            context=self._contexts.find(image, platform) if base is None and image != SCRATCH else None,
        )

    def _expand_global(self, word: Word, what: str, stage: Stage) -> str:
        try:
            expansion = expand_at(word, self._global_args, self._escape)
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
        self._trace.froms.append(
            FromWord(
                stage=stage,
                is_platform=word is stage.from_.platform,
                word=word,
                expansion=expansion,
                known=self._known,
            )
        )

    def _find_needs(self, plans: Sequence[StagePlan]) -> None:
        for plan in plans:
            plan.needs = [] if plan.base is None else [plan.base]
            if plan.base is None and plan.image != SCRATCH:
                self._images.reference(plan.image, plan.stage.from_.image.span)
            for instruction in plan.instructions:
                plan.needs += self._stages_used(instruction)
        check_cycles(self._stages, [plan.needs or [] for plan in plans])

    def _stages_used(self, instruction: Instruction) -> list[int]:
        by_number = instruction.name == "COPY"
        stages = [source_stage(name, self._names, by_number=by_number) for name in source_names(instruction)]
        return [stage for stage in stages if stage is not None]

    def _needed_with_triggers(self, plans: Sequence[StagePlan], target: int, *, all_stages: bool) -> set[int]:
        """The stages that the target needs; ONBUILD triggers of their bases may need more of them."""
        needed: set[int] = set()
        new = {target}
        while new:
            found = reachable(new, lambda number: plans[number].needs or (), beyond=needed)
            needed |= found
            new = set()
            for number in sorted(found):
                known = len(plans[number].needs or ())
                self._add_triggers(plans, plans[number])
                self._request_images(plans[number])
                new.update((plans[number].needs or [])[known:])
            new -= needed
        if all_stages:
            for plan in plans:
                self.base_image(plan)
                self._request_images(plan)
            needed = set(range(len(plans)))
        self._trace.sources |= {plan.stage.number: tuple(plan.needs or ()) for plan in plans}
        return needed

    def _add_triggers(self, plans: Sequence[StagePlan], plan: StagePlan) -> None:
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
        self._triggers += len(texts)
        if self._triggers > _MAX_TRIGGERS:
            raise error_at(
                plan.stage.from_.span, f"stages have more than {_MAX_TRIGGERS} triggers of ONBUILD to carry out"
            )
        triggers = [self._trigger(text, plan.stage) for text in texts]
        plan.instructions[:0] = triggers
        plan.triggers = len(triggers)
        assert plan.needs is not None
        for trigger in triggers:
            plan.needs += self._stages_used(trigger)

    def _triggers_of_image(self, plan: StagePlan) -> list[str]:
        base = self.base_image(plan)
        return list(base.config.run.on_build) if base is not None else []

    def _trigger(self, text: str, stage: Stage) -> Instruction:
        try:
            return parse_instruction(text)
        except SourceError as error:
            raise error.at(excerpt(stage.from_.span)) from error

    def _request_images(self, plan: StagePlan) -> None:
        for instruction in plan.instructions:
            by_number = instruction.name == "COPY"
            for name in source_names(instruction):
                if source_stage(name, self._names, by_number=by_number) is None and self._is_image(name.text):
                    self._images.request(name.text, self._target_platform, name.span, instruction)

    def _is_image(self, name: str) -> bool:
        context = self._contexts.find(name, self._target_platform)
        return name != SCRATCH and (context is None or context.is_image)
