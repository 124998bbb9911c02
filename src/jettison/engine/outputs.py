"""What a build gives out besides an image in the store: layouts, archives, plain files (docker's ``--output``)."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from jettison.engine.encoder import Compression, Encoder
from jettison.engine.layers import LayerFiles, Layers, damage_told
from jettison.engine.stored_image import stored_image
from jettison.errors import IntegrityError, StorageError, UsageError
from jettison.layer.decompress import Codec
from jettison.layout.content import images_content
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import NamedImage
from jettison.model.oci import Descriptor
from jettison.model.reference import Reference
from jettison.rootfs.flatten import write_directory, write_tar
from jettison.store.store import Store


class OutputKind(StrEnum):
    """The types of ``--output``."""

    IMAGE = "image"
    """Into the store; what ``-t`` does."""
    OCI = "oci"
    DOCKER = "docker"
    LOCAL = "local"
    TAR = "tar"
    CACHE_ONLY = "cacheonly"
    """Nowhere: what is built is there for the next build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One ``--output``."""

    kind: OutputKind
    destination: Path | None = None
    """A file, or a folder for ``local`` and for a layout that is not to be a tar. None: ``stream``."""
    stream: BinaryIO | None = field(default=None, repr=False)
    """Where the bytes go when no file is named; not closed."""
    as_tar: bool = True
    """``oci`` only: one archive, or a folder."""
    names: tuple[Reference, ...] = ()
    """More names than those of ``-t``."""
    compression: Compression = field(default_factory=Compression)

    @property
    def is_folder(self) -> bool:
        """Whether the destination is a folder and not a file."""
        return self.kind is OutputKind.LOCAL or (self.kind is OutputKind.OCI and not self.as_tar)

    @property
    def leaves(self) -> bool:
        """Whether files or layers leave the store."""
        return self.kind not in (OutputKind.IMAGE, OutputKind.CACHE_ONLY)

    @property
    def needs_blobs(self) -> bool:
        """Whether layers leave this machine compressed."""
        return self.kind in (OutputKind.OCI, OutputKind.DOCKER)


def check_outputs(outputs: Iterable[Output]) -> None:
    """Raise what is certain to go wrong with a destination, before anything is built for it.

    Folders of ``local`` and of layouts are made when they are written; that of a file has to be there, as with docker.
    """
    for output in outputs:
        if output.destination is None:
            continue
        if output.is_folder:
            check_folder(output.destination, f"--output type={output.kind}")
        else:
            check_file(output.destination, f"--output type={output.kind}")


def check_folder(path: Path, flag: str) -> None:
    """Raise :class:`StorageError` where something else than a folder is in the way."""
    for place in (path, *path.parents):
        if place.is_dir():
            return
        if place.exists() or place.is_symlink():
            raise StorageError(f"{flag}: cannot make the folder {str(path)!r}: {str(place)!r} is not a folder")


def check_file(path: Path, flag: str) -> None:
    """Raise :class:`UsageError` for a folder, :class:`StorageError` where there is none for the file to be in."""
    if path.is_dir():
        raise UsageError(f"{flag}: {str(path)!r} is a folder", hint=f"name a file, such as {str(path / 'FILE')!r}")
    if not path.parent.is_dir():
        folder = str(path.parent)
        if path.parent.exists():
            raise StorageError(f"{flag}: cannot write {str(path)!r}: {folder!r} is not a folder")
        raise StorageError(
            f"{flag}: cannot write {str(path)!r}: the folder {folder!r} does not exist",
            hint=f"make it first: mkdir -p {shlex.quote(folder)}",
        )


def write_image_output(
    output: Output, image_id: Digest, names: Sequence[Reference], store: Store, encoder: Encoder
) -> Descriptor:
    """Write an image as a layout or an archive; returns the descriptor of its manifest."""
    image = stored_image(store, image_id, encoder)
    named = NamedImage(image=image, names=(*names, *output.names))
    if output.kind is OutputKind.OCI and not output.as_tar:
        if output.destination is None:
            raise UsageError("an OCI layout folder needs dest=FOLDER")
        write_oci_layout(output.destination, images_content([named]))
        return image.descriptor
    with _opened(output) as stream:
        if output.kind is OutputKind.OCI:
            write_oci_archive(stream.write, images_content([named]))
        else:
            write_docker_archive(stream.write, [named])
    return image.descriptor


def write_files_output(output: Output, diff_ids: tuple[Digest, ...], layers: Layers) -> tuple[str, ...]:
    """Write the files of an image as a folder or a plain tar; returns remarks on what could not be written."""
    try:
        return _write_files(output, LayerFiles(layers, diff_ids))
    except IntegrityError as error:
        damaged = layers.drop_damaged(diff_ids)
        if not damaged:
            raise
        raise damage_told(error, damaged) from error


def _write_files(output: Output, files: LayerFiles) -> tuple[str, ...]:
    if output.kind is OutputKind.TAR:
        with _opened(output) as stream:
            write_tar(files.tree, stream.write, files.open)
        return ()
    if output.destination is None:
        raise UsageError("files need a folder to go to", hint="-o type=local,dest=FOLDER, or -o FOLDER")
    try:
        output.destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder {output.destination}: {error.strerror}") from error
    omissions = write_directory(files.tree, "", output.destination, files.open)
    return tuple(f"/{omission.path}: {omission.what} left out" for omission in omissions)


def codec_of(name: str) -> Codec:
    """The codec of ``compression=NAME``."""
    codecs = {"gzip": Codec.GZIP, "zstd": Codec.ZSTD, "uncompressed": Codec.NONE}
    if name not in codecs:
        raise UsageError(f"unknown compression {name!r}", hint=f"one of {', '.join(codecs)}")
    return codecs[name]


@contextmanager
def _opened(output: Output) -> Iterator[BinaryIO]:
    """Where the bytes go. A file appears under its name only when it is whole."""
    if output.destination is None:
        if output.stream is None:
            raise UsageError(f"type={output.kind} needs dest=FILE, or dest=- for standard output")
        yield output.stream
        output.stream.flush()
        return
    temporary = output.destination.with_name(f".{output.destination.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(output.destination)
    except OSError as error:
        raise StorageError(f"cannot write {str(output.destination)!r}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
