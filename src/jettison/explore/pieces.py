"""Rows of the panes as text, piece by piece, each with what it means; how that looks is the screen's business. Pure."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

from jettison.analyze.attribution import Wasted
from jettison.enums import StrEnum
from jettison.explore.comparison import Change
from jettison.explore.explorer import Explorer
from jettison.explore.keys import KEYS, Key
from jettison.explore.waste import ANY, FATES
from jettison.model.entry import Entry, EntryType
from jettison.report.units import human_size
from jettison.text.cells import cell_width, fit, pad
from jettison.tui.text import safe_text
from jettison.tuples import NamedTuple

_GAP = 2
"""Between two keys."""
_SIZE_COLUMNS = 7
_OWNER_COLUMNS = 11
_TIME_COLUMNS = 16
_WIDE = 78
"""From so many columns on there is room for the time of a file beside its name."""
_DIGITS = 3
_MOST_WASTEFUL = 50
_MAX_COMMAND = 200_000
"""No command is as long, but a history may be."""
GLIMPSE = 2000
"""As much of a command as the pane beside the tree has room for, and more."""


class Role(StrEnum):
    """What a piece of text means."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    WASTE = "waste"
    KEY = "key"


class Piece(NamedTuple):
    """Some text, safe to show, of one meaning."""

    text: str
    role: Role = Role.PLAIN


Line = tuple[Piece, ...]

_ROLES = {
    Change.ADDED: Role.ADDED,
    Change.REMOVED: Role.REMOVED,
    Change.MODIFIED: Role.MODIFIED,
    Change.UNMODIFIED: Role.PLAIN,
}
_MARKS = {Change.ADDED: "+", Change.REMOVED: "-", Change.MODIFIED: "~", Change.UNMODIFIED: " "}
_FILE_TYPES = {
    EntryType.FILE: stat.S_IFREG,
    EntryType.HARDLINK: stat.S_IFREG,
    EntryType.DIRECTORY: stat.S_IFDIR,
    EntryType.SYMLINK: stat.S_IFLNK,
    EntryType.CHAR_DEVICE: stat.S_IFCHR,
    EntryType.BLOCK_DEVICE: stat.S_IFBLK,
    EntryType.FIFO: stat.S_IFIFO,
}


def shown(text: str) -> str:
    """Text of strangers on one line, without anything that could steer a terminal."""
    return safe_text(text.replace("\n", "↵"))


def size_text(size_bytes: int) -> str:
    """A size, short."""
    return human_size(size_bytes, _DIGITS)


def step_line(explorer: Explorer, number: int, columns: int) -> Line:
    """A row of the layers: whether its changes are shown, its size (coloured if most is waste), its instruction."""
    step = explorer.steps[number]
    compared = explorer.is_compared(step)
    weight = None if step.layer is None else explorer.attribution.layers[step.layer]
    size, role = "", Role.DIM
    if weight is not None:
        size = size_text(weight.added_bytes)
        if weight.added_bytes:
            role = Role.WASTE if 2 * weight.wasted_bytes > weight.added_bytes else Role.PLAIN
    rest = columns - _SIZE_COLUMNS - 4
    return (
        Piece("▌ " if compared else "  ", Role.MODIFIED),
        Piece(size.rjust(_SIZE_COLUMNS), role),
        Piece("  "),
        Piece(pad(shown(step.title), rest), Role.PLAIN if step.layer is not None else Role.DIM),
    )


def tree_line(explorer: Explorer, number: int, columns: int) -> Line:
    """A row of the tree: what became of it, its attributes where they are asked for, size and name."""
    path = explorer.rows[number]
    comparison = explorer.comparison
    change = comparison.shown_change(path) or Change.REMOVED
    entry = comparison.entry(path)
    role = _ROLES[change]
    head = [Piece(f"{_MARKS[change]} ", role)]
    if explorer.view.attributes:
        head.append(Piece(f"{mode_text(entry)} {owner_text(entry).ljust(_OWNER_COLUMNS)} ", Role.DIM))
        if columns >= _WIDE:
            head.append(Piece(f"{time_text(entry).ljust(_TIME_COLUMNS)} ", Role.DIM))
    head.append(Piece(f"{size_text(comparison.size_bytes(path)).rjust(_SIZE_COLUMNS)}  ", Role.DIM))
    fold = "  "
    if explorer.versions.has_children(path):
        fold = "▾ " if explorer.is_open(path) else "▸ "
    name = shown(path.rpartition("/")[2]) + ("/" if entry is not None and entry.type is EntryType.DIRECTORY else "")
    head += [Piece("  " * path.count("/") + fold, Role.DIM), Piece(name, role)]
    tail = []
    if entry is not None and entry.link:
        tail.append(Piece((" → " if entry.type is EntryType.SYMLINK else " = ") + shown(entry.link), Role.DIM))
    wasted = explorer.waste.of(path)
    if wasted:
        tail.append(Piece(f"  {FATES[wasted[-1].fate]}", Role.WASTE))
    return cut((*head, *tail), columns)


def cut(line: Line, columns: int) -> Line:
    """The line, of exactly so many columns."""
    pieces = []
    for piece in line:
        text = fit(piece.text, columns)
        pieces.append(Piece(text, piece.role))
        columns -= cell_width(text)
        if text != piece.text:
            break
    return (*pieces, Piece(" " * columns))


def mode_text(entry: Entry | None) -> str:
    """As ``ls -l`` has it."""
    if entry is None:
        return "?" * 10
    return stat.filemode(entry.mode | _FILE_TYPES.get(entry.type, 0))


def owner_text(entry: Entry | None) -> str:
    """User and group, as numbers."""
    return f"{entry.uid}:{entry.gid}" if entry is not None else "?"


def time_text(entry: Entry | None) -> str:
    """When the content was last changed, UTC; a question mark for times that no calendar has."""
    if entry is None:
        return "?"
    try:
        return f"{datetime.fromtimestamp(entry.mtime_ns // 10**9, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        return "?"


def entry_lines(explorer: Explorer) -> tuple[Line, ...]:
    """The chosen path in full: two lines."""
    path = explorer.selected
    if path is None:
        return ((Piece(_why_nothing(explorer), Role.DIM),), ())
    comparison = explorer.comparison
    entry = comparison.entry(path)
    version = comparison.version(path)
    link: Line = ()
    if entry is not None and entry.link:
        link = (Piece((" → " if entry.type is EntryType.SYMLINK else " = ") + shown(entry.link), Role.DIM),)
    facts = [mode_text(entry), owner_text(entry), size_text(comparison.size_bytes(path))]
    if version is not None:
        facts.append(f"layer {version.origin.layer + 1}")
    facts.append(time_text(entry))
    waste = tuple(Piece(f"{_waste_text(each)}  ", Role.WASTE) for each in explorer.waste.of(path))
    return ((Piece(f"/{shown(path)}", Role.STRONG), *link), (*waste, Piece("  ".join(facts), Role.DIM)))


def _why_nothing(explorer: Explorer) -> str:
    """Why the tree has no rows."""
    if not explorer.versions.has_children(""):
        return "nothing to show"
    elsewhere = explorer.matches if not explorer.view.cause else 0
    if not elsewhere:
        return "nothing to show: the filters let nothing through"
    return f"nothing here: {'1 path' if elsewhere == 1 else f'{elsewhere:,} paths'} of other layers"


def _waste_text(wasted: Wasted) -> str:
    size = size_text(wasted.size_bytes)
    return f"{size} of layer {wasted.layer + 1} {FATES[wasted.fate]} by layer {wasted.by + 1}"


def step_details(explorer: Explorer, limit: int = _MAX_COMMAND) -> tuple[Line, ...]:
    """What is known of the chosen layer, and its command, up to so many characters."""
    step = explorer.step
    if step is None:
        return ((Piece("the image has no layers", Role.DIM),),)
    lines: list[Line] = []
    weight = explorer.attribution.layers[step.layer] if step.layer is not None else None
    if weight is not None:
        lines.append((Piece(f"{size_text(weight.added_bytes)} in {_count(weight.files)}"),))
        if weight.wasted_bytes:
            lines.append((Piece(f"{size_text(weight.wasted_bytes)} wasted", Role.WASTE),))
    text = step.text if len(step.text) <= limit else f"{step.text[:limit]}…"
    lines += [(Piece(safe_text(line), Role.STRONG),) for line in text.splitlines()]
    if step.created:
        lines.append((Piece(shown(step.created), Role.DIM),))
    if weight is not None:
        lines.append((Piece(weight.diff_id, Role.DIM),))
    return tuple(lines)


def step_title(explorer: Explorer) -> str:
    """Which layer is chosen."""
    step = explorer.step
    if step is None:
        return "Layer"
    if step.layer is None:
        return "Instruction without a layer"
    return f"Layer {step.layer + 1} of {explorer.versions.layers}"


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries:,} entries"


def image_details(explorer: Explorer, columns: int) -> tuple[Line, ...]:
    """Size, waste and efficiency of the image, and the paths that waste most."""
    attribution = explorer.attribution
    wasted = attribution.wasted_bytes
    share = f" ({_percent(wasted / attribution.total_bytes)})" if wasted else ""
    lines: list[Line] = [
        (Piece("Size        ", Role.DIM), Piece(size_text(attribution.total_bytes), Role.STRONG)),
        (
            Piece("Wasted      ", Role.DIM),
            Piece(f"{size_text(wasted)}{share}", Role.WASTE if wasted else Role.STRONG),
        ),
        (
            *(Piece("Efficiency  ", Role.DIM), Piece(f"{attribution.efficiency:.1%}", Role.STRONG)),
            Piece(" (dive's)", Role.DIM),
        ),
    ]
    costly = explorer.waste.most_costly(_MOST_WASTEFUL)
    if costly:
        lines.append((Piece("Times   Wasted  Path", Role.DIM),))
    for each in costly:
        numbers = f"{each.times:5}  {size_text(each.size_bytes).rjust(_SIZE_COLUMNS)}  "
        lines.append((Piece(numbers), Piece(_end_of(f"/{shown(each.path)}", columns - len(numbers)))))
    return tuple(lines)


def _percent(part: float) -> str:
    """A whole number, and honest about what is too small for one."""
    return f"{part:.0%}" if part >= 0.005 else "<1%"


def _end_of(text: str, columns: int) -> str:
    """The end of a text, which is what tells paths apart, with an ellipsis where something is missing."""
    if cell_width(text) <= columns:
        return text
    start = len(text)
    left = columns - 1
    while start and (left := left - cell_width(text[start - 1])) >= 0:
        start -= 1
    return f"…{text[start:]}"


def tree_title(explorer: Explorer) -> str:
    """What the tree shows, in words."""
    view = explorer.view
    words = ["Files", "all layers" if view.aggregated else "this layer"]
    if view.by_size:
        words.append("largest first")
    hidden = [change.value for change in Change if change not in view.shown]
    if hidden:
        words.append(f"without {', '.join(hidden)}")
    if view.cause is not None:
        words.append(explorer.waste.title(view.cause))
    if view.text:
        words.append(f"filter {shown(view.text)}{', as text' if explorer.is_text else ''}")
    return " · ".join(words)


def cause_lines(explorer: Explorer) -> tuple[tuple[str | None, Line], ...]:
    """The causes of waste to choose from, by name, with their bytes; None: all files."""
    causes = explorer.waste.causes
    lines: list[tuple[str | None, Line]] = [(None, (Piece(" " * _SIZE_COLUMNS + "  all files"),))]
    for cause in causes:
        size = size_text(cause.size_bytes).rjust(_SIZE_COLUMNS)
        role = Role.WASTE if cause.name in FATES or cause.name == ANY else Role.PLAIN
        indent = "  " if cause.name in FATES else ""
        title = Piece(f"  {indent}{cause.title}", role)
        lines.append((cause.name, (Piece(size, Role.DIM), title, Piece(f"  {_files(cause.files)}", Role.DIM))))
    return tuple(lines)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def keys_line(explorer: Explorer, columns: int) -> Line:
    """As many keys of the pane as there is room for, the way out always; what is switched off is dim."""
    view = explorer.view
    on = {change.value: change in view.shown for change in Change} | {
        "aggregated": view.aggregated,
        "layer_only": not view.aggregated,
        "all_steps": view.all_steps,
        "attributes": view.attributes,
        "by_size": view.by_size,
        "causes": view.cause is not None,
        "search": bool(view.text),
    }
    *keys, leave, last = (key for key in KEYS if key.label and key.pane in (None, view.pane))
    ways_out = (leave, last) if _key_columns(leave) + _key_columns(last) <= columns else (last,)
    left = columns - sum(map(_key_columns, ways_out)) + _GAP
    fitting = [key for key in keys if (left := left - _key_columns(key)) >= 0]
    pieces: list[Piece] = []
    for key in (*fitting, *ways_out):
        pieces.append(Piece(key.shown, Role.KEY))
        pieces.append(Piece(f" {key.label}", Role.STRONG if on.get(key.command) else Role.DIM))
        pieces.append(Piece(" " * _GAP))
    return cut(tuple(pieces[:-1]), columns)


def _key_columns(key: Key) -> int:
    return len(f"{key.shown} {key.label}") + _GAP
