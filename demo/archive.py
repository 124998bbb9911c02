"""Reads what `jettison save` writes with the standard library alone: layers, visible files, and a text in any layer.

An image archive holds docker's `manifest.json`, which names the layers of every image, the lowest first.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the demo says of an image."""

    layers: int
    files: int
    """Everything but directories that a container of the image sees."""
    size_bytes: int
    """The bytes of the files of all layers, hidden ones too, as docker counts."""
    secrets: frozenset[str]
    """Those of the texts looked for that some layer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    members: tuple[tuple[str, bool], ...]
    """Path, and whether it is a directory."""
    size_bytes: int
    secrets: frozenset[str]


class _Searcher(io.BufferedIOBase):
    """A stream that looks for texts in everything that is read through it."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, texts: Iterable[str]) -> None:
        super().__init__()
        self._stream = stream
        self._texts = {text: text.encode() for text in texts}
        self._overlap = max((len(text) for text in self._texts.values()), default=1) - 1
        self._end = b""
        self.found: set[str] = set()

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; remembers which texts were in them."""
        data = self._stream.read(-1 if size is None else size)
        window = self._end + data
        self.found.update(text for text, encoded in self._texts.items() if encoded in window)
        self._end = window[len(window) - self._overlap :] if self._overlap else b""
        return data


def read_archive(path: Path, secrets: Iterable[str] = ()) -> dict[str, ImageFacts]:
    """The facts of every image of an archive, by each of its names; a layer that images share is read once."""
    texts = tuple(secrets)
    layers: dict[str, _Layer] = {}
    facts: dict[str, ImageFacts] = {}
    with tarfile.open(path) as archive:
        for image in json.loads(_member(archive, "manifest.json").read()):
            for name in image["Layers"]:
                if name not in layers:
                    layers[name] = _read_layer(_member(archive, name), texts)
            stack = [layers[name] for name in image["Layers"]]
            facts.update(dict.fromkeys(image["RepoTags"], _image_facts(stack)))
    return facts


def visible_files(layers: Iterable[Iterable[tuple[str, bool]]]) -> int:
    """How many paths, directories excluded, are left when the layers are stacked (OCI image-spec, layer.md)."""
    visible: dict[str, bool] = {}
    for members in layers:
        added = tuple(members)
        for path, _ in added:
            folder, _, name = path.rpartition("/")
            if name == _OPAQUE:
                _hide(visible, folder, itself=False)
            elif name.startswith(_WHITEOUT):
                _hide(visible, f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/"), itself=True)
        for path, is_directory in added:
            if path.rpartition("/")[2].startswith(_WHITEOUT):
                continue
            if not is_directory and visible.get(path):
                _hide(visible, path, itself=True)
            visible[path] = is_directory
    return sum(not is_directory for is_directory in visible.values())


def _hide(visible: dict[str, bool], path: str, *, itself: bool) -> None:
    prefix = f"{path}/" if path else ""
    for hidden in [known for known in visible if known.startswith(prefix) or (itself and known == path)]:
        del visible[hidden]


def _image_facts(stack: Iterable[_Layer]) -> ImageFacts:
    layers = tuple(stack)
    return ImageFacts(
        layers=len(layers),
        files=visible_files(layer.members for layer in layers),
        size_bytes=sum(layer.size_bytes for layer in layers),
        secrets=frozenset().union(*(layer.secrets for layer in layers)),
    )


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(f"{name} is not a file of the archive")
    return content


def _read_layer(content: IO[bytes], secrets: Iterable[str]) -> _Layer:
    magic = content.read(len(_GZIP_MAGIC))
    content.seek(0)
    searcher = _Searcher(gzip.GzipFile(fileobj=content) if magic == _GZIP_MAGIC else content, secrets)
    with tarfile.open(fileobj=searcher, mode="r|", bufsize=_CHUNK_BYTES) as layer:
        members = [(member.name.strip("/").removeprefix("./"), member.isdir(), member.size) for member in layer]
    while searcher.read(_CHUNK_BYTES):
        pass
    return _Layer(
        members=tuple((path, is_directory) for path, is_directory, _ in members),
        size_bytes=sum(size for _, _, size in members),
        secrets=frozenset(searcher.found),
    )
