"""Any image as a stack of layer indexes: from the store, an OCI layout, a docker archive, standard input, a registry.

Of an image in the store nothing but the indexes is read, and what is not here of it is fetched into the store. Any
other image is read once from where it lies, and nothing of it is stored unless that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from jettison.engine.images import ImageFinder
from jettison.engine.kept_files import Keep
from jettison.engine.layers import Layers, Progress, Watched
from jettison.engine.passing_layers import PassedLayer, PassingLayers
from jettison.engine.request import Machine
from jettison.engine.slices import Content
from jettison.engine.source_layers import SourceLayers, keep_nothing
from jettison.engine.tree_files import OpenInLayer, TreeFiles
from jettison.enums import StrEnum
from jettison.errors import IntegrityError, JettisonError, NotFoundError, RegistryError, UsageError
from jettison.frozen import dataclass, field, replace
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.stream import Readable
from jettison.layout.detect import find_image, find_surroundings, open_layout, split_place
from jettison.layout.image import LayoutImage
from jettison.layout.near_files import means_file, near_file
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.model.image_source import ImageSource, image_config
from jettison.model.oci import parse_manifest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.surroundings import Surroundings
from jettison.store.images import LISTED, OtherPlatformError
from jettison.store.leases import Lease
from jettison.tuples import NamedTuple

if TYPE_CHECKING:
    from jettison.registry.pull import ResolvedImage

_NOWHERE = "no such image, folder or archive: "
STDIN = "-"
_INTO_STDIN = "docker save IMAGE | jettison COMMAND -"
LAYOUT_PREFIX = "oci-layout://"
REGISTRY_PREFIX = "docker://"


class Origin(StrEnum):
    """Where an image was found."""

    STORE = "store"
    FILES = "files"
    """An OCI layout or an archive."""
    REGISTRY = "registry"
    CONTAINER = "container"
    """The uppermost layer is what was written in it, which is in no image."""


def no_statement(predicate_types: Collection[str]) -> bytes | None:
    """Nothing is attested."""
    return None


ReadStatement = Callable[[Collection[str]], bytes | None]


def _statement_of(image: ImageSource, find: Callable[[], Surroundings | None]) -> ReadStatement:
    def read(predicate_types: Collection[str]) -> bytes | None:
        around = find()
        return None if around is None else around.statement(image.descriptor.digest, predicate_types)

    return read


def _asked_once(read: ReadStatement) -> ReadStatement:
    """The same, which asks a network no second time."""
    known = cache(read)
    return lambda types: known(frozenset(types))


class Below(NamedTuple):
    """An image that another one may stand on, seen without its layers."""

    diff_ids: tuple[Digest, ...]
    statement: ReadStatement


def _nothing_below(reference: Reference) -> Below | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredImage:
    """An image and the indexes of its layers, valid while it is open."""

    name: str
    """For people: what it was asked for by."""
    origin: Origin
    image_id: Digest
    config: ImageConfig
    indexes: tuple[LayerIndex, ...]
    """Lowest first, as ``config.diff_ids``."""
    open_in_layer: OpenInLayer = field(repr=False, compare=False)
    """Opens the content of a FILE entry of one of the layers, also of one that others cover."""
    annotations: tuple[tuple[str, str], ...] = ()
    """Of its manifest, as far as that is known."""
    statement: ReadStatement = field(default=no_statement, repr=False, compare=False)
    """Reads what an attestation of one of these predicate types says about it where it lies: an unverified claim."""
    look_below: Callable[[Reference], Below | None] = field(default=_nothing_below, repr=False, compare=False)
    """Looks for an image that it may stand on in the registry that it is in; None where it is not there."""

    platforms: tuple[Platform, ...] = ()
    """All that the name stands for, where it stands for images of several: one of them is this."""

    def files(self) -> TreeFiles:
        """What a container of the image would see; made anew at every call."""
        return TreeFiles(merge_layers(self.indexes), self.open_in_layer)


def files_of_both(one: LayeredImage, other: LayeredImage) -> tuple[TreeFiles, TreeFiles]:
    """What containers of two images would see; the layers that both begin with are put together once."""
    pairs = zip(one.config.diff_ids, other.config.diff_ids, strict=False)
    common = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one.indexes), len(other.indexes)))
    below = merge_layers(one.indexes[:common])
    trees = [
        merge_layers(image.indexes[common:], on=below, first=common) if image.indexes[common:] else below
        for image in (one, other)
    ]
    return TreeFiles(trees[0], one.open_in_layer), TreeFiles(trees[1], other.open_in_layer)


@contextmanager
def open_image(
    name: str,
    machine: Machine,
    *,
    progress: Progress,
    platform: Platform | None = None,
    stdin: BinaryIO | None = None,
    keep: Keep = keep_nothing,
    reads_only_kept: bool = False,
    compares_digests_only: bool = False,
    into_store: bool = False,
    one_platform: bool = False,
) -> Iterator[LayeredImage]:
    """The image that ``name`` means, while the context lasts.

    ``-`` is an archive on ``stdin``; ``oci-layout://PLACE[:TAG|@DIGEST]`` a folder or an archive; ``docker://NAME`` an
    image of a registry whatever the store has. Any other name is looked for in the store, among images and then among
    containers, then among files (``PLACE[:TAG|@DIGEST]``), then in a registry. ``keep`` says which contents are going
    to be read: asking for others means reading a compressed layer, or fetching it, a second time. ``reads_only_kept``
    promises not to ask for others, so that an archive on ``stdin`` need not be kept. ``compares_digests_only`` promises
    to ask of a digest no more than whether another file of the image has the same: where none has, the indexes may have
    none either. ``into_store`` puts
    all layers into the store, but not the image: they stay as long as this lasts, or something else leads to them; a
    container is no image then. ``one_platform`` refuses a name that stands for images of several platforms where none
    is asked for: any other image is taken for ``platform``, or the machine's own. Raises what the place raises.
    """
    with ExitStack() as stack:
        opener = _Opener(
            machine,
            stack,
            platform=platform,
            keep=keep,
            reads_only_kept=reads_only_kept,
            compares_digests_only=compares_digests_only,
            into_store=into_store,
            one_platform=one_platform,
            progress=progress,
        )
        yield opener.open(name, stdin)


class _Opener:
    """Opens one image; ``stack`` closes it."""

    def __init__(
        self,
        machine: Machine,
        stack: ExitStack,
        *,
        platform: Platform | None,
        keep: Keep,
        reads_only_kept: bool,
        compares_digests_only: bool,
        into_store: bool,
        one_platform: bool,
        progress: Progress,
    ) -> None:
        self._into_store = into_store
        self._one_platform = one_platform
        self._machine = machine
        self._stack = stack
        self._asked = platform
        self._platform = platform or machine.platform
        self._keep = keep
        self._reads_only_kept = reads_only_kept
        self._compares_digests_only = compares_digests_only
        self._passed: dict[Digest, PassedLayer] = {}
        self._progress = progress

    def open(self, name: str, stdin: BinaryIO | None) -> LayeredImage:
        if name == STDIN:
            if stdin is None:
                raise UsageError("there is no standard input to read an image from")
            if stdin.isatty():
                raise UsageError("standard input is a terminal, and no image", hint=_INTO_STDIN)
            return self._in_files(Watched(stdin, "standard input", None, self._progress), None, "standard input")
        if name.startswith(LAYOUT_PREFIX):
            text = name.removeprefix(LAYOUT_PREFIX)
            place = split_place(text)
            if place is None:
                raise NotFoundError(f"no such OCI layout or archive: {text}", hint=near_file(text))
            return self._in_files(*place, name)
        if name.startswith(REGISTRY_PREFIX):
            return self._in_registry(Reference.parse(name.removeprefix(REGISTRY_PREFIX)))
        return self._anywhere(name)

    def _anywhere(self, name: str) -> LayeredImage:
        try:
            reference = Reference.parse(name)
        except JettisonError as error:
            wrong: JettisonError | None = error
        else:
            wrong = None
            near: str | None = None
            try:
                return self._in_store(name)
            except OtherPlatformError as error:
                near = error.hint
            except NotFoundError:
                pass  # it may lie elsewhere
            container = None if self._into_store else self._in_container(name)
            if container is not None:
                return container
        place = split_place(name)
        if place is not None:
            return self._in_files(*place, name)
        if wrong is not None:
            raise NotFoundError(
                _NOWHERE + name, hint=self._apart(name) or near_file(name) or wrong.hint or LISTED
            ) from wrong
        if means_file(name):
            hint = near_file(name) or f"{REGISTRY_PREFIX}{name} asks the registry for an image of that name"
            raise NotFoundError(_NOWHERE + name, hint=hint)
        try:
            return self._in_registry(reference)
        except (RegistryError, NotFoundError) as error:
            here = f"{name} is no image, folder or archive on this machine"
            message = f"{here}, and its registry does not give it: {error.message}"
            category = NotFoundError if isinstance(error, NotFoundError) else RegistryError
            raise category(
                message, hint=near or self._apart(name) or self._machine.store.images.near(name) or error.hint
            ) from error

    def _apart(self, name: str) -> str | None:
        """The hint for a path that stands together with the name of an image of the store."""
        for at in (at for at, letter in enumerate(name) if letter == "/"):
            image = name[:at].removesuffix(":")
            with suppress(JettisonError):
                self._machine.store.images.find(image)
                return f"{image} is an image: a path in it is an argument of its own, {name[at:]}"
        return None

    def _in_store(self, name: str) -> LayeredImage:
        store = self._machine.store
        layers, lease = self._layers()
        finder = ImageFinder(store, layers, self._machine.open_registry)
        records = store.images.platforms(name)
        platforms = tuple(store.images.config(record.image_id).platform for record in records if len(records) > 1)
        if self._asked is not None:
            store.images.find_for(name, self._asked)  # without a platform, any is better than none
        self._check_platforms(name, platforms)
        found = finder.local(name, self._platform)
        diff_ids = found.config.diff_ids
        lease.hold_image(found.image_id)
        lease.hold_layers(diff_ids)
        missing = [diff_id for diff_id in diff_ids if store.layers.index_bytes(diff_id) is None]
        layers.bring(diff_ids if self._into_store else missing, self._progress)
        manifest = store.images.get(found.image_id).manifest
        known = manifest is not None and store.blobs.has(manifest.digest)
        return LayeredImage(
            name=name,
            origin=Origin.STORE,
            image_id=found.image_id,
            config=found.config,
            indexes=tuple(map(layers.columns, diff_ids)),
            open_in_layer=lambda number, entry: layers.open_file(diff_ids[number], entry),
            annotations=parse_manifest(store.blobs.read(manifest.digest)).annotations if manifest and known else (),
            statement=lambda types: store.builds.provenance(found.image_id),
            platforms=platforms,
        )

    def _in_container(self, name: str) -> LayeredImage | None:
        """The container of that name or id, where there is one and only one: its image, and what was written in it."""
        store = self._machine.store
        try:
            record = store.containers.find(name)
        except (NotFoundError, UsageError):
            return None
        if name != record.name and len(name) < len(record.short_id):
            return None  # a few digits may be the name of an image elsewhere
        from jettison.engine.container_layer import ContainerLayer

        config = store.images.config(record.image_id)
        diff_ids = config.diff_ids
        layers, lease = self._layers()
        lease.hold_layers(diff_ids)
        layers.bring([diff_id for diff_id in diff_ids if store.layers.index_bytes(diff_id) is None], self._progress)
        indexes = tuple(layers.index(diff_id) for diff_id in diff_ids)
        written = ContainerLayer(store.containers.directory(record.container_id), merge_layers(indexes))
        told = HistoryEntry(created_by=f"container {record.name}")

        def open_in_layer(number: int, entry: Entry) -> Content:
            return written.open(entry) if number == len(diff_ids) else layers.open_file(diff_ids[number], entry)

        return LayeredImage(
            name=name,
            origin=Origin.CONTAINER,
            image_id=record.image_id,
            config=replace(config, diff_ids=(*diff_ids, written.index.diff_id), history=(*config.history, told)),
            indexes=(*indexes, written.index),
            open_in_layer=open_in_layer,
        )

    def _in_files(self, source: Path | Readable, name: str | None, shown: str) -> LayeredImage:
        spool_dir = self._spool_dir()
        what = None if isinstance(source, Path) else shown
        passing = PassingLayers(spool_dir, self._stack, keep=self._keep)
        take = passing.take if self._reads_only_kept and not self._into_store else None
        files = self._stack.enter_context(open_layout(source, spool_dir=spool_dir, what=what, passing=take))
        self._passed = passing.layers
        image = find_image(files, name, self._platform).image
        platforms = image.platforms if isinstance(image, LayoutImage) else ()
        self._check_platforms(shown, platforms)
        opened = self._source(image, shown, Origin.FILES, spool_dir)
        return replace(
            opened, platforms=platforms, statement=_statement_of(image, lambda: find_surroundings(files, image))
        )

    def _in_registry(self, reference: Reference) -> LayeredImage:
        from jettison.registry.pull import resolve_image

        image = resolve_image(self._machine.open_registry(), reference, self._platform)
        self._check_platforms(image.reference.familiar(), image.platforms)
        opened = self._source(image, image.reference.familiar(), Origin.REGISTRY, self._spool_dir())
        statement = _asked_once(_statement_of(image, image.surroundings))
        return replace(
            opened, platforms=image.platforms, statement=statement, look_below=partial(self._look_below, image)
        )

    def _look_below(self, image: ResolvedImage, reference: Reference) -> Below | None:
        """Whoever made an image names what it stands on: no other registry is asked for that than its own."""
        from jettison.registry.pull import resolve_image

        if reference.domain != image.reference.domain:
            return None
        platform = image_config(image).platform
        try:
            found = resolve_image(self._machine.open_registry(), reference, platform)
            diff_ids = image_config(found).diff_ids
        except (RegistryError, NotFoundError, IntegrityError):
            return None  # what cannot be had tells nothing
        return Below(diff_ids, _asked_once(_statement_of(found, found.surroundings)))

    def _check_platforms(self, name: str, platforms: Sequence[Platform]) -> None:
        if self._one_platform and self._asked is None and len(platforms) > 1:
            raise UsageError(
                f"{name} stands for the images of {len(platforms)} platforms: {', '.join(map(str, platforms))}",
                hint=f"--platform {platforms[0]} takes one of them",
            )

    def _source(self, image: ImageSource, name: str, origin: Origin, spool_dir: Path) -> LayeredImage:
        config = image_config(image)
        indexes, open_in_layer = self._stored(image, config) if self._into_store else self._read(image, spool_dir)
        return LayeredImage(
            name=name,
            origin=origin,
            image_id=image.manifest.config.digest,
            config=config,
            indexes=indexes,
            open_in_layer=open_in_layer,
            annotations=image.manifest.annotations,
        )

    def _read(self, image: ImageSource, spool_dir: Path) -> tuple[tuple[LayerIndex, ...], OpenInLayer]:
        layers = SourceLayers(
            image,
            spool_dir,
            keep=self._keep,
            progress=self._progress,
            passed=self._passed,
            compares_digests_only=self._compares_digests_only,
        )
        self._stack.callback(layers.close)
        return layers.indexes, layers.open

    def _stored(self, image: ImageSource, config: ImageConfig) -> tuple[tuple[LayerIndex, ...], OpenInLayer]:
        layers, lease = self._layers()
        diff_ids = config.diff_ids
        lease.hold_layers(diff_ids)
        layers.offer(diff_ids, lambda: image, keep_blobs=True)
        layers.bring(diff_ids, self._progress)
        indexes = tuple(layers.index(diff_id) for diff_id in diff_ids)
        return indexes, lambda number, entry: layers.open_file(diff_ids[number], entry)

    def _layers(self) -> tuple[Layers, Lease]:
        """The layers of the store, and what keeps them there while the image is open."""
        store = self._machine.store
        layers = Layers(store)
        self._stack.callback(layers.close)
        return layers, self._stack.enter_context(store.lease())

    def _spool_dir(self) -> Path:
        return self._stack.enter_context(self._machine.store.temporary_directory())
