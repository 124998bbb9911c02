"""Which file of its source a COPY put to a path: by the files that both hold, or by what the instruction says alone."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.errors import JettisonError
from jettison.layer.selection import match_sources
from jettison.model.build_record import RecordedStep
from jettison.model.entry import EntryType, parse_image_path
from jettison.model.op import CopyAction
from jettison.model.tree import Tree
from jettison.patterns import late_pattern

_MAX_GUESSES = 20
_WILDCARDS = frozenset("*?[")
_ARCHIVE = late_pattern(r"\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|tzst)$")


def place_of(source: RecordedStep, image: str = "") -> str:
    """What a step gives, ready to print; ``image`` is the base image that the build made which it is a step of."""
    of = f" of {image}" if image else ""
    if source.kind == "context":
        return (
            f"the build context{of}" if source.source in ("", "context") else f"the build context {source.source}{of}"
        )
    if source.kind == "heredoc":
        return f"a text in the Dockerfile{of}"
    if source.kind == "url":
        return source.source
    if source.kind == "image":
        return f"image {source.source}"
    if source.kind == "git":
        return f"repository {source.source}"
    return f"stage {source.stage}{of}" if source.stage else f"another stage{of}"


def taken_from(action: CopyAction, source: Tree, below: Tree, path: str) -> str | None:
    """Which file of ``source`` a copy put to ``path``, by the rules of :class:`jettison.layer.plan.LayerPlan`."""
    try:
        target = below.resolve(parse_image_path(action.destination))
        into_folder = action.destination.endswith(("/", "/.")) or _is_directory(below, target)
        for pattern in reversed(action.sources):
            tops = list(match_sources(source, pattern, below_files=True)) if action.wildcards else [pattern]
            for top in reversed(tops):
                followed = source.resolve(top)
                if _is_directory(source, followed):
                    inside = _below(path, target)
                    found = None if inside is None else _join(followed, inside)
                else:
                    placed = _join(target, top.rpartition("/")[2]) if into_folder else target
                    found = followed if path == placed else None
                if found is not None and source.get(found) is not None:
                    return found
    except JettisonError:
        return None
    return None


def guess_source(actions: Sequence[CopyAction], below: Tree, path: str) -> tuple[str, ...]:
    """The source of a file by the words of copies alone: what their sources hold nobody knows any more.

    Several, where the words leave it open; none where they tell nothing, or anything.
    """
    sources: list[tuple[str, str]] = []
    for action in actions:
        try:
            inside = _below(path, below.resolve(parse_image_path(action.destination)))
        except JettisonError:
            continue
        if inside is not None:
            sources += [(source, inside) for source in action.sources]
    exact = [source for source, inside in sources if inside == source.rpartition("/")[2]]
    if exact:
        return (exact[0],)
    if any(not inside for _, inside in sources):  # a file, or a folder, under a new name
        return (sources[0][0],) if len(sources) == 1 else ()
    found = tuple(dict.fromkeys(_in_folder(source, inside) for source, inside in sources))
    return found if len(found) <= _MAX_GUESSES else ()


def archive_member(kind: str, actions: Sequence[CopyAction], below: Tree, path: str) -> tuple[str, str] | None:
    """The archive that a path was unpacked from, and what it is called in there, by the words of copies; None where
    none of them unpacks one to there. ``kind`` is that of the step that they take from.
    """
    for action in actions:
        try:
            inside = _below(path, below.resolve(parse_image_path(action.destination)))
        except JettisonError:
            continue
        for source in action.sources if action.unpack and inside is not None else ():
            if inside != source.rpartition("/")[2] and (kind == "url" or _ARCHIVE.search(source)):
                return source, inside or ""
    return None


def _in_folder(source: str, inside: str) -> str:
    """What ``inside`` is in the context where ``source`` names a folder, or several files."""
    if _WILDCARDS.isdisjoint(source) or "/" in inside:
        return _join(source, inside)
    return _join(source.rpartition("/")[0], inside)


def _is_directory(tree: Tree, path: str) -> bool:
    entry = tree.get(path)
    return entry is not None and entry.type is EntryType.DIRECTORY


def _below(path: str, folder: str) -> str | None:
    """``path`` relative to ``folder``; empty where they are the same, None where it is not in there."""
    if path == folder:
        return ""
    if not folder:
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
