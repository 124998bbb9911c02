"""A Debian archive on this disk, made by the test: packages built from Python values, and their index."""

from __future__ import annotations

import base64
import gzip
import hashlib
import lzma
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jettison.layer.tar_write import LayerWriter
from jettison.layer.zstd import compress as compress_zstd
from jettison.model.entry import Entry, EntryType

BUILD_TIME = 1_600_000_000
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": compress_zstd,
}


def ar(*members: tuple[str, bytes], time: int = BUILD_TIME) -> bytes:
    """An ar archive."""
    parts = [b"!<arch>\n"]
    for name, data in members:
        parts.append(f"{name:<16}{time:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data)
        parts.append(b"\n" if len(data) % 2 else b"")
    return b"".join(parts)


def tar(entries: dict[str, bytes | str | None], *, time: int = BUILD_TIME) -> bytes:
    """A tar: bytes are a file's, a text is a link's target, None is a directory."""
    out = bytearray()
    writer = LayerWriter(out.extend)
    folders: set[str] = set()
    for path, value in entries.items():
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder not in folders and folder not in entries:
                folders.add(folder)
                writer.add(Entry(path=folder, type=EntryType.DIRECTORY, mode=0o755, mtime_ns=time * 10**9))
        entry = Entry(path=path, type=EntryType.FILE, mode=0o644, mtime_ns=time * 10**9)
        if value is None:
            writer.add(entry._replace(type=EntryType.DIRECTORY, mode=0o755))
        elif isinstance(value, str):
            writer.add(entry._replace(type=EntryType.SYMLINK, mode=0o777, link=value))
        else:
            writer.add(entry._replace(size=len(value)), value)
    writer.finish()
    return bytes(out)


def deb(control: str, files: dict[str, bytes | str | None], *, codec: str = ".xz", time: int = BUILD_TIME) -> bytes:
    """A binary package."""
    sums = "".join(
        f"{hashlib.md5(value).hexdigest()}  {path}\n" for path, value in files.items() if isinstance(value, bytes)
    )
    inner = tar({"control": control.encode(), "md5sums": sums.encode(), "postinst": b"#!/bin/sh\nexit 1\n"})
    return ar(
        ("debian-binary", b"2.0\n"),
        (f"control.tar{codec}", _COMPRESS[codec](inner)),
        (f"data.tar{codec}", _COMPRESS[codec](tar(files, time=time))),
        time=time,
    )


@dataclass
class Archive:
    """A flat archive in a folder (sources.list(5)), not signed and so trusted by its line alone."""

    folder: Path
    architecture: str
    paragraphs: list[str] = field(default_factory=list)

    def add(
        self,
        name: str,
        files: dict[str, bytes | str | None] | None = None,
        *,
        version: str = "1.0",
        codec: str = ".xz",
        time: int = BUILD_TIME,
        **fields: str,
    ) -> None:
        """Build a package and put it into the index; ``fields`` are control fields with ``_`` for ``-``."""
        lines = [f"Package: {name}", f"Version: {version}", f"Architecture: {self.architecture}"]
        lines += [f"{key.replace('_', '-')}: {value}" for key, value in fields.items()]
        lines += ["Maintainer: Test <test@example.org>", "Description: made by a test"]
        control = "\n".join(lines) + "\n"
        data = deb(control, files or {}, codec=codec, time=time)
        file_name = f"{name}_{version.replace(':', '%3a')}_{self.architecture}.deb"
        (self.folder / file_name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self.paragraphs.append(f"{control}Filename: ./{file_name}\nSize: {len(data)}\nSHA256: {digest}\n")
        (self.folder / "Packages").write_text("\n".join(self.paragraphs))

    @property
    def line(self) -> str:
        """What ``--mirror`` is given."""
        return f"deb [trusted=yes] file:{self.folder} ./"


def add_base_packages(archive: Archive) -> None:
    """What every distroless image holds."""
    archive.add(
        "base-files",
        {
            "usr/lib/os-release": b"ID=debian\nVERSION_CODENAME=bookworm\n",
            "etc/os-release": "../usr/lib/os-release",
            "bin": None,
            "lib": None,
            "usr/share/doc/base-files/copyright": b"free\n",
            "usr/share/doc/base-files/changelog.gz": b"long\n",
        },
        Essential="yes",
        Pre_Depends="awk",
    )
    archive.add("mawk", {"usr/bin/mawk": b"\x7fELF"}, Provides="awk")
    archive.add("netbase", {"etc/protocols": b"tcp 6\n"})
    archive.add("debconf", version="1.5", files={"usr/sbin/debconf": b"#!/usr/bin/perl\n"}, Provides="debconf-2.0")
    archive.add("tzdata", {"usr/share/zoneinfo/Etc/UTC": b"TZif2"}, Depends="debconf (>= 0.5) | debconf-2.0")
    archive.add("openssl", {"usr/bin/openssl": b"\x7fELF"}, version="3.0")
    archive.add(
        "ca-certificates",
        {
            "usr/share/ca-certificates/mozilla/B.crt": CERTIFICATES[1],
            "usr/share/ca-certificates/mozilla/A.crt": CERTIFICATES[0].rstrip(b"\n"),
        },
        Depends="openssl (>= 1.1.1), debconf (>= 0.5) | debconf-2.0",
    )


def certificate(content: bytes) -> bytes:
    """Something in PEM's armour: the store never looks inside."""
    body = base64.encodebytes(content).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()


CERTIFICATES = [certificate(b"first authority" * 9), certificate(b"second authority" * 9)]
