"""The terminal application: panes around an :class:`Explorer`, keys to its commands. Needs ``textual``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal, TypeVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Resize
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from jettison.errors import JettisonError
from jettison.explore.commands import COMMANDS
from jettison.explore.explorer import Explorer, Pane
from jettison.explore.keys import KEY_NAMES, command_of
from jettison.explore.pieces import (
    GLIMPSE,
    Line,
    cause_lines,
    cut,
    entry_lines,
    image_details,
    keys_line,
    shown,
    step_details,
    step_line,
    step_title,
    tree_line,
    tree_title,
)
from jettison.explore.rows_pane import STYLES, RowsPane
from jettison.explore.screens import ChoiceScreen, ExtractScreen, TextScreen, keys_text
from jettison.tui.text import safe_text

Extract = Callable[[str, int, str], str]
"""Writes a path, as it was after a layer, into a folder of this machine; says what it did. Raises JettisonError."""

WidgetType = TypeVar("WidgetType", bound=Widget)

_SEARCH_PAUSE_SECONDS = 0.15
_LOW = 16
"""Terminals with fewer lines show the two lists alone."""
_EXTRACT = "extract"


class ExploreApp(App[None]):
    """The application: one screen, the others above it."""

    TITLE = "jettison explore"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]
    CSS = """
    Screen { layout: vertical; }
    #left { width: 40%; max-width: 70; }
    #right { width: 1fr; }
    .pane { border: round ansi_bright_black; border-title-style: none; }
    .pane, .dialog, OptionList { scrollbar-size: 1 1;
        scrollbar-color: ansi_bright_black; scrollbar-background: ansi_default; scrollbar-color-hover: ansi_cyan;
        scrollbar-background-hover: ansi_default; scrollbar-color-active: ansi_cyan;
        scrollbar-background-active: ansi_default; }
    .pane:focus, .pane:focus-within { border: round ansi_cyan; border-title-style: bold; }
    #layers { height: 3fr; min-height: 4; }
    #details { height: 2fr; padding: 0 1; }
    #image { height: 2fr; min-height: 7; padding: 0 1; scrollbar-gutter: stable; }
    #tree { height: 1fr; }
    #layers, #tree { overflow-x: hidden; }
    #entry { height: 2; padding: 0 1; }
    .low #details, .low #image, .low #entry { display: none; }
    #filter { height: 1; padding: 0 1; display: none; }
    #filter.open { display: block; }
    #keys { height: 1; padding: 0 1; }
    ModalScreen { align: center middle; }
    .dialog { width: 64; max-width: 96%; height: auto; max-height: 90%; border: round ansi_cyan; padding: 0 1; }
    .dialog.wide { width: 92; }
    OptionList { height: auto; max-height: 20; border: none; padding: 0; background: ansi_default; }
    .dim { text-style: dim; }
    """

    def __init__(self, explorer: Explorer, extract: Extract) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self._explorer = explorer
        self._extract = extract

    async def action_quit(self) -> None:
        """Leave, once what is being extracted is whole."""
        working = [worker for worker in self.workers if worker.name == _EXTRACT]
        if working:
            self.notify("finishing what is being extracted", markup=False)
            await self.workers.wait_for_complete(working)
        self.exit()

    def get_default_screen(self) -> Screen[None]:
        """The panes."""
        return PanesScreen(self._explorer, self._extract)


class PanesScreen(Screen[None], inherit_bindings=False):
    """Two panes: the layers with their details on the left, the tree on the right."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(name, f"press('{name}')") for name in KEY_NAMES),
        Binding("escape", "end_search"),
    ]
    AUTO_FOCUS = "#layers"

    def __init__(self, explorer: Explorer, extract: Extract) -> None:
        super().__init__()
        self._explorer = explorer
        self._extract = extract
        self._pause: Timer | None = None
        self._layers = RowsPane(lambda row, width: step_line(explorer, row, width), id="layers")
        self._tree = RowsPane(lambda row, width: tree_line(explorer, row, width), id="tree")
        self._details = Static(markup=False)
        self._image = Static(markup=False)
        self._entry = Static(id="entry", markup=False)
        self._keys = Static(id="keys", markup=False)
        self._filter = Input(id="filter", compact=True, placeholder="filter: a regular expression or any text")

    def compose(self) -> ComposeResult:
        """The panes."""
        with Horizontal():
            with Vertical(id="left"):
                yield _titled(self._layers, "Layers")
                yield _titled(VerticalScroll(self._details, id="details", can_focus=False), "Layer")
                yield _titled(VerticalScroll(self._image, id="image", can_focus=False), "Image")
            with Vertical(id="right"):
                yield _titled(self._tree, "Files")
                yield self._entry
        yield self._filter
        yield self._keys

    def on_mount(self) -> None:
        """Fill the panes."""
        self.query_one("#image").border_title = Text(f"Image {shown(self._explorer.name)}")
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Lines are cut to the width; where there is no room for everything, there is room for layers and files."""
        self.set_class(event.size.height < _LOW, "low")
        self.call_after_refresh(self._show_image)
        self.call_after_refresh(self._show_below)

    def action_press(self, name: str) -> None:
        """A key was pressed; while the filter is typed, few are commands."""
        explorer = self._explorer
        command = command_of(name, explorer.view.pane)
        if self.focused is self._filter and command not in ("quit", "switch", "down"):
            return
        if command == "quit":
            self.run_worker(self.app.action_quit())
        elif command == "help":
            self.app.push_screen(TextScreen("Keys", keys_text()))
        elif command == "read":
            self.app.push_screen(TextScreen(step_title(explorer), _text(step_details(explorer))))
        elif command == "search":
            self._filter.add_class("open")
            self._filter.focus()
        elif command == "causes":
            self._ask_cause()
        elif command == "extract":
            self._ask_extract()
        elif command is not None:
            pane = self._layers if explorer.view.pane is Pane.LAYERS else self._tree
            if self.focused is self._filter:
                explorer.focus(Pane.TREE)
            else:
                COMMANDS[command](explorer, pane.page)
            self._show()

    def on_rows_pane_chosen(self, event: RowsPane.Chosen) -> None:
        """A row was clicked; clicking the chosen folder opens or closes it."""
        explorer = self._explorer
        if event.pane is self._layers:
            explorer.focus(Pane.LAYERS)
            explorer.choose_step(event.row)
        else:
            explorer.focus(Pane.TREE)
            explorer.choose_row(event.row)
            if event.again:
                explorer.toggle_fold()
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search when the user pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_SEARCH_PAUSE_SECONDS, self._search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter, and go to what it found."""
        self._search()
        self._explorer.focus(Pane.TREE)
        self._show()

    def action_end_search(self) -> None:
        """Show all paths again."""
        self._filter.value = ""
        self._filter.remove_class("open")
        self._search()
        self._show()

    def _search(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        self._explorer.search(self._filter.value)
        self._refresh()

    def _ask_cause(self) -> None:
        explorer = self._explorer
        names, lines = zip(*cause_lines(explorer), strict=True)

        def answer(number: int | None) -> None:
            if number is not None:
                explorer.show_cause(names[number])
                self._show()

        chosen = names.index(explorer.view.cause)
        self.app.push_screen(ChoiceScreen("Show", [_text([line]) for line in lines], chosen), answer)

    def _ask_extract(self) -> None:
        path = self._explorer.selected
        if path is None:
            return
        height = self._explorer.comparison.height(path)

        def answer(folder: str | None) -> None:
            if folder:
                self.run_worker(lambda: self._do_extract(path, height, folder), name=_EXTRACT, thread=True)

        self.app.push_screen(ExtractScreen(path), answer)

    def _do_extract(self, path: str, height: int, folder: str) -> None:
        """In a thread of its own: contents may have to be fetched."""
        severity: Literal["information", "error"] = "information"
        try:
            told = self._extract(path, height, folder)
        except JettisonError as error:
            told, severity = "\n".join(filter(None, (error.message, error.hint))), "error"
        lines = "\n".join(safe_text(line) for line in told.splitlines())
        self.app.call_from_thread(self.notify, lines, severity=severity, markup=False)

    def _show(self) -> None:
        """Draw what the explorer has, and put the focus where it says."""
        self._refresh()
        (self._layers if self._explorer.view.pane is Pane.LAYERS else self._tree).focus()

    def _refresh(self) -> None:
        explorer = self._explorer
        view = explorer.view
        self._layers.refresh_rows(len(explorer.steps), view.step)
        self._tree.refresh_rows(len(explorer.rows), view.row)
        self._tree.border_title = Text(tree_title(explorer))  # as it is, not as markup
        self.query_one("#details").border_title = Text(step_title(explorer))
        self._details.update(_text(step_details(explorer, GLIMPSE)))
        self._show_below()

    def _show_image(self) -> None:
        self._image.update(_text(image_details(self._explorer, _columns(self._image))))

    def _show_below(self) -> None:
        """Draw what is cut to the width of the screen."""
        explorer = self._explorer
        self._entry.update(_text(cut(line, _columns(self._entry)) for line in entry_lines(explorer)))
        self._keys.update(_text([keys_line(explorer, _columns(self._keys))]))


def _columns(widget: Widget) -> int:
    return max(widget.content_region.width, 1)


def _titled(widget: WidgetType, title: str) -> WidgetType:
    widget.border_title = title
    widget.add_class("pane")
    return widget


def _text(lines: Iterable[Line]) -> Text:
    """Lines that are wrapped only where they do not fit."""
    return Text("\n").join(Text.assemble(*((text, STYLES[role]) for text, role in line)) for line in lines)
