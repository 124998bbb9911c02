"""Where the base image of an image ends, and how that is known.

In order of trust: the record of a build in the store; the manifest's annotations (OCI image-spec, annotations.md,
``org.opencontainers.image.base.*``), where they name an image of the store; its provenance; an image of the store with
the same lowest layers; the history, where a ``CMD`` or ``ENTRYPOINT`` stands before the last layers, as base images end
with one.
"""

from __future__ import annotations

from collections.abc import Iterable

from jettison.analyze.instructions import readable
from jettison.engine.attested import attested_record
from jettison.engine.build_record import parse_build_record
from jettison.engine.image_layers import LayeredImage
from jettison.engine.squash import Cut, cut_at
from jettison.enums import StrEnum
from jettison.errors import JettisonError, NotFoundError
from jettison.frozen import dataclass
from jettison.model.build_record import BuildRecord
from jettison.model.config import ImageConfig
from jettison.model.reference import Reference
from jettison.patterns import late_pattern
from jettison.store.images import ImageRecord
from jettison.store.store import Store

_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"
_COMMAND = late_pattern(r"(?:/bin/sh -c #\(nop\) +)?(?:CMD|ENTRYPOINT)\b")


class Knowledge(StrEnum):
    """How the base is known."""

    BUILD = "it was built here"
    ANNOTATION = "annotations of its manifest"
    PROVENANCE = "its provenance"
    STORE = "an image of the store with the same layers"
    HISTORY = "its history, a guess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The lower part of an image, which somebody else made."""

    cut: Cut
    name: str
    """Empty where it has none: ``scratch``, or a guess."""
    knowledge: Knowledge


def find_base(image: LayeredImage, store: Store) -> Base | None:
    """The base of an image; None where nothing tells."""
    return (
        _from_build(image, store)
        or _from_annotations(image, store)
        or _from_provenance(image)
        or _from_store(image, store)
        or _from_history(image.config)
    )


def build_record(image: LayeredImage, store: Store) -> BuildRecord | None:
    """The record of the build that made the image; None where it was not built here."""
    data = store.builds.record(image.image_id)
    return None if data is None else parse_build_record(data)


def _from_build(image: LayeredImage, store: Store) -> Base | None:
    record = build_record(image, store)
    if record is None or (record.kept_layers is not None and record.kept_layers < record.base_layers):
        return None
    cut = Cut(layers=record.base_layers, history=record.base_history)
    return Base(cut=cut, name=record.base_name, knowledge=Knowledge.BUILD)


def _from_provenance(image: LayeredImage) -> Base | None:
    record, _ = attested_record(image)
    if record is None or not 0 < record.base_layers < len(image.config.diff_ids):
        return None
    cut = cut_at(image.config, record.base_layers)
    return Base(cut=cut, name=record.base_name, knowledge=Knowledge.PROVENANCE)


def _from_annotations(image: LayeredImage, store: Store) -> Base | None:
    said = dict(image.annotations)
    name, digest = said.get(_BASE_NAME, ""), said.get(_BASE_DIGEST, "")
    for text in (f"{name.partition('@')[0]}@{digest}" if name and digest else "", name):
        record = _lookup(store, text)
        base = None if record is None else _below(image.config, record, store)
        if base is not None:
            return Base(cut=base, name=name, knowledge=Knowledge.ANNOTATION)
    return None


def _lookup(store: Store, text: str) -> ImageRecord | None:
    try:
        return store.images.find(str(Reference.parse(text))) if text else None
    except (NotFoundError, JettisonError):
        return None


def _from_store(image: LayeredImage, store: Store) -> Base | None:
    candidates = [record for record in store.images.list() if record.image_id != image.image_id]
    best: tuple[tuple[bool, int], ImageRecord, Cut] | None = None
    for record in candidates:
        cut = _below(image.config, record, store)
        if cut is not None:
            rank = (bool(record.repo_digests), cut.layers)
            if best is None or rank > best[0]:
                best = rank, record, cut
    if best is None:
        return None
    name = next((name.familiar() for name in best[1].names), best[1].image_id.short)
    return Base(cut=best[2], name=name, knowledge=Knowledge.STORE)


def _below(config: ImageConfig, record: ImageRecord, store: Store) -> Cut | None:
    """The cut above another image, where its layers are the lowest of this one, which has more."""
    count = len(record.diff_ids)
    if not 0 < count < len(config.diff_ids) or config.diff_ids[:count] != record.diff_ids:
        return None
    base = store.images.config(record.image_id)
    history = config.history[: len(base.history)]
    same = [entry.created_by for entry in history] == [entry.created_by for entry in base.history]
    told = sum(not entry.empty_layer for entry in history)
    return Cut(layers=count, history=len(history)) if same and told == count else cut_at(config, count)


def _from_history(config: ImageConfig) -> Base | None:
    """The last command that more layers follow; nothing where the history does not tell of every layer."""
    told = sum(not entry.empty_layer for entry in config.history)
    if told != len(config.diff_ids):
        return None
    seen, found = 0, None
    for position, entry in enumerate(config.history):
        seen += not entry.empty_layer
        if 0 < seen < told and entry.empty_layer and _COMMAND.match(entry.created_by):
            found = Cut(layers=seen, history=position + 1)
    return None if found is None else Base(cut=found, name="", knowledge=Knowledge.HISTORY)


def describe(base: Base) -> str:
    """``12 layers of debian:12 (it was built here)``."""
    layers = _layers(base.cut.layers)
    of = f" of {base.name}" if base.name else ""
    return f"{layers}{of} (known by: {base.knowledge})"


def _layers(count: int) -> str:
    return f"{count} layer" if count == 1 else f"{count} layers"


def layer_texts(config: ImageConfig) -> tuple[str, ...]:
    """What the history says of each layer, on one line; ``layer N`` where it does not tell of every one."""
    told = [entry.created_by or entry.comment for entry in config.history if not entry.empty_layer]
    if len(told) != len(config.diff_ids):
        return tuple(f"layer {number + 1}" for number in range(len(config.diff_ids)))
    return tuple(readable(text) or f"layer {number + 1}" for number, text in enumerate(told))


def numbered(config: ImageConfig) -> Iterable[str]:
    """A line for each layer, from 1, with what its history says."""
    return (f"{number + 1:4}  {text[:100]}" for number, text in enumerate(layer_texts(config)))
