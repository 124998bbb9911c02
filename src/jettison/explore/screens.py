"""What opens above the panes: something to read, and the question where to extract to."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from jettison.explore.explorer import Pane
from jettison.explore.keys import KEYS
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
            yield Input(".", id="folder", compact=True, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The answer."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """No answer."""
        self.dismiss(None)
