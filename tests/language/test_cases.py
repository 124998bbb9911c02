"""Every case makes the image, or the error, that its folder expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.language.case import CASES, Case, load_cases
from tests.language.expectation import chosen, config_document, expected_lines, tree_lines
from tests.language.outcome import Base, Bench, Outcome, read_config
from tests.support.flatten import read_picture

PARAMETERS = [
    pytest.param(case, id=case.name, marks=[pytest.mark.root] if case.needs_root else []) for case in load_cases()
]


@pytest.mark.parametrize("case", PARAMETERS)
def test_case(case: Case, bench: Bench, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files, the config, the warnings and the output are as expected, or the error is, letter for letter."""
    check(case, bench, base, tmp_path, monkeypatch)


@pytest.mark.root
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in load_cases() if case.needs_root])
def test_case_without_mounting(
    case: Case, unpacking_bench: Bench, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the layers below a RUN are mounted or unpacked makes no difference."""
    check(case, unpacking_bench, base, tmp_path, monkeypatch)


def check(case: Case, bench: Bench, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build the case and hold it to what its folder expects."""
    monkeypatch.chdir(case.copy(tmp_path / "case"))
    outcome = bench.build(case, tmp_path / "image.tar")
    if case.expected_error.exists():
        assert outcome.error == case.expected_error.read_text(encoding="utf-8").rstrip("\n")
        return
    assert not outcome.error
    check_image(case, outcome, base)
    if case.warnings is not None:
        assert outcome.warnings == case.warnings
    for piece in case.output:
        assert piece in outcome.output


def check_image(case: Case, outcome: Outcome, base: Base) -> None:
    """The expectations that there are for the image."""
    config = read_config(outcome.archive)
    below = base if base.is_below(config) else None
    if case.expected_tree.exists():
        picture = read_picture(outcome.archive)
        lines = tree_lines(picture, below.picture if below and not case.whole else None)
        assert lines == expected_lines(case.expected_tree.read_text(encoding="utf-8"))
    if case.expected_config.exists():
        expected: dict[str, Any] = json.loads(case.expected_config.read_text(encoding="utf-8"))
        assert chosen(config_document(config, below.config if below else None), expected) == expected


def test_every_case_expects_something() -> None:
    """An image or an error, not both; and the folder is named after its area."""
    for case in load_cases():
        image = case.expected_tree.exists() or case.expected_config.exists()
        assert image != case.expected_error.exists(), case.name
        assert "-" in case.name, case.name
        assert case.folder.parent == CASES
