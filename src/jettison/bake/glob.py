"""Patterns for the names of targets, as Go's ``path.Match`` has them."""

from __future__ import annotations

import re

from jettison.patterns import late_pattern

_PIECE = late_pattern(r"\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|[^*?\[\\]|\[", re.DOTALL)


def is_pattern(text: str) -> bool:
    """Whether it has wildcards."""
    return any(character in text for character in "*?[]")


def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """What a name has to look like; None where the pattern is malformed."""
    parts = []
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        if piece == "[":
            return None
        if piece in ("*", "?"):
            parts.append("[^/]*" if piece == "*" else "[^/]")
        elif match[2] is not None:
            inside = re.sub(r"([\[&~|])", r"\\\1", match[2])
            parts.append(f"[{match[1]}{inside}]")
        else:
            parts.append(re.escape(match[3] if match[3] is not None else piece))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return None
