"""Plots as SVG, drawn by hand: log-log panels that are legible on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 460, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 40, 84
_COLOURS = ("#2f81f7", "#d18616", "#3fa34d", "#c2528b", "#8b6cd9", "#0f9d9d", "#a05a2c", "#7d8590")
"""Of middle lightness, so that they show on white and on black."""
_DASHES = ("", "5 3", "2 2", "7 2 2 2")
_LEGEND_COLUMNS = 2
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.grid { stroke: #8c959f; stroke-opacity: .28 }
.line { fill: none; stroke-width: 2 }
.guide { stroke: #8c959f; stroke-dasharray: 1 4; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: points by growing x; all figures are greater than 0."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]


def draw(panels: Sequence[Panel]) -> str:
    """The panels, two in a row. A dotted guide shows what grows linearly."""
    columns = min(2, max(1, len(panels)))
    rows = max(1, math.ceil(len(panels) / columns))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * _WIDTH} {rows * _HEIGHT}" role="img">',
        f"<title>{escape('; '.join(panel.title for panel in panels))}</title>",
        f"<style>{_STYLE}</style>",
    ]
    for number, panel in enumerate(panels):
        x, y = number % columns * _WIDTH, number // columns * _HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """A logarithmic axis from one power of ten to another."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        low = math.floor(math.log10(min(values)))
        high = max(low + 1, math.ceil(math.log10(max(values))))
        return cls(low=low, high=high, start=start, end=end)

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        return (10.0**power for power in range(self.low, self.high + 1))


def _panel(panel: Panel) -> Iterator[str]:
    points = [point for line in panel.lines for point in line.points]
    x_axis = _Axis.over([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    y_axis = _Axis.over([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    yield f'<text class="title" x="{_LEFT}" y="22">{escape(panel.title)}</text>'
    yield from _grid(panel, x_axis, y_axis)
    yield _guide(panel.lines[0], x_axis, y_axis)
    for number, line in enumerate(panel.lines):
        yield from _line(line, number, x_axis, y_axis)


def _grid(panel: Panel, x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    for value in x_axis.ticks():
        x = x_axis.place(value)
        yield f'<path class="grid" d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
        anchor = "end" if x == x_axis.end else "middle"
        yield f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">{_figure(value)}</text>'
    for value in y_axis.ticks():
        y = y_axis.place(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{_figure(value)}</text>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield f'<text x="{middle}" y="{_HEIGHT - _BOTTOM + 32}" text-anchor="middle">{escape(panel.x_label)}</text>'
    height = (_TOP + _HEIGHT - _BOTTOM) / 2
    label = f'<text transform="translate(14 {height}) rotate(-90)" text-anchor="middle">'
    yield f"{label}{escape(panel.y_label)}</text>"


def _guide(line: Line, x_axis: _Axis, y_axis: _Axis) -> str:
    """What grows linearly and ends where the line does, as far as the panel goes."""
    x, y = line.points[-1]
    per_piece = y / x
    first = max(10.0**x_axis.low, 10.0**y_axis.low / per_piece)
    last = min(10.0**x_axis.high, 10.0**y_axis.high / per_piece)
    start = f"{x_axis.place(first)} {y_axis.place(first * per_piece)}"
    return f'<path class="guide" d="M{start}L{x_axis.place(last)} {y_axis.place(last * per_piece)}"/>'


def _line(line: Line, number: int, x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in line.points]
    path = "L".join(f"{x} {y}" for x, y in places)
    yield f'<path class="line" stroke="{colour}" stroke-dasharray="{dash}" d="M{path}"/>'
    for (x, y), (point, figure) in zip(places, line.points, strict=True):
        tip = f"{line.name}, {point:,.0f}: {figure:.3g}"
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"><title>{escape(tip)}</title></circle>'
    x = _LEFT + number % _LEGEND_COLUMNS * (_WIDTH - _LEFT - _RIGHT) / _LEGEND_COLUMNS
    y = _HEIGHT - _BOTTOM + 50 + number // _LEGEND_COLUMNS * 15
    yield f'<path class="line" stroke="{colour}" stroke-dasharray="{dash}" d="M{x} {y - 4}h18"/>'
    yield f'<text x="{x + 24}" y="{y}">{escape(line.name)}</text>'


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
