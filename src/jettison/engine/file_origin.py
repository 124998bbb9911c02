"""Why a file is in an image: the instruction that brought it, and, where the build is known, where that took it from.

A build is known by the record that the store keeps of it, or by the provenance that lies beside the image. A ``COPY
--from`` is followed to the stage that it took the file from, with the layers of that stage, as long as the store has
them; where it does not, or nobody knows which they were, what the instructions say is followed, and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.attested import attested_record
from jettison.engine.base_of import build_record, layer_texts
from jettison.engine.copied_from import guess_source, place_of, taken_from
from jettison.engine.image_files import find_entry
from jettison.engine.image_layers import LayeredImage
from jettison.engine.layers import Layers
from jettison.errors import NotFoundError
from jettison.frozen import dataclass, field, replace
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.touches import Touch, TouchKind, brought_by, touches_of
from jettison.model.build_record import BuildRecord, RecordedStep
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.op import CopyAction, MakeDirectory
from jettison.model.tree import Tree
from jettison.store.store import Store

_MAX_DEPTH = 100
_WITHOUT_LAYERS = ("context", "url", "heredoc")
_MAY_HOLD_ANYTHING = ("run", "image", "git")
_NO_CONTENT = Digest.of(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """Files that a command had mounted from elsewhere."""

    place: str
    """As in :class:`FileOrigin`."""
    path: str
    """What of it; empty: everything."""
    target: str
    """Where the command saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTouch:
    """One layer that touched the file, and the instruction that made it."""

    touch: Touch
    instruction: str
    location: str = ""
    """``path:line:column`` where it is known."""
    step: RecordedStep | None = field(default=None, repr=False)
    mounted: tuple[Mounted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An instruction that may have brought the file, by what it says."""

    instruction: str
    location: str
    stage: str
    mounted: tuple[Mounted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """A file in one place: the image, or a stage that it came from."""

    place: str
    """What it is in, ready to print: ``the image``, ``stage builder``, ``image debian:12``, ``the build context``."""
    path: str
    """An image path; in a build context relative to it."""
    links: tuple[Entry, ...] = ()
    """The symbolic links that lead to it from the path that was asked for."""
    link: str = ""
    """Where it leads to, where it is a symbolic link itself."""
    touches: tuple[TracedTouch, ...] = ()
    """Lowest first; none where the place has no layers, or nobody knows them."""
    brought: TracedTouch | None = None
    """The one that brought its content."""
    candidates: tuple[Candidate, ...] = ()
    """In place of touches, where the layers are not known: last first."""
    taken_from: FileOrigin | None = None
    """Where that instruction, or the last candidate, took it from."""
    remark: str = ""
    """What is not known, and why."""


def trace_file(image: LayeredImage, text: str, store: Store) -> FileOrigin:
    """The origin of a path of the image, links on the way followed; also of one that a layer deleted.

    Raises :class:`NotFoundError` for a path that no layer ever had.
    """
    tree = image.files().tree
    path, links = _path_of(tree, text)
    record, remark = build_record(image, store), ""
    if record is None:
        record, remark = attested_record(image)
    origin = _Tracer(record, store).of_image(image, path)
    if not origin.touches:
        find_entry(tree, text, follow=False)
        raise NotFoundError(f"no layer of the image has /{path}")
    entry = tree.get(path)
    link = entry.link if entry is not None and entry.type is EntryType.SYMLINK else ""
    return replace(origin, links=links, link=link, remark=origin.remark or remark)


def _path_of(tree: Tree, text: str) -> tuple[str, tuple[Entry, ...]]:
    """The path that is meant, as layers call it, and the links that led there; what was deleted has none."""
    try:
        path = find_entry(tree, text, follow=False).path
    except NotFoundError:
        return parse_image_path(text), ()
    links: list[Entry] = []
    tree.resolve(parse_image_path(text), follow_last=False, passed=links)
    return path, tuple(links)


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
        if any(layer is None for _, layer in stack):
            remark = "the provenance of the image does not tell which step made which layer"
            return self._traced("the image", path, image.indexes, texts, (), depth=0, remark=remark)
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
        traced = [self._with_step(touch, texts, steps) for touch in touches]
        brought = brought_by(touches)
        found = next((one for one in traced if one.touch is brought), None)
        source = None
        if found is not None and found.step is not None and depth < _MAX_DEPTH:
            if found.step.kind == "files":
                below = indexes[: found.touch.layer]
                tree = merge_layers(below) if found.step.inputs[:1] != (None,) else Tree(entries={})
                source = self._source(found.step, path, tree, depth)
            elif found.step.mounts:
                source = self._with_content(found, depth)
        return FileOrigin(
            place=place, path=path, touches=tuple(traced), brought=found, taken_from=source, remark=remark
        )

    def _with_step(self, touch: Touch, texts: Sequence[str], steps: Sequence[RecordedStep]) -> TracedTouch:
        step = steps[touch.layer] if touch.layer < len(steps) else None
        text = texts[touch.layer] if touch.layer < len(texts) else ""
        if step is None or step.kind == "image":
            return TracedTouch(touch=touch, instruction=text or f"layer {touch.layer + 1}")
        mounted = self._mounted(step)
        return TracedTouch(
            touch=touch, instruction=step.instruction, location=step.location, step=step, mounted=mounted
        )

    def _mounted(self, step: RecordedStep) -> tuple[Mounted, ...]:
        assert self._record is not None
        return tuple(
            Mounted(place=place_of(self._record.steps[number]), path=mount.source, target=mount.target)
            for mount in step.mounts
            if (number := step.inputs[mount.input]) is not None
        )

    def _source(self, step: RecordedStep, path: str, below: Tree, depth: int) -> FileOrigin | None:
        """Where a COPY or ADD took the file from; None where it made it itself: a folder on the way."""
        assert self._record is not None
        unseen: list[tuple[int, CopyAction]] = []
        for number, action in _copies(step):
            source = self._record.steps[number]
            stack = self._record.stack(number)
            indexes = self._indexes([layer for _, layer in stack]) if source.kind not in _WITHOUT_LAYERS else None
            if indexes is None:
                unseen.append((number, action))
            elif (found := taken_from(action, merge_layers(indexes), below, path)) is not None:
                steps = [step for step, _ in stack]
                return self._traced(place_of(source), found, indexes, _stage_texts(steps), steps, depth=depth + 1)
        return self._by_words(unseen, path, below, depth)

    def _by_words(
        self, copies: Sequence[tuple[int, CopyAction]], path: str, below: Tree, depth: int
    ) -> FileOrigin | None:
        """Where copies took a path from, by what they say alone: what their sources hold nobody knows."""
        assert self._record is not None
        guesses = guess_source([action for _, action in copies], below, path)
        if not guesses:
            return None
        alone = (number for number, action in copies if guess_source([action], below, path) == guesses)
        number = next(alone, copies[0][0])
        source = self._record.steps[number]
        if source.kind in _WITHOUT_LAYERS or guesses[1:]:
            return FileOrigin(place=place_of(source), path="" if source.kind == "heredoc" else " or ".join(guesses))
        return self._in_unknown_layers(number, guesses[0], depth + 1)

    def _in_unknown_layers(self, number: int, path: str, depth: int) -> FileOrigin:
        """A file of a stage by the instructions of that stage alone: the last COPY that can have brought it, and every
        command after that one.
        """
        assert self._record is not None
        place = place_of(self._record.steps[number])
        stack = self._record.stack(number)
        was_known = all(layer is not None for _, layer in stack)
        candidates: list[Candidate] = []
        source: FileOrigin | None = None
        for step in reversed(list({id(step): step for step, _ in stack}.values())):
            if step.kind == "files" and depth < _MAX_DEPTH:
                source = self._by_words(_copies(step), path, Tree(entries={}), depth)
            made = source is not None or path in _folders(step)
            if made or step.kind in _MAY_HOLD_ANYTHING:
                candidates.append(
                    Candidate(
                        instruction=step.instruction,
                        location=step.location,
                        stage=step.stage,
                        mounted=self._mounted(step),
                    )
                )
            if made:
                break
        return FileOrigin(
            place=place,
            path=path,
            candidates=tuple(candidates),
            taken_from=source,
            remark=f"the layers of {place} are {'not in the store any more' if was_known else 'not known'}",
        )

    def _with_content(self, traced: TracedTouch, depth: int) -> FileOrigin | None:
        """A file with the same content that the command had mounted, where the files it had mounted are known."""
        record, look, step = self._record, traced.touch.look, traced.step
        assert record is not None
        assert step is not None
        if look is None or look.entry.digest in (None, _NO_CONTENT):
            return None
        for mount in step.mounts:
            number = step.inputs[mount.input]
            source = None if number is None else record.steps[number]
            if source is None or source.kind in _WITHOUT_LAYERS:
                continue
            stack = record.stack(number)
            indexes = self._indexes([layer for _, layer in stack])
            if indexes is None:
                continue
            found = _same_content(merge_layers(indexes), mount.source, look.entry)
            if found is not None:
                steps = [step for step, _ in stack]
                remark = f"found by its content: the command had it mounted below {mount.target}"
                texts = _stage_texts(steps)
                return self._traced(place_of(source), found, indexes, texts, steps, depth=depth + 1, remark=remark)
        return None

    def _indexes(self, diff_ids: Sequence[Digest | None]) -> tuple[LayerIndex, ...] | None:
        """None where the store does not have all of them."""
        known = [diff_id for diff_id in diff_ids if diff_id is not None]
        if len(known) < len(diff_ids) or any(self._store.layers.index_bytes(diff_id) is None for diff_id in known):
            return None
        return tuple(self._layers.index(diff_id) for diff_id in known)


def _copies(step: RecordedStep) -> list[tuple[int, CopyAction]]:
    """The copies of a step, last first, each with the step that it takes from."""
    return [
        (number, action)
        for action in reversed(step.actions)
        if isinstance(action, CopyAction) and (number := step.inputs[action.input]) is not None
    ]


def _folders(step: RecordedStep) -> set[str]:
    return {parse_image_path(action.path) for action in step.actions if isinstance(action, MakeDirectory)}


def _same_content(tree: Tree, folder: str, wanted: Entry) -> str | None:
    """The file in a folder that has this content, best of the same name."""
    top = tree.resolve(folder)
    alike = [entry.path for entry in tree.walk(top) if entry.digest == wanted.digest] if top in tree.entries else []
    return next((path for path in alike if path.rpartition("/")[2] == wanted.name), next(iter(alike), None))


def _stage_texts(steps: Sequence[RecordedStep]) -> list[str]:
    """What is said of layers that an image or a repository brought: only their number is known."""
    return [
        f"layer {number + 1} of {step.source}" if step.kind == "image" else step.source
        for number, step in enumerate(steps)
    ]


def is_gone(origin: FileOrigin) -> bool:
    """Whether the file is not there in the end."""
    return bool(origin.touches) and origin.touches[-1].touch.kind is TouchKind.REMOVED
