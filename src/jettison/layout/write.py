"""Writing OCI layouts and docker archives (OCI image-spec v1.1, image-layout.md; docker's ``image/tarexport``).

Equal images and names give equal bytes. Blobs are streamed from where they lie, and verified by their sources. A docker
archive is at the same time an OCI archive, as docker writes it since version 25: one file that every reader takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jettison.errors import IntegrityError, StorageError
from jettison.hints import BinaryIO
from jettison.layer import pax
from jettison.layer.stream import Sink
from jettison.layer.tar_header import END_OF_ARCHIVE, MAX_OCTAL_SIZE, PAX_FLAG, encode_header, padding
from jettison.layout.content import Blob, LayoutContent, images_content, tagged_names
from jettison.layout.copy_file import copy_file
from jettison.layout.names import INDEX_FILE, MANIFEST_FILE, REF_NAME, blob_name
from jettison.model.document import write_document
from jettison.model.image_source import NamedImage
from jettison.model.oci import Descriptor

_COPY_BYTES = 1024 * 1024
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
_FILE_FLAG = b"0"
_DIRECTORY_FLAG = b"5"


def write_oci_archive(sink: Sink, content: LayoutContent) -> None:
    """Write a layout as a tar archive into ``sink``."""
    write_parts(sink, oci_archive_parts(content))


def oci_archive_parts(content: LayoutContent) -> Iterator[bytes | Blob]:
    """The bytes of such an archive, with the blobs in their places."""
    return _archive_parts(content.documents(), content.blobs)


def write_docker_archive(sink: Sink, images: Sequence[NamedImage], content: LayoutContent | None = None) -> None:
    """Write what ``docker load`` and ``podman load`` read into ``sink``; ``content`` is more than the images alone.

    Layers are written as their sources have them, compressed or not: docker, podman and skopeo read both. Docker before
    version 23 does not know zstd.
    """
    write_parts(sink, docker_archive_parts(images, content))


def docker_archive_parts(images: Sequence[NamedImage], content: LayoutContent | None = None) -> Iterator[bytes | Blob]:
    """The bytes of such an archive, with the blobs in their places."""
    records = [
        {
            "Config": blob_name(named.image.manifest.config.digest),
            "RepoTags": [name.familiar() for name in tagged_names(named.names)] or None,
            "Layers": [blob_name(layer.digest) for layer in named.image.manifest.layers],
        }
        for named in images
    ]
    content = content or images_content(images)
    return _archive_parts((*content.documents(), (MANIFEST_FILE, write_document(records))), content.blobs)


def write_oci_layout(folder: Path, content: LayoutContent) -> None:
    """Write a layout into a folder, made if need be; one that is there is added to.

    Blobs that are there are kept; an entry of index.json that bears the name of a new one is replaced. index.json is
    replaced last and at once: a reader sees the layout before or after. Raises :class:`StorageError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = _merge_entries(folder, content.entries)
        for blob in content.blobs:
            path = folder / blob_name(blob.descriptor.digest)
            if not path.exists():
                _replace_file(path, blob)
        for name, data in LayoutContent(entries=entries, blobs=()).documents():
            _replace_file(folder / name, data)
    except OSError as error:
        raise StorageError(f"cannot write the OCI layout {folder}: {error.strerror}") from error


def _merge_entries(folder: Path, new: tuple[Descriptor, ...]) -> tuple[Descriptor, ...]:
    """The entries that a folder's index.json is to have: a new one replaces those of its tag, or those without one."""
    if not (folder / INDEX_FILE).exists():
        return new
    from jettison.layout.files import DirectoryFiles
    from jettison.layout.oci_layout import read_oci_layout

    tags = {dict(entry.annotations).get(REF_NAME) for entry in new}
    known = read_oci_layout(DirectoryFiles(folder)).index.manifests
    return (*(entry for entry in known if dict(entry.annotations).get(REF_NAME) not in tags), *new)


def _replace_file(path: Path, content: bytes | Blob) -> None:
    """Write a file beside its place and move it there: no reader sees half of it."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            write_file_parts(stream, [content])
            os.fchmod(descriptor, _FILE_MODE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_parts(sink: Sink, parts: Iterable[bytes | Blob]) -> None:
    """Write the parts of an archive into ``sink``; blobs are streamed from where they lie."""
    for part in parts:
        if isinstance(part, bytes):
            sink(part)
        else:
            with part.open() as source:
                _check_size(part, _stream(source, sink))


def write_file_parts(target: BinaryIO, parts: Iterable[bytes | Blob]) -> None:
    """Write the parts into an open file; the kernel copies blobs that are files themselves, where it can.

    Never by a hard link: whoever changes the file in place would change the blob.
    """
    for part in parts:
        if isinstance(part, bytes):
            target.write(part)
        else:
            with part.open() as source:
                copied = copy_file(source, target)
                _check_size(part, _stream(source, target.write) if copied is None else copied)


def _archive_parts(documents: Sequence[tuple[str, bytes]], blobs: Iterable[Blob]) -> Iterator[bytes | Blob]:
    """Documents first, so that a reader of a stream knows what the blobs are before they come."""
    for name, data in documents:
        yield _header(name, len(data)) + data + bytes(padding(len(data)))
    made: set[str] = set()
    for blob in blobs:
        name = blob_name(blob.descriptor.digest)
        for folder in _parents(name):
            if folder not in made:
                made.add(folder)
                yield encode_header(name=f"{folder}/".encode(), flag=_DIRECTORY_FLAG, mode=_FOLDER_MODE)
        yield _header(name, blob.descriptor.size)
        yield blob
        yield bytes(padding(blob.descriptor.size))
    yield END_OF_ARCHIVE


def _stream(source: BinaryIO, sink: Sink) -> int:
    """Copy to the end; the number of bytes."""
    size_bytes = 0
    while chunk := source.read(_COPY_BYTES):
        size_bytes += len(chunk)
        sink(chunk)
    return size_bytes


def _check_size(blob: Blob, size_bytes: int) -> None:
    """Raise :class:`IntegrityError` where a blob is not as long as its descriptor says."""
    if size_bytes != blob.descriptor.size:
        raise IntegrityError(
            f"blob {blob.descriptor.digest}: its source gave {size_bytes} bytes, expected {blob.descriptor.size}"
        )


def _header(name: str, size: int) -> bytes:
    """The header of a file, with a pax header before it where ustar cannot hold the size."""
    path = name.encode("ascii")
    if size <= MAX_OCTAL_SIZE:
        return encode_header(name=path, flag=_FILE_FLAG, mode=_FILE_MODE, size=size)
    body = pax.encode_records([(b"size", b"%d" % size)])
    extension = encode_header(name=b"PaxHeaders.0/" + path[-80:], flag=PAX_FLAG, size=len(body))
    return extension + body + bytes(padding(len(body))) + encode_header(name=path, flag=_FILE_FLAG, mode=_FILE_MODE)


def _parents(name: str) -> Iterator[str]:
    parts = name.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[:count])
