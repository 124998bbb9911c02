"""What a Dockerfile offers to whoever builds it: its targets, and what a target can be given.

Source: BuildKit ``dockerfile2llb`` (``ListTargets``, ``outline.go``). A comment directly before a stage or an argument
that begins with its name describes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from jettison.dockerfile.instructions import Arg, Instruction, Program, Run
from jettison.dockerfile.mounts import MountType, resolve_mount
from jettison.dockerfile.trace import CarriedOut, Trace
from jettison.frozen import dataclass
from jettison.hints import TypeVar
from jettison.text.span import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stage that can be built."""

    name: str
    """Empty where it has none."""
    description: str
    is_default: bool
    base: str
    """What FROM names, as written."""
    platform: str
    """As written; empty where none is given."""
    instruction: Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineArgument:
    """An argument that the target uses."""

    name: str
    value: str
    description: str
    instruction: Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineMount:
    """A secret or an ssh agent that the target uses."""

    name: str
    required: bool
    instruction: Instruction


_Item = TypeVar("_Item", OutlineArgument, OutlineMount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a target can be given, each in the order of the Dockerfile."""

    name: str
    description: str
    arguments: tuple[OutlineArgument, ...]
    secrets: tuple[OutlineMount, ...]
    agents: tuple[OutlineMount, ...]


def list_targets(program: Program) -> tuple[Target, ...]:
    """The stages in order; the last one is the default."""
    return tuple(
        Target(
            name=stage.name or "",
            description=describe(stage.from_.comments, stage.name or ""),
            is_default=stage is program.stages[-1],
            base=stage.from_.image.text,
            platform=stage.from_.platform.text if stage.from_.platform is not None else "",
            instruction=stage.from_,
        )
        for stage in program.stages
    )


def outline(program: Program, trace: Trace, build_args: Mapping[str, str]) -> Outline:
    """The outline of the target of a conversion that succeeded."""
    assert trace.target is not None
    stages = tuple(_used_stages(trace.target, trace))
    target = program.stages[trace.target]
    return Outline(
        name=target.name or "",
        description=describe(target.from_.comments, target.name or ""),
        arguments=_by_line(_arguments(stages, trace, build_args)),
        secrets=_by_line(_mounts(MountType.SECRET, stages, trace)),
        agents=_by_line(_mounts(MountType.SSH, stages, trace)),
    )


def describe(comments: Iterable[str], name: str) -> str:
    """What the comments say of ``name``; empty where they say nothing."""
    begin = f"{name} "
    return next((line.removeprefix(begin) for line in comments if name and line.startswith(begin)), "")


def _used_stages(target: int, trace: Trace) -> Iterator[int]:
    """The target, then what it is built on, then what it takes files from."""
    pending, seen = [target], set[int]()
    while pending:
        stage = pending.pop(0)
        if stage in seen:
            continue
        seen.add(stage)
        yield stage
        base = trace.base_stages.get(stage)
        pending[:0] = [base] if base is not None else []
        pending += trace.sources.get(stage, ())


def _by_line(found: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(sorted(found, key=lambda item: item.instruction.span.start.line))


def _arguments(stages: Iterable[int], trace: Trace, build_args: Mapping[str, str]) -> Iterator[OutlineArgument]:
    """The arguments that are used, each once: as the first of the stages knows it."""
    seen: set[str] = set()
    steps = trace.by_stage()
    global_args = {argument.name: argument for argument in _global_arguments(trace)}
    provided = set(trace.froms[0].known)
    for number in stages:
        own = steps.get(number, [])
        known = global_args | {a.name: a for a in _stage_arguments(own, trace, provided, build_args)}
        used = {name for step in own for name in _declared(step)}
        used |= {name for word in trace.froms if word.stage.number == number for name in word.expansion.used}
        for name in _with_parts(used, trace):
            if name in known and name not in seen:
                seen.add(name)
                yield known[name]


def _global_arguments(trace: Trace) -> Iterator[OutlineArgument]:
    for argument in trace.global_args:
        name = argument.declaration.key.text
        yield OutlineArgument(
            name=name,
            value=argument.value or "",
            description=describe(argument.instruction.comments, name),
            instruction=argument.instruction,
        )


def _stage_arguments(
    steps: Iterable[CarriedOut], trace: Trace, provided: Set[str], build_args: Mapping[str, str]
) -> Iterator[OutlineArgument]:
    """The declarations of a stage; one that only takes the global value over is described there."""
    global_names = {argument.declaration.key.text for argument in trace.global_args if argument.value is not None}
    for step in steps:
        if not isinstance(step.instruction, Arg):
            continue
        for declaration in step.instruction.declarations:
            name = declaration.key.text
            value = build_args.get(name)
            if value is None and declaration.default is not None:
                value = step.text(declaration.default)
            if value is None and name in global_names | provided:
                continue
            yield OutlineArgument(
                name=name,
                value=value or "",
                description=describe(step.instruction.comments, name),
                instruction=step.instruction,
            )


def _declared(step: CarriedOut) -> Iterator[str]:
    if isinstance(step.instruction, Arg):
        yield from (declaration.key.text for declaration in step.instruction.declarations)


def _with_parts(names: Iterable[str], trace: Trace) -> Iterator[str]:
    """The names, and those that the defaults of global arguments are made of."""
    parts: dict[str, set[str]] = {}
    for argument in trace.global_args:
        name = argument.declaration.key.text
        inherited = parts.get(name, set()) if name in argument.used else set()
        parts[name] = set(argument.used - {name}) | inherited
    pending, seen = sorted(names), set[str]()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            yield name
            pending += sorted(parts.get(name, ()))


def _mounts(kind: MountType, stages: Iterable[int], trace: Trace) -> Iterator[OutlineMount]:
    seen: set[str] = set()
    steps = trace.by_stage()
    for number in stages:
        for step in steps.get(number, []):
            for name, required in _mounts_of(step, kind):
                if name not in seen:
                    seen.add(name)
                    yield OutlineMount(name=name, required=required, instruction=step.instruction)


def _expanded(step: CarriedOut, word: Word) -> str:
    text = step.text(word)
    return word.text if text is None else text


def _mounts_of(step: CarriedOut, kind: MountType) -> Iterator[tuple[str, bool]]:
    if not isinstance(step.instruction, Run):
        return
    for spec in step.instruction.mounts:
        mount = resolve_mount(spec, lambda word: _expanded(step, word))
        if mount.type is not kind:
            continue
        if kind is MountType.SSH:
            yield mount.id or "default", mount.required
        else:
            yield mount.source or mount.id or mount.target.rstrip("/").rpartition("/")[2], mount.required
