"""The summary of what the checks found."""

from __future__ import annotations

from jettison.frozen import replace
from jettison.solve.events import Event, LintWarning, Notice
from jettison.tui.warnings import WarningSummary

WARNING = LintWarning(
    rule="StageNameCasing",
    message="Stage name 'A\x1b[31m' should be lowercase",
    description="Stage names should be lowercase",
    url="https://example.com/",
    location="Dockerfile:1:17",
    excerpt="  1 | FROM scratch AS A\n    |                 ^",
    line=1,
    last_line=1,
    time=0.0,
)


def test_summary() -> None:
    """Every event is handed on; one line a warning, and nothing of it steers the terminal."""
    passed: list[Event] = []
    summary = WarningSummary()
    take = summary.passing_on(passed.append)
    assert summary.text(debug=False) == ""
    for event in (WARNING, Notice(message="n", time=0.0)):
        take(event)
    assert passed == [WARNING, Notice(message="n", time=0.0)]
    line = " - StageNameCasing: Stage name 'A' should be lowercase (line 1)\n"
    assert summary.text(debug=False) == f"\n 1 warning found (use --debug to expand):\n{line}"
    take(replace(WARNING, time=1.0))  # the same of another target
    take(replace(WARNING, location="Dockerfile:2:17"))
    assert summary.text(debug=True) == "\n 2 warnings found:\n" + "".join(
        line + f"Stage names should be lowercase\nMore info: https://example.com/\nDockerfile:{number}:17\n"
        "  1 | FROM scratch AS A\n    |                 ^\n\n"
        for number in (1, 2)
    )
