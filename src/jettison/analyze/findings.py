"""Bytes that can be saved, with what to type: every byte is in one finding at most, so that the savings add up.

A finding is all that one layer holds of one kind. What lies in the base image can only be saved by another base image:
see :mod:`jettison.analyze.destination`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jettison.analyze.advice import change_of, target_of
from jettison.analyze.archives import LAST_LETTERS, Archives
from jettison.analyze.attribution import Fate, Wasted
from jettison.analyze.base import Base
from jettison.analyze.classify import SeenFiles
from jettison.analyze.destination import Destination
from jettison.analyze.instructions import Instruction
from jettison.analyze.kinds import KINDS
from jettison.analyze.need import Needs
from jettison.analyze.new_base import change_of_base
from jettison.analyze.ownership import Owner
from jettison.analyze.weight import Finding, Group, Parts, PathWeight
from jettison.layer.entry_columns import NO_DIGEST
from jettison.layer.row_tree import RowTree
from jettison.packages.package import Ecosystem

BY_CONTENT = frozenset({"archive", "unstripped", "duplicate"})
"""Kinds of files, or of parts of them, that would stay as far as their place and their package tell."""
_MIN_DUPLICATE_BYTES = 4096
_MIN_DEBUG_BYTES = 64 * 1024
_SHOWN_PATHS = 5
_COPIES = (Fate.COPIED_UP, Fate.REPEATED)
_AS_THEY_ARE = "leave the files of the base image as they are: {by} copies them whole"
_BASE_STAYS = "a smaller base image: what the base brings, no later layer takes away"


def group_bytes(
    files: SeenFiles,
    wasted: Iterable[Wasted],
    tree: RowTree,
    needs: Needs,
    base: Base,
    destination: Destination | None,
) -> dict[Group, Parts]:
    """Every byte that is ballast, in its group."""
    groups: dict[Group, Parts] = {}
    last: tuple[str, int, int | None] | None = None
    parts = Parts()

    def parts_of(kind: str, layer: int, by: int | None = None) -> Parts:
        nonlocal last, parts
        if (kind, layer, by) != last:  # those of one group mostly follow each other
            last = kind, layer, by
            group = Group(str(kind), layer, by)
            if (known := groups.get(group)) is None:
                known = groups[group] = Parts()
            parts = known
        return parts

    for path, size_bytes, layer, by, fate in wasted:
        if size_bytes:
            parts_of(fate, layer, by).add(path, size_bytes)
    held = {} if destination is None else destination.holds
    by_content = _ByContent(files, tree, needs)
    for run in files.runs:
        if run.kind is not None and not held:
            found = parts_of(run.kind, run.layer)
            found.paths += files.paths[run.start : run.end]
            found.sizes += files.sizes[run.start : run.end]
        elif run.kind is None and destination is None:
            if run.layer >= base.layers:
                for kind, path, size_bytes in by_content.of_places(run.start, run.end, run.owner):
                    parts_of(kind, run.layer).add(path, size_bytes)
        else:
            for place, (path, size_bytes) in enumerate(files.of_run(run), run.start):
                left = run.kind or (None if destination is None else destination.kind_left(run, path))
                if left is not None:
                    left_bytes = size_bytes - held.get(path, 0)
                    if left_bytes > 0:
                        parts_of(left, run.layer).add(path, left_bytes)
                elif run.layer >= base.layers:
                    for kind, _, found_bytes in by_content.of_places(place, place + 1, run.owner):
                        parts_of(kind, run.layer).add(path, found_bytes)
    return groups


class _ByContent:
    """Tells ballast among files that would stay as far as their place and their package tell."""

    def __init__(self, files: SeenFiles, tree: RowTree, needs: Needs) -> None:
        self._files = files
        self._links = needs.links
        self._archives = Archives(tree, (run.owner for run in files.runs))
        self._sha256 = tree.rows.sha256
        self._seen: set[bytes] = {NO_DIGEST}

    def of_places(self, start: int, end: int, owner: Owner | None) -> list[tuple[str, str, int]]:
        """What is ballast of the files from one place to another: kind, path and bytes; no file twice.

        What a distribution brought is its own to lay out, and what was compiled elsewhere is not to be stripped: the
        libraries in wheels of Python are patched, and are not loaded any more after that.
        """
        found: list[tuple[str, str, int]] = []
        if owner is not None and owner.ecosystem.is_system:
            return found
        files, seen, sha256 = self._files, self._seen, self._sha256
        links = self._links if owner is None or owner.ecosystem is Ecosystem.GOLANG else {}
        paths, sizes, rows = files.paths[start:end], files.sizes[start:end], files.rows[start:end]
        for path, size_bytes, row in zip(paths, sizes, rows, strict=True):
            if path[-3:] in LAST_LETTERS and self._archives.are_unpacked(path):
                found.append(("archive", path, size_bytes))
            elif links and path in links and links[path].removable_bytes >= _MIN_DEBUG_BYTES:
                found.append(("unstripped", path, links[path].removable_bytes))
            elif size_bytes >= _MIN_DUPLICATE_BYTES:
                digest = sha256(row)
                if digest not in seen:
                    seen.add(digest)
                elif digest != NO_DIGEST:
                    found.append(("duplicate", path, size_bytes))
        return found


def make_findings(
    files: SeenFiles,
    groups: Mapping[Group, Parts],
    instructions: Sequence[Instruction],
    base: Base,
    needs: Needs,
    destination: Destination | None,
) -> tuple[Finding, ...]:
    """The findings, largest first."""
    by_layer = {each.layer: each for each in instructions if each.layer is not None}
    advice = _BASE_STAYS if destination is None else change_of_base(files, needs, base, destination)
    stays = destination is None
    findings = [_finding(group, parts, by_layer, base, advice, stays=stays) for group, parts in groups.items()]
    return tuple(sorted(findings, key=lambda found: (-found.saves_bytes, -found.size_bytes, found.kind, found.layer)))


def is_saved(group: Group, base: Base, *, stays: bool) -> bool:
    """Whether the image shrinks by the bytes of a group: no later layer takes away what is in a base that stays."""
    return not stays or group.layer >= base.layers or _is_copied(group, base)


def _is_copied(group: Group, base: Base) -> bool:
    """Whether files of the base image lie in a layer above it once more."""
    return group.kind in _COPIES and group.by is not None and group.by >= base.layers


def _finding(
    group: Group, parts: Parts, by_layer: Mapping[int, Instruction], base: Base, advice: str, *, stays: bool
) -> Finding:
    kind = KINDS[group.kind]
    in_base = group.layer < base.layers
    size_bytes, top = sum(parts.sizes), parts.largest(_SHOWN_PATHS)
    change = (
        change_of(kind, by_layer[group.layer].text)
        if not in_base
        else _AS_THEY_ARE
        if stays and _is_copied(group, base)
        else advice
    )
    told = {
        "line": by_layer[group.layer].name,
        "by": by_layer[group.by].name if group.by is not None else "",
        "paths": ", ".join(f"/{path}" for path, _ in top[:3]),
        "target": target_of(kind, top[0][0]),
    }
    return Finding(
        kind=kind.name,
        title=kind.title,
        category=kind.category,
        size_bytes=size_bytes,
        saves_bytes=size_bytes if is_saved(group, base, stays=stays) else 0,
        files=len(parts),
        layer=group.layer,
        by=group.by if group.by != group.layer else None,
        in_base=in_base,
        change=change if change is advice else change.format(**told),
        paths=tuple(PathWeight(path=path, size_bytes=each, layer=group.layer) for path, each in top),
    )
