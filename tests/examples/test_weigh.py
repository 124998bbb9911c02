"""What `weigh` says of the first version of each example comes true in the second."""

from __future__ import annotations

import json
from typing import Any

import pytest
from demo.cases import MULTI, SINGLE, Case, load_cases
from demo.command import Jettison
from demo.course import build_case, image_name

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(900)]

NAMED = {
    "cache-mount": {"c-tools", "apt-lists", "headers", "sources"},
    "foreign-binary": {"apt-lists", "unused-base"},
    "go-http": {"go-tools", "c-tools", "go-build-cache", "sources", "unstripped"},
    "go-scratch": {"go-tools", "c-tools", "sources", "unstripped"},
    "node-nginx": {"node-tools", "unused-base"},
    "python-c-extension": {"c-tools", "apt-lists", "headers", "static-libraries"},
    "python-venv": {"c-tools", "version-control-tools", "headers"},
    "rm-saves-nothing": {"deleted"},
    "secret-free": {"go-tools", "sources", "unstripped"},
}
"""The ballast that has to be named."""


def weigh(jettison: Jettison, name: str) -> Any:
    answer = jettison.answer("weigh", "--format", "json", name)
    assert answer is not None
    return json.loads(answer)


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_the_advice_comes_true(case: Case, base_store: Jettison) -> None:
    """The size and the savings promised for the one-stage image are the multi-stage image's, within 5 %; ballast is named."""
    build_case(base_store, case)
    single, multi = (weigh(base_store, image_name(case, version)) for version in (SINGLE, MULTI))
    size = multi["total_bytes"]
    saved = single["total_bytes"] - size
    assert abs(single["predicted_bytes"] - size) <= 0.05 * size
    assert abs(single["ballast_bytes"] - saved) <= 0.05 * saved
    assert sum(part["size_bytes"] for part in single["prediction"]["parts"]) == single["predicted_bytes"]
    assert {finding["kind"] for finding in single["findings"] if finding["saves_bytes"]} >= NAMED[case.name]
    assert single["complete"]


def test_a_deleted_file_is_told_with_the_line_to_merge(base_store: Jettison) -> None:
    """The pair on `rm` in a later layer: what was deleted, where it lies, and what to do about it."""
    case = next(case for case in load_cases() if case.name == "rm-saves-nothing")
    build_case(base_store, case)
    finding = weigh(base_store, image_name(case, SINGLE))["findings"][0]
    assert finding["kind"] == "deleted"
    assert finding["paths"][0]["path"] == "/work/measurements.txt"
    assert finding["change"].startswith("merge the rm of line 6 into line 3")


def test_the_secret_of_the_builder_is_told(base_store: Jettison) -> None:
    """Also though a later line removes it; in the second version there is none."""
    case = next(case for case in load_cases() if case.name == "secret-free")
    build_case(base_store, case)
    single, multi = (weigh(base_store, image_name(case, version)) for version in (SINGLE, MULTI))
    assert [(found["path"], found["hidden"]) for found in single["secrets"]] == [("/src/signing.key", True)]
    assert multi["secrets"] == []
