"""Targets and outlines on cases, a folder each. BuildKit is asked the same in ``tests/compat/test_lint.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lint.support import Subject, read_case

from jettison.dockerfile.outline import describe, list_targets, outline
from jettison.report.checks import outline_text, targets_text

OUTLINES = Path(__file__).parent / "outlines"
FOLDERS = sorted(path.parent for path in OUTLINES.glob("*/Dockerfile"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_cases(folder: Path) -> None:
    """The tables are the expected ones."""
    subject = read_case(folder)
    inspection = Subject(
        text=subject.text, build_args=subject.build_args, target=subject.target, all_stages=False
    ).inspect()
    found = outline(inspection.program, inspection.trace, subject.build_args)
    assert outline_text(found) == (folder / "outline.txt").read_text()
    assert targets_text(list_targets(inspection.program)) == (folder / "targets.txt").read_text()


def test_descriptions() -> None:
    """The first comment that begins with the whole name; nothing describes what has no name."""
    comments = ("ab is another", "a is one", "a is two")
    assert describe(comments, "a") == "is one"
    assert describe(comments, "") == ""
    assert describe(comments, "is") == ""
