"""docs/dockerfile.md links every case, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.language.case import load_cases

PAGE = Path(__file__).parents[2] / "docs" / "dockerfile.md"


def test_every_case_is_linked() -> None:
    """From the construct that it is about; the links of all pages are followed by tests/architecture."""
    linked = re.findall(r"\]\(\.\./tests/language/cases/([^)/]+)\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(set(linked)) == [case.name for case in load_cases()]
