"""A weight for the programs of continuous integration: JUnit, SARIF, GitHub's and GitLab's annotations, Markdown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from jettison.analyze.gates import Checked
from jettison.analyze.instructions import Instruction
from jettison.analyze.weight import InstructionWeight, Weight
from jettison.frozen import replace
from jettison.hints import Any
from jettison.report.sarif import sarif_text
from jettison.report.table import printable
from jettison.report.weight_actions import actions
from jettison.report.weight_notes import RULES, Note, gate_message, notes
from jettison.report.weight_text import outlook, share, size, verdict

_MARKDOWN_ROWS = 10


def junit(weight: Weight, gates: Sequence[Checked]) -> str:
    """A test suite with a case for each limit; without limits, one that holds."""
    from xml.sax.saxutils import quoteattr

    failures = sum(not checked.is_kept for checked in gates)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    name = quoteattr(_xml(f"weight of {weight.name}"))
    lines.append(f'<testsuite name={name} tests="{max(len(gates), 1)}" failures="{failures}" errors="0" skipped="0">')
    for checked in gates:
        message = quoteattr(_xml(gate_message(weight, checked)))
        case = f'  <testcase classname="jettison.weigh" name="{checked.gate}"'
        lines.append(f"{case}/>" if checked.is_kept else f'{case}><failure type="limit" message={message}/></testcase>')
    if not gates:
        lines.append('  <testcase classname="jettison.weigh" name="weight"/>')
    lines += [f"  <system-out>{_escaped(verdict(weight))}</system-out>", "</testsuite>"]
    return "".join(f"{line}\n" for line in lines)


def weight_sarif(weight: Weight, gates: Sequence[Checked]) -> str:
    """SARIF 2.1.0: limits that are not kept are errors, what to change are notes."""
    numbers = {name: number for number, (name, _) in enumerate(RULES)}
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in RULES]
    results = [
        {
            "ruleId": note.rule,
            "ruleIndex": numbers[note.rule],
            "level": "error" if note.is_error else "note",
            "message": {"text": note.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": note.path},
                        "region": {"startLine": note.line},
                    }
                }
            ],
        }
        for note in notes(weight, gates)
    ]
    return sarif_text(rules, results, [])


def github(weight: Weight, gates: Sequence[Checked]) -> str:
    """Workflow commands that GitHub's runner makes annotations of; the last line is the verdict."""
    lines = []
    for note in notes(weight, gates):
        command = "error" if note.is_error else "notice"
        place = f"file={_property(note.path)},line={note.line},title={_property(note.rule)}"
        lines.append(f"::{command} {place}::{_data(note.message)}")
    return "".join(f"{line}\n" for line in [*lines, printable(verdict(weight))])


def gitlab(weight: Weight, gates: Sequence[Checked]) -> str:
    """GitLab's code quality report."""
    return json.dumps([_issue(note, weight.name) for note in notes(weight, gates)], indent=2) + "\n"


def markdown(weight: Weight, gates: Sequence[Checked]) -> str:
    """A summary for a comment on a merge request."""
    lines = [f"### Weight of {_code(weight.name)}", "", _escape_markdown(verdict(weight)), ""]
    for checked in gates:
        mark = "✅" if checked.is_kept else "❌"
        lines.append(f"- {mark} `{checked.gate}`: {_escape_markdown(gate_message(weight, checked))}")
    if gates:
        lines.append("")
    saving = [action for action in actions(weight) if action.saves_bytes]
    if saving:
        lines += ["| saves | what | change |", "|---:|---|---|"]
        for action in saving[:_MARKDOWN_ROWS]:
            cells = (size(action.saves_bytes), action.title, action.first.change)
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        if len(saving) > _MARKDOWN_ROWS:
            rest = sum(action.saves_bytes for action in saving[_MARKDOWN_ROWS:])
            lines.append(f"| {size(rest)} | {len(saving) - _MARKDOWN_ROWS} more | |")
        lines.append("")
    lines += ["<details><summary>by instruction</summary>", "", "| line | added | visible | wasted | instruction |"]
    lines.append("|---:|---:|---:|---:|---|")
    for each in weight.instructions:
        if each.added_bytes:
            place = _place(each.instruction)
            sizes = map(size, (each.added_bytes, each.visible_bytes, each.wasted_bytes))
            lines.append("| " + " | ".join([_cell(place), *sizes, _code(each.instruction.text[:200])]) + " |")
    lines += ["", "</details>", ""]
    ballast = share(weight.ballast_bytes, weight.total_bytes)
    lines.append(f"Ballast: {ballast}; {_escape_markdown(outlook(weight))}.")
    return "".join(f"{line}\n" for line in lines)


def _issue(note: Note, image: str) -> dict[str, Any]:
    identity = f"{image}\0{note.rule}\0{note.path}\0{note.line}\0{note.message}"
    return {
        "description": note.message,
        "check_name": f"jettison weigh: {note.rule}",
        "fingerprint": hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest(),
        "severity": "major" if note.is_error else "info",
        "location": {"path": note.path, "lines": {"begin": note.line}},
    }


def _data(text: str) -> str:
    """The message of a workflow command on one line, as GitHub's toolkit escapes it."""
    return printable(_clean(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(_xml(text))


def _xml(text: str) -> str:
    """Without what no XML document may hold."""
    return printable(_clean(text))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _place(instruction: Instruction) -> str:
    if not instruction.in_base:
        return instruction.place
    return f"{instruction.place} of {instruction.image}" if instruction.place else "base"


def _cell(text: str) -> str:
    return _escape_markdown(text).replace("|", "\\|")


def _escape_markdown(text: str) -> str:
    """Names in images were made by strangers: nothing of them becomes a link, a picture or a tag."""
    plain = printable(_clean(text))
    return "".join(f"\\{character}" if character in "\\`*_[]<>#!@" else character for character in plain)


def _code(text: str) -> str:
    return "`" + printable(_clean(text)).replace("`", "'").replace("|", "\\|") + "`"


FORMATS = {
    "junit": junit,
    "sarif": weight_sarif,
    "github": github,
    "gitlab": gitlab,
    "markdown": markdown,
}


def seen_from(folder: Path, weight: Weight, gates: Sequence[Checked]) -> tuple[Weight, tuple[Checked, ...]]:
    """The same with Dockerfiles below the folder named as whoever is in it names them: programs know no other files."""

    def called(path: str) -> str:
        return str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path

    def seen(each: InstructionWeight) -> InstructionWeight:
        path, colon, line = each.instruction.place.rpartition(":")
        place = f"{called(path)}{colon}{line}" if path else each.instruction.place
        return replace(each, instruction=replace(each.instruction, place=place))

    checked = (each if each.blamed is None else replace(each, blamed=seen(each.blamed)) for each in gates)
    written = weight.dockerfile
    if written is not None:
        written = replace(written, path=called(written.path))
    return replace(weight, instructions=tuple(map(seen, weight.instructions)), dockerfile=written), tuple(checked)


def gates_text(weight: Weight, gates: Sequence[Checked]) -> str:
    """The limits for people, one a line."""
    lines = (f"{'ok' if each.is_kept else 'FAILED'}: --{each.gate}: {gate_message(weight, each)}" for each in gates)
    return "".join(f"{printable(line)}\n" for line in lines)
