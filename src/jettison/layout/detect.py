"""Telling what somebody hands in: an OCI layout in a folder, an OCI archive, a docker archive."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.enums import StrEnum
from jettison.errors import IntegrityError
from jettison.layer.stream import Readable
from jettison.layout.docker_archive import find_in_archive, read_docker_archive
from jettison.layout.files import DirectoryFiles, LayoutFiles, TakeTar, open_archive
from jettison.layout.image import LayoutImage
from jettison.layout.names import INDEX_FILE, LAYOUT_FILE, MANIFEST_FILE
from jettison.layout.oci_layout import PlatformImages, read_oci_layout
from jettison.model.image_source import NamedImage
from jettison.model.platform import Platform

_DOCKERFILE = "Dockerfile"


class LayoutKind(StrEnum):
    """How images lie in files."""

    OCI = "OCI layout"
    DOCKER = "docker archive"


def detect_layout(files: LayoutFiles) -> LayoutKind:
    """What the files are; raises :class:`IntegrityError` that says what was looked for.

    What is both, as docker writes it since version 25, counts as a docker archive: that half names every image and is
    complete, while the other may name platforms whose blobs are not there.
    """
    if files.size(MANIFEST_FILE) is not None:
        return LayoutKind.DOCKER
    if files.size(LAYOUT_FILE) is not None and files.size(INDEX_FILE) is not None:
        return LayoutKind.OCI
    hint = None
    if files.size("repositories") is not None:
        hint = "it was saved by a docker older than 1.10; load and save it with a newer one"
    elif not isinstance(files, DirectoryFiles):
        hint = "jettison save and docker save write archives of images"
    elif files.size(_DOCKERFILE) is not None:
        hint = f"it holds a {_DOCKERFILE}: build it first, with jettison build -t NAME {files.what}"
    else:
        hint = "jettison build -o type=oci,tar=false,dest=FOLDER writes an image into a folder"
    raise IntegrityError(
        f"{files.what}: this holds no images: neither {MANIFEST_FILE} (docker save) nor {LAYOUT_FILE} and {INDEX_FILE}",
        hint=hint,
    )


@contextmanager
def open_layout(
    source: Path | Readable, *, spool_dir: Path, what: str | None = None, passing: TakeTar | None = None
) -> Iterator[LayoutFiles]:
    """The files of a folder, an archive or a stream while the context lasts; see :func:`open_archive`."""
    if isinstance(source, Path) and source.is_dir():
        yield DirectoryFiles(source)
        return
    with open_archive(source, spool_dir=spool_dir, what=what, passing=passing) as files:
        yield files


def split_place(spec: str) -> tuple[Path, str | None] | None:
    """The folder or archive, and the tag or digest, of ``PLACE[:TAG][@DIGEST]``; None where nothing is there.

    A colon in the place's own name wins where such a place exists.
    """
    if Path(spec).exists():
        return Path(spec), None
    place, at, digest = spec.partition("@")
    if at and Path(place).exists():
        return Path(place), digest
    place, _, tag = place.rpartition(":")
    if not place or not Path(place).exists():
        return None
    return Path(place), digest if at else tag


def read_groups(files: LayoutFiles) -> tuple[PlatformImages, ...]:
    """Every image with its names, on all platforms that are there, whatever kind of layout it lies in."""
    if detect_layout(files) is LayoutKind.DOCKER:
        return tuple(PlatformImages(images=(named.image,), names=named.names) for named in read_docker_archive(files))
    return read_oci_layout(files).groups()


def find_image(files: LayoutFiles, name: str | None, platform: Platform) -> NamedImage:
    """The image that ``name`` means (tag, digest or reference; None for the only one) on ``platform``."""
    if detect_layout(files) is LayoutKind.DOCKER:
        return find_in_archive(read_docker_archive(files), name, files.what)
    return NamedImage(image=read_oci_layout(files).image(name, platform))


def find_statement(files: LayoutFiles, image: LayoutImage, predicate_types: Collection[str]) -> bytes | None:
    """What an attestation of one of these types says about an image of the layout; None where there is none.

    A docker archive has none, but where it is an OCI layout as well.
    """
    if files.size(LAYOUT_FILE) is None or files.size(INDEX_FILE) is None:
        return None
    return read_oci_layout(files).statement(image.descriptor.digest, predicate_types)
