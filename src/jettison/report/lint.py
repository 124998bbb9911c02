"""What ``jettison lint`` found, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from jettison.engine.lint import Checked
from jettison.errors import JettisonError
from jettison.hints import Any
from jettison.lint.model import Applicability, Finding, Fix
from jettison.report.table import printable
from jettison.text.diagnostics import Problem, SourceError, excerpt
from jettison.text.span import Position, Span

_REMARKS = {Applicability.SAFE: "", Applicability.UNSAFE: " (unsafe)", Applicability.DISPLAY: " (a guess)"}


def lint_text(checks: Sequence[Checked], mended: int = 0) -> str:
    """Each finding and error at its place, and how many there are."""
    findings = [finding for checked in checks for finding in checked.findings]
    parts = []
    for checked in checks:
        problems = _problems(checked.error)
        parts += [problem.render() + _hint(problem.hint) + "\n" for problem in problems]
        if checked.error is not None and not problems:
            parts.append(_error_text(checked.source.path, checked.error))
        parts += map(_finding_text, checked.findings)
        if checked.unknown_images:
            parts.append(
                f"{checked.source.path}: not here, so not asked for variables: {', '.join(checked.unknown_images)}"
                " (--resolve asks registries)\n"
            )
    errors = sum(max(len(_problems(checked.error)), 1) for checked in checks if checked.error is not None)
    return "\n".join([*parts, _summary(findings, errors, mended)])


def _error_text(path: str, error: JettisonError) -> str:
    head = error.message if error.message.startswith(f"{path}:") else f"{path}: {error.message}"
    text = "\n".join(part for part in (head, error.place) if part)
    return f"{text}{_hint(error.hint)}\n"


def _finding_text(finding: Finding) -> str:
    fix = finding.fix
    note = f"\nfix: {printable(fix.title)}{_REMARKS[fix.applicability]}" if fix else ""
    head = f"{printable(finding.span.location)}: {finding.rule.level}: {printable(finding.message)}"
    return f"{head} [{finding.rule.name}]\n{excerpt(finding.span)}{note}\n"


def _hint(hint: str | None) -> str:
    return f"\nhint: {hint}" if hint else ""


def _summary(findings: Sequence[Finding], errors: int, mended: int) -> str:
    parts = [_count(errors, "error")] if errors else []
    parts += [_count(len(findings), "warning")] if findings else []
    text = ", ".join(parts) or "nothing found"
    text = f"{_count(mended, 'finding')} mended, {text}" if mended else text
    safe = sum(f.fix is not None and f.fix.applicability is Applicability.SAFE for f in findings)
    unsafe = sum(f.fix is not None and f.fix.applicability is Applicability.UNSAFE for f in findings)
    hints = [f"{safe} with --fix"] if safe else []
    hints += [f"{unsafe} with --fix --unsafe-fixes"] if unsafe else []
    return f"{text}{'; can be mended: ' + ', '.join(hints) if hints else ''}\n"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def lint_json(checks: Iterable[Checked]) -> str:
    """One document for all files."""
    files = [
        {
            "path": checked.source.path,
            "errors": _errors(checked.error),
            "findings": [_finding(finding) for finding in checked.findings],
            "unknown_images": list(checked.unknown_images),
        }
        for checked in checks
    ]
    return json.dumps({"files": files}, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    return {
        "rule": rule.name,
        "level": rule.level,
        "category": rule.category,
        "message": finding.message,
        "description": rule.description,
        "url": rule.url,
        **_place(finding.span),
        "lines": list(finding.lines),
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_place(edit.span), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "applicability": fix.applicability, "edits": edits}


def _place(span: Span) -> dict[str, Any]:
    return {"start": _position(span.start), "end": _position(span.end)}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}


def _errors(error: JettisonError | None) -> list[dict[str, Any]]:
    if error is None:
        return []
    problems = _problems(error)
    if not problems:
        return [{"message": error.message, "hint": error.hint}]
    return [{"message": problem.message, "hint": problem.hint, **_place(problem.span)} for problem in problems]


def _problems(error: JettisonError | None) -> tuple[Problem, ...]:
    return error.problems if isinstance(error, SourceError) else ()
