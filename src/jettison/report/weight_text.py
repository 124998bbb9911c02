"""The weight of an image as calm tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jettison.analyze.instructions import Instruction
from jettison.analyze.weight import CategoryWeight, InstructionWeight, Weight
from jettison.report.columns import columned, cut, wrapped
from jettison.report.table import printable
from jettison.report.units import human_size
from jettison.report.weight_actions import actions
from jettison.text.cells import cell_width

VIEWS = ("instruction", "cause", "category", "package", "path")
_TOP = 10
_VERDICT_PARTS = 4
_LEAST_PART = 1000
"""What is less than this part of the whole is not told by name."""
_INDENT = " " * 12
"""Below the sizes of findings."""
_LEAST_PLACE_COLUMNS = 40
_LEAST_COLUMNS_WITH_REASONS = 76
_LEAST_COLUMNS_WITH_PARTS = 100
"""Narrower terminals are told less of categories, in place of words one below the other."""
_HEAD = ("LINE", "ADDED", "VISIBLE", "WASTED", "INSTRUCTION")
_NUMBERS = frozenset({"ADDED", "VISIBLE", "WASTED", "SIZE", "SHARE", "FILES", "LINE"})


def size(size_bytes: int) -> str:
    """A size with three digits and a space: ``812 MB``."""
    text = human_size(size_bytes, 3)
    digits = text.rstrip("BkMGTPEZY")
    return f"{digits} {text[len(digits) :]}"


def share(part: int, whole: int) -> str:
    """A percentage, honest about what is too small for a whole one."""
    if not whole or not part:
        return "0 %"
    if 200 * part <= whole:
        return "< 1 %"
    return f"{100 * part / whole:.0f} %" if part == whole or 200 * part < 199 * whole else "> 99 %"


def verdict(weight: Weight) -> str:
    """One line that says it all; an incomplete analysis says so first."""
    by_title: dict[str, int] = {}
    for finding in weight.findings:
        if finding.saves_bytes:
            by_title[finding.title] = by_title.get(finding.title, 0) + finding.saves_bytes
    parts = sorted(by_title.items(), key=lambda part: -part[1])
    told = ", ".join(f"{title} {size(size_bytes)}" for title, size_bytes in parts[:_VERDICT_PARTS])
    if len(parts) > _VERDICT_PARTS:
        told += f" and {size(sum(size_bytes for _, size_bytes in parts[_VERDICT_PARTS:]))} more"
    text = size(weight.total_bytes)
    if weight.ballast_bytes:
        text += (
            f", of which {size(weight.ballast_bytes)} ({share(weight.ballast_bytes, weight.total_bytes)}) is ballast"
        )
        text += f": {told}"
    else:
        text += ", and no ballast found" if weight.total_bytes else ": no file has any content"
    gaps = len(weight.incomplete)
    missing = f"incomplete, {'1 place was' if gaps == 1 else f'{gaps} places were'} not read: " if gaps else ""
    return f"{missing}{text}"


def composition(weight: Weight) -> str:
    """What the image to come is made of: ``program 6.62 MB, base image debian:12 74.3 MB``."""
    least = weight.predicted_bytes // _LEAST_PART
    parts = [part for part in weight.prediction.parts if part.size_bytes >= least][:_VERDICT_PARTS]
    told = [f"{part.what} {size(part.size_bytes)}" for part in parts]
    rest = weight.predicted_bytes - sum(part.size_bytes for part in parts)
    return ", ".join(told) + (f" and {size(rest)} more" if rest else "")


def outlook(weight: Weight) -> str:
    """The size of the image to come, with what it is made of."""
    made_of = composition(weight)
    return f"after all changes: {size(weight.predicted_bytes)}" + (f" ({made_of})" if made_of else "")


def weight_text(
    weight: Weight, *, view: str | None, top: int | None, columns: int, strong: Callable[[str], str] | None = None
) -> str:
    """The whole answer; without a ``view`` the verdict, the instructions, the findings and the categories.

    Sentences are one line each, but on a terminal, where ``strong`` sets off the verdict, no word of them is broken.
    """
    lines = [strong(line) for line in wrapped(verdict(weight), columns)] if strong else [printable(verdict(weight))]
    shown = (view,) if view else ("instruction", "cause", "category") if weight.total_bytes else ()
    count = top if top is not None else _TOP
    for each in shown:
        table = list(_VIEWS[each](weight, count, columns))
        lines += ["", *(table if len(table) > 1 else [_NOTHING[each]])]
    if weight.secrets and view in (None, "cause"):
        lines += ["", *_secrets(weight, count)]
    sentences = [outlook(weight), _closing(weight)] if view is None else []
    lines += [""] * bool(sentences)
    sentences += [f"not read: {gap}" for gap in weight.incomplete[:count]]
    sentences += [f"note: {remark}" for remark in weight.remarks]
    for sentence in sentences:
        lines += wrapped(sentence, columns, below="  ") if strong else [printable(sentence)]
    return "".join(f"{line}\n" for line in lines)


def _secrets(weight: Weight, top: int) -> Iterator[str]:
    yield "files that look like secrets (contents are not looked at):"
    for secret in weight.secrets[:top]:
        hidden = ", hidden by a later layer but still in the image" if secret.is_hidden else ""
        place = weight.instruction_of(secret.layer).name
        yield printable(f"  /{secret.path}: {secret.kind}{hidden} ({place})")
    if len(weight.secrets) > top:
        yield f"… and {len(weight.secrets) - top} more"


def _closing(weight: Weight) -> str:
    text = f"efficiency as dive counts it: {weight.efficiency:.1%}, wasted {size(weight.repeated_bytes)}"
    if weight.base.layers:
        guessed = ", guessed from the history" if weight.base.is_guess else ""
        name = f" {weight.base.name}" if weight.base.name else ""
        layers = "1 layer" if weight.base.layers == 1 else f"{weight.base.layers} layers"
        text += f"; base image{name}: {layers}{guessed}"
    return text


def _instructions(weight: Weight, top: int, columns: int) -> Iterator[str]:
    own = [each for each in weight.instructions if not each.instruction.in_base and each.added_bytes]
    base = [each for each in weight.instructions if each.instruction.in_base and each.layer]
    rows: list[tuple[str, ...]] = [_HEAD]
    if base:
        sums = [
            size(sum(values))
            for values in zip(
                *((each.added_bytes, each.visible_bytes, each.wasted_bytes) for each in base), strict=True
            )
        ]
        name = f"FROM {weight.base.name}" if weight.base.name else "the base image"
        rows.append(("base", *sums, name))
    largest = sorted(own, key=lambda each: -each.added_bytes)[:top]
    rows += [_row(each) for each in own if each in largest]
    yield from columned(rows, columns, numbers=_NUMBERS)
    yield from _rest(own, largest)
    for told in weight.base_dockerfiles:
        lines = [each for each in base if each.instruction.image == told.image and each.added_bytes]
        if lines:
            yield ""
            yield cut(f"of that by the Dockerfile of {told.image}, {told.dockerfile.path}:", columns)
            yield from _lines(lines, top, columns)


def _lines(weights: Sequence[InstructionWeight], top: int, columns: int) -> Iterator[str]:
    """The largest of some instructions, in their order."""
    largest = sorted(weights, key=lambda each: -each.added_bytes)[:top]
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [_row(each) for each in weights if each in largest]
    yield from columned(rows, columns, numbers=_NUMBERS)
    yield from _rest(weights, largest)


def _row(each: InstructionWeight) -> tuple[str, ...]:
    added, visible, wasted = map(size, (each.added_bytes, each.visible_bytes, each.wasted_bytes))
    return str(each.instruction.line or ""), added, visible, wasted, each.instruction.text or "(no history)"


def _rest(weights: Sequence[InstructionWeight], shown: Sequence[InstructionWeight]) -> Iterator[str]:
    if len(weights) > len(shown):
        rest = sum(each.added_bytes for each in weights) - sum(each.added_bytes for each in shown)
        yield f"… and {len(weights) - len(shown)} more with {size(rest)}"


def _causes(weight: Weight, top: int, columns: int) -> Iterator[str]:
    told = actions(weight)
    for action in told[:top]:
        first = action.first
        amount = size(action.saves_bytes) if action.saves_bytes else f"({size(action.size_bytes)})"
        where = _base(weight.base.name) if first.in_base else _label(weight.instruction_of(first.layer))
        by = f", by {_label(weight.instruction_of(first.by))}" if first.by is not None and not first.in_base else ""
        yield from _headed(f"{amount:>10}  ", f"{action.title}:", f"{where}{by}", columns)
        yield from wrapped(f"-> {first.change}", columns, _INDENT, _INDENT + "   ")
    if len(told) > top:
        rest = sum(action.saves_bytes for action in told[top:])
        more = f"{len(told) - top} more finding{'s' * (len(told) > top + 1)}"
        yield f"… and {more} with {size(rest)}" if rest else f"… and {more} on what stays with the base image"


def _headed(amount: str, what: str, where: str, columns: int) -> Iterator[str]:
    """What is ballast and where it is from: on one line, or where little would be read of it, on two."""
    if len(amount) + cell_width(what) + 1 + min(cell_width(where), _LEAST_PLACE_COLUMNS) <= columns:
        yield cut(f"{amount}{what} {where}", columns)
    else:
        yield from wrapped(what, columns, amount, _INDENT)
        yield cut(_INDENT + where, columns)


def _categories(weight: Weight, top: int, columns: int) -> Iterator[str]:
    rows = [("CATEGORY", "SIZE", "SHARE", "NEEDED", "WHY")]
    rows += [
        (
            str(each.category),
            size(each.size_bytes),
            share(each.size_bytes, weight.total_bytes),
            _needed(each, columns),
            each.reason,
        )
        for each in weight.categories
    ]
    shown = rows if columns >= _LEAST_COLUMNS_WITH_REASONS else [row[:-1] for row in rows]
    yield from columned(shown, columns, numbers=_NUMBERS, is_wrapped=True)


def _needed(weight: CategoryWeight, columns: int) -> str:
    """``no``, or what most of it is, and where there is room, what else is worth knowing: ``mostly no, 4.1 MB yes``."""
    parts = {"yes": weight.needed_bytes, "unknown": weight.unknown_bytes, "no": weight.useless_bytes}
    least = weight.size_bytes // _LEAST_PART
    others = [f"{size(parts[need])} {need}" for need in parts if need != weight.need and parts[need] > least]
    if not others:
        return str(weight.need)
    return f"mostly {weight.need}, {others[0]}" if columns >= _LEAST_COLUMNS_WITH_PARTS else f"mostly {weight.need}"


def _packages(weight: Weight, top: int, columns: int) -> Iterator[str]:
    rows = [("PACKAGE", "SIZE", "FILES", "KIND", "BROUGHT BY")]
    for each in weight.packages[:top]:
        place = _place(weight, each.layer)
        rows.append((f"{each.name} {each.version}", size(each.size_bytes), str(each.files), each.ecosystem, place))
    yield from columned(rows, columns, numbers=_NUMBERS)
    if len(weight.packages) > top:
        yield f"… and {len(weight.packages) - top} more with {size(sum(p.size_bytes for p in weight.packages[top:]))}"


def _paths(weight: Weight, top: int, columns: int) -> Iterator[str]:
    rows = [("SIZE", "PATH", "BROUGHT BY")]
    for each in weight.paths[:top]:
        place = _place(weight, each.layer)
        rows.append((size(each.size_bytes), f"/{each.path}{'/' if each.is_folder else ''}", place))
    yield from columned(rows, columns, numbers=_NUMBERS)


_VIEWS = {
    "instruction": _instructions,
    "cause": _causes,
    "category": _categories,
    "package": _packages,
    "path": _paths,
}


_NOTHING = {
    "instruction": "no instruction brought any content",
    "cause": "nothing to save was found",
    "category": "there is nothing to sort",
    "package": "no packages were found",
    "path": "no file has any content",
}
"""In place of a table without rows."""


def _place(weight: Weight, layer: int) -> str:
    instruction = weight.instruction_of(layer)
    if instruction.in_base and (instruction.line is None or not instruction.image):
        return _base(instruction.image or weight.base.name)
    return _label(instruction)


def _base(name: str) -> str:
    return f"base image {name}".strip()


def _label(instruction: Instruction) -> str:
    of = f" of {instruction.image}" if instruction.image else ""
    return f"line {instruction.line}{of}, {instruction.told}" if instruction.line else instruction.told
