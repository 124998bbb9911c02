"""A comparison of two images as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jettison.engine.image_diff import Counts, ImageDiff, PackageDiff
from jettison.engine.path_diff import PathDiff
from jettison.layer.compare import Change, ChangeKind, Look
from jettison.layer.hard_links import walk_order
from jettison.model.config_changes import ConfigChange
from jettison.report.columns import columned, cut
from jettison.report.diff_lines import ChangeLine, folded_lines, plain_lines
from jettison.report.table import printable
from jettison.report.units import human_size
from jettison.text.cells import cell_width

_MAX_ROWS = 20
_MAX_PATHS = 60
_UNCUT = 1 << 30
"""Columns, where nothing is to be cut."""
_NUMBERS = frozenset({"SIZE"})

_LETTERS = {
    ChangeKind.ADDED: "A",
    ChangeKind.REMOVED: "D",
    ChangeKind.CHANGED: "C",
    ChangeKind.METADATA: "C",
    ChangeKind.MOVED: "R",
}
"""Those of ``docker diff``, and git's for what was renamed."""


def diff_text(diff: ImageDiff, *, columns: int, whole: bool = False) -> str:
    """The comparison, with tables as wide as the terminal; paths are never cut.

    ``whole`` shows every path and row uncut, else the largest, and new or removed folders as one line.
    """
    return "".join(f"{line}\n" for line in _lines(diff, columns=_UNCUT if whole else columns, whole=whole))


def container_diff_text(changes: Sequence[Change]) -> str:
    """As ``docker diff`` prints what changed in a container: a letter and a path a line."""
    lines: list[tuple[bytes, str]] = []
    for change in changes:
        if change.kind is ChangeKind.MOVED:
            lines.append((walk_order(change.old_path), f"D /{change.old_path}"))
        letter = "A" if change.kind is ChangeKind.MOVED else _LETTERS[change.kind]
        lines.append((walk_order(change.path), f"{letter} /{change.path}"))
    return "".join(f"{printable(line)}\n" for _, line in sorted(lines))


def path_diff_lines(diff: PathDiff, *, whole: bool = False) -> Iterator[str]:
    """One path compared: of a folder its changes, of a file what else differs and then its lines, as they are."""
    if diff.is_folder:
        yield from _paths(diff.changes, whole=whole)
        return
    for line in plain_lines(diff.changes):
        if line.metadata:
            yield printable(f"/{diff.path}: {line.metadata}")
        if diff.why_no_lines:
            old, new = (_content(look) for look in (line.change.old, line.change.new))
            yield printable(f"/{diff.path}: {old} -> {new} ({diff.why_no_lines})")
    yield from diff.lines


def signed_size(size_bytes: int) -> str:
    """``+1.2MB``, ``-398MB``, ``0B``."""
    sign = "+" if size_bytes > 0 else "-" if size_bytes < 0 else ""
    return f"{sign}{human_size(abs(size_bytes), 3)}"


def _lines(diff: ImageDiff, *, columns: int, whole: bool) -> Iterator[str]:
    old, new = diff.old, diff.new
    for gap in diff.gaps:
        yield printable(f"incomplete, for packages: {gap}")
    yield printable(f"{old.name} -> {new.name}")
    for image in (old, new):
        if image.others:
            others = ", ".join(map(str, image.others))
            yield printable(f"of {image.name} {image.platform} is compared; it has {others} too (--platform)")
    if diff.is_equal:
        ignored = list(_ignored(diff.ignored))
        same = f"{human_size(new.size_bytes, 3)} in the same files, and the same settings"
        yield "no difference in what counts" if ignored else f"no difference: {same}"
        yield from ignored
        return
    new_size = human_size(new.size_bytes, 3)
    sizes = f"{human_size(old.size_bytes, 3)} -> {new_size}"
    by = signed_size(new.size_bytes - old.size_bytes)
    yield f"files: {sizes} ({by}); {_counted(diff.counts)}" if diff.changes else f"files: no difference in {new_size}"
    yield from _ignored(diff.ignored)
    if old.layers != new.layers:
        yield f"layers: {old.layers} -> {new.layers}"
    limit = None if whole else _MAX_ROWS
    if diff.instructions:
        rows = [
            (signed_size(row.counts.size_bytes), _short(row.counts), " ".join(row.instruction.split()))
            for row in diff.instructions
        ]
        yield from _table(("SIZE", "PATHS", "INSTRUCTION"), rows, limit, columns)
    if any(row.name for row in diff.packages):
        rows = [(signed_size(row.counts.size_bytes), _short(row.counts), _package(row)) for row in diff.packages]
        yield from _table(("SIZE", "PATHS", "PACKAGE"), rows, limit, columns)
    if diff.config:
        yield from ("", "SETTING")
        for setting in diff.config[:limit]:
            yield from _setting(setting, columns)
        yield from _more(diff.config, limit)
    if diff.changes:
        yield ""
        yield from _paths(diff.changes, whole=whole)


def _ignored(counts: Counts) -> Iterator[str]:
    if text := _counted(counts):
        yield f"ignored: {signed_size(counts.size_bytes)}; {text}"


def _table(
    head: tuple[str, str, str], rows: Sequence[tuple[str, str, str]], limit: int | None, columns: int
) -> Iterator[str]:
    yield ""
    yield from columned([head, *rows[:limit]], columns, numbers=_NUMBERS)
    yield from _more(rows, limit)


def _more(rows: Sequence[object], limit: int | None) -> Iterator[str]:
    if limit is not None and len(rows) > limit:
        yield f"… and {len(rows) - limit:,} more (--no-trunc shows all)"


def _setting(setting: ConfigChange, columns: int) -> Iterator[str]:
    """``User: root -> app``; values that are too long for that one below the other."""
    old, new = (None if value is None else printable(value) for value in (setting.old, setting.new))
    line = f"{printable(setting.what)}: {_value(old)} -> {_value(new)}"
    if columns == _UNCUT or cell_width(line) <= columns:
        yield line
        return
    yield cut(f"{setting.what}:", columns)
    for sign, value in (("-", old), ("+", new)):
        if value is not None:
            yield cut(f"  {sign} {value}", columns)


def _counted(counts: Counts) -> str:
    parts = (
        (counts.added, "added"),
        (counts.removed, "removed"),
        (counts.changed, "changed"),
        (counts.metadata, "with other metadata alone"),
        (counts.moved, "moved"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in parts if count)


def _short(counts: Counts) -> str:
    """``+120 -3 ~7``."""
    changed = counts.changed + counts.metadata + counts.moved
    parts = (("+", counts.added), ("-", counts.removed), ("~", changed))
    return " ".join(f"{sign}{count:,}" for sign, count in parts if count)


def _package(row: PackageDiff) -> str:
    if not row.name:
        return "(no package)"
    old, new = (",".join(versions) for versions in (row.old_versions, row.new_versions))
    version = new if old == new else f"{old} -> {new}" if old and new else f"{new} (new)" if new else f"{old} (gone)"
    return f"{row.name} {version} ({row.ecosystem})"


def _content(look: Look | None) -> str:
    """What tells one content from another where it has no lines."""
    if look is None:
        return "none"
    digest = "" if look.entry.digest is None else f" {look.entry.digest.short}"
    return f"{look.entry.size:,} bytes{digest}"


def _value(text: str | None) -> str:
    return "(not set)" if text is None else text or "(set)"


def _paths(changes: Sequence[Change], *, whole: bool) -> Iterator[str]:
    lines = plain_lines(changes) if whole else folded_lines(changes)
    shown = lines
    if not whole and len(lines) > _MAX_PATHS:
        largest = sorted(lines, key=lambda line: abs(line.size_bytes), reverse=True)[:_MAX_PATHS]
        shown = sorted(largest, key=lambda line: walk_order(line.change.path))
    for line in shown:
        letter = _LETTERS[line.change.kind]
        yield printable(f"{letter} {signed_size(line.size_bytes):>8}  {_described(line)}")
    if len(shown) < len(lines):
        yield f"… and {len(lines) - len(shown):,} smaller ones (--no-trunc shows all)"


def _described(line: ChangeLine) -> str:
    path = f"{line.old_path} -> {line.path}" if line.old_path else line.path
    if line.paths > 1:
        return f"{path} ({line.paths:,} paths)"
    return f"{path}  {line.remark}" if line.remark else path
