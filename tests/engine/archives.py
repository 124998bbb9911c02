"""Archives made with the standard library alone."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Mapping

MTIME = 1_500_000_000


def make_tar(files: Mapping[str, bytes], *, uid: int = 0) -> bytes:
    """A tar of files; names that end with a slash are directories."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.mtime = MTIME
            member.uid = member.gid = uid
            if name.endswith("/"):
                member.type = tarfile.DIRTYPE
                member.mode = 0o755
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def make_links(links: Mapping[str, tuple[bytes, str]], files: Mapping[str, bytes]) -> bytes:
    """A tar of files and then links, each a type of `tarfile` and a target."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, (kind, target) in links.items():
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = target
            archive.addfile(member)
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    from backports import zstd

    return zstd.compress(data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
    "tar.zst": zstd,
}
