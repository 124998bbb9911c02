"""RPM databases for tests, written by SQLite itself."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Sequence

from jettison.packages import rpm_header as tags

TagValue = str | Sequence[str] | Sequence[int]


def header(values: dict[int, TagValue]) -> bytes:
    """The header of a package as the database keeps it: numbers, a string, or arrays of them."""
    index, store = b"", b""
    for tag, value in values.items():
        if isinstance(value, str):
            kind, count, data = 6, 1, value.encode() + b"\0"
        elif value and isinstance(value[0], int):
            kind, count, data = 4, len(value), struct.pack(f">{len(value)}I", *value)
        else:
            kind, count, data = 8, len(value), b"".join(str(text).encode() + b"\0" for text in value)
        index += struct.pack(">4I", tag, kind, len(store), count)
        store += data
    return struct.pack(">2I", len(values), len(store)) + index + store


def database(headers: Iterable[bytes], page_size: int = 4096) -> bytes:
    """A database with those headers."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("CREATE TABLE Name (key TEXT)")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(data,) for data in headers])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


BASH = header(
    {
        tags.NAME: "bash",
        tags.VERSION: "5.2.15",
        tags.RELEASE: "3.fc38",
        tags.EPOCH: [1],
        tags.SUMMARY: "The GNU Bourne Again shell",
        tags.VENDOR: "Fedora Project",
        tags.LICENCE: "GPL-3.0-or-later",
        tags.URL: "https://www.gnu.org/software/bash",
        tags.ARCHITECTURE: "x86_64",
        tags.SOURCE_RPM: "bash-5.2.15-3.fc38.src.rpm",
        tags.REQUIRES: ["libc.so.6()(64bit)", "filesystem", "filesystem"],
        tags.PROVIDES: ["bash", "config(bash)"],
        tags.DIRECTORY_INDEXES: [0, 1, 1],
        tags.BASE_NAMES: ["bash", "bash", "gone"],
        tags.DIRECTORY_NAMES: ["/usr/bin/", "/usr/share/doc/"],
    }
)
