"""Findings for programs that show them in code review: SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import jettison
from jettison.engine.lint import Checked
from jettison.errors import JettisonError
from jettison.hints import Any
from jettison.lint.model import Applicability, Edit, Finding, Level, Rule
from jettison.lint.registry import RULES
from jettison.text.diagnostics import SourceError
from jettison.text.span import Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def sarif(checks: Sequence[Checked]) -> str:
    """One run over all files. An error that keeps a file from being built is a notification of the tool.

    Fixes that are only guesses are left out: programs may make what they are offered.
    """
    notifications = [note for checked in checks if checked.error for note in _notifications(checked.error)]
    results = [_result(finding) for checked in checks for finding in checked.findings]
    return sarif_text([_rule(rule) for rule in RULES], results, notifications)


def sarif_text(
    rules: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]], notifications: Sequence[dict[str, Any]]
) -> str:
    """The document of one run of this program."""
    run = {
        "tool": {"driver": {"name": "jettison", "version": jettison.__version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "results": results,
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.level], "enabled": not rule.experimental},
        "properties": {"tags": [str(rule.category)]},
    }


def _result(finding: Finding) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule.name,
        "ruleIndex": RULES.index(finding.rule),
        "level": _LEVELS[finding.rule.level],
        "message": {"text": finding.message},
        "locations": [_location(finding.span)],
    }
    if finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY:
        replacements = [_replacement(edit) for edit in finding.fix.edits]
        change = {"artifactLocation": _artifact(finding.span), "replacements": replacements}
        result["fixes"] = [{"description": {"text": finding.fix.title}, "artifactChanges": [change]}]
    return result


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _notifications(error: JettisonError) -> Iterable[dict[str, Any]]:
    if not isinstance(error, SourceError):
        return [{"level": "error", "message": {"text": error.message}}]
    return [
        {"level": "error", "message": {"text": problem.message}, "locations": [_location(problem.span)]}
        for problem in error.problems
    ]


def _location(span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(span), "region": _region(span)}}


def _artifact(span: Span) -> dict[str, str]:
    return {"uri": span.source.path}


def _region(span: Span) -> dict[str, int]:
    start, end = span.start, span.end
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}
