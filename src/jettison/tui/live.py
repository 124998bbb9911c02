"""The live display on a terminal (``--progress tty``).

Each frame is one write, lines are overwritten and not erased first, and the whole is a synchronized update where the
terminal knows that, so nothing flickers. The cursor is hidden meanwhile and always given back by :meth:`close`. It
rests at the start of a line: there, the ``^C`` that a terminal echoes cannot wrap and put the next frame one line off.
"""

from __future__ import annotations

from collections.abc import Callable

from jettison.solve.events import BuildStarted, Event, Notice, VertexFinished
from jettison.text.cells import cell_width
from jettison.tui.board import Board
from jettison.tui.frame import Line, Palette, finished_line, frame, header
from jettison.tui.text import safe_text

_HIDE_CURSOR = "\x1b[?25l"
_SHOW_CURSOR = "\x1b[?25h"
_BEGIN_UPDATE = "\x1b[?2026h"
_END_UPDATE = "\x1b[?2026l"
_ERASE_LINE_RIGHT = "\x1b[K"
_ERASE_BELOW = "\x1b[J"


class LiveDisplay:
    """Finished steps scroll up once; below them the running ones are redrawn at every tick."""

    def __init__(
        self,
        write: Callable[[str], object],
        size: Callable[[], tuple[int, int]],
        palette: Palette,
        verb: str = "Building",
    ) -> None:
        """``size`` gives the columns and rows that the terminal has now; ``verb`` is what the header says."""
        self._write = write
        self._size = size
        self._palette = palette
        self._board = Board(verb)
        self._finished: list[int] = []
        self._remarks: list[str] = []
        self._drawn: list[Line] = []
        self._drawing = False

    def feed(self, event: Event) -> None:
        """Take in an event; it is seen at the next tick."""
        self._board.apply(event)
        match event:
            case BuildStarted():
                if self._board.isolation:
                    self._remarks.append(f"isolation: {self._board.isolation}")
            case VertexFinished():
                self._finished.append(event.number)
            case Notice():
                place = f" ({event.location})" if event.location else ""
                self._remarks.append(f"note: {safe_text(event.message + place)}")
            case _:
                pass

    def tick(self, now: float) -> None:
        """Draw the state of this moment."""
        if self._board.started is None or self._board.finished is not None:
            return
        columns, rows = self._size()
        self._draw(frame(self._board, now, columns, rows - 1, self._palette), columns)

    def close(self, now: float) -> None:
        """Leave the finished steps and one line about the whole; give the cursor back."""
        if self._board.started is None:
            return
        columns, _ = self._size()
        self._draw([header(self._board, now, columns, self._palette)], columns)
        outcome = f"{self._board.outcome}\r\n" if self._board.outcome else ""
        self._write(f"\r\n{outcome}{_SHOW_CURSOR}")
        self._drawing = False

    def _draw(self, lines: list[Line], columns: int) -> None:
        lasting = self._take_lasting_lines(columns)
        if lasting or lines != self._drawn:
            opening = _BEGIN_UPDATE + ("" if self._drawing else _HIDE_CURSOR)
            self._drawing = True
            body = f"{_ERASE_LINE_RIGHT}\r\n".join(line.text for line in (*lasting, *lines))
            back = self._way_back(columns)
            self._write(f"{opening}{back}{body}{_ERASE_LINE_RIGHT}{_ERASE_BELOW}\r{_END_UPDATE}")
            self._drawn = lines

    def _take_lasting_lines(self, columns: int) -> list[Line]:
        remarks = [Line(text, cell_width(text)) for text in self._remarks]
        finished = [finished_line(self._board.steps[number], columns, self._palette) for number in self._finished]
        self._remarks.clear()
        self._finished.clear()
        return remarks + finished

    def _way_back(self, columns: int) -> str:
        """To the first column of the first line of the last frame, which a narrowed terminal may have wrapped."""
        if not self._drawn:
            return "\r"
        height = sum(max(1, -(-line.columns // columns)) for line in self._drawn)
        return f"\r\x1b[{height - 1}A" if height > 1 else "\r"
