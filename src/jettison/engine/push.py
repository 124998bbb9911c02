"""Pushing what the store has: as it was pulled where nothing of that is lost, else with layers compressed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

from jettison.engine.companions import Remark, bring_companions, bundle_as_came
from jettison.engine.encoder import Compression, Encoder
from jettison.engine.images import ImageFinder
from jettison.engine.layers import Layers, Progress
from jettison.engine.publish import publish
from jettison.engine.request import Machine
from jettison.engine.stored_image import as_pulled, stored_image
from jettison.errors import NotFoundError
from jettison.frozen import dataclass, replace
from jettison.layout.bundle import BundledImage, bundle
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.registry.push import BlobFate
from jettison.store.images import LISTED, ImageRecord, OtherPlatformError
from jettison.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedLayer:
    """A layer that is in the repository now."""

    diff_id: Digest
    fate: BlobFate
    origin: str
    """The repository that it was mounted from; empty for none."""


def push(
    reference: Reference,
    machine: Machine,
    progress: Progress,
    told: Callable[[PushedLayer], None],
    *,
    platform: Platform | None = None,
    remark: Remark = lambda line: None,
) -> Descriptor:
    """Push the image of this name, on all its platforms or on one; returns what the tag stands for now.

    What came with an image goes with it, but where one platform is asked for, which is pushed alone, as docker does it.
    ``told`` hears of every layer, from any thread; ``remark`` of attestations that stay behind. Raises
    :class:`NotFoundError` where there is no such image.
    """
    store = machine.store
    records = _records(reference, store, platform)
    with ExitStack() as stack:
        lease = stack.enter_context(store.lease())
        layers = stack.enter_context(closing(Layers(store)))
        encoder = stack.enter_context(Encoder(store, Compression()))
        finder = ImageFinder(store, layers, machine.open_registry)
        images = []
        for record in records:
            lease.hold_image(record.image_id)
            lease.hold_layers(record.diff_ids)
            finder.offer(record)
            layers.bring(record.diff_ids, progress)
            bring_companions(record, machine.open_registry, store, remark)
            images.append(as_pulled(record, store) or stored_image(store, record.image_id, encoder))
        diff_ids = {
            layer.digest: diff_id
            for record, image in zip(records, images, strict=True)
            for layer, diff_id in zip(image.manifest.layers, record.diff_ids, strict=True)
        }

        def tell(descriptor: Descriptor, fate: BlobFate, origin: str) -> None:
            if descriptor.digest in diff_ids:
                told(PushedLayer(diff_id=diff_ids[descriptor.digest], fate=fate, origin=origin))

        if platform is None:
            bundled = bundle_as_came(tuple(zip(records, images, strict=True)), store, remark)
        else:
            bundled = bundle([BundledImage(image=image) for image in images])
        publish(bundled, reference, machine.open_registry(), store, progress, told=tell)
        origin = replace(reference, tag=None, digest=bundled.root.digest)
        for record in records:
            store.images.put(store.blobs.read(record.image_id), sources=[origin])
        return bundled.root


def tags_of(reference: Reference, store: Store) -> tuple[Reference, ...]:
    """All names of the repository that the store has."""
    names = {name for record in store.images.list() for name in record.tags if name.repository == reference.repository}
    if not names:
        text = f"An image does not exist locally with the tag: {reference.repository}"
        raise NotFoundError(text, hint=store.images.near(reference.familiar()) or LISTED)
    return tuple(sorted(names, key=str))


def _records(reference: Reference, store: Store, platform: Platform | None) -> Sequence[ImageRecord]:
    try:
        if platform is not None:
            return (store.images.find_for(str(reference), platform),)
        return store.images.platforms(str(reference))
    except OtherPlatformError:
        raise
    except NotFoundError as error:
        text = f"An image does not exist locally with the tag: {reference.repository}"
        raise NotFoundError(text, hint=error.hint) from error
