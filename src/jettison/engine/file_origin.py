"""Why a file is in an image: the instruction that brought it, and, for images that were built here, where that took it.

A ``COPY --from`` is followed to the stage that it took the file from, with the record of the build and the layers of
that stage, as long as the store has them; where it does not, that is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.base_of import build_record, layer_texts
from jettison.engine.build_record import BuildRecord, RecordedStep
from jettison.engine.image_files import find_entry
from jettison.engine.image_layers import LayeredImage
from jettison.engine.layers import Layers
from jettison.errors import JettisonError, NotFoundError
from jettison.frozen import dataclass, field
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.selection import match_sources
from jettison.layer.touches import Touch, TouchKind, brought_by, touches_of
from jettison.model.digest import Digest
from jettison.model.entry import EntryType, parse_image_path
from jettison.model.op import CopyAction
from jettison.model.tree import Tree
from jettison.store.store import Store

_MAX_DEPTH = 100
_WITHOUT_LAYERS = ("context", "url", "heredoc")
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTouch:
    """One layer that touched the file, and the instruction that made it."""

    touch: Touch
    instruction: str
    location: str = ""
    """``path:line:column`` where it is known."""
    step: RecordedStep | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """A file in one place: the image, or a stage that it came from."""

    place: str
    """What it is in, ready to print: ``the image``, ``stage builder``, ``image debian:12``, ``the build context``."""
    path: str
    """An image path; in a build context relative to it."""
    touches: tuple[TracedTouch, ...] = ()
    """Lowest first; none where the place has no layers."""
    brought: TracedTouch | None = None
    """The one that brought its content."""
    taken_from: FileOrigin | None = None
    """Where that instruction took it from."""
    remark: str = ""
    """What is not known, and why."""


def trace_file(image: LayeredImage, text: str, store: Store) -> FileOrigin:
    """The origin of a path of the image, links on the way followed; also of one that a layer deleted.

    Raises :class:`NotFoundError` for a path that no layer ever had.
    """
    path = _path_of(image, text)
    record = build_record(image, store)
    tracer = _Tracer(record, store)
    origin = tracer.of_image(image, path)
    if not origin.touches:
        find_entry(image.files().tree, text, follow=False)
        raise NotFoundError(f"no layer of the image has /{path}")
    return origin


def _path_of(image: LayeredImage, text: str) -> str:
    """The path that is meant, as layers call it; what was deleted has no links to follow."""
    tree = image.files().tree
    try:
        return find_entry(tree, text, follow=False).path
    except NotFoundError:
        return parse_image_path(text)


class _Tracer:
    def __init__(self, record: BuildRecord | None, store: Store) -> None:
        self._record = record
        self._layers = Layers(store)
        self._store = store

    def of_image(self, image: LayeredImage, path: str) -> FileOrigin:
        record = self._record
        texts = layer_texts(image.config)
        if record is None:
            return self._traced("the image", path, image.indexes, texts, (), depth=0)
        stack = record.stack(record.result)
        if record.kept_layers is None and len(stack) <= len(image.indexes):  # a container has one more
            return self._traced("the image", path, image.indexes, texts, [step for step, _ in stack], depth=0)
        indexes = self._indexes([layer for _, layer in stack])
        if indexes is None:
            steps = [step for step, _ in stack[: record.kept_layers]]
            remark = "the image was squashed, and its layers from before are not in the store any more"
            return self._traced("the image", path, image.indexes, texts, steps, depth=0, remark=remark)
        told = [text if n < (record.kept_layers or 0) else "" for n, text in enumerate(texts)]
        told += [""] * (len(stack) - len(told))
        remark = "the image was squashed: these are its layers from before"
        return self._traced("the image", path, indexes, told, [step for step, _ in stack], depth=0, remark=remark)

    def _traced(
        self,
        place: str,
        path: str,
        indexes: Sequence[LayerIndex],
        texts: Sequence[str],
        steps: Sequence[RecordedStep],
        *,
        depth: int,
        remark: str = "",
    ) -> FileOrigin:
        touches = touches_of(indexes, path)
        traced = [_with_step(touch, texts, steps) for touch in touches]
        brought = brought_by(touches)
        found = next((one for one in traced if one.touch is brought), None)
        source = None
        if found is not None and found.step is not None and found.step.kind == "files" and depth < _MAX_DEPTH:
            below = indexes[: found.touch.layer]
            source = self._source(found.step, path, below, depth)
        return FileOrigin(
            place=place, path=path, touches=tuple(traced), brought=found, taken_from=source, remark=remark
        )

    def _source(self, step: RecordedStep, path: str, below: Sequence[LayerIndex], depth: int) -> FileOrigin | None:
        """Where a COPY or ADD took the file from; None where it made it itself: a folder on the way."""
        record = self._record
        assert record is not None
        tree = merge_layers(below) if step.inputs[:1] != (None,) else Tree(entries={})
        copies = [action for action in reversed(step.actions) if isinstance(action, CopyAction)]
        unseen: list[tuple[RecordedStep, CopyAction]] = []
        for action in copies:
            number = step.inputs[action.input]
            source = None if number is None else record.steps.get(number)
            if source is None or number is None:
                continue
            if source.kind in _WITHOUT_LAYERS:
                unseen.append((source, action))
            elif (origin := self._from_stage(number, source, action, tree, path, depth)) is not None:
                return origin
        if not unseen:
            return None
        guess = _guess([action for _, action in unseen], tree, path)
        return None if guess is None else FileOrigin(place=_place_of(unseen[0][0]), path=guess)

    def _from_stage(
        self, number: int, source: RecordedStep, action: CopyAction, below: Tree, path: str, depth: int
    ) -> FileOrigin | None:
        assert self._record is not None
        stack = self._record.stack(number)
        place = _place_of(source)
        indexes = self._indexes([layer for _, layer in stack])
        if indexes is None:
            guess = _guess([action], below, path)
            remark = f"the layers of {place} are not in the store any more"
            return None if guess is None else FileOrigin(place=place, path=guess, remark=remark)
        found = _taken_from(action, merge_layers(indexes), below, path)
        if found is None:
            return None
        texts = _stage_texts([step for step, _ in stack])
        return self._traced(place, found, indexes, texts, [step for step, _ in stack], depth=depth + 1)

    def _indexes(self, diff_ids: Sequence[Digest]) -> tuple[LayerIndex, ...] | None:
        if any(self._store.layers.index_bytes(diff_id) is None for diff_id in diff_ids):
            return None
        return tuple(self._layers.index(diff_id) for diff_id in diff_ids)


def _with_step(touch: Touch, texts: Sequence[str], steps: Sequence[RecordedStep]) -> TracedTouch:
    step = steps[touch.layer] if touch.layer < len(steps) else None
    text = texts[touch.layer] if touch.layer < len(texts) else ""
    if step is None or step.kind == "image":
        return TracedTouch(touch=touch, instruction=text or f"layer {touch.layer + 1}")
    return TracedTouch(touch=touch, instruction=step.instruction, location=step.location, step=step)


def _stage_texts(steps: Sequence[RecordedStep]) -> list[str]:
    """What is said of layers that an image or a repository brought: only their number is known."""
    return [
        f"layer {number + 1} of {step.source}" if step.kind == "image" else step.source
        for number, step in enumerate(steps)
    ]


def _place_of(source: RecordedStep) -> str:
    if source.kind == "context":
        return "the build context" if source.source in ("", "context") else f"the build context {source.source}"
    if source.kind == "heredoc":
        return "a text in the Dockerfile"
    if source.kind == "url":
        return source.source
    if source.kind == "image":
        return f"image {source.source}"
    if source.kind == "git":
        return f"repository {source.source}"
    return f"stage {source.stage}" if source.stage else "another stage"


def _taken_from(action: CopyAction, source: Tree, below: Tree, path: str) -> str | None:
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


def _guess(actions: Sequence[CopyAction], below: Tree, path: str) -> str | None:
    """The source of a file by the words of copies alone: what their sources hold nobody knows any more."""
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
        return exact[0]
    if any(not inside for _, inside in sources):  # a file, or a folder, under a new name
        return sources[0][0] if len(sources) == 1 else None
    return " or ".join(dict.fromkeys(_in_folder(source, inside) for source, inside in sources)) or None


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


def is_gone(origin: FileOrigin) -> bool:
    """Whether the file is not there in the end."""
    return bool(origin.touches) and origin.touches[-1].touch.kind is TouchKind.REMOVED
