"""Images in and out of the store: pull, load, save."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from jettison.engine.encoder import Compression, Encoder
from jettison.engine.images import FoundImage, ImageFinder
from jettison.engine.layers import Layers, Progress
from jettison.engine.request import Machine
from jettison.engine.stored_image import stored_image
from jettison.errors import JettisonError, NotFoundError
from jettison.layer.decompress import Codec
from jettison.layer.stream import Sink
from jettison.layout.detect import open_layout, read_groups
from jettison.layout.write import write_docker_archive
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage, image_config
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store.leases import Lease


def pull(reference: Reference, platform: Platform, machine: Machine, progress: Progress) -> FoundImage:
    """Bring an image with all its layers into the store, as its registry has it now."""
    with ExitStack() as stack:
        lease = stack.enter_context(machine.store.lease())
        layers = Layers(machine.store)
        stack.callback(layers.close)
        found = ImageFinder(machine.store, layers, machine.open_registry).pull(reference.with_default_tag(), platform)
        lease.hold_layers(found.config.diff_ids)
        layers.bring(found.config.diff_ids, progress)
        return found


def load(
    source: Path | BinaryIO, machine: Machine, progress: Progress, *, platform: Platform | None = None
) -> tuple[tuple[Digest, tuple[Reference, ...]], ...]:
    """Take every image of a layout or an archive into the store; returns their ids and the names that they got.

    An image of several platforms is taken with all that are there, or with ``platform`` alone; its id is that of the
    one that its name means by default.
    """
    store = machine.store
    with ExitStack() as stack:
        lease = stack.enter_context(store.lease())
        layers = Layers(store)
        stack.callback(layers.close)
        spool = stack.enter_context(store.temporary_directory())
        files = stack.enter_context(open_layout(source, spool_dir=spool))
        loaded = []
        for group in read_groups(files):
            members = {image_config(image).platform: image for image in group.images}
            if platform is not None:
                members = {known: image for known, image in members.items() if platform.runs(known)}
            ids = {known: _load_one(image, machine, layers, lease, progress) for known, image in members.items()}
            if not ids:
                continue
            default = next((known for known in ids if machine.platform.runs(known)), next(iter(ids)))
            image_id = ids.pop(default)
            for name in group.names:
                store.images.tag(name, image_id, others=ids)
            loaded.append((image_id, group.names))
        if not loaded and platform is not None:
            raise NotFoundError(f"there is no image for {platform}")
        return tuple(loaded)


def save(
    names: Sequence[str], sink: Sink, machine: Machine, progress: Progress, *, platform: Platform | None = None
) -> None:
    """Write images as one docker archive, layers uncompressed as ``docker save`` does.

    Of an image of several platforms that is the one for ``platform``, else for this machine.
    """
    with ExitStack() as stack:
        lease = stack.enter_context(machine.store.lease())
        layers = Layers(machine.store)
        stack.callback(layers.close)
        encoder = stack.enter_context(Encoder(machine.store, Compression(codec=Codec.NONE, force=True)))
        finder = ImageFinder(machine.store, layers, machine.open_registry)
        images: dict[Digest, NamedImage] = {}
        for name in names:
            if platform is not None:
                machine.store.images.find_for(name, platform)  # it has to be there; without, any is better than none
            found = finder.local(name, platform or machine.platform)
            lease.hold_image(found.image_id)
            lease.hold_layers(found.config.diff_ids)
            layers.bring(found.config.diff_ids, progress)
            known = images.get(found.image_id)
            references = _asked_name(name, machine.store.images.get(found.image_id).tags)
            if known is None:
                image = stored_image(machine.store, found.image_id, encoder)
                images[found.image_id] = NamedImage(image=image, names=references)
            else:
                images[found.image_id] = NamedImage(image=known.image, names=(*known.names, *references))
        write_docker_archive(sink, tuple(images.values()))


def _load_one(image: ImageSource, machine: Machine, layers: Layers, lease: Lease, progress: Progress) -> Digest:
    config = image_config(image)
    lease.hold_layers(config.diff_ids)
    layers.offer(config.diff_ids, lambda: image, keep_blobs=True)
    layers.bring(config.diff_ids, progress)
    return machine.store.images.put(image.config_bytes)


def _asked_name(text: str, tags: Sequence[Reference]) -> tuple[Reference, ...]:
    """The name under which an image was asked for; none where that was an id."""
    try:
        reference = Reference.parse(text).with_default_tag()
    except JettisonError:
        return ()
    return (reference,) if reference in tags else ()
