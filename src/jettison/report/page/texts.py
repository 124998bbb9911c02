"""Texts of an image as a page can hold them: readable, without what steers anything, of a bounded length."""

from __future__ import annotations

from jettison.report.page.folding import shown_name
from jettison.report.table import ellipsis, printable

_MAX_TEXT = 4_000
_MAX_FOLDERS = 64


def shown_path(path: str) -> str:
    """An image path, from the root on."""
    return "/" + "/".join(map(shown_name, path.split("/")[:_MAX_FOLDERS]))


def shown_text(text: str) -> str:
    """An instruction, a name, a value."""
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return ellipsis(printable(readable), _MAX_TEXT)
