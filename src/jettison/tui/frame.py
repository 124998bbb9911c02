"""The live display as pure drawing: a board, a time and a size in, lines out.

Two kinds of lines: those of finished steps, which are printed once and scroll away, and the frame below them, which is
drawn again and again: a header and one line a running step.
"""

from __future__ import annotations

from jettison.frozen import dataclass
from jettison.report.units import human_size
from jettison.text.cells import cell_width, fit, pad
from jettison.tui.board import Board, Part, Step
from jettison.tuples import NamedTuple

MIN_COLUMNS_FOR_OUTPUT_BESIDE = 72
"""In narrower terminals the newest output goes below its step."""

_BULLET = " => "
_SUB_BULLET = " => => "
_BAR_COLUMNS = 24
_MIN_COLUMNS = 10


class Line(NamedTuple):
    """One line ready for the terminal."""

    text: str
    """With its colours."""
    columns: int
    """The columns that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Control sequences that colour a text; all empty where no colour is wanted."""

    bold: str = ""
    dim: str = ""
    done: str = ""
    cached: str = ""
    failed: str = ""
    reset: str = ""


COLOURS = Palette(
    bold="\x1b[1m", dim="\x1b[2m", done="\x1b[32m", cached="\x1b[36m", failed="\x1b[1;31m", reset="\x1b[0m"
)
NO_COLOURS = Palette()


def finished_line(step: Step, columns: int, palette: Palette) -> Line:
    """The line that stays of a step that is over."""
    if step.cancelled:
        word, colour = "CANCELED ", palette.dim
    elif step.error is not None:
        word, colour = "ERROR ", palette.failed
    elif step.cached:
        word, colour = "CACHED ", palette.cached
    else:
        word, colour = "", palette.done
    seconds = 0.0 if step.cached else step.seconds(0.0)
    return _row(f"{_BULLET}{word}{step.name}", f"{seconds:.1f}s", columns, colour, palette)


def frame(board: Board, now: float, columns: int, rows: int, palette: Palette) -> list[Line]:
    """The header and the running steps, at most ``rows`` lines."""
    columns, rows = max(columns, _MIN_COLUMNS), max(rows, 1)
    running = board.running()
    lines = [header(board, now, columns, palette)]
    room = rows - 1
    shown = running if len(running) <= room else running[: max(room - 1, 0)]
    spare = room - len(shown) - (len(shown) < len(running))
    for step in shown:
        details = _details(step, columns, palette)[: max(spare, 0)]
        spare -= len(details)
        lines += [_running_line(step, now, columns, palette), *details]
    if len(shown) < len(running) and room:
        lines.append(_plain_row(f"{_BULLET}… {len(running) - len(shown)} more running", columns, palette.dim, palette))
    return lines


def header(board: Board, now: float, columns: int, palette: Palette) -> Line:
    """``[+] Building 12.3s (8/12)``, and in the end how it ended."""
    text = f"[+] {board.verb} {board.seconds(now):.1f}s ({board.count_finished()}/{len(board.steps)})"
    if board.finished is not None:
        text += " FINISHED" if board.error is None else " FAILED"
    return _plain_row(text, columns, palette.bold if board.error is None else palette.failed, palette)


def _running_line(step: Step, now: float, columns: int, palette: Palette) -> Line:
    time = f"{step.seconds(now):.1f}s"
    output = step.newest_output() if columns >= MIN_COLUMNS_FOR_OUTPUT_BESIDE else ""
    if not output:
        return _row(_BULLET + step.name, time, columns, palette.bold, palette)
    room = columns - len(time) - 2
    name = fit(_BULLET + step.name, max(room * 55 // 100, 20))
    output = pad("  " + output, room - cell_width(name))
    text = f"{palette.bold}{name}{palette.reset}{palette.dim}{output}{palette.reset}  {time}"
    return Line(text, columns)


def _details(step: Step, columns: int, palette: Palette) -> list[Line]:
    lines = [_part_line(part, columns, palette) for part in step.parts.values() if not part.done]
    output = step.newest_output() if columns < MIN_COLUMNS_FOR_OUTPUT_BESIDE else ""
    if output:
        lines.append(_plain_row(f"{_SUB_BULLET}# {output}", columns, palette.dim, palette))
    return lines


def _part_line(part: Part, columns: int, palette: Palette) -> Line:
    if part.total is None:
        amount = human_size(part.current) if part.current else ""
        return _row(_SUB_BULLET + part.name, amount, columns, palette.dim, palette)
    amount = f"{human_size(part.current)} / {human_size(part.total)}"
    bar_room = columns - len(_SUB_BULLET) - cell_width(part.name) - len(amount) - 6
    if bar_room >= 8:
        bar = _bar(part, min(bar_room, _BAR_COLUMNS))
        amount = f"{bar} {amount:>19}" if bar_room >= _BAR_COLUMNS + 19 - len(amount) else f"{bar} {amount}"
    return _row(_SUB_BULLET + part.name, amount, columns, palette.dim, palette)


def _bar(part: Part, columns: int) -> str:
    inner = columns - 2
    filled = inner if not part.total else min(inner, part.current * inner // part.total)
    head = ">" if 0 < filled < inner else ""
    return f"[{('=' * (filled - len(head))) + head:<{inner}}]"


def _row(left: str, right: str, columns: int, colour: str, palette: Palette) -> Line:
    """``left``, cut where needed, and ``right`` at the right margin."""
    room = columns - len(right) - 1
    if room < len(_BULLET) + 4:
        return _plain_row(left, columns, colour, palette)
    return Line(f"{colour}{pad(left, room)}{palette.reset if colour else ''} {right}", columns)


def _plain_row(text: str, columns: int, colour: str, palette: Palette) -> Line:
    text = fit(text, columns)
    return Line(f"{colour}{text}{palette.reset if colour else ''}", cell_width(text))
