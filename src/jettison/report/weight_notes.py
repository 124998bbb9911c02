"""A weight as remarks on lines of a Dockerfile: limits that are not kept are errors, findings are notes.

All formats for programs that show remarks are made of these: SARIF, JUnit, annotations of GitHub and GitLab.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.analyze.gates import Checked, Gate
from jettison.analyze.instructions import Instruction
from jettison.analyze.kinds import KINDS
from jettison.analyze.weight import Weight
from jettison.frozen import dataclass
from jettison.report.weight_actions import Action, actions
from jettison.report.weight_text import share, size

DEFAULT_PATH = "Dockerfile"
"""The file that is named where nobody knows which it was: most programs want one."""

RULES = (
    (str(Gate.SIZE), "The image is larger than it may be"),
    (str(Gate.WASTE), "The image holds more bytes that nobody sees than it may"),
    (str(Gate.LAYERS), "The image has more layers than it may"),
    (str(Gate.GROWTH), "The image has grown by more than it may"),
    ("incomplete", "A part of the image was not looked at"),
    *((kind.name, kind.title[0].upper() + kind.title[1:]) for kind in KINDS.values()),
)
"""Name and description of everything that can be remarked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One remark."""

    rule: str
    is_error: bool
    message: str
    path: str
    line: int


def gate_message(weight: Weight, checked: Checked) -> str:
    """What a limit says: kept or not, and who is to blame."""
    actual, limit = _amounts(checked)
    of = f" ({share(checked.actual, weight.total_bytes)})" if checked.gate is Gate.WASTE else ""
    what = {
        Gate.SIZE: "the image has",
        Gate.WASTE: "the image wastes",
        Gate.LAYERS: "the image has",
        Gate.GROWTH: "the image has grown by",
    }[checked.gate]
    text = f"{what} {actual}{of}, {'at most' if checked.is_kept else 'more than the'} {limit} "
    text += "are allowed" if checked.is_kept else "that are allowed"
    if checked.blamed is None:
        return text
    instruction = checked.blamed.instruction
    most = "most over the base image" if weight.base.layers and not instruction.in_base else "most of it"
    part = {
        Gate.SIZE: f"adds {most}, {size(checked.blamed_amount)}",
        Gate.WASTE: f"brings {size(checked.blamed_amount)} that nobody sees",
        Gate.LAYERS: f"makes the smallest layer, {size(checked.blamed_amount)}: merge it with another",
        Gate.GROWTH: f"adds {size(checked.blamed_amount)} more than before",
    }[checked.gate]
    return f"{text}: {_called(instruction, weight.base.name)} {part}"


def action_message(action: Action) -> str:
    """What to change, in one sentence."""
    return f"{size(action.saves_bytes)} {action.title}: {action.first.change}"


def notes(weight: Weight, gates: Sequence[Checked]) -> list[Note]:
    """Limits that are not kept, what could not be looked at, then what to change, what saves most first."""
    unknown = _place_of_base(weight)
    found = [
        _note(
            str(checked.gate),
            gate_message(weight, checked),
            checked.blamed.instruction if checked.blamed is not None else None,
            unknown,
            is_error=True,
        )
        for checked in gates
        if not checked.is_kept
    ]
    if weight.incomplete:
        places = "; ".join(weight.incomplete)
        found.append(_note("incomplete", f"the analysis is incomplete: {places}", None, unknown))
    found += [
        _note(action.first.kind, action_message(action), weight.instruction_of(action.first.layer), unknown)
        for action in actions(weight)
        if action.saves_bytes
    ]
    return found


def _place_of_base(weight: Weight) -> tuple[str, int]:
    """The FROM that brings the base image, as far as anybody told: there belongs what is no other line's."""
    if weight.dockerfile is not None:
        return weight.dockerfile.path, min(weight.dockerfile.stages, default=1)
    places = [each.instruction.place for each in weight.instructions if not each.instruction.in_base]
    return next((place.rpartition(":")[0] for place in places if place), DEFAULT_PATH), 1


def _note(
    rule: str, message: str, instruction: Instruction | None, unknown: tuple[str, int], *, is_error: bool = False
) -> Note:
    is_own = instruction is not None and not instruction.in_base
    path, _, line = (instruction.place if instruction is not None and is_own else "").rpartition(":")
    path, number = (path, int(line)) if path else unknown
    return Note(rule=rule, is_error=is_error, message=message, path=path, line=number)


def _amounts(checked: Checked) -> tuple[str, str]:
    if checked.gate is Gate.LAYERS:
        return f"{checked.actual} layers", str(checked.limit)
    return size(checked.actual), size(checked.limit)


def _called(instruction: Instruction, base_name: str) -> str:
    text = instruction.told
    if instruction.in_base:
        place = f"{instruction.place} of {instruction.image}: " if instruction.place else ""
        return f"the base image {base_name}".rstrip() + f" ({place}{text})"
    return f"{instruction.place} ({text})" if instruction.place else text
