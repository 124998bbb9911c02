"""Checks, targets and outlines as buildx prints them (``docker build --call``), as text and as JSON.

Source: BuildKit ``frontend/subrequests`` (``lint``, ``targets``, ``outline``), ``solver/errdefs/source.go``; buildx
``commands/build.go``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence

from jettison.dockerfile.instructions import Instruction
from jettison.dockerfile.outline import Outline, OutlineMount, Target
from jettison.errors import JettisonError
from jettison.hints import Any
from jettison.lint.model import Finding, node_lines
from jettison.report.table import printable
from jettison.text.diagnostics import SourceError
from jettison.text.secrets import without_credentials
from jettison.text.span import Source

_RULE = "-" * 20
_ONE_LINE_PADDING = 4
_LINES_PADDING = 2


def check_text(findings: Sequence[Finding], *, failed: bool) -> str:
    """How many findings there are, and each with its lines; nothing where there are none because the check failed.

    An empty line sets them apart from the error of a check that failed.
    """
    if not findings:
        return "" if failed else "Check complete, no warnings found.\n"
    end = "\n" if failed else ""
    count = "1 warning has been found!" if len(findings) == 1 else f"{len(findings)} warnings have been found!"
    return f"Check complete, {count}\n" + "".join(map(finding_text, findings)) + end


def finding_text(finding: Finding) -> str:
    """One finding: rule, message, lines."""
    url = f" - {finding.rule.url}" if finding.rule.url else ""
    head = f"\nWARNING: {finding.rule.name}{url}\n{printable(finding.message)}\n"
    return head + excerpt_text(finding.span.source, *finding.lines)


def excerpt_text(source: Source, first: int, last: int) -> str:
    """The lines from ``first`` to ``last`` marked, with some around them."""
    lines = source.text.split("\n")
    last = min(last, len(lines))
    begin, end = first, last
    padding = _ONE_LINE_PADDING if begin == end else _LINES_PADDING
    done = 0
    while done < padding:
        if begin > 1:
            begin -= 1
            done += 1
        if end != len(lines):
            end += 1
            done += 1
        done += 1
    rows = [
        f" {number:3d} | {'>>>' if first <= number <= last else '   '} {_shown(lines[number - 1])}\n"
        for number in range(begin, end + 1)
    ]
    return f"{printable(source.path)}:{first}\n{_RULE}\n{''.join(rows)}{_RULE}\n"


def _shown(line: str) -> str:
    """A line without what could steer a terminal and without credentials; tabs stay."""
    line = without_credentials(line.rstrip("\r"), keep_length=True)
    return "\t".join(map(printable, line.split("\t")))


def check_json(source: Source, findings: Iterable[Finding], error: JettisonError | None) -> str:
    """The document of BuildKit's ``frontend.lint``."""
    warnings = [
        {
            "ruleName": finding.rule.name,
            "description": finding.rule.description,
            **({"url": finding.rule.url} if finding.rule.url else {}),
            "detail": finding.message,
            "location": _location(*finding.lines),
        }
        for finding in findings
    ]
    document: dict[str, Any] = {
        "warnings": warnings or None,
        "sources": [{"filename": source.path, "data": _data(source), "language": "Dockerfile"}],
    }
    if error is not None:
        document["buildError"] = _build_error(error)
    return document_text(document)


def targets_text(targets: Iterable[Target]) -> str:
    """A table of the targets."""
    rows = [("TARGET", "DESCRIPTION")]
    for target in targets:
        default = "(default)" if target.is_default else ""
        rows.append((" ".join(part for part in (target.name, default) if part), target.description))
    return columns(rows, 1)


def targets_json(source: Source, targets: Iterable[Target]) -> str:
    """The document of BuildKit's ``frontend.targets``."""
    listed = [
        _without_empty(
            name=target.name,
            default=target.is_default,
            description=target.description,
            base=target.base,
            platform=target.platform,
            location=_location_of(target.instruction),
        )
        for target in targets
    ]
    return document_text({"targets": listed, "sources": [_data(source)]})


def outline_text(outline: Outline) -> str:
    """Tables of what a target can be given."""
    parts = []
    if outline.name or outline.description:
        rows = [("TARGET:", outline.name or "(default)")]
        rows += [("DESCRIPTION:", outline.description)] if outline.description else []
        parts.append(columns(rows, 1))
    if outline.arguments:
        rows_of_three = [(argument.name, argument.value, argument.description) for argument in outline.arguments]
        parts.append(columns([("BUILD ARG", "VALUE", "DESCRIPTION"), *rows_of_three], 3))
    for title, mounts in (("SECRET", outline.secrets), ("SSH", outline.agents)):
        if mounts:
            flags = [(mount.name, "true" if mount.required else "") for mount in mounts]
            parts.append(columns([(title, "REQUIRED"), *flags], 3))
    return "".join(f"{part}\n" for part in parts)


def outline_json(source: Source, outline: Outline) -> str:
    """The document of BuildKit's ``frontend.outline``."""
    arguments = [
        {"name": argument.name}
        | _without_empty(
            description=argument.description, value=argument.value, location=_location_of(argument.instruction)
        )
        for argument in outline.arguments
    ]
    document = _without_empty(
        name=outline.name,
        description=outline.description,
        args=arguments,
        secrets=_mounts(outline.secrets),
        ssh=_mounts(outline.agents),
    )
    return document_text(document | {"sources": [_data(source)]})


def _mounts(mounts: Iterable[OutlineMount]) -> list[dict[str, Any]]:
    return [
        {"name": mount.name} | _without_empty(required=mount.required, location=_location_of(mount.instruction))
        for mount in mounts
    ]


def _build_error(error: JettisonError) -> dict[str, Any]:
    if not isinstance(error, SourceError):
        return {"message": error.message, "location": {}}
    problem = error.problems[0]
    return {"message": problem.message, "location": _location(problem.span.start.line, problem.span.end.line)}


def _location_of(instruction: Instruction) -> dict[str, Any]:
    return _location(*node_lines(instruction.node))


def _location(first: int, last: int) -> dict[str, Any]:
    """One range for each line, as BuildKit has it."""
    ranges = [{"start": {"line": line}, "end": {"line": line}} for line in range(first, last + 1)]
    return {"ranges": ranges}


def _without_empty(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _data(source: Source) -> str:
    return base64.b64encode(source.text.encode("utf-8", "surrogateescape")).decode()


def document_text(document: object) -> str:
    """JSON as Go writes it."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode() + "\n"


def columns(rows: Sequence[Sequence[str]], padding: int) -> str:
    """Go's tabwriter without a smallest width: all columns but the last are padded, also where nothing follows."""
    table = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) + padding for column in zip(*table, strict=True)][:-1]
    lines = ("".join([*map(str.ljust, row, widths), row[-1]]) for row in table)
    return "".join(f"{line}\n" for line in lines)
