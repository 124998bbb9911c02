"""The images of the store on which a program could be put: those that were not built here from a Dockerfile."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.analyze.known_base import KnownBase
from jettison.engine.image_layers import LayeredImage
from jettison.errors import IntegrityError, NotFoundError
from jettison.layer.index import LayerIndex
from jettison.layer.index_format import parse_index
from jettison.model.digest import Digest
from jettison.store.images import ImageRecord
from jettison.store.store import Store


def known_bases(image: LayeredImage, store: Store) -> tuple[KnownBase, ...]:
    """For the platform of an image that is none of them itself; only those of which all layers are here."""
    found = (_known_base(record, image, store) for record in store.images.list() if record.tags)
    return tuple(known for known in found if known is not None)


def _known_base(record: ImageRecord, image: LayeredImage, store: Store) -> KnownBase | None:
    sizes = [store.layers.size(diff_id) for diff_id in record.diff_ids]
    if record.image_id == image.image_id or None in sizes or store.builds.record(record.image_id) is not None:
        return None
    try:
        config = store.images.config(record.image_id)
    except (IntegrityError, NotFoundError):
        return None  # damaged, or pruned meanwhile: nobody would be helped by the advice
    if not image.config.platform.runs(config.platform):
        return None
    return KnownBase(
        name=record.tags[0].familiar(),
        size_bytes=sum(size for size in sizes if size is not None),
        command=(*(config.run.entrypoint or ()), *(config.run.cmd or ())),
        open_indexes=lambda: _indexes(record.diff_ids, store),
    )


def _indexes(diff_ids: Sequence[Digest], store: Store) -> tuple[LayerIndex, ...]:
    """None at all where one of them is damaged, or was pruned meanwhile."""
    found = [store.layers.index_bytes(diff_id) for diff_id in diff_ids]
    try:
        return tuple(parse_index(data) for data in found if data is not None) if None not in found else ()
    except IntegrityError:
        return ()
