"""The rules of Chrome's trace event format (JSON object format), as far as viewers rely on them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

_METADATA = {"process_name": "name", "thread_name": "name", "thread_sort_index": "sort_index"}


def check_trace(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Assert that a document keeps the rules; its slices by row, outer ones before inner ones."""
    assert isinstance(document["traceEvents"], list)
    assert document.get("displayTimeUnit", "ms") in ("ms", "ns")
    for event in document["traceEvents"]:
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int)
        assert isinstance(event["name"], str) and event["name"]
        assert isinstance(event["args"], dict)
        if event["ph"] == "M":
            assert _METADATA[event["name"]] in event["args"]
        else:
            assert event["ph"] == "X" and isinstance(event["cat"], str)
            assert event["ts"] >= 0 and event["dur"] >= 0
    slices = [event for event in document["traceEvents"] if event["ph"] == "X"]
    slices.sort(key=lambda event: (event["tid"], event["ts"], -event["dur"]))
    for _, row in groupby(slices, key=lambda event: event["tid"]):
        _check_nesting(list(row))
    return slices


def _check_nesting(row: list[dict[str, Any]]) -> None:
    """In one thread a slice ends before the one that it began in."""
    ends: list[int] = []
    for one in row:
        while ends and ends[-1] <= one["ts"]:
            ends.pop()
        end = one["ts"] + one["dur"]
        assert not ends or end <= ends[-1], one
        ends.append(end)
