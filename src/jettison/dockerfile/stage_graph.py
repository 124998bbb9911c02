"""Which stages a target needs: names, numbers, foreign images, cycles.

Source: BuildKit ``dockerfile2llb`` (``buildDispatchStates``, ``resolveTarget``, ``validateCircularDependency``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class StageName:
    """What a name in FROM, COPY --from or RUN --mount=from leads to: a stage by its position, or an image."""

    stage: int | None
    image: str


def find_stage(name: str, names: Sequence[str | None], *, before: int) -> int | None:
    """The last stage called ``name`` among the first ``before``; upper and lower case are the same."""
    wanted = name.lower()
    for number in range(before - 1, -1, -1):
        stage_name = names[number]
        if stage_name is not None and stage_name.lower() == wanted:
            return number
    return None


def reachable(target: int, needs: Sequence[Iterable[int]]) -> set[int]:
    """The stages that ``target`` needs, itself included."""
    found: set[int] = set()
    pending = [target]
    while pending:
        stage = pending.pop()
        if stage not in found:
            found.add(stage)
            pending.extend(needs[stage])
    return found


def find_cycle(needs: Sequence[Iterable[int]]) -> list[int] | None:
    """Stages that need each other in a circle, the first one again at the end; None where there is no circle."""
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
                continue
            if stage in on_path:
                return [*path[path.index(stage) :], stage]
            if stage in done:
                continue
            path.append(stage)
            on_path.add(stage)
            pending.append((stage, False))
            pending.extend((needed, True) for needed in needs[stage])
    return None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the known name nearest to ``name``."""
    choices = {choice.lower(): choice for choice in known if choice}
    close = difflib.get_close_matches(name.lower(), choices, n=1)
    return f"did you mean {choices[close[0]]}?" if close else None
