"""What the page is told, as JSON: the schema is what this file writes, and nobody but the page's scripts reads it."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.analyze.instructions import Instruction
from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.weight import Finding, InstructionWeight, Weight
from jettison.analyze.written import Written, passages
from jettison.hints import Any
from jettison.report.page.folding import FoldedTree, fold
from jettison.report.page.texts import shown_path, shown_text
from jettison.report.weigh_page.pieces import Colour, pieces_of
from jettison.report.weight_text import composition, verdict

_NEEDS = [str(need) for need in Need]
_MAX_INSTRUCTIONS = 500
_MAX_FINDINGS = 200
_MAX_PACKAGES = 100
_MAX_NOTES = 20
_MAX_BASES = 10
_MAX_LINES, _MAX_LINES_TEXT = 4_000, 1 << 18
"""Of the Dockerfile, and its characters; a longer one is told by the history."""


def weigh_document(weight: Weight) -> dict[str, Any]:
    """The data of the page. Lists that strangers can make long are cut."""
    tree = fold(tuple(pieces_of(weight)))
    layers = [each.layer for each in weight.instructions if each.layer is not None]
    return {
        "name": shown_text(weight.name),
        "id": str(weight.image_id),
        "platform": weight.platform,
        "verdict": shown_text(verdict(weight)),
        "total": weight.total_bytes,
        "visible": weight.visible_bytes,
        "ballast": weight.ballast_bytes,
        "predicted": weight.predicted_bytes,
        "made_of": shown_text(composition(weight)),
        "efficiency": round(weight.efficiency, 4),
        "base": {"name": shown_text(weight.base.name), "layers": weight.base.layers},
        "layers": [[layer.added_bytes, layer.visible_bytes] for layer in layers],
        "instructions": [_instruction(each) for each in _shown(weight.instructions)],
        "dockerfile": _dockerfile(weight),
        "base_dockerfiles": _base_dockerfiles(weight),
        "findings": [_finding(each) for each in weight.findings[:_MAX_FINDINGS]],
        "packages": [
            [shown_text(f"{each.name} {each.version}"), each.ecosystem, each.size_bytes, each.layer]
            for each in weight.packages[:_MAX_PACKAGES]
        ],
        "secrets": [
            [shown_path(each.path), each.kind, each.layer, each.is_hidden] for each in weight.secrets[:_MAX_NOTES]
        ],
        "remarks": [shown_text(remark) for remark in weight.remarks[:_MAX_NOTES]],
        "unread": [shown_text(note) for note in weight.incomplete[:_MAX_NOTES]],
        **_coloured(tree),
    }


def _coloured(tree: FoldedTree[Colour]) -> dict[str, Any]:
    causes = list(dict.fromkeys(colour.cause for colour in tree.colours))
    categories = list(dict.fromkeys(colour.category for colour in tree.colours))

    def numbers(colour: Colour) -> list[int]:
        return [
            colour.layer,
            causes.index(colour.cause),
            categories.index(colour.category),
            _NEEDS.index(colour.need),
        ]

    return {
        "causes": [_cause(cause) for cause in causes],
        "categories": categories,
        "needs": _NEEDS,
        "colours": [numbers(colour) for colour in tree.colours],
        "tree": tree.document(),
    }


def _cause(cause: str) -> list[Any]:
    """Name, title, and whether nobody sees such bytes."""
    if not cause:
        return ["", "", False]
    kind = KINDS[cause]
    return [kind.name, kind.title, kind.category is Category.HIDDEN]


def _shown(instructions: Iterable[InstructionWeight]) -> list[InstructionWeight]:
    """All that made a layer, and as many others as there is room for."""
    found = list(instructions)
    if len(found) <= _MAX_INSTRUCTIONS:
        return found
    return [each for each in found if each.layer is not None]


def _instruction(each: InstructionWeight) -> dict[str, Any]:
    instruction = each.instruction
    return {
        "text": shown_text(instruction.text),
        "line": instruction.line,
        "layer": instruction.layer,
        "base": instruction.in_base,
        "image": shown_text(instruction.image),
        "ballast": each.ballast_bytes,
    }


def _dockerfile(weight: Weight) -> dict[str, Any] | None:
    """The lines, and of each instruction its first and last one, if it is a FROM, if its stage is the image's."""
    written = weight.dockerfile
    own = [each.instruction for each in weight.instructions if each.layer is not None and not each.instruction.in_base]
    if written is None or any(each.place != f"{written.path}:{each.line}" for each in own):
        return None  # what has no line would not be seen
    return _source(written, own)


def _base_dockerfiles(weight: Weight) -> list[dict[str, Any]]:
    """Those of base images, each with the image that it made."""
    base = [each.instruction for each in weight.instructions if each.layer is not None and each.instruction.in_base]
    found = []
    for told in weight.base_dockerfiles[:_MAX_BASES]:
        source = _source(told.dockerfile, [each for each in base if each.image == told.image])
        if source is not None:
            found.append({"image": shown_text(told.image), **source})
    return found


def _source(written: Written, made_of: Iterable[Instruction]) -> dict[str, Any] | None:
    if len(written.lines) > _MAX_LINES or len(written.text) > _MAX_LINES_TEXT:
        return None
    made = {each.line for each in made_of if each.line is not None}
    return {
        "path": shown_text(written.path),
        "lines": [shown_text(line.expandtabs(4)) for line in written.lines],
        "passages": [[each.first, each.last, each.is_from, each.in_image] for each in passages(written, made)],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "cause": finding.kind,
        "title": finding.title,
        "size": finding.size_bytes,
        "saves": finding.saves_bytes,
        "files": finding.files,
        "layer": finding.layer,
        "by": finding.by,
        "base": finding.in_base,
        "change": shown_text(finding.change),
        "paths": [[shown_path(each.path), each.size_bytes] for each in finding.paths[:3]],
    }
