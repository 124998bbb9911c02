"""Giving out what was built: into the store, registries, layouts, archives, as plain files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from jettison.engine.encoder import Compression, Encoder
from jettison.engine.inputs import Files, with_files
from jettison.engine.layers import LayerFiles, Layers, Progress, damage_told
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.request import BuildRequest, Machine
from jettison.engine.stored_image import StoredImage, stored_image
from jettison.engine.whole_file import whole_file
from jettison.errors import IntegrityError, StorageError, UsageError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING, BinaryIO, Protocol
from jettison.layout.bundle import Bundle, BundledImage, bundle
from jettison.layout.content import Blob
from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.entry import EntryType
from jettison.model.image_source import NamedImage
from jettison.model.oci import Descriptor
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.solve.events import Notice, SpanKind

if TYPE_CHECKING:
    from jettison.model.attestation import Statement
    from jettison.model.build_record import BuildRecord


class Attestations(Protocol):
    """What is to be said about the image of one platform."""

    def of_image(
        self, image: StoredImage, config: ImageConfig, names: Sequence[Reference], *, is_pushed: bool
    ) -> tuple[Statement, ...]:
        """Of an image as it leaves; one that is pushed may have more said about it."""
        ...

    def of_files(self, config: ImageConfig) -> tuple[tuple[str, Statement], ...]:
        """Of its files, each with the name of the file that it goes to."""
        ...


class Unattested:
    """Nothing is said."""

    def of_image(
        self, image: StoredImage, config: ImageConfig, names: Sequence[Reference], *, is_pushed: bool
    ) -> tuple[Statement, ...]:
        """See :meth:`Attestations.of_image`."""
        return ()

    def of_files(self, config: ImageConfig) -> tuple[tuple[str, Statement], ...]:
        """See :meth:`Attestations.of_files`."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """The image of one platform, as it was built."""

    platform: Platform
    config: ImageConfig
    base: tuple[Digest, ...]
    """The layers of the base image."""
    base_history: int
    """How many entries of the history are the base's."""
    attestations: Attestations
    record: Callable[[], BuildRecord]
    """Tells what is kept of how it was built, where it is put into the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an output holds: the ids of the images, one a platform, and the manifest or index where it has one."""

    image_ids: tuple[Digest, ...]
    root: Descriptor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """Gives out the images of one build."""

    machine: Machine
    layers: Layers
    encoders: Mapping[Compression, Encoder]
    announce: Callable[[str], AbstractContextManager[Progress]]
    """Names a part of the work on the display; entered around it."""

    def give_out(
        self, request: BuildRequest, outputs: Sequence[Output], images: Sequence[BuiltImage], epoch: int | None
    ) -> tuple[Export, ...]:
        """Carry out every output but for pushes, which the caller does when all else is done."""
        if request.squash or any(output.leaves or output.rewrite_timestamp for output in outputs):
            self.layers.bring((layer for image in images for layer in image.config.diff_ids), _untold)
        if request.squash:
            images = tuple(map(self._squashed, images))
        exports = tuple(Export(self, output, request, images, epoch) for output in outputs)
        for export in exports:
            with self.machine.spans(SpanKind.EXPORT, export.output.kind):
                export.write()
        return exports

    def _squashed(self, image: BuiltImage) -> BuiltImage:
        """The image with one layer over its base."""
        from jettison.engine.build_record import squashed
        from jettison.engine.squash import Cut, squash_layers

        kept = len(image.base)
        with self.announce("squashing the layers of the build") as progress:
            config = squash_layers(
                image.config,
                Cut(layers=kept, history=image.base_history),
                store=self.machine.store,
                layers=self.layers,
                now=self.machine.clock(),
                progress=progress,
            )
        return replace(image, config=config, record=lambda: squashed(image.record(), kept))


class Export:
    """One output at work."""

    def __init__(
        self,
        exporter: Exporter,
        output: Output,
        request: BuildRequest,
        images: Sequence[BuiltImage],
        epoch: int | None,
    ) -> None:
        self._machine = exporter.machine
        self._layers = exporter.layers
        self._encoders = exporter.encoders
        self._announce = exporter.announce
        self._output = output
        self._names = tuple(name.with_default_tag() for name in (*request.tags, *output.names))
        epoch = epoch if output.epoch is None else output.epoch
        self._epoch = epoch
        self._images = [self._clamped(image, epoch) for image in images] if output.rewrite_timestamp else list(images)
        store = self._machine.store
        self._ids = tuple(store.blobs.put(write_image_config(image.config)) for image in self._images)
        self._sources = self._make_sources() if output.needs_blobs else []
        self._bundle = self._make_bundle() if output.needs_blobs else None
        root = self._bundle.root if self._bundle is not None and output.names_manifest else None
        self.given = Given(image_ids=self._ids, root=root)

    def write(self) -> None:
        """Everything but pushing."""
        output = self._output
        if output.kind is OutputKind.IMAGE:
            if output.store:
                self._put_into_store()
        elif output.needs_layout:
            with self._announce(f"exporting to {output.kind} image format"):
                self._write_layout()
        elif output.leaves:
            with self._announce(f"exporting files ({output.kind})"):
                self._write_files()

    @property
    def output(self) -> Output:
        """What was asked for."""
        return self._output

    @property
    def names(self) -> tuple[Reference, ...]:
        """The names that it gives."""
        return self._names

    @property
    def layers(self) -> tuple[Digest, ...]:
        """The layers of all its images."""
        return tuple(diff_id for image in self._images for diff_id in image.config.diff_ids)

    def archive_parts(self) -> Iterator[bytes | Blob]:
        """What the archive of this output consists of."""
        from jettison.layout.write import docker_archive_parts, oci_archive_parts

        assert self._bundle is not None
        if self._output.kind is OutputKind.OCI:
            return oci_archive_parts(self._bundle.content(self._names))
        (source,) = self._sources
        return docker_archive_parts([NamedImage(image=source.image, names=self._names)])

    def push(self) -> None:
        """Push to every name, where that is asked for."""
        output = self._output
        if not output.push or self._bundle is None:
            return
        from jettison.engine.publish import publish

        for name in self._names:
            with (
                self._announce(f"pushing {name.familiar()}") as progress,
                self._machine.spans(SpanKind.PUSH, name.familiar()),
            ):
                publish(
                    self._bundle,
                    name,
                    self._machine.open_registry(),
                    self._machine.store,
                    progress,
                    by_digest=output.by_digest,
                    insecure=output.insecure,
                )
            if output.store:
                self._note_origin(name, self._bundle.root.digest)

    def _clamped(self, image: BuiltImage, epoch: int | None) -> BuiltImage:
        if epoch is None:
            text = "rewrite-timestamp is given, but no SOURCE_DATE_EPOCH: nothing is rewritten"
            self._machine.emit(Notice(message=text, time=self._machine.clock()))
            return image
        from jettison.engine.clamp import clamp_layers

        store, now = self._machine.store, self._machine.clock()
        config = clamp_layers(image.config, image.base, epoch, store=store, layers=self._layers, now=now)
        return replace(image, config=config)

    def _make_sources(self) -> list[BundledImage]:
        output = self._output
        sources = []
        for image, image_id in zip(self._images, self._ids, strict=True):
            source = stored_image(
                self._machine.store,
                image_id,
                self._encoders[output.compression],
                annotations=output.annotations,
                docker_types=output.docker_types,
            )
            sources.append(BundledImage(image=source, statements=self._statements(image, source)))
        return sources

    def _make_bundle(self) -> Bundle:
        if self._output.kind is OutputKind.DOCKER and len(self._sources) > 1:
            raise UsageError(
                "docker exporter does not currently support exporting manifest lists",
                hint="type=oci writes several platforms",
            )
        return bundle(self._sources, annotations=self._output.annotations, artifacts=self._output.artifacts)

    def _statements(self, image: BuiltImage, source: StoredImage) -> tuple[Statement, ...]:
        if not self._output.takes_attestations:
            return ()
        return image.attestations.of_image(source, image.config, self._names, is_pushed=self._output.push)

    def _put_into_store(self) -> None:

        from jettison.engine.build_record import write_build_record

        images = self._machine.store.images
        for image in self._images:
            record = image.record()
            images.put(write_image_config(image.config), build=write_build_record(record), ancestors=record.images)
        members = dict(zip((image.platform for image in self._images), self._ids, strict=True))
        default = members.pop(self._default())
        for name in self._names:
            images.tag(name, default, others=members)
        if self._bundle is None:
            return
        from jettison.engine.companions import keep_bundle

        keep_bundle(self._bundle, [source.image for source in self._sources], self._machine.store)
        prefix = self._output.dangling_prefix
        for name in (*(self._names if self._output.canonical else ()), *((Reference.parse(prefix),) if prefix else ())):
            self._note_origin(name, self._bundle.root.digest)

    def _default(self) -> Platform:
        """The platform that a name means where nobody says which: that of the machine, else the first."""
        native = self._machine.platform
        return next((image.platform for image in self._images if native.runs(image.platform)), self._images[0].platform)

    def _note_origin(self, name: Reference, digest: Digest) -> None:
        origin = replace(name, tag=None, digest=digest)
        for image in self._images:
            self._machine.store.images.put(write_image_config(image.config), sources=[origin])

    def _write_layout(self) -> None:
        assert self._bundle is not None
        output = self._output
        if not output.as_tar:
            from jettison.layout.write import write_oci_layout

            if output.destination is None:
                raise UsageError("an OCI layout folder needs dest=FOLDER")
            write_oci_layout(output.destination, self._bundle.content(self._names))
            return
        from jettison.layout.write import write_file_parts

        with _opened(output) as stream:
            write_file_parts(stream, self.archive_parts())

    def _write_files(self) -> None:
        split = self._output.platform_split
        if split is None:
            split = len(self._images) > 1
        if not split:
            self._check_overlaps()
        made_at = self._machine.clock() if self._epoch is None else self._epoch
        trees = []
        for image in self._images:
            name = str(image.platform).replace("/", "_")
            suffix = f".{name}" if len(self._images) > 1 and not split else ""
            trees.append(
                _Tree(
                    folder=name if split else "",
                    diff_ids=image.config.diff_ids,
                    added=_added(image.attestations.of_files(image.config), self._output.attestation_prefix, suffix),
                    mtime_ns=int(made_at * 1e9),
                )
            )
        for remark in _write_trees(self._output, trees, self._layers):
            self._machine.emit(Notice(message=remark, time=self._machine.clock()))

    def _check_overlaps(self) -> None:
        """Files of two platforms cannot be one file."""
        owners: dict[str, Platform] = {}
        for image in self._images:
            for path, entry in self._layers.merged(image.config.diff_ids).entries.items():
                if entry.type is EntryType.DIRECTORY:
                    continue
                owner = owners.setdefault(path, image.platform)
                if owner != image.platform:
                    raise UsageError(
                        f"cannot overwrite {path} from {owner} with {image.platform} when split option is disabled",
                        hint="platform-split=true gives each platform a folder",
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """The files of one image as an output has them."""

    folder: str
    """That they are below; empty: the output's own."""
    diff_ids: tuple[Digest, ...]
    added: Mapping[str, bytes]
    """What the image does not have: name -> content."""
    mtime_ns: int
    """Of those."""


def _added(statements: Sequence[tuple[str, Statement]], prefix: str, suffix: str) -> dict[str, bytes]:
    """The statements as files; ``suffix`` comes before the ending of each name."""
    added = {}
    for name, statement in statements:
        stem, dot, ending = name.rpartition(".")
        text = json.dumps(json.loads(statement.data), indent=2, ensure_ascii=False)
        added[f"{prefix}{stem}{suffix}{dot}{ending}" if dot else f"{prefix}{name}{suffix}"] = text.encode()
    return added


def _write_trees(output: Output, trees: Sequence[_Tree], layers: Layers) -> tuple[str, ...]:
    """Write the files of images, each below its folder; returns remarks on what could not be written."""
    try:
        return _write_files(
            output,
            [(tree.folder, with_files(LayerFiles(layers, tree.diff_ids), tree.added, tree.mtime_ns)) for tree in trees],
        )
    except IntegrityError as error:
        damaged = layers.drop_damaged(diff_id for tree in trees for diff_id in tree.diff_ids)
        if not damaged:
            raise
        raise damage_told(error, damaged) from error


def _write_files(output: Output, trees: Sequence[tuple[str, Files]]) -> tuple[str, ...]:
    from jettison.rootfs.flatten import write_directory, write_split_tar
    from jettison.rootfs.metadata import Privileges

    if output.kind is OutputKind.TAR:
        with _opened(output) as stream:
            write_split_tar([(folder, files.tree, files.open) for folder, files in trees], stream.write)
        return ()
    if output.destination is None:
        raise UsageError("files need a folder to go to", hint="-o type=local,dest=FOLDER, or -o FOLDER")
    remarks: list[str] = []
    for folder, files in trees:
        place = output.destination / folder
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the folder {place}: {error.strerror}") from error
        privileges = Privileges(owners=False, devices=os.geteuid() == 0)  # files are the user's, as with BuildKit
        omissions = write_directory(files.tree, "", place, files.open, privileges=privileges)
        remarks += [f"/{omission.path}: {omission.what} left out" for omission in omissions]
    return tuple(remarks)


def _untold(part: str, current: int, total: int | None) -> None:
    """Nobody is told."""


@contextmanager
def _opened(output: Output) -> Iterator[BinaryIO]:
    """Where the bytes go. A file appears under its name only when it is whole."""
    if output.destination is None:
        if output.stream is None:
            raise UsageError(f"type={output.kind} needs dest=FILE, or dest=- for standard output")
        yield output.stream
        output.stream.flush()
        return
    with whole_file(output.destination) as stream:
        yield stream
