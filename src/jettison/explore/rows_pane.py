"""A pane of rows with a chosen one: only the rows that are on the screen are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from jettison.explore.pieces import Line, Role

STYLES: Mapping[Role, Style] = {
    Role.PLAIN: Style(),
    Role.DIM: Style(dim=True),
    Role.STRONG: Style(bold=True),
    Role.ADDED: Style(color="green"),
    Role.REMOVED: Style(color="red"),
    Role.MODIFIED: Style(color="yellow"),
    Role.WASTE: Style(color="magenta"),
    Role.KEY: Style(color="cyan"),
}
"""The sixteen colours that every terminal has in shades that suit it."""

_CHOSEN = Style(reverse=True)
_CHOSEN_ELSEWHERE = Style(bold=True)


class RowsPane(ScrollView, can_focus=True, inherit_bindings=False):
    """``make_line`` gives a row, so many columns wide; ``refresh_rows`` says how many there are and which is chosen."""

    class Chosen(Message):
        """A row was clicked at a column; ``again``: it was the chosen one already."""

        def __init__(self, pane: RowsPane, row: int, *, again: bool) -> None:
            super().__init__()
            self.pane = pane
            self.row = row
            self.again = again

    def __init__(self, make_line: Callable[[int, int], Line], *, id: str) -> None:
        super().__init__(id=id)
        self._make_line = make_line
        self._count = 0
        self._row = 0

    @property
    def page(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.scrollable_content_region.height)

    def refresh_rows(self, count: int, row: int) -> None:
        """Draw again, with the chosen row in sight."""
        self._count = count
        self._row = row
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        self._show_row()
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        """Keep the chosen row in sight."""
        self.virtual_size = Size(self.scrollable_content_region.width, self._count)
        self._show_row()

    def on_click(self, event: Click) -> None:
        """Choose the row below the pointer."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = self.scroll_offset.y + offset.y
        if row < self._count:
            self.post_message(self.Chosen(self, row, again=row == self._row))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y
        if row >= self._count:
            return Strip.blank(width, self.rich_style)
        base = self.rich_style
        styles = STYLES
        if row == self._row:
            base += _CHOSEN if self.has_focus else _CHOSEN_ELSEWHERE
            styles = {} if self.has_focus else STYLES
        segments = [Segment(text, base + styles.get(role, Style())) for text, role in self._make_line(row, width)]
        return Strip(segments).adjust_cell_length(width, base)

    def _show_row(self) -> None:
        if self._count:
            self.scroll_to_region(Region(0, self._row, 1, 1), animate=False, force=True, x_axis=False)
