"""Finding images: named build contexts first, then the store, then registries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial

from jettison.dockerfile.named_contexts import ContextName, find_named
from jettison.engine.layers import Layers
from jettison.errors import NotFoundError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage, image_config
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store.images import ImageRecord
from jettison.store.store import Store
from jettison.tuples import NamedTuple

if TYPE_CHECKING:
    from jettison.model.surroundings import Surroundings
    from jettison.registry.client import RegistryClient
    from jettison.registry.pull import ResolvedImage as RegistryImage

OpenNamed = Callable[[Platform], NamedImage]
"""Opens the image of a named build context (an OCI layout, an archive)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImage:
    """An image whose config is known and whose layers can be had."""

    reference: Reference
    image_id: Digest
    config: ImageConfig

    def mismatch(self, wanted: Platform) -> str | None:
        """What to tell a user who wanted an image for another platform; None where this is for the right one."""
        found = self.config.platform
        if wanted.same_machine(found):
            return None
        return f'image {self.reference.familiar()} has the platform "{found}", expected "{wanted}"'


class FoundAway(NamedTuple):
    """An image outside of the store, and what looks for the index around it."""

    image: ImageSource
    find_surroundings: Callable[[], Surroundings | None]


class ImageFinder:
    """Resolves references for one build, run or pull. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        layers: Layers,
        open_registry: Callable[[], RegistryClient],
        named: Mapping[ContextName, OpenNamed] | None = None,
        found: Callable[[FoundAway], object] = lambda image: None,
    ) -> None:
        """``found`` hears of images that came from elsewhere than the store, while whatever they lie in is open."""
        self._found = found
        self._store = store
        self._layers = layers
        self._open_registry = open_registry
        self._named = dict(named or {})

    def find(
        self,
        reference: Reference,
        platform: Platform,
        *,
        pull: bool = False,
        announce: Callable[[str], AbstractContextManager[object]] = lambda name: nullcontext(),
    ) -> FoundImage:
        """The image for ``platform``; the store is passed over with ``pull``, and where it has another platform.

        ``announce`` is entered around work on the network.
        """
        open_named = find_named(self._named, reference.with_default_tag(), platform)
        if open_named is not None:
            named = open_named(platform)
            self._found(FoundAway(named.image, named.find_surroundings))
            return self.take(named.image, reference)
        record = None if pull else self._in_store(reference, platform)
        if record is not None:
            config = self._store.images.config(record.image_id)
            if platform.runs(config.platform) or reference.digest is not None:
                self._offer_missing(record, platform)
                return FoundImage(reference=reference, image_id=record.image_id, config=config)
        from jettison.registry.pull import resolve_image

        with announce(f"load metadata for {reference.with_default_tag()}"):
            image = resolve_image(self._open_registry(), reference, platform)
            self._found(FoundAway(image, image.surroundings))
            return self.take_pulled(image, leads=False)

    def stored_config(self, reference: Reference, platform: Platform) -> ImageConfig | None:
        """The config of an image as far as this machine knows it; nobody is asked."""
        open_named = find_named(self._named, reference.with_default_tag(), platform)
        if open_named is not None:
            return image_config(open_named(platform).image)
        record = self._in_store(reference, platform)
        return None if record is None else self._store.images.config(record.image_id)

    def take_pulled(self, image: RegistryImage, *, leads: bool = True) -> FoundImage:
        """Note an image that a registry answered with: in the store, under its digest and its tag.

        Images of other platforms that the tag has from the same index stay; ``leads`` says that the new one is meant
        from now on where nobody names a platform.
        """
        reference = image.reference
        found = self.take(image, reference, keep_blobs=True)
        origin = Reference(domain=reference.domain, path=reference.path, digest=image.root.digest)
        self._store.blobs.put(image.manifest_bytes)
        self._store.images.put(image.config_bytes, manifest=image.descriptor, sources=[origin])
        from jettison.engine.companions import keep_index

        keep_index(found.image_id, image.descriptor.digest, image.surroundings(), self._store)
        if reference.tag is not None:
            with self._store.lock(f"tag {reference}"):
                self._tag_pulled(reference, found, origin, leads=leads)
        return found

    def _tag_pulled(self, reference: Reference, found: FoundImage, origin: Reference, *, leads: bool) -> None:
        images = self._store.images
        platform = found.config.platform
        try:
            known = images.platforms(str(reference))
        except NotFoundError:
            known = ()
        members = {
            images.config(record.image_id).platform: record.image_id
            for record in known
            if origin in record.repo_digests
        }
        members = {platform: found.image_id} | members if leads else members | {platform: found.image_id}
        members[platform] = found.image_id
        (_, default), *others = members.items()
        images.tag(reference, default, others=dict(others))

    def take(self, image: ImageSource, reference: Reference, *, keep_blobs: bool = False) -> FoundImage:
        """Make the layers of an image available, without reading them."""
        config = image_config(image)
        self._layers.offer(config.diff_ids, lambda: image, keep_blobs=keep_blobs)
        return FoundImage(reference=reference, image_id=image.manifest.config.digest, config=config)

    def offer(self, record: ImageRecord) -> None:
        """Make the layers of a stored image available that are not here, from where it was pulled."""
        self._offer_missing(record, self._store.images.config(record.image_id).platform)

    def local(self, text: str, platform: Platform) -> FoundImage:
        """An image of the store by name or id, for ``platform`` if it has that; its missing layers can be had from
        where it was pulled.
        """
        try:
            record = self._store.images.find_for(text, platform)
        except NotFoundError:
            record = self._store.images.find(text)
        config = self._store.images.config(record.image_id)
        self._offer_missing(record, config.platform)
        reference = record.names[0] if record.names else _nameless(record.image_id)
        return FoundImage(reference=reference, image_id=record.image_id, config=config)

    def _in_store(self, reference: Reference, platform: Platform) -> ImageRecord | None:
        try:
            name = str(reference.with_default_tag())
            records = self._store.images.platforms(name)
        except NotFoundError:
            return None
        fitting = (record for record in records if platform.runs(self._store.images.config(record.image_id).platform))
        return next(fitting, records[0])

    def _offer_missing(self, record: ImageRecord, platform: Platform) -> None:
        """Where layers of a stored image are not here, they can be had from a registry: its own, or its base's."""
        missing = {diff_id for diff_id in record.diff_ids if not self._store.layers.has(diff_id)}
        if not missing:
            return
        from jettison.registry.pull import resolve_image

        related = [other for other in self._store.images.list() if other.repo_digests and missing & {*other.diff_ids}]
        for other in sorted(related, key=lambda other: other.image_id != record.image_id):
            origin = other.repo_digests[0]
            if other.manifest is not None:
                origin = replace(origin, digest=other.manifest.digest)
            image = cache(partial(resolve_image, self._open_registry(), origin, platform))
            self._layers.offer(other.diff_ids, image, keep_blobs=True)


def _nameless(image_id: Digest) -> Reference:
    return Reference(domain="docker.io", path="library/none", digest=image_id)
