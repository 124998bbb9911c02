"""Telling what somebody hands in: an OCI layout in a folder, an OCI archive, a docker archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePath

from jettison.enums import StrEnum
from jettison.errors import IntegrityError
from jettison.frozen import replace
from jettison.layer.stream import Readable
from jettison.layout.docker_archive import find_in_archive, read_docker_archive
from jettison.layout.files import DirectoryFiles, LayoutFiles, TakeTar, open_archive
from jettison.layout.foreign import WRITTEN_BY
from jettison.layout.image import LayoutImage
from jettison.layout.names import INDEX_FILE, LAYOUT_FILE, MANIFEST_FILE
from jettison.layout.near_files import is_file_name
from jettison.layout.oci_layout import PlatformImages, read_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage
from jettison.model.platform import Platform
from jettison.model.surroundings import Surroundings

_DOCKERFILE = "Dockerfile"
_OF_ROOTS = ("etc/passwd", "etc/os-release", "usr/lib/os-release", "bin/sh", "bin/busybox", "usr/bin/env")


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
    found = [name for name in (LAYOUT_FILE, INDEX_FILE) if files.size(name) is not None]
    if found:
        missing = INDEX_FILE if found == [LAYOUT_FILE] else LAYOUT_FILE
        raise IntegrityError(
            f"{files.what}: this is half an OCI layout: {missing} is missing", hint="copy it again whole"
        )
    raise IntegrityError(
        f"{files.what}: this holds no images: neither {MANIFEST_FILE} (docker save) nor {LAYOUT_FILE} and {INDEX_FILE}",
        hint=_what_to_do(files),
    )


def _what_to_do(files: LayoutFiles) -> str:
    """The hint for a folder or an archive without images, by what else is there."""
    is_folder = isinstance(files, DirectoryFiles)
    if files.size("repositories") is not None:
        return "it was saved by a docker older than 1.10; load and save it with a newer one"
    if files.size(_DOCKERFILE) is not None:
        context = files.what if is_folder else f"- < {files.what}"
        return f"it holds a {_DOCKERFILE}: build it first, with jettison build -t NAME {context}"
    names = files.names()
    nested = next((name for name in names if files.size(f"{name}/{LAYOUT_FILE}") is not None), None)
    if nested is not None:
        return f"name {files.what}/{nested}" if is_folder else f"unpack it: the OCI layout is in its folder {nested}"
    archive = next((name for name in names if is_file_name(name) and files.size(name) is not None), None)
    if archive is not None:
        return f"is {files.what}/{archive} meant?" if is_folder else f"unpack it, where {archive} is the image"
    if any(files.size(name) is not None for name in _OF_ROOTS):
        add = f"COPY . / in {files.what}" if is_folder else f"ADD {PurePath(files.what).name} /"
        return f"it is a root file system, as of docker export: FROM scratch and {add} make an image of it"
    if is_folder:
        return "jettison build -o type=oci,tar=false,dest=FOLDER writes an image into a folder"
    return WRITTEN_BY


@contextmanager
def open_layout(
    source: Path | Readable, *, spool_dir: Path, what: str | None = None, passing: TakeTar | None = None
) -> Iterator[LayoutFiles]:
    """The files of a folder, an archive or a stream while the context lasts; see :func:`open_archive`."""
    if isinstance(source, Path) and _is_there(source, is_folder=True):
        yield DirectoryFiles(source)
        return
    with open_archive(source, spool_dir=spool_dir, what=what, passing=passing) as files:
        yield files


def split_place(spec: str) -> tuple[Path, str | None] | None:
    """The folder or archive, and the tag or digest, of ``PLACE[:TAG][@DIGEST]``; None where nothing is there.

    A colon in the place's own name wins where such a place exists.
    """
    if _is_there(Path(spec)):
        return Path(spec), None
    place, at, digest = spec.partition("@")
    if at and _is_there(Path(place)):
        return Path(place), digest
    whole = place
    while ":" in place:  # the name in it may be a whole one, NAME:TAG
        place = place.rpartition(":")[0]
        if place and _is_there(Path(place)):
            return Path(place), digest if at else whole[len(place) + 1 :]
    return None


def _is_there(path: Path, *, is_folder: bool = False) -> bool:
    """Whether something, or a folder, is there; what may not be looked at is there, and reading it tells why not."""
    try:
        return path.is_dir() if is_folder else path.exists()
    except PermissionError:
        return not is_folder


def read_groups(files: LayoutFiles) -> tuple[PlatformImages, ...]:
    """Every image with its names, on all platforms that are there, whatever kind of layout it lies in."""
    if detect_layout(files) is LayoutKind.DOCKER:
        return tuple(PlatformImages(images=(named.image,), names=named.names) for named in _archived(files))
    return read_oci_layout(files).groups()


def find_image(files: LayoutFiles, name: str | None, platform: Platform) -> NamedImage:
    """The image that ``name`` means (tag, digest or reference; None for the only one) on ``platform``."""
    if detect_layout(files) is LayoutKind.DOCKER:
        found = find_in_archive(_archived(files), name, files.what)
    else:
        found = NamedImage(image=read_oci_layout(files).image(name, platform))
    return replace(found, find_surroundings=partial(find_surroundings, files, found.image))


def find_surroundings(files: LayoutFiles, image: ImageSource) -> Surroundings | None:
    """The index around an image of the layout; None where there is none.

    A docker archive has none, but where it is an OCI layout as well.
    """
    if files.size(LAYOUT_FILE) is None or files.size(INDEX_FILE) is None:
        return None
    return read_oci_layout(files).surroundings(image.descriptor.digest)


def _archived(files: LayoutFiles) -> tuple[NamedImage, ...]:
    """The images of a docker archive, each with its own manifest where the archive is an OCI layout as well."""
    images = read_docker_archive(files)
    if files.size(LAYOUT_FILE) is None or files.size(INDEX_FILE) is None:
        return images
    try:
        groups = read_oci_layout(files).groups()
    except IntegrityError:
        return images  # that half is complete without the other
    own = {_content(image): image for group in groups for image in group.images}
    return tuple(replace(named, image=_with_manifest(named.image, own.get(_content(named.image)))) for named in images)


def _with_manifest(image: ImageSource, known: ImageSource | None) -> ImageSource:
    if known is None or not isinstance(image, LayoutImage):
        return image
    return replace(image, descriptor=known.descriptor, manifest=known.manifest, manifest_bytes=known.manifest_bytes)


def _content(image: ImageSource) -> tuple[Digest, ...]:
    """What tells that two manifests are about the same blobs."""
    return image.manifest.config.digest, *(layer.digest for layer in image.manifest.layers)
