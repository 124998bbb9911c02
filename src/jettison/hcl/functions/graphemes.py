"""Characters as people see them: what functions on texts count (the common cases of Unicode Standard Annex 29)."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_EXTENDING = frozenset({"Mn", "Me", "Mc"})


def graphemes(text: str) -> list[str]:
    """The characters, each with the marks and joined pictures that belong to it."""
    if text.isascii() and "\r\n" not in text:
        return list(text)
    found: list[str] = []
    for character in text:
        if found and _belongs(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _belongs(before: str, character: str) -> bool:
    last = before[-1]
    if last == "\r" and character == "\n":
        return True
    if last in "\r\n":
        return False
    if character == _JOINER or unicodedata.category(character) in _EXTENDING or 0x1F3FB <= ord(character) <= 0x1F3FF:
        return True
    if last == _JOINER:
        return ord(character) > 0xFF
    return len(before) == 1 and all(0x1F1E6 <= ord(each) <= 0x1F1FF for each in (last, character))
