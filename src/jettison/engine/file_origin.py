"""Why a file is in an image: the instruction that brought it, and, where the build is known, where that took it from.

A build is known by the record that the store keeps of it, or by the provenance that lies beside the image; so are those
of base images. A ``COPY --from`` is followed to the stage that it took the file from, with the layers of that stage, as
long as the store has them; where it does not, or nobody knows which they were, what the instructions say is followed,
and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.attested import is_without_steps
from jettison.engine.base_of import find_base, layer_texts
from jettison.engine.copied_from import archive_member, guess_source, place_of, taken_from
from jettison.engine.image_files import find_entry
from jettison.engine.image_layers import LayeredImage
from jettison.engine.layers import Layers
from jettison.engine.lineage import KnownBuild, Lineage, MadeLayer
from jettison.engine.origin import Candidate, FileOrigin, Mounted, TracedTouch
from jettison.errors import NotFoundError
from jettison.frozen import replace
from jettison.layer.compare import names_of
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.touches import Touch, brought_by, touches_of
from jettison.model.build_record import RecordedStep
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.op import CopyAction, MakeDirectory
from jettison.model.tree import Tree
from jettison.store.store import Store

_MAX_DEPTH = 100
_WITHOUT_LAYERS = ("context", "url", "heredoc")
_MAY_HOLD_ANYTHING = ("run", "image", "git")
_NO_STEPS = "where it was copied from is not told: provenance of mode=max would tell, that of the image is of mode=min"
_NO_CONTENT = Digest.of(b"")


def trace_file(image: LayeredImage, text: str, store: Store) -> FileOrigin:
    """The origin of a path of the image, links on the way followed; also of one that a layer deleted.

    Raises :class:`NotFoundError` for a path that no layer ever had.
    """
    tree = image.files().tree
    path, links = _path_of(tree, text)
    lineage = Lineage(store)
    build, remark = lineage.of_image(image)
    origin = _Tracer(lineage, store).of_image(image, build, path)
    if not origin.touches:
        find_entry(tree, text, follow=False)
        raise NotFoundError(f"no layer of the image has /{path}")
    if build is None and not remark and _is_copied(origin) and is_without_steps(image):
        remark = _NO_STEPS
    entry = tree.get(path)
    link = entry.link if entry is not None and entry.type is EntryType.SYMLINK else ""
    return replace(
        origin,
        links=links,
        link=link,
        names=tuple(name for name in names_of(tree, path) if name != path),
        remark=origin.remark or remark,
        build=build,
    )


def _is_copied(origin: FileOrigin) -> bool:
    """Whether a COPY or ADD brought the file of which nothing but the history tells."""
    brought = origin.brought
    return brought is not None and brought.step is None and brought.instruction.startswith(("COPY", "ADD"))


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
    def __init__(self, lineage: Lineage, store: Store) -> None:
        self._lineage = lineage
        self._layers = Layers(store)
        self._store = store

    def of_image(self, image: LayeredImage, build: KnownBuild | None, path: str) -> FileOrigin:
        texts = layer_texts(image.config)
        if build is None:
            base = find_base(image, self._store)
            return self._traced(
                "the image", path, image.indexes, texts, self._lineage.below(image.config, base), depth=0
            )
        record = build.record
        made = self._lineage.stack(build, record.result)
        if any(one.layer is None for one in made):
            remark = "the provenance of the image does not tell which step made which layer"
            return self._traced("the image", path, image.indexes, texts, (), depth=0, remark=remark)
        if record.kept_layers is None and len(made) <= len(image.indexes):  # a container has one more
            return self._traced("the image", path, image.indexes, texts, made, depth=0)
        indexes = self._indexes([one.layer for one in made])
        if indexes is None:
            remark = "the image was squashed, and its layers from before are not in the store any more"
            kept = made[: record.kept_layers]
            return self._traced("the image", path, image.indexes, texts, kept, depth=0, remark=remark)
        told = [text if n < (record.kept_layers or 0) else "" for n, text in enumerate(texts)]
        told += [""] * (len(made) - len(told))
        remark = "the image was squashed: these are its layers from before"
        return self._traced("the image", path, indexes, told, made, depth=0, remark=remark)

    def _traced(
        self,
        place: str,
        path: str,
        indexes: Sequence[LayerIndex],
        texts: Sequence[str],
        made: Sequence[MadeLayer],
        *,
        depth: int,
        remark: str = "",
    ) -> FileOrigin:
        touches = touches_of(indexes, path)
        traced = [self._with_step(touch, texts, made) for touch in touches]
        brought = brought_by(touches)
        found = next((one for one in traced if one.touch is brought), None)
        source = None
        if found is not None and found.step is not None and found.build is not None and depth < _MAX_DEPTH:
            if found.step.kind == "files":
                below = indexes[: found.touch.layer]
                tree = merge_layers(below) if found.step.inputs[:1] != (None,) else Tree(entries={})
                source = self._source(found.build, found.step, path, tree, depth)
            elif found.step.mounts:
                source = self._with_content(found.build, found.step, found.touch, depth)
        return FileOrigin(
            place=place, path=path, touches=tuple(traced), brought=found, taken_from=source, remark=remark
        )

    def _with_step(self, touch: Touch, texts: Sequence[str], made: Sequence[MadeLayer]) -> TracedTouch:
        one = made[touch.layer] if touch.layer < len(made) else None
        text = texts[touch.layer] if touch.layer < len(texts) else ""
        if one is None or one.step.kind == "image":
            image = "" if one is None else one.step.source
            return TracedTouch(touch=touch, instruction=text or f"layer {touch.layer + 1}", image=image)
        step, _, build = one
        return TracedTouch(
            touch=touch,
            instruction=step.instruction,
            location=step.location,
            step=step,
            build=build,
            image=build.image,
            mounted=_mounted(build, step),
        )

    def _source(self, build: KnownBuild, step: RecordedStep, path: str, below: Tree, depth: int) -> FileOrigin | None:
        """Where a COPY or ADD took the file from; None where it made it itself: a folder on the way."""
        unseen: list[tuple[int, CopyAction]] = []
        for number, action in _copies(step):
            source = build.record.steps[number]
            made = self._lineage.stack(build, number)
            indexes = self._indexes([one.layer for one in made]) if source.kind not in _WITHOUT_LAYERS else None
            if indexes is None:
                unseen.append((number, action))
            elif (found := taken_from(action, merge_layers(indexes), below, path)) is not None:
                place = place_of(source, build.image)
                return self._traced(place, found, indexes, self._lineage.histories(made), made, depth=depth + 1)
        return self._by_words(build, unseen, path, below, depth)

    def _by_words(
        self, build: KnownBuild, copies: Sequence[tuple[int, CopyAction]], path: str, below: Tree, depth: int
    ) -> FileOrigin | None:
        """Where copies took a path from, by what they say alone: what their sources hold nobody knows."""
        guesses = guess_source([action for _, action in copies], below, path)
        if not guesses:
            return None
        alone = (number for number, action in copies if guess_source([action], below, path) == guesses)
        number = next(alone, copies[0][0])
        source = build.record.steps[number]
        place = place_of(source, build.image)
        if source.kind in _WITHOUT_LAYERS:
            taken = [action for other, action in copies if other == number]
            return _outside(source, place, guesses, archive_member(source.kind, taken, below, path))
        if guesses[1:]:
            return FileOrigin(place=place, path=" or ".join(guesses))
        return self._in_unknown_layers(build, number, guesses[0], depth + 1)

    def _in_unknown_layers(self, build: KnownBuild, number: int, path: str, depth: int) -> FileOrigin:
        """A file of a stage by the instructions of that stage alone: the last COPY that can have brought it, and every
        command after that one.
        """
        place = place_of(build.record.steps[number], build.image)
        stack = build.record.stack(number)
        was_known = all(layer is not None for _, layer in stack)
        candidates: list[Candidate] = []
        source: FileOrigin | None = None
        for step in reversed(list({id(step): step for step, _ in stack}.values())):
            if step.kind == "files" and depth < _MAX_DEPTH:
                source = self._by_words(build, _copies(step), path, Tree(entries={}), depth)
            made = source is not None or path in _folders(step)
            if made or step.kind in _MAY_HOLD_ANYTHING:
                candidates.append(
                    Candidate(
                        instruction=step.instruction,
                        location=step.location,
                        stage=step.stage,
                        build=build,
                        mounted=_mounted(build, step),
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

    def _with_content(self, build: KnownBuild, step: RecordedStep, touch: Touch, depth: int) -> FileOrigin | None:
        """A file with the same content that the command had mounted, where the files it had mounted are known."""
        look = touch.look
        if look is None or look.entry.digest in (None, _NO_CONTENT):
            return None
        for mount in step.mounts:
            number = step.inputs[mount.input]
            source = None if number is None else build.record.steps[number]
            if source is None or source.kind in _WITHOUT_LAYERS:
                continue
            made = self._lineage.stack(build, number)
            indexes = self._indexes([one.layer for one in made])
            if indexes is None:
                continue
            found = _same_content(merge_layers(indexes), mount.source, look.entry)
            if found is not None:
                remark = f"the command had it mounted below {mount.target}"
                if any(other.kind in _WITHOUT_LAYERS for other in _mounted_steps(build, step)):
                    remark += "; what it had mounted of files that are not kept may hold the same"
                place, texts = place_of(source, build.image), self._lineage.histories(made)
                origin = self._traced(place, found, indexes, texts, made, depth=depth + 1, remark=remark)
                return replace(origin, is_by_content=True)
        return None

    def _indexes(self, diff_ids: Sequence[Digest | None]) -> tuple[LayerIndex, ...] | None:
        """None where the store does not have all of them."""
        known = [diff_id for diff_id in diff_ids if diff_id is not None]
        if len(known) < len(diff_ids) or any(self._store.layers.index_bytes(diff_id) is None for diff_id in known):
            return None
        return tuple(self._layers.index(diff_id) for diff_id in known)


def _mounted_steps(build: KnownBuild, step: RecordedStep) -> list[RecordedStep]:
    numbers = [step.inputs[mount.input] for mount in step.mounts]
    return [build.record.steps[number] for number in numbers if number is not None]


def _mounted(build: KnownBuild, step: RecordedStep) -> tuple[Mounted, ...]:
    return tuple(
        Mounted(place=place_of(build.record.steps[number], build.image), path=mount.source, target=mount.target)
        for mount in step.mounts
        if (number := step.inputs[mount.input]) is not None
    )


def _outside(source: RecordedStep, place: str, guesses: Sequence[str], archived: tuple[str, str] | None) -> FileOrigin:
    """A file of a context, of a URL, or one that the Dockerfile holds itself; ``archived`` is the archive that it was
    in, and its name there.
    """
    if archived is not None:
        archive = place if source.kind == "url" else f"{archived[0]} of {place}"
        return FileOrigin(place=f"the archive {archive}", path=archived[1], is_relative=True)
    path = " or ".join(guesses) if source.kind == "context" else ""
    return FileOrigin(place=place, path=path, is_relative=True)


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
