"""What a build gives out, as values: docker's ``--output``. ``engine/export`` carries them out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from jettison.engine.encoder import Compression
from jettison.enums import StrEnum
from jettison.errors import StorageError, UsageError
from jettison.frozen import dataclass, field
from jettison.hints import BinaryIO
from jettison.layer.decompress import Codec
from jettison.model.annotation import Annotation
from jettison.model.reference import Reference


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
    """``oci`` and ``docker``: one archive, or a folder."""
    names: tuple[Reference, ...] = ()
    """More names than those of ``-t``."""
    compression: Compression = field(default_factory=Compression)
    store: bool = True
    """``image`` only: whether the store keeps it."""
    push: bool = False
    """``image`` only: whether it is pushed under all its names."""
    by_digest: bool = False
    """Push without a tag: who wants it names its digest."""
    insecure: bool = False
    """Push without checking certificates, and over plain http where https is not spoken."""
    docker_types: bool = False
    """Docker's media types in place of OCI's."""
    artifacts: bool = True
    """Whether the manifests of attestations say in OCI's words what they are."""
    annotations: tuple[Annotation, ...] = ()
    rewrite_timestamp: bool = False
    """Whether no file of a layer that this build made is younger than the time that is put in for all others."""
    epoch: int | None = None
    """That time, where this output has one of its own: seconds since 1970."""
    platform_split: bool | None = None
    """``local`` and ``tar``: whether each platform has a folder; None: where there are several."""
    attestation_prefix: str = ""
    """``local`` and ``tar``: what the names of attestations begin with."""
    is_whole: bool = False
    """``image`` only: whether the store keeps it with a manifest, annotations and attestations, as it would leave."""
    dangling_prefix: str = ""
    """``image`` only: a repository under which the store finds the image by its digest, too."""
    canonical: bool = False
    """``image`` only: whether the store finds the image under ``name@digest``, too."""

    @property
    def is_folder(self) -> bool:
        """Whether the destination is a folder and not a file."""
        return self.kind is OutputKind.LOCAL or (self.needs_layout and not self.as_tar)

    @property
    def leaves(self) -> bool:
        """Whether files or layers leave the store."""
        return self.needs_blobs or self.kind in (OutputKind.LOCAL, OutputKind.TAR)

    @property
    def needs_layout(self) -> bool:
        """Whether it becomes a layout or an archive of images."""
        return self.kind in (OutputKind.OCI, OutputKind.DOCKER)

    @property
    def takes_attestations(self) -> bool:
        """Whether statements about the image can go with it: docker's archives and media types have no place."""
        return self.needs_blobs and self.kind is not OutputKind.DOCKER and not self.docker_types

    @property
    def needs_blobs(self) -> bool:
        """Whether layers are compressed: to leave this machine, or since the digest of the manifest is a name."""
        return self.names_manifest or self.is_whole

    @property
    def names_manifest(self) -> bool:
        """Whether anybody finds the image by the digest of its manifest or index, and not by its id alone."""
        return self.needs_layout or self.push or self.canonical or bool(self.dangling_prefix)


def check_outputs(outputs: Iterable[Output], names: Sequence[Reference]) -> None:
    """Raise what is certain to go wrong with an output of an image with these names, before anything is built for it.

    Folders of ``local`` and of layouts are made when they are written; that of a file has to be there, as with docker.
    """
    for output in outputs:
        if output.push and not (names or output.names):
            raise UsageError("tag is needed when pushing to registry", hint="give the image a name with -t NAME")
        if output.docker_types and output.compression.codec is Codec.ZSTD:
            raise UsageError('"compression=zstd" conflicts with "oci-mediatypes=false"')  # in BuildKit's words
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
        import shlex

        raise StorageError(
            f"{flag}: cannot write {str(path)!r}: the folder {folder!r} does not exist",
            hint=f"make it first: mkdir -p {shlex.quote(folder)}",
        )
    written = path if path.exists() and not path.is_file() else Path(os.path.realpath(path)).parent
    if not os.access(written, os.W_OK):
        raise StorageError(
            f"{flag}: cannot write {str(path)!r}: {str(written)!r} may not be written to",
            hint="name another place, or change who may write there",
        )


def codec_of(name: str) -> Codec:
    """The codec of ``compression=NAME``."""
    codecs = {"gzip": Codec.GZIP, "zstd": Codec.ZSTD, "uncompressed": Codec.NONE}
    if name not in codecs:
        known = "is not supported" if name == "estargz" else "is unknown"
        raise UsageError(f"compression={name} {known}", hint=f"one of {', '.join(codecs)}")
    return codecs[name]
