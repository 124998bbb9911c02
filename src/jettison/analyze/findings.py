"""Bytes that can be saved, with what to type: every byte is in one finding at most, so that the savings add up.

A finding is all that one layer holds of one kind. What lies in the base image can only be saved by another base image;
that is advised where the base brings a tool chain, or where the program is compiled and needs little of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from jettison.analyze.attribution import Fate, Wasted
from jettison.analyze.base import Base
from jettison.analyze.classify import Classified
from jettison.analyze.instructions import Instruction
from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.need import ENVIRONMENT, Needs
from jettison.analyze.weight import Finding, Group, Part, PathWeight
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.package import Package

_ARCHIVES = (
    *(".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"),
    *(".tar", ".tgz", ".txz", ".tbz2", ".zip", ".7z", ".whl", ".deb"),
)
"""The longer ones first."""
_ARCHIVE_ENDS = frozenset([ending[-3:] for ending in _ARCHIVES])
"""Their last letters: most files are told apart by them at once."""
_MIN_DUPLICATE_BYTES = 4096
_MIN_DEBUG_BYTES = 64 * 1024
_MIN_TOOLS_BYTES = 10_000_000
_TOOL_CHAINS = frozenset({"go-tools", "c-tools", "rust-tools", "java-tools", "node-tools"})
"""For which it is worth to look for another base; pip and git alone are not."""
_SHOWN_PATHS = 5
_SYSTEM = (Category.BASE_SYSTEM, Category.RUNTIME, Category.TOOL_CHAIN)
_COPIES = (Fate.COPIED_UP, Fate.REPEATED)
_PART: Callable[[tuple[str, int]], Part] = partial(tuple.__new__, Part)
"""Makes one in half of the time: there may be a million."""
_AS_THEY_ARE = "leave the files of the base image as they are: {by} copies them whole"
_BASE_STAYS = "a smaller base image: what the base brings, no later layer takes away"


def drops_base(base: Base, files: Iterable[Classified], needs: Needs, owners: Mapping[str, Package]) -> bool:
    """Whether the advice is to end with another base image."""
    if not base.layers:
        return False
    owner = owners.get(needs.program)
    if needs.is_native and (needs.is_static or owner is None or not owner.ecosystem.is_system):
        return not needs.missing
    tools = sum(file.entry.size for file in files if file.layer < base.layers and file.kind in _TOOL_CHAINS)
    return tools >= _MIN_TOOLS_BYTES and bool(needs.program)


def group_bytes(
    files: Sequence[Classified], wasted: Iterable[Wasted], tree: Tree, needs: Needs, base: Base, *, new_base: bool
) -> dict[Group, list[Part]]:
    """Every byte that is ballast, in its group."""
    groups: dict[Group, list[Part]] = {}
    last: tuple[str, int, int | None] | None = None
    parts: list[Part] = []

    def put(kind: str, layer: int, path: str, size_bytes: int, by: int | None = None) -> None:
        nonlocal last, parts
        if (kind, layer, by) != last:  # those of one group mostly follow each other
            last = kind, layer, by
            parts = groups.setdefault(Group(str(kind), layer, by), [])
        parts.append(_PART((path, size_bytes)))

    for entry, layer, by, fate in wasted:
        if entry.size:
            put(fate, layer, entry.path, entry.size, by)
    seen: set[Digest] = set()
    unpacked = _Unpacked(tree)
    links, base_layers = needs.links, base.layers
    for file in files:
        entry, layer, _, kind, need, _ = file
        path, size_bytes = entry.path, entry.size
        if kind is None and new_base and need is not Need.YES and not path.startswith(needs.spoken_of):
            kind = _left_behind(file, base)
        if kind is not None:
            put(kind, layer, path, size_bytes)
        elif layer < base_layers:
            continue
        elif path[-3:] in _ARCHIVE_ENDS and path.endswith(_ARCHIVES) and unpacked.holds(entry):
            put("archive", layer, path, size_bytes)
        elif path in links and links[path].removable_bytes >= _MIN_DEBUG_BYTES:
            put("unstripped", layer, path, links[path].removable_bytes)
        elif size_bytes >= _MIN_DUPLICATE_BYTES and entry.digest is not None:
            if entry.digest in seen:
                put("duplicate", layer, path, size_bytes)
            else:
                seen.add(entry.digest)
    return groups


def make_findings(
    groups: Mapping[Group, Sequence[Part]],
    instructions: Sequence[Instruction],
    base: Base,
    needs: Needs,
    *,
    new_base: bool,
) -> tuple[Finding, ...]:
    """The findings, largest first."""
    by_layer = {each.layer: each for each in instructions if each.layer is not None}
    advice = _new_base(needs, base) if new_base else _BASE_STAYS
    findings = [_finding(group, parts, by_layer, base, advice, new_base=new_base) for group, parts in groups.items()]
    return tuple(sorted(findings, key=lambda found: (-found.saves_bytes, -found.size_bytes, found.kind, found.layer)))


def _finding(
    group: Group, parts: Sequence[Part], by_layer: Mapping[int, Instruction], base: Base, advice: str, *, new_base: bool
) -> Finding:
    kind = KINDS[group.kind]
    in_base = group.layer < base.layers
    sizes = [part.size_bytes for part in parts]
    size_bytes = sum(sizes)
    least = min(heapq.nlargest(_SHOWN_PATHS, sizes))
    top = sorted([part for part in parts if part.size_bytes >= least], key=lambda part: (-part.size_bytes, part.path))
    top = top[:_SHOWN_PATHS]
    is_copied = group.kind in _COPIES and group.by is not None and group.by >= base.layers and not new_base
    change = kind.change if not in_base else _AS_THEY_ARE if is_copied else advice
    told = {
        "line": by_layer[group.layer].name,
        "by": by_layer[group.by].name if group.by is not None else "",
        "paths": ", ".join(f"/{part.path}" for part in top[:3]),
    }
    return Finding(
        kind=kind.name,
        title=kind.title,
        category=kind.category,
        size_bytes=size_bytes,
        saves_bytes=size_bytes if new_base or is_copied or not in_base else 0,
        files=len(parts),
        layer=group.layer,
        by=group.by if group.by != group.layer else None,
        in_base=in_base,
        change=change if change is advice else change.format(**told),
        paths=tuple(PathWeight(path=part.path, size_bytes=part.size_bytes, layer=group.layer) for part in top),
    )


def _new_base(needs: Needs, base: Base) -> str:
    """What to type in order to leave the base image behind."""
    program = f"/{needs.program}"
    name = base.name or "…"
    start = f"name the stage (FROM {name} AS build) and add one"
    copy = f"COPY --from=build {program} {program}"
    if needs.is_static:
        opens = [path for path in needs.spoken_of if path.startswith(("etc/ssl", "usr/share"))]
        also = f", and {' and '.join(f'/{path}' for path in opens)} where it uses them" if opens else ""
        return f"{start}: FROM scratch, {copy}{also}"
    if needs.is_native:
        return f"{start}: FROM a base with little more than a C library (or link statically, then FROM scratch), {copy}"
    interpreter = f"/{needs.interpreter}" if needs.interpreter else program
    folders = " ".join(f"/{folder}" for folder, why in needs.folders.items() if why == ENVIRONMENT)
    files = f"COPY --from=build {folders} {folders}" if folders else "COPY --from=build what it runs"
    return f"{start}: FROM a base that brings {interpreter} and no tools (slim, distroless), {files}"


def _left_behind(file: Classified, base: Base) -> str | None:
    """The kind of a file that stays behind with the base image; None for one of the program's own."""
    if file.layer < base.layers:
        return "unused-base"
    return "unused-packages" if file.category in _SYSTEM else None


class _Unpacked:
    """Tells archives beside what was unpacked from them; every folder is looked at once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[str, frozenset[str]] = {}

    def holds(self, entry: Entry) -> bool:
        """Whether a folder beside an archive has the archive's name, or the beginning of it up to ``-`` or ``_``."""
        name = entry.path.rpartition("/")[2]
        stem = next(name.removesuffix(suffix) for suffix in _ARCHIVES if name.endswith(suffix))
        beside = self._folders(entry.parent)
        starts = (stem[:number] for number, character in enumerate(stem) if character in "-_")
        return bool(beside) and (stem in beside or any(start in beside for start in starts))

    def _folders(self, parent: str) -> frozenset[str]:
        """The names of the folders in a folder."""
        known = self._known.get(parent)
        if known is None:
            entries, prefix = self._tree.entries, f"{parent}/" if parent else ""
            names = self._tree.children(parent)
            known = frozenset(name for name in names if entries[prefix + name].type is EntryType.DIRECTORY)
            self._known[parent] = known
        return known
