"""The questions that ``--call`` answers, as BuildKit's front end lists them."""

from __future__ import annotations

import json

from jettison.report.requests import questions_json, questions_text


def test_as_a_table() -> None:
    """With the columns of Go's tabwriter."""
    assert questions_text() == (
        "NAME                 VERSION DESCRIPTION\n"
        "outline              1.0.0   List all parameters current build target supports\n"
        "targets              1.0.0   List all targets current build supports\n"
        "subrequests.describe 1.0.0   List available subrequest types\n"
    )


def test_as_a_document() -> None:
    """All of BuildKit's keys; what a question does not say at all is null, a list without anything is empty."""
    outline, targets, describe = json.loads(questions_json())
    assert outline["opts"] == [{"name": "target", "description": "Target build stage"}]
    assert (targets["opts"], describe["opts"], describe["inputs"], describe["refs"]) == ([], None, None, None)
    assert describe["name"] == "frontend.subrequests.describe" and describe["type"] == "rpc"
    assert [named["name"] for named in describe["metadata"]] == ["result.json", "result.txt"]
