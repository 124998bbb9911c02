"""The keys, as dive's users know them. Pure."""

from __future__ import annotations

from jettison.explore.explorer import Pane
from jettison.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A command, and the keys that it hears."""

    command: str
    keys: tuple[str, ...]
    """As the terminal library names them."""
    shown: str
    label: str
    """For the line at the bottom; empty: not there."""
    help: str
    pane: Pane | None = None
    """None: in both."""


KEYS = (
    Key(
        command="added",
        keys=("ctrl+a", "a"),
        shown="^A",
        label="added",
        help="show or hide what was added",
        pane=Pane.TREE,
    ),
    Key(
        command="removed",
        keys=("ctrl+r", "r"),
        shown="^R",
        label="removed",
        help="show or hide what was removed",
        pane=Pane.TREE,
    ),
    Key(
        command="modified",
        keys=("ctrl+m", "enter", "m"),
        shown="^M",
        label="modified",
        help="show or hide what was modified; Enter is the same key",
        pane=Pane.TREE,
    ),
    Key(
        command="unmodified",
        keys=("ctrl+u",),
        shown="^U",
        label="unmodified",
        help="show or hide what was not modified",
        pane=Pane.TREE,
    ),
    Key(
        command="aggregated",
        keys=("ctrl+a",),
        shown="^A",
        label="all changes",
        help="show all changes since the lowest layer",
        pane=Pane.LAYERS,
    ),
    Key(
        command="layer_only",
        keys=("ctrl+l",),
        shown="^L",
        label="this layer",
        help="show the changes of the layer alone",
        pane=Pane.LAYERS,
    ),
    Key(
        command="search",
        keys=("ctrl+f", "slash"),
        shown="^F",
        label="filter",
        help="show only paths that match; Esc ends it",
    ),
    Key(
        command="causes",
        keys=("ctrl+w", "w"),
        shown="^W",
        label="waste",
        help="show only what is wasted, by its cause",
    ),
    Key(command="switch", keys=("tab", "shift+tab"), shown="Tab", label="switch", help="go to the other pane"),
    Key(command="fold", keys=("space",), shown="Space", label="fold", help="open or close the folder", pane=Pane.TREE),
    Key(
        command="all_steps",
        keys=("i",),
        shown="I",
        label="all steps",
        help="show instructions that made no layer, too",
        pane=Pane.LAYERS,
    ),
    Key(
        command="read",
        keys=("enter", "ctrl+m"),
        shown="Enter",
        label="read",
        help="show the command of the layer in full",
        pane=Pane.LAYERS,
    ),
    Key(
        command="extract",
        keys=("ctrl+e",),
        shown="^E",
        label="extract",
        help="write the file or folder to disk",
        pane=Pane.TREE,
    ),
    Key(
        command="by_size",
        keys=("ctrl+o", "s"),
        shown="^O",
        label="by size",
        help="the largest first, or by name",
        pane=Pane.TREE,
    ),
    Key(
        command="attributes",
        keys=("ctrl+b", "b"),
        shown="^B",
        label="attributes",
        help="show or hide mode, owner and time",
        pane=Pane.TREE,
    ),
    Key(
        command="fold_all",
        keys=("ctrl+@", "ctrl+at", "ctrl+space", "o"),
        shown="^Space",
        label="fold all",
        help="close all folders, or open them all",
        pane=Pane.TREE,
    ),
    Key(command="up", keys=("up", "k"), shown="↑ K", label="", help="up"),
    Key(command="down", keys=("down", "j"), shown="↓ J", label="", help="down"),
    Key(
        command="left",
        keys=("left", "h"),
        shown="← H",
        label="",
        help="close the folder, or go to the one above",
        pane=Pane.TREE,
    ),
    Key(
        command="right",
        keys=("right", "l"),
        shown="→ L",
        label="",
        help="open the folder, or go into it",
        pane=Pane.TREE,
    ),
    Key(command="page_up", keys=("pageup", "u"), shown="PgUp U", label="", help="a page up"),
    Key(command="page_down", keys=("pagedown", "d"), shown="PgDn D", label="", help="a page down"),
    Key(command="first", keys=("home", "g"), shown="Home G", label="", help="to the first row"),
    Key(command="last", keys=("end", "G"), shown="End", label="", help="to the last row"),
    Key(command="quit", keys=("ctrl+c", "q"), shown="Q", label="quit", help="quit; so does Ctrl-C"),
    Key(command="help", keys=("question_mark", "f1"), shown="?", label="keys", help="show all keys"),
)
"""In the order of the line at the bottom, which may be short of room."""

KEY_NAMES = tuple(dict.fromkeys(name for key in KEYS for name in key.keys))
"""Every key that does something."""


def command_of(name: str, pane: Pane) -> str | None:
    """What a key does in a pane."""
    return next((key.command for key in KEYS if name in key.keys and key.pane in (None, pane)), None)
