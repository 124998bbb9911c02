"""What a build stood on: enough to know, without building, that the same build would find everything in the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping

from jettison.frozen import dataclass, field
from jettison.model.digest import Digest
from jettison.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlob:
    """A part of an archive that lies in the store."""

    path: str
    status: os.stat_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Paths are as the request has them; statuses were taken before the file was read, or are older than the build."""

    files: Mapping[str, os.stat_result]
    """What was read, links followed."""
    absent: tuple[str, ...]
    """Where something was looked for and nothing is."""
    context: str
    walked: list[str] = field(repr=False)
    """What the context holds, by paths relative to it."""
    stamps: bytes | bytearray = field(repr=False)
    """The packed stamp of each."""
    present: tuple[str, ...]
    """What has to be there: the context's folder, and of the store what the result is made of, as far as it has it."""
    names: tuple[tuple[Reference, Digest], ...]
    """The names of base images and of the result, and the image that each leads to, on every platform."""
    images: tuple[Digest, ...]
    """The results that the store keeps."""
    archives: tuple[tuple[str, tuple[bytes | StoredBlob, ...]], ...]
    """The archives that were written: the path and the parts."""
