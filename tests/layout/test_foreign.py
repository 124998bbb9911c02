"""Files that are no archives, told by how they begin."""

from __future__ import annotations

import pytest
from tests.layout.support import layer_tar

from jettison.layer.decompress import Codec
from jettison.layout.foreign import LOOKED_AT_BYTES, is_archive, no_archive

SEEMS = [
    (b"some words\nand more\n", "a text", "jettison save -o FILE IMAGE"),
    ("Größe ändern: ".encode() * 40, "a text", "jettison save -o FILE IMAGE"),
    (b"\x7fELF\x02\x01\x01" + bytes(900), "an ELF program or library", "jettison save"),
    (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture (PNG)", "jettison save"),
    (b"PK\x03\x04" + bytes(50), "a zip archive", "unpack it first"),
    (b"!<arch>\ndebian-binary   ", "a Debian package", "jettison base"),
    (b"!<arch>\nx.o/", "a static library", "jettison save"),
    (b"SQLite format 3\x00" + bytes(100), "an SQLite database", "jettison save"),
    (b"QFI\xfb" + bytes(100), "a QCOW disk image", "the disk of a machine"),
    (bytes(510) + b"\x55\xaa" + bytes(512), "a disk image", "the disk of a machine"),
    (b'{"schemaVersion": 2}', "a JSON document", "an OCI layout is named by its folder"),
    (b'\n[{"Config": ""}]', "a JSON document", "an archive is named whole"),
    (b"<!DOCTYPE HTML><html>", "a web page", "look at the address"),
    (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS", "git lfs pull"),
    (b"#!/bin/sh\nset -e\n", "a script", "jettison save"),
    (b"# syntax=docker/dockerfile:1\nFROM alpine\n", "a Dockerfile", "jettison build -t NAME -f x ."),
    (b"# My image\n\n# of two lines\nfrom alpine as a\n", "a Dockerfile", "jettison build"),
    (b"ARG A=1\nFROM $A\n", "a Dockerfile", "jettison build"),
    (b"# A title\n\nSome text that is from nowhere\n", "a text", "jettison save"),
]


@pytest.mark.parametrize(("data", "name", "hint"), SEEMS)
def test_what_a_file_seems_to_be(data: bytes, name: str, hint: str) -> None:
    """By its first bytes, and what to do about it."""
    begin = data[:LOOKED_AT_BYTES]
    assert not is_archive(begin)
    error = no_archive("x", begin, Codec.NONE)
    assert error.message.startswith(f"x: this is no archive of an image: it seems to be {name}")
    assert hint in (error.hint or "")
    packed = no_archive("x", begin, Codec.GZIP)
    assert packed.message == f"{error.message}, compressed with gzip"


@pytest.mark.parametrize("begin", [b"\xff\xfe1\x002\x00", bytes(100), b"\xc3", bytes(range(256)) * 2])
def test_what_nobody_knows(begin: bytes) -> None:
    """Nothing is guessed."""
    assert not is_archive(begin)
    error = no_archive("x", begin, Codec.NONE)
    assert error.message == "x: this is no archive of an image, nor anything else that is known"
    assert error.hint


def test_nothing_at_all() -> None:
    """The command that should have written it failed, as a rule."""
    assert no_archive("x", b"", Codec.NONE).message == "x: this is no archive of an image: it is empty"
    assert no_archive("x", b"", Codec.XZ).message == "x: this is no archive of an image: nothing, compressed with xz"
    assert "wrote nothing" in (no_archive("x", b"", Codec.NONE).hint or "")


def test_archives_are_archives() -> None:
    """Also damaged and empty ones: what is wrong with these, the reader of tars tells best."""
    tar = layer_tar({"a": b"text"})[:LOOKED_AT_BYTES]
    assert is_archive(tar)
    assert is_archive(b"b" + tar[1:])
    assert is_archive(bytes(LOOKED_AT_BYTES))
    assert not is_archive(tar[:100])
