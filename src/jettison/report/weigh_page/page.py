"""The page of a weight: which scripts it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jettison.hints import Any
from jettison.report.page.page import PageParts, whole_page

_PARTS = PageParts(
    command="weigh",
    folder=Path(__file__).parent,
    lenses=("image", "lenses"),
    scripts=("instructions", "dockerfile", "layers", "findings", "main"),
)


def weigh_page(document: Mapping[str, Any]) -> str:
    """The HTML file of a document that :mod:`jettison.report.weigh_page.document` made."""
    return whole_page(_PARTS, f"{document['name']}: weight", document)
