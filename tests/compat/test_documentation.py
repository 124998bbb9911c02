"""Every difference that the tests allow is explained, and nothing is explained that they do not allow."""

from __future__ import annotations

import re
from pathlib import Path

from tests.compat.known import ALLOWANCES, EXAMPLE_ALLOWANCES, REMOTE_ALLOWANCES
from tests.compat.test_remote import SAME
from tests.language.case import load_cases

DOCUMENT = Path(__file__).parents[2] / "docs" / "compat.md"


def test_every_allowance_is_explained() -> None:
    """docs/compat.md has a row for each name, and no others."""
    allowed = {allowance.name for allowance in (*ALLOWANCES, *EXAMPLE_ALLOWANCES, *REMOTE_ALLOWANCES)}
    allowed |= {allowance.name for case in load_cases() for allowance in case.allow}
    allowed |= {allowance.name for scenario in SAME.values() for allowance in scenario.allow}
    explained = re.findall(r"^\| `([a-z-]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(explained) == sorted(allowed)


def test_every_row_gives_a_reason() -> None:
    """No cell of its tables is empty."""
    rows = re.findall(r"^\|(.+)\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows and all(cell.strip() for row in rows for cell in row.split("|"))


def test_every_verdict_is_told() -> None:
    """Cases that the newest BuildKit refuses and we build, or the other way round, are linked, and no others."""
    linked = re.findall(r"^\| \[([a-z0-9-]+)\]\(\.\./tests/language/cases/", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    differing = [case.name for case in load_cases() if "buildkit" in {*case.refuses, *case.accepts}]
    assert sorted(linked) == sorted(differing)
