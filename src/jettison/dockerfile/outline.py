"""What a Dockerfile offers to whoever builds it: its targets, and what a target can be given.

Source: BuildKit ``dockerfile2llb`` (``ListTargets``, ``outline.go``). A comment directly before a stage or an argument
that begins with its name describes it.
"""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterable, Iterator, Mapping, Set

from jettison.dockerfile.instructions import Arg, Instruction, Program, Run
from jettison.dockerfile.mounts import MountType, resolve_mount
from jettison.dockerfile.trace import CarriedOut, Trace
from jettison.frozen import dataclass
from jettison.hints import TypeVar


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
    pending, seen = deque([target]), set[int]()
    while pending:
        stage = pending.popleft()
        if stage in seen:
            continue
        seen.add(stage)
        yield stage
        base = trace.base_stages.get(stage)
        pending.extendleft([base] if base is not None else [])
        pending += trace.sources.get(stage, ())


def _by_line(found: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(sorted(found, key=lambda item: item.instruction.span.start.line))


def _arguments(stages: Iterable[int], trace: Trace, build_args: Mapping[str, str]) -> Iterator[OutlineArgument]:
    """The arguments that are used, each once: as the first of the stages knows it."""
    seen: set[str] = set()
    walked: set[str] = set()
    steps = trace.by_stage()
    global_args = {argument.name: argument for argument in _global_arguments(trace)}
    taken_over = {argument.declaration.key.text for argument in trace.global_args if argument.value is not None}
    taken_over |= set(trace.froms[0].known)
    parts = _parts(trace)
    used_in_from: dict[int, set[str]] = {}
    for word in trace.froms:
        used_in_from.setdefault(word.stage.number, set()).update(word.expansion.used)
    for number in stages:
        own = steps.get(number, [])
        known = ChainMap({a.name: a for a in _stage_arguments(own, taken_over, build_args)}, global_args)
        used = {name for step in own for name in _declared(step)} | used_in_from.get(number, set())
        for name in _with_parts(used, parts, walked):
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
    steps: Iterable[CarriedOut], taken_over: Set[str], build_args: Mapping[str, str]
) -> Iterator[OutlineArgument]:
    """The declarations of a stage; one that only takes a global value over is described there."""
    for step in steps:
        if not isinstance(step.instruction, Arg):
            continue
        texts = step.texts
        for declaration in step.instruction.declarations:
            name = declaration.key.text
            value = build_args.get(name)
            if value is None and declaration.default is not None:
                value = texts.get(declaration.default)
            if value is None and name in taken_over:
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


def _parts(trace: Trace) -> dict[str, set[str]]:
    """What the defaults of global arguments are made of."""
    parts: dict[str, set[str]] = {}
    for argument in trace.global_args:
        name = argument.declaration.key.text
        if name not in argument.used or name not in parts:
            parts[name] = set()
        parts[name] |= argument.used - {name}
    return parts


def _with_parts(names: Set[str], parts: Mapping[str, Set[str]], walked: set[str]) -> Iterator[str]:
    """The names, and those that their defaults are made of, unless these were ``walked`` through before."""
    pending = sorted(names)
    while pending:
        name = pending.pop()
        if name in names or name not in walked:
            yield name
        if name not in walked:
            walked.add(name)
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


def _mounts_of(step: CarriedOut, kind: MountType) -> Iterator[tuple[str, bool]]:
    if not isinstance(step.instruction, Run):
        return
    texts = step.texts
    for spec in step.instruction.mounts:
        mount = resolve_mount(spec, lambda word: texts.get(word, word.text))
        if mount.type is not kind:
            continue
        if kind is MountType.SSH:
            yield mount.id or "default", mount.required
        else:
            yield mount.source or mount.id or mount.target.rstrip("/").rpartition("/")[2], mount.required
