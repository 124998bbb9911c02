"""The page of a comparison: which scripts it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jettison.engine.image_diff import ImageDiff
from jettison.hints import Any
from jettison.report.diff_page.document import diff_document
from jettison.report.page.page import PageParts, whole_page

_PARTS = PageParts(
    command="diff",
    folder=Path(__file__).parent,
    lenses=("comparison", "lenses"),
    scripts=("summary", "owners", "paths", "settings", "main"),
)


def diff_page(diff: ImageDiff) -> str:
    """The HTML file of a comparison."""
    document: Mapping[str, Any] = diff_document(diff)
    return whole_page(_PARTS, f"{document['old']['name']} and {document['new']['name']}: difference", document)
