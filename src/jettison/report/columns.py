"""Tables no wider than the terminal: two spaces between columns, numbers to the right, wide letters counted as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jettison.report.table import printable
from jettison.text.cells import cell_width, fit, pad

_LEAST_COLUMNS = 24
_LEAST_WORDS_COLUMNS = 16


def columned(
    rows: Sequence[Sequence[str]], columns: int, *, numbers: frozenset[str], is_wrapped: bool = False
) -> Iterator[str]:
    """Lines of rows, the first being the head; where a line is full, the last column is cut or goes on below itself.

    ``numbers`` are the heads of the columns that stand to the right.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(cell_width(row[column]) for row in cells) for column in range(len(cells[0]) - 1)]
    for row in cells:
        padded = [
            " " * (width - cell_width(cell)) + cell if head in numbers else pad(cell, width)
            for cell, width, head in zip(row[:-1], widths, cells[0], strict=False)
        ]
        start = "  ".join([*padded, ""])
        if is_wrapped and cell_width(start + row[-1]) > columns:
            yield from wrapped(row[-1], columns, start, " " * cell_width(start))
        else:
            yield cut(start + row[-1], columns)


def wrapped(text: str, columns: int, start: str = "", below: str = "") -> Iterator[str]:
    """A text on as many lines as it takes; what the first and the others begin with is given. No word is broken."""
    width = max(columns, cell_width(start) + _LEAST_WORDS_COLUMNS)
    line, has_word = start, False
    for word in printable(text).split():
        if has_word and cell_width(line) + 1 + cell_width(word) > width:
            yield line
            line, has_word = below, False
        line = f"{line} {word}" if has_word else f"{line}{word}"
        has_word = True
    yield line.rstrip()


def cut(line: str, columns: int) -> str:
    """A line that fits, with an ellipsis where something is missing."""
    return fit(printable(line), max(columns, _LEAST_COLUMNS)).rstrip()
