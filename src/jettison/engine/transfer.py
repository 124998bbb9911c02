"""Images in and out of the store: pull, load, save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from jettison.engine.encoder import Compression, Encoder
from jettison.engine.images import FoundImage, ImageFinder
from jettison.engine.layers import Layers, Progress
from jettison.engine.request import Machine
from jettison.engine.stored_image import stored_image
from jettison.errors import IntegrityError, JettisonError, NotFoundError, RegistryError
from jettison.hints import BinaryIO
from jettison.layer.decompress import Codec
from jettison.layer.stream import Sink
from jettison.layout.bundle import Bundle
from jettison.layout.content import joined
from jettison.layout.detect import find_surroundings, open_layout, read_groups
from jettison.layout.write import write_docker_archive
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage, image_config
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.surroundings import Surroundings
from jettison.store.leases import Lease
from jettison.store.store import Store

Remark = Callable[[str], object]
"""Is told one line for the user."""


def _say_nothing(line: str) -> None:
    pass


def pull(
    reference: Reference,
    platform: Platform,
    machine: Machine,
    progress: Progress,
    *,
    remark: Remark = _say_nothing,
) -> FoundImage:
    """Bring an image with all its layers into the store, as its registry has it now, and the attestations beside it.

    ``remark`` is told why those could not be read, where they could not.
    """
    from jettison.registry.pull import resolve_image

    with ExitStack() as stack:
        lease = stack.enter_context(machine.store.lease())
        layers = Layers(machine.store)
        stack.callback(layers.close)
        image = resolve_image(machine.open_registry(), reference, platform)
        found = ImageFinder(machine.store, layers, machine.open_registry).take_pulled(image)
        lease.hold_layers(found.config.diff_ids)
        layers.bring(found.config.diff_ids, progress)
        _keep_what_is_said(found.image_id, image, image.surroundings, machine.store, remark, is_file=False)
        return found


def load(
    source: Path | BinaryIO,
    machine: Machine,
    progress: Progress,
    *,
    platform: Platform | None = None,
    remark: Remark = _say_nothing,
) -> tuple[tuple[Digest, tuple[Reference, ...]], ...]:
    """Take every image of a layout or an archive into the store; returns their ids and the names that they got.

    An image of several platforms is taken with all that are there, or with ``platform`` alone; its id is that of the
    one that its name means by default. The attestations beside an image are kept; ``remark`` is told why they could not
    be read, where they could not.
    """
    store = machine.store
    with ExitStack() as stack:
        lease = stack.enter_context(store.lease())
        layers = Layers(store)
        stack.callback(layers.close)
        spool = stack.enter_context(store.temporary_directory())
        what = None if isinstance(source, Path) else "standard input"
        files = stack.enter_context(open_layout(source, spool_dir=spool, what=what))
        loaded = []
        held: set[str] = set()
        for group in read_groups(files):
            members = {image_config(image).platform: image for image in group.images}
            held |= set(map(str, members))
            if platform is not None:
                members = {known: image for known, image in members.items() if platform.runs(known)}
            ids = {known: _load_one(image, machine, layers, lease, progress) for known, image in members.items()}
            for known, image in members.items():
                find = partial(find_surroundings, files, image)
                _keep_what_is_said(ids[known], image, find, store, remark, is_file=True)
            if not ids:
                continue
            default = next((known for known in ids if machine.platform.runs(known)), next(iter(ids)))
            image_id = ids.pop(default)
            for name in group.names:
                store.images.tag(name, image_id, others=ids)
            loaded.append((image_id, group.names))
        if not loaded and platform is not None:
            raise NotFoundError(
                f"there is no image for {platform}", hint=f"it holds images for {', '.join(sorted(held))}"
            )
        return tuple(loaded)


def save(
    names: Sequence[str],
    sink: Sink,
    machine: Machine,
    progress: Progress,
    *,
    platform: Platform | None = None,
    remark: Remark = _say_nothing,
) -> None:
    """Write images as one docker archive, layers uncompressed as ``docker save`` does.

    Of an image of several platforms that is the one for ``platform``, else for this machine. One that came with
    attestations is written as it came, compressed, with them beside it; ``remark`` is told of those that stay behind.
    """
    from jettison.engine.companions import bring_companions, bundle_as_came, image_as_came

    with ExitStack() as stack:
        lease = stack.enter_context(machine.store.lease())
        layers = Layers(machine.store)
        stack.callback(layers.close)
        encoder = stack.enter_context(Encoder(machine.store, Compression(codec=Codec.NONE, force=True)))
        finder = ImageFinder(machine.store, layers, machine.open_registry)
        images: dict[Digest, NamedImage] = {}
        bundles: dict[Digest, Bundle] = {}
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
                record = machine.store.images.get(found.image_id)
                bring_companions(record, machine.open_registry, machine.store, remark)
                image = image_as_came(record, machine.store) or stored_image(machine.store, found.image_id, encoder)
                images[found.image_id] = NamedImage(image=image, names=references)
                bundles[found.image_id] = bundle_as_came([(record, image)], machine.store, remark)
            else:
                images[found.image_id] = NamedImage(image=known.image, names=(*known.names, *references))
        contents = [bundles[image_id].content(named.names) for image_id, named in images.items()]
        write_docker_archive(sink, tuple(images.values()), joined(contents))


def _keep_what_is_said(
    image_id: Digest,
    image: ImageSource,
    find: Callable[[], Surroundings | None],
    store: Store,
    remark: Remark,
    *,
    is_file: bool,
) -> None:
    """Keep the attestations that lie beside an image, and apart from them what they tell of its build.

    The image is as good without: whatever is wrong with such a statement is no reason not to take it.
    """
    from jettison.attest.provenance_record import PREDICATE_TYPES
    from jettison.engine.companions import keep_companions, keep_layers_as_they_came, kept_statement

    about = image.descriptor.digest
    try:
        keep_companions(image_id, about, find(), store)
        if is_file and store.companions.of(image_id, about).attestations:
            keep_layers_as_they_came(image, store)  # from a registry they can be had again
        statement = kept_statement(image_id, about, PREDICATE_TYPES, store)
    except (IntegrityError, NotFoundError, RegistryError) as error:
        remark(f"note: the attestations beside the image {image_id.short} cannot be read: {error.message}")
        return
    if statement is not None:
        store.builds.keep_provenance(image_id, statement)


def _load_one(image: ImageSource, machine: Machine, layers: Layers, lease: Lease, progress: Progress) -> Digest:
    config = image_config(image)
    lease.hold_layers(config.diff_ids)
    layers.offer(config.diff_ids, lambda: image, keep_blobs=True)
    layers.bring(config.diff_ids, progress)
    machine.store.blobs.put(image.manifest_bytes)
    return machine.store.images.put(image.config_bytes, manifest=image.descriptor)


def _asked_name(text: str, tags: Sequence[Reference]) -> tuple[Reference, ...]:
    """The name under which an image was asked for; none where that was an id."""
    try:
        reference = Reference.parse(text).with_default_tag()
    except JettisonError:
        return ()
    return (reference,) if reference in tags else ()
