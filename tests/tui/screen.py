"""A terminal in memory: just what the live display needs, and an error for anything else."""

from __future__ import annotations

import re
import unicodedata

_SEQUENCE = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])")


class Screen:
    """Lines that grow downwards, a cursor, and whether it is seen. Writing past the last column is an error."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self._cells: list[list[str]] = [[]]
        self.row = 0
        self.column = 0
        self.cursor_visible = True
        self.colours: set[str] = set()
        self.writes = 0

    def write(self, text: str) -> None:
        """Take what a program writes."""
        self.writes += 1
        place = 0
        while place < len(text):
            match = _SEQUENCE.match(text, place)
            if match:
                self._control(match[1], match[2], match[3])
                place = match.end()
            else:
                self._put(text[place])
                place += 1

    @property
    def top(self) -> int:
        """The first line that is still on the screen."""
        return max(0, len(self._cells) - self.rows)

    def text(self) -> list[str]:
        """All lines, those that scrolled away too."""
        return ["".join(cells).rstrip() for cells in self._cells]

    def _put(self, character: str) -> None:
        if character == "\n":
            self.row += 1
            if self.row == len(self._cells):
                self._cells.append([])
            self.column = 0
        elif character == "\r":
            self.column = 0
        else:
            assert character >= " ", "an unknown sequence or a control character"
            width = 0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
            assert self.column + width <= self.columns, f"past the margin: {self.text()[self.row]!r}"
            cells = self._cells[self.row]
            cells += [" "] * (self.column + width - len(cells))
            if width:
                cells[self.column : self.column + width] = [character] + [""] * (width - 1)
            elif self.column:
                cells[self.column - 1] += character
            self.column += width

    def _control(self, private: str, arguments: str, final: str) -> None:
        match (private, final):
            case ("?", "h" | "l"):
                if arguments == "25":
                    self.cursor_visible = final == "h"
                else:
                    assert arguments == "2026"
            case ("", "A"):
                self.row -= int(arguments)
                assert self.row >= self.top, "the display went above the screen"
            case ("", "K"):
                del self._cells[self.row][self.column :]
            case ("", "J"):
                del self._cells[self.row][self.column :]
                del self._cells[self.row + 1 :]
            case ("", "m"):
                self.colours.add(arguments)
            case _:
                raise AssertionError(f"unknown sequence {private}{arguments}{final}")
