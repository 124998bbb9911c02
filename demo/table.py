"""Numbers as people read them, and a table of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_UNITS = ("B", "kB", "MB", "GB")


def human_bytes(size: int) -> str:
    """Three digits and a decimal unit, as docker prints sizes."""
    value = float(size)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"


def human_ratio(larger: int, smaller: int) -> str:
    """How many times as large: two digits where it is little."""
    ratio = larger / smaller
    return f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.1f} x"


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Columns as wide as their content; the first ``left`` ones are flush left, numbers flush right."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
