"""Which stages there are, what each is built on, and which of them a target needs.

Source: BuildKit ``dockerfile2llb`` (``buildDispatchStates``, ``resolveTarget``, ``validateCircularDependency``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from jettison.dockerfile.instructions import Copy, Instruction, Run, Stage
from jettison.errors import NotFoundError
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean

SCRATCH = "scratch"


class StageNames:
    """The stages of a Dockerfile by their names; upper and lower case are the same."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.count = len(stages)
        """How many stages there are, with a name or without."""
        self._numbers: dict[str, list[int]] = {}
        for number, stage in enumerate(stages):
            if stage.name:
                self._numbers.setdefault(stage.name, []).append(number)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def last(self, name: str) -> int | None:
        """The last stage called ``name``."""
        found = self._numbers.get(name.lower())
        return found[-1] if found else None

    def last_before(self, name: str, stage: int) -> int | None:
        """The last stage called ``name`` that stands before this one."""
        found = self._numbers.get(name.lower(), [])
        place = bisect_left(found, stage)
        return found[place - 1] if place else None


def find_base(name: str, names: StageNames, *, before: int) -> int | None:
    """The stage that FROM means, which knows stages only as they are kept: in lower case."""
    return names.last_before(name, before) if name == name.lower() else None


def find_target(target: str, names: StageNames) -> int:
    """The stage that ``--target`` names; the last one where it is empty."""
    if not target:
        return names.count - 1
    found = names.last(target)
    if found is None:
        hint = did_you_mean(target, names) or (", ".join(names) and f"the stages are {', '.join(names)}")
        hint = hint or "no stage has a name"
        raise NotFoundError(f"target stage {quoted(target)} could not be found", hint=hint)
    return found


def source_names(instruction: Instruction) -> list[Word]:
    """What an instruction takes files from: the names in ``COPY --from`` and ``RUN --mount=from``."""
    if isinstance(instruction, Copy):
        return [instruction.from_] if instruction.from_ is not None else []
    if isinstance(instruction, Run):
        return [
            field.value for mount in instruction.mounts for field in mount.fields if field.key == "from" and field.value
        ]
    return []


def source_stage(name: Word, names: StageNames, *, by_number: bool) -> int | None:
    """The stage that a source name leads to, wherever it stands; None for the name of an image."""
    text = name.text
    if by_number and "$" in text:
        raise error_at(
            name.span,
            "variable expansion is not supported for --from",
            hint="define a stage with FROM and the variable, and name that stage here",
        )
    if by_number and text.isascii() and text.isdecimal():
        if int(text) >= names.count:
            raise error_at(
                name.span,
                f"invalid stage index {text}",
                hint=f"stages are counted from 0, the last is {names.count - 1}",
            )
        return int(text)
    return names.last(text)


def reachable(targets: Iterable[int], needs: Callable[[int], Iterable[int]], *, beyond: Set[int]) -> set[int]:
    """The stages that ``targets`` need, themselves included, without those that are known already."""
    found: set[int] = set()
    pending = list(targets)
    while pending:
        stage = pending.pop()
        if stage not in found and stage not in beyond:
            found.add(stage)
            pending.extend(needs(stage))
    return found


def check_cycles(stages: Sequence[Stage], needs: Sequence[Iterable[int]]) -> None:
    """Raise an error for stages that need each other in a circle, naming the whole of it."""
    cycle = _find_cycle(needs)
    if cycle is not None:
        names = " -> ".join(stages[number].name or str(number) for number in cycle)
        raise error_at(
            stages[cycle[0]].from_.span,
            f"circular dependency detected on stage: {names}",
            hint="a stage can only use stages that do not use it",
        )


def _find_cycle(needs: Sequence[Iterable[int]]) -> list[int] | None:
    done: set[int] = set()
    for start in range(len(needs)):
        path: list[int] = []
        on_path: set[int] = set()
        pending: list[tuple[int, bool]] = [(start, True)]
        while pending:
            stage, entering = pending.pop()
            if not entering:
                on_path.discard(path.pop())
                done.add(stage)
            elif stage in on_path:
                return [*path[path.index(stage) :], stage]
            elif stage not in done:
                path.append(stage)
                on_path.add(stage)
                pending.append((stage, False))
                pending.extend((needed, True) for needed in needs[stage])
    return None


def unknown_stage_warnings(names: Iterable[str], known: StageNames) -> list[tuple[str, str]]:
    """For each of these names that no stage has, a warning with an empty place."""
    unknown = [name for name in names if known.last(name) is None]
    hints = [did_you_mean(name, known) for name in unknown]
    return [
        (f"--no-cache-filter: there is no stage {quoted(name)}" + (f"; {hint}" if hint else ""), "")
        for name, hint in zip(unknown, hints, strict=True)
    ]
