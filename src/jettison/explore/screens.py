"""What opens above the panes: something to read, lines to choose from, and the question where to extract to."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from jettison.explore.explorer import Pane
from jettison.explore.keys import KEYS
from jettison.hints import ClassVar
from jettison.tui.text import safe_text

_PANES = {None: "", Pane.LAYERS: "layers", Pane.TREE: "files"}


class TextScreen(ModalScreen[None]):
    """Something to read, as long as it may be. Any of a few keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,enter,space", "dismiss", show=False)]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._heading = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text in a box."""
        with VerticalScroll(classes="dialog wide") as box:
            box.border_title = Text(self._heading)
            box.border_subtitle = "Esc closes"
            yield Static(self._text, markup=False)


def keys_text() -> Text:
    """All keys."""
    return Text("\n".join(f"{key.shown:8} {_PANES[key.pane]:7} {key.help}" for key in KEYS))


class ChoiceScreen(ModalScreen[int | None]):
    """One of some lines, by its number; None: the user changed their mind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("j", "move('down')", show=False),
        Binding("k", "move('up')", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Text], chosen: int) -> None:
        super().__init__()
        self._heading = title
        self._lines = lines
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """The lines in a box."""
        with Vertical(classes="dialog") as box:
            box.border_title = Text(self._heading)
            box.border_subtitle = "Enter shows · Esc leaves"
            yield OptionList(*self._lines, markup=False, compact=True)

    def on_mount(self) -> None:
        """Begin at what is chosen now."""
        self.query_one(OptionList).highlighted = self._chosen

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The choice."""
        self.dismiss(event.option_index)

    def action_move(self, where: str) -> None:
        """As the arrows do."""
        options = self.query_one(OptionList)
        options.action_cursor_up() if where == "up" else options.action_cursor_down()

    def action_leave(self) -> None:
        """No choice."""
        self.dismiss(None)


class ExtractScreen(ModalScreen[str | None]):
    """Asks for the folder; None: the user changed their mind."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        """A question and a line to answer it."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Extract"
            box.border_subtitle = "Enter extracts · Esc leaves"
            yield Label(f"/{safe_text(self._path)}", markup=False)
            yield Label("into the folder, which exists; nothing in it is overwritten:", classes="dim", markup=False)
            yield Input(".", id="folder", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The answer."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """No answer."""
        self.dismiss(None)
