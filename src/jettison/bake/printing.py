"""What ``--print`` and ``--list`` show, in buildx's shape."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jettison.bake.model import Declared, Definition, Group, Target
from jettison.bake.resolve import Resolved
from jettison.bake.schema import ATTRIBUTES
from jettison.hcl.json_text import go_escaped
from jettison.hints import Any


def print_resolved(resolved: Resolved) -> str:
    """The targets and groups as a JSON document that can be baked again."""
    document: dict[str, Any] = {}
    if resolved.groups:
        document["group"] = {name: _group(group) for name, group in sorted(resolved.groups.items())}
    document["target"] = {name: print_target(target) for name, target in sorted(resolved.targets.items())}
    return _json(document)


def print_target(target: Target) -> dict[str, Any]:
    """The attributes that a target has, those that are empty left out."""
    shown = {}
    for attribute in ATTRIBUTES:
        given = attribute.of(target)
        if given is None or (attribute.name == "description" and not given):
            continue
        printed = attribute.print(given)
        if printed or isinstance(printed, str | bool) or attribute.name == "resources":
            shown[attribute.name] = printed
    return shown


def list_targets(definition: Definition, *, as_json: bool) -> str:
    """Targets and groups but those whose names begin with ``_``."""
    everything: list[Target | Group] = [*definition.targets, *definition.groups]
    rows: list[tuple[Target | Group, str]] = []
    for each in sorted(everything, key=lambda each: each.name):
        if each.name.startswith("_"):
            continue
        description = each.description or ""
        if isinstance(each, Group) and each.targets:
            names = ", ".join(sorted(each.targets))
            description = f"{description} ({names})" if description else names
        rows.append((each, description))
    if not as_json:
        return _table([("TARGET", "DESCRIPTION"), *((each.name, description) for each, description in rows)])
    return _json(
        [
            {"name": each.name}
            | ({"description": description} if description else {})
            | ({"group": True} if isinstance(each, Group) else {})
            for each, description in rows
        ]
    )


def list_variables(variables: Sequence[Declared], *, as_json: bool) -> str:
    """The variables with their values."""
    if not as_json:
        rows = [
            (each.name, each.type, "<null>" if each.value is None else each.value, each.description)
            for each in variables
        ]
        return _table([("VARIABLE", "TYPE", "VALUE", "DESCRIPTION"), *rows])
    return _json(
        [
            {
                key: text
                for key, text in (
                    ("name", each.name),
                    ("description", each.description or None),
                    ("type", each.type or None),
                    ("value", each.value),
                )
                if text is not None
            }
            for each in variables
        ]
    )


def _group(group: Group) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": group.description} if group.description else {}
    return {**shown, "targets": list(group.targets)}


def _json(document: object) -> str:
    return go_escaped(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Cells with tabs between them, as many as it takes for a column of a terminal with tabs of eight."""
    widths = [max(len(row[column]) for row in rows) // 8 * 8 + 8 for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell + "\t" * -(-(width - len(cell)) // 8) for cell, width in zip(row, widths, strict=False)]
        lines.append("".join(cells) + row[-1])
    return "\n".join(lines) + "\n"
