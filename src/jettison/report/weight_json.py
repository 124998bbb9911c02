"""The weight of an image for programs: the document that ``docs/weigh.schema.json`` describes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jettison.analyze.gates import Checked
from jettison.analyze.instructions import Instruction
from jettison.analyze.weight import Finding, InstructionWeight, PathWeight, Weight
from jettison.hints import Any
from jettison.report.weight_notes import gate_message

VERSION = 1


def weight_json(weight: Weight, gates: Sequence[Checked] = ()) -> str:
    """The document as text, with the limits that were checked."""
    document = weight_document(weight) | {"gates": [_gate(weight, checked) for checked in gates]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _gate(weight: Weight, checked: Checked) -> dict[str, Any]:
    return {
        "gate": str(checked.gate),
        "kept": checked.is_kept,
        "actual": checked.actual,
        "limit": checked.limit,
        "message": gate_message(weight, checked),
        "layer": checked.blamed.instruction.layer if checked.blamed else None,
    }


def weight_document(weight: Weight) -> dict[str, Any]:
    """The document. Sizes are bytes; ``layer`` counts from 0, the lowest."""
    return {
        "version": VERSION,
        "name": weight.name,
        "image_id": weight.image_id,
        "platform": weight.platform,
        "program": weight.program,
        "complete": not weight.incomplete,
        "incomplete": list(weight.incomplete),
        "remarks": list(weight.remarks),
        "total_bytes": weight.total_bytes,
        "visible_bytes": weight.visible_bytes,
        "wasted_bytes": weight.wasted_bytes,
        "ballast_bytes": weight.ballast_bytes,
        "predicted_bytes": weight.predicted_bytes,
        "prediction": {
            "base": weight.prediction.base_name,
            "base_bytes": weight.prediction.base_bytes,
            "new_base": weight.prediction.is_new_base,
            "brought_bytes": weight.brought_bytes,
            "parts": [{"what": part.what, "size_bytes": part.size_bytes} for part in weight.prediction.parts],
        },
        "efficiency": weight.efficiency,
        "repeated_bytes": weight.repeated_bytes,
        "base": {
            "layers": weight.base.layers,
            "name": weight.base.name,
            "known": weight.base.known,
            "guess": weight.base.is_guess,
        },
        "dockerfile": None
        if weight.dockerfile is None
        else {"path": weight.dockerfile.path, "text": weight.dockerfile.text},
        "base_dockerfiles": [
            {"image": each.image, "path": each.dockerfile.path, "text": each.dockerfile.text}
            for each in weight.base_dockerfiles
        ],
        "instructions": [_instruction(each) for each in weight.instructions],
        "findings": [_finding(each) for each in weight.findings],
        "categories": [
            {
                "category": str(each.category),
                "size_bytes": each.size_bytes,
                "needed_bytes": each.needed_bytes,
                "useless_bytes": each.useless_bytes,
                "unknown_bytes": each.unknown_bytes,
                "needed": str(each.need),
                "reason": each.reason,
            }
            for each in weight.categories
        ],
        "packages": [
            {
                "kind": each.ecosystem,
                "name": each.name,
                "version": each.version,
                "size_bytes": each.size_bytes,
                "files": each.files,
                "layer": each.layer,
            }
            for each in weight.packages
        ],
        "paths": [_path(each) for each in weight.paths],
        "secrets": [
            {"path": f"/{each.path}", "kind": each.kind, "layer": each.layer, "hidden": each.is_hidden}
            for each in weight.secrets
        ],
    }


def _instruction(each: InstructionWeight) -> dict[str, Any]:
    instruction: Instruction = each.instruction
    return {
        "text": instruction.text,
        "place": instruction.place,
        "line": instruction.line,
        "in_base": instruction.in_base,
        "image": instruction.image or None,
        "layer": instruction.layer,
        "diff_id": each.layer.diff_id if each.layer else None,
        "tar_bytes": each.layer.tar_bytes if each.layer else 0,
        "files": each.layer.files if each.layer else 0,
        "added_bytes": each.added_bytes,
        "visible_bytes": each.visible_bytes,
        "wasted_bytes": each.wasted_bytes,
        "ballast_bytes": each.ballast_bytes,
    }


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "title": each.title,
        "category": str(each.category),
        "size_bytes": each.size_bytes,
        "saves_bytes": each.saves_bytes,
        "files": each.files,
        "layer": each.layer,
        "by_layer": each.by,
        "in_base": each.in_base,
        "change": each.change,
        "paths": [_path(path) for path in each.paths],
    }


def _path(each: PathWeight) -> dict[str, Any]:
    return {"path": f"/{each.path}", "size_bytes": each.size_bytes, "layer": each.layer, "folder": each.is_folder}
