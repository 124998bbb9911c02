"""Edits on a text."""

from __future__ import annotations

from jettison.dockerfile.parser import parse_dockerfile
from jettison.lint.fixes import apply_fixes
from jettison.lint.model import Applicability, Edit, Finding, Fix, Violation
from jettison.lint.registry import RULES
from jettison.text.span import Source, Span

TEXT = "FROM scratch\n0123456789\n"
SOURCE = Source(TEXT, "Dockerfile")
(NODE, *_) = parse_dockerfile(TEXT).instructions
ZERO = TEXT.index("0")


def finding(*edits: tuple[int, int, str], applicability: Applicability = Applicability.SAFE) -> Finding:
    """A finding whose fix edits the digits."""
    made = tuple(Edit(Span(SOURCE, ZERO + first, ZERO + last), text) for first, last, text in edits)
    fix = Fix(title="x", applicability=applicability, edits=made)
    return Finding(rule=RULES[0], violation=Violation(node=NODE, span=made[0].span, message="m", fix=fix))


def digits(*findings: Finding, allowed: tuple[Applicability, ...] = (Applicability.SAFE,)) -> tuple[str, int]:
    """What becomes of the digits, and how many fixes were made."""
    fixed = apply_fixes(TEXT, findings, allowed)
    return fixed.text.removeprefix("FROM scratch\n").rstrip("\n"), len(fixed.made)


def test_edits_in_any_order() -> None:
    """Every place is that of the old text."""
    assert digits(finding((8, 10, "")), finding((0, 1, "abc"), (4, 5, "-"))) == ("abc123-567", 2)


def test_fixes_that_touch() -> None:
    """The first one in the text is made; the other one with all of its edits waits."""
    assert digits(finding((3, 5, "x"), (9, 10, "y")), finding((1, 4, "z"))) == ("0z456789", 1)
    assert digits(finding((2, 2, "a")), finding((2, 2, "b"))) == ("01a23456789", 1)


def test_the_same_edit_twice() -> None:
    """Is made once and mends both."""
    assert digits(finding((2, 3, "x")), finding((2, 3, "x"))) == ("01x3456789", 2)


def test_only_what_is_allowed() -> None:
    """Fixes that are only shown are never made by accident."""
    unsafe = finding((0, 1, "u"), applicability=Applicability.UNSAFE)
    shown = finding((5, 6, "d"), applicability=Applicability.DISPLAY)
    assert digits(unsafe, shown) == ("0123456789", 0)
    assert digits(unsafe, shown, allowed=(Applicability.SAFE, Applicability.UNSAFE)) == ("u123456789", 1)
