"""Tables with docker's spacing (Go's tabwriter as docker/cli sets it: cells of at least 10 columns, 3 between)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from jettison.text.cells import cell_width, pad

_MIN_CELL_COLUMNS = 10
_PADDING_COLUMNS = 3
_CONTROL_CATEGORIES = ("Cc", "Cf", "Zl", "Zp")


def render_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table with its header line; each line ends with a newline, the last column is not padded."""
    return align([headers, *rows])


def align(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in aligned columns. Control characters in cells are dropped: names come from strangers."""
    table = [[printable(cell) for cell in row] for row in rows]
    columns = max((len(row) for row in table), default=0)
    widths = [
        max(_MIN_CELL_COLUMNS, _PADDING_COLUMNS + max(cell_width(row[column]) for row in table if column < len(row)))
        for column in range(columns)
    ]
    lines = []
    for row in table:
        cells = [pad(cell, width) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append("".join([*cells, *row[-1:]]) + "\n")
    return "".join(lines)


def ellipsis(text: str, length: int) -> str:
    """``text`` cut to ``length`` characters, the last of which is then ``…``, as docker does it."""
    if len(text) <= length:
        return text
    return text[: max(length - 1, 0)] + "…" if length > 0 else ""


def printable(cell: str) -> str:
    r"""``cell`` without what could steer a terminal: tabs and newlines become spaces, other control characters go.

    Bytes that are not UTF-8 show as ``\xff``.
    """
    if cell.isprintable():
        return cell
    return "".join(map(_shown, cell))


def _shown(character: str) -> str:
    if character in "\t\n":
        return " "
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) & 0xFF:02x}"
    return "" if unicodedata.category(character) in _CONTROL_CATEGORIES else character
