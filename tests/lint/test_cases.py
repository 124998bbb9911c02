"""Every rule on its cases: a folder is one. BuildKit is asked the same in ``tests/compat/test_lint.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lint.support import CASES, picture, read_case

from jettison.dockerfile.parser import parse_dockerfile
from jettison.lint.fixes import apply_fixes
from jettison.lint.model import Applicability
from jettison.lint.registry import BY_NAME

FOLDERS = sorted(path.parent for path in CASES.glob("*/*/Dockerfile"))
ALL = [Applicability.SAFE, Applicability.UNSAFE]


def name(folder: Path) -> str:
    return folder.relative_to(CASES).as_posix()


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_findings(folder: Path) -> None:
    """Lines, rules and messages are the expected ones."""
    assert picture(read_case(folder).check()) == (folder / "expected.txt").read_text()


@pytest.mark.parametrize("rule", BY_NAME)
def test_every_rule_has_cases(rule: str) -> None:
    """One that it finds something in, and one that it is content with."""
    folders = [folder for folder in FOLDERS if folder.parent.name == rule]
    found = [f" {rule}: " in (folder / "expected.txt").read_text() for folder in folders]
    assert set(found) == {True, False}


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
@pytest.mark.parametrize("allowed", [ALL[:1], ALL], ids=["safe", "unsafe"])
def test_fixes(folder: Path, allowed: list[Applicability]) -> None:
    """The fixed text is the expected one, breaks nothing, and needs no further fix."""
    subject = read_case(folder)
    text = subject.text
    for _ in range(10):
        fixed = apply_fixes(text, subject.check(), allowed)
        if not fixed.made:
            break
        text = fixed.text
        subject = type(subject)(text=text, build_args=subject.build_args, target=subject.target, ignore=subject.ignore)
    else:
        pytest.fail("never stable")
    expected = folder / ("fixed" if allowed == ALL[:1] else "fixed-unsafe")
    if not expected.exists():
        expected = folder / ("fixed" if (folder / "fixed").exists() else "Dockerfile")
    assert text.encode() == expected.read_bytes()
    assert not parse_dockerfile(text).problems
