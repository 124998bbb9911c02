"""Errors as the user sees them."""

from __future__ import annotations

from jettison.cli.parser import PROGRAM
from jettison.errors import JettisonError


def fault_text(error: JettisonError) -> str:
    """What went wrong, where, and the hint; ends with a newline. Nothing in it can steer the terminal."""
    from jettison.tui.text import safe_text

    parts = [f"{PROGRAM}: {error.message}"]
    if error.place:
        parts.append(error.place.strip("\n"))
    if error.hint:
        parts.append(f"hint: {error.hint}")
    return "".join(f"{safe_text(line)}\n" for part in parts for line in part.splitlines())
