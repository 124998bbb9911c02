"""How wide a text is on a terminal, where Chinese letters take two columns and accents none; cut and filled by that."""

from __future__ import annotations

import unicodedata


def cell_width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def fit(text: str, columns: int) -> str:
    """``text`` cut to ``columns``, with an ellipsis where something is missing."""
    if columns <= 0:
        return ""
    if cell_width(text) <= columns:
        return text
    kept, width = [], 0
    for character in text:
        width += _character_width(character)
        if width > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def pad(text: str, columns: int) -> str:
    """``text`` cut or filled with spaces to exactly ``columns``."""
    text = fit(text, columns)
    return text + " " * (columns - cell_width(text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200b\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
