"""SARIF."""

from __future__ import annotations

import json
from typing import Any

from tests.lint.support import Subject

from jettison.engine.lint import Checked
from jettison.errors import BuildError, JettisonError
from jettison.report.sarif import sarif
from jettison.text.diagnostics import error_at


def run_of(text: str, error: JettisonError | None = None) -> Any:
    subject = Subject(text=text)
    inspection = subject.inspect()
    checked = Checked(source=inspection.dockerfile.source, findings=subject.check(), error=error)
    (run,) = json.loads(sarif([checked]))["runs"]
    return run


def test_results() -> None:
    """A rule by name and index, its place, and fixes that may be made."""
    run = run_of("FROM scratch as a\nENV PATH=$PAHT\n")
    first, second = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (first, second)] == ["FromAsCasing", "UndefinedVar"]
    region = {"startLine": 1, "startColumn": 14, "endLine": 1, "endColumn": 16}
    assert first["locations"][0]["physicalLocation"]["region"] == region
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "AS"}}]
    assert "fixes" not in second
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_errors() -> None:
    """Are notifications, with their place where they have one."""
    place = Subject(text="FROM scratch\n").inspect().dockerfile.instructions[0].span
    (invocation,) = run_of("FROM scratch\n", error_at(place, "wrong"))["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"] == {"text": "wrong"}
    assert note["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "Dockerfile"}
    (invocation,) = run_of("FROM scratch\n", BuildError("no such thing"))["invocations"]
    assert invocation["toolExecutionNotifications"] == [{"level": "error", "message": {"text": "no such thing"}}]
