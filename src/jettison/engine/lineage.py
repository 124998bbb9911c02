"""The builds that an image is made of: its own, that of its base image, that of the base of its base, and so on.

An image step of a build stands for layers that another build made. Where that is known, by the record that the store
keeps or by provenance that came with the image, each of those layers has the step that made it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from jettison.attest.provenance_record import PREDICATE_TYPES, read_provenance
from jettison.engine.attested import attested_record
from jettison.engine.base_of import Base, build_record, layer_texts
from jettison.engine.build_record import parse_build_record
from jettison.engine.image_layers import Below, LayeredImage
from jettison.errors import IntegrityError, JettisonError, NotFoundError, RegistryError
from jettison.frozen import dataclass, replace
from jettison.model.build_record import BuildRecord, RecordedStep
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest
from jettison.model.reference import Reference
from jettison.store.images import ImageRecord
from jettison.store.store import Store
from jettison.tuples import NamedTuple

_MAX_ASKED = 10
"""How many images a registry is asked for, to tell what one image stands on."""
_MAX_BASES = 50
"""More images on top of each other are no lineage but an attempt to keep the reader busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBuild:
    """A build that somebody tells of."""

    record: BuildRecord
    image: str = ""
    """The base image that it made, as FROM has it; empty for the image itself."""
    is_claim: bool = False
    """Whether an attestation tells it, which nobody verified."""


class MadeLayer(NamedTuple):
    """A layer, and the step that made it; an image step where no more is known."""

    step: RecordedStep
    layer: Digest | None
    build: KnownBuild
    """That the step is one of."""


class Lineage:
    """Finds the builds of images and of what they stand on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._images = cache(store.images.list)
        self._look_below: Callable[[Reference], Below | None] = lambda reference: None
        self._asked = 0
        self._found: dict[tuple[str, Digest | None, tuple[Digest | None, ...]], KnownBuild | None] = {}

    def of_image(self, image: LayeredImage) -> tuple[KnownBuild | None, str]:
        """The build of an image; and what is wrong with what is told of it, where something is."""
        self._look_below = image.look_below
        record = build_record(image, self._store)
        if record is not None:
            return KnownBuild(record=record), ""
        record, remark = attested_record(image)
        return (None if record is None else KnownBuild(record=record, is_claim=True)), remark

    def stack(self, build: KnownBuild, number: int | None) -> tuple[MadeLayer, ...]:
        """Each layer that the result of a step consists of, lowest first, with the step that made it, in any build."""
        return tuple(self._stack(build, number, ()))

    def below(self, config: ImageConfig, base: Base | None) -> tuple[MadeLayer, ...]:
        """The layers of the base of an image whose own build nobody knows; none where that of the base is not known
        either.
        """
        if base is None or not base.cut.layers:
            return ()
        step = RecordedStep(
            kind="image",
            name="",
            stage="",
            location="",
            source=base.name,
            inputs=(),
            layers=config.diff_ids[: base.cut.layers],
        )
        record = BuildRecord(steps={0: step}, result=0, base_name=base.name, base_layers=0, base_history=0)
        found = self.stack(KnownBuild(record=record), 0)
        return () if any(made.step is step for made in found) else found

    def histories(self, layers: Sequence[MadeLayer]) -> list[str]:
        """What is said of layers that no step made, by the histories of their images; else their number in there."""
        texts: list[str] = []
        for number, made in enumerate(layers):
            step = made.step
            if step.kind != "image":
                texts.append(step.source)
                continue
            place = number - next(first for first, other in enumerate(layers) if other.step is step)
            told = self._history(step)
            texts.append(told[place] if place < len(told) else f"layer {place + 1}")
        return texts

    def _history(self, step: RecordedStep) -> tuple[str, ...]:
        alike = [record for record in self._images() if record.diff_ids == step.layers]
        record = next((record for record in alike if _is_called(record, step.digest)), None)
        try:
            return () if record is None else layer_texts(self._store.images.config(record.image_id))
        except (IntegrityError, NotFoundError):
            return ()

    def _stack(self, build: KnownBuild, number: int | None, above: tuple[BuildRecord, ...]) -> Iterator[MadeLayer]:
        told = list(build.record.stack(number))
        place = 0
        while place < len(told):
            step, layer = told[place]
            if step.kind == "image":
                yield from self._opened(build, step, above)
                place += len(step.layers)
            else:
                yield MadeLayer(step, layer, build)
                place += 1

    def _opened(self, build: KnownBuild, step: RecordedStep, above: tuple[BuildRecord, ...]) -> Iterator[MadeLayer]:
        """The layers of an image step by the build of that image, where it is known and fits; else by the step."""
        base = self._build_of(step)
        inner: Sequence[MadeLayer] = ()
        if base is not None and len(above) < _MAX_BASES and all(base.record is not one for one in above):
            inner = list(self._stack(base, base.record.result, (*above, build.record)))
            kept = base.record.kept_layers
            if kept is not None:
                inner = inner[:kept]  # the layer above them, which the others were squashed into, is the step's
            elif len(inner) != len(step.layers):
                inner = ()
        for number, layer in enumerate(step.layers):
            yield inner[number]._replace(layer=layer) if number < len(inner) else MadeLayer(step, layer, build)

    def _build_of(self, step: RecordedStep) -> KnownBuild | None:
        key = step.source, step.digest, step.layers
        if key not in self._found:
            layers = tuple(layer for layer in step.layers if layer is not None)
            known = bool(layers) and len(layers) == len(step.layers)
            self._found[key] = self._find(step, layers) if known else None
        return self._found[key]

    def _find(self, step: RecordedStep, layers: tuple[Digest, ...]) -> KnownBuild | None:
        """By the id of the image, else by a digest that it has in a registry, else by its layers."""
        alike = [record for record in self._images() if record.diff_ids == layers]
        named = [record for record in alike if _is_called(record, step.digest)]
        exact = ([] if step.digest is None else [step.digest]) + [record.image_id for record in named]
        for image_id in dict.fromkeys(exact):
            found = self._told(image_id, layers, step.source)
            if found is not None:
                return found
        for record in alike:
            name = next((name.familiar() for name in record.names), record.image_id.short)
            same = name == step.source
            found = self._told(record.image_id, layers, name if same else f"{name}, which has the same layers")
            if found is not None:
                return found
        return self._find_away(step, layers)

    def _find_away(self, step: RecordedStep, layers: tuple[Digest, ...]) -> KnownBuild | None:
        """What is said about it in the registry that the image is in."""
        try:
            name = replace(Reference.parse(step.source), digest=step.digest)
        except JettisonError:
            return None
        if step.digest is None or self._asked == _MAX_ASKED:
            return None
        self._asked += 1
        below = self._look_below(name)
        if below is None or below.diff_ids != layers:
            return None
        try:
            statement = below.statement(PREDICATE_TYPES)
            record = None if statement is None else read_provenance(statement, layers)
        except (IntegrityError, NotFoundError, RegistryError):
            return None  # what is wrong with it is said where that image itself is looked at
        return None if record is None else KnownBuild(record=record, image=step.source, is_claim=True)

    def _told(self, image_id: Digest, layers: tuple[Digest, ...], name: str) -> KnownBuild | None:
        data = self._store.builds.record(image_id)
        record = None if data is None else parse_build_record(data)
        if record is not None:
            return KnownBuild(record=record, image=name)
        statement = self._store.builds.provenance(image_id)
        try:
            record = None if statement is None else read_provenance(statement, layers)
        except IntegrityError:
            return None  # what is wrong with it is said where that image itself is looked at
        return None if record is None else KnownBuild(record=record, image=name, is_claim=True)


def unverified(image: str) -> str:
    """What has to be said where only an attestation tells of a build; without an ``image``, of the one asked for."""
    told, came = (image, "it") if image else ("the build", "the image")
    return f"what is told of {told} is what the provenance that came with {came} claims: nobody verified it"


def _is_called(record: ImageRecord, digest: Digest | None) -> bool:
    if digest is None:
        return False
    manifest = None if record.manifest is None else record.manifest.digest
    return digest in (record.image_id, manifest, *(name.digest for name in record.repo_digests))
