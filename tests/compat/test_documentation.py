"""Every difference that the tests allow is explained, and nothing is explained that they do not allow."""

from __future__ import annotations

import re
from pathlib import Path

from tests.compat.known import ALLOWANCES, EXAMPLE_ALLOWANCES, REMOTE_ALLOWANCES
from tests.language.case import load_cases

DOCUMENT = Path(__file__).parents[2] / "docs" / "compat.md"


def test_every_allowance_is_explained() -> None:
    """docs/compat.md has a row for each name, and no others."""
    allowed = {allowance.name for allowance in (*ALLOWANCES, *EXAMPLE_ALLOWANCES, *REMOTE_ALLOWANCES)}
    allowed |= {allowance.name for case in load_cases() for allowance in case.allow}
    explained = re.findall(r"^\| `([a-z-]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(explained) == sorted(allowed)
