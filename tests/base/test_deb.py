"""Reading .deb files that nobody vouches for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.base.archive import BUILD_TIME, ar, deb, tar

from jettison.base.deb import MemberReader, read_ar, read_deb_layout
from jettison.base.unpacked import read_build_time, unpack
from jettison.errors import IntegrityError

CONTROL = "Package: aa\nVersion: 1\nArchitecture: all\n"
GOOD = deb(CONTROL, {"usr/bin/x": b"content"})


def test_the_members_are_found_and_bounded() -> None:
    """A reader of one member never reads into the next."""
    file = io.BytesIO(ar(("debian-binary", b"2.0\n"), ("control.tar", b"odd"), ("data.tar", b"data")))
    layout = read_deb_layout(file)
    assert layout.build_time == BUILD_TIME
    assert MemberReader(file, layout.control).read() == b"odd"
    reader = MemberReader(file, layout.data)
    assert (reader.read(3), reader.read(3), reader.read(3)) == (b"dat", b"a", b"")


@pytest.mark.parametrize("codec", ["", ".gz", ".xz", ".zst"])
def test_every_codec_of_dpkg_is_read(tmp_path: Path, codec: str) -> None:
    """The payload's entries point into the spool, whatever the package was compressed with."""
    path = tmp_path / "a.deb"
    path.write_bytes(deb(CONTROL, {"usr/bin/x": b"content"}, codec=codec))
    unpacked = unpack(path, tmp_path / "spool")
    entry = {entry.path: entry for entry in unpacked.entries}["usr/bin/x"]
    spool = unpacked.spool.read_bytes()
    assert spool[entry.offset : entry.offset + entry.size] == b"content"
    assert unpacked.control == CONTROL
    assert unpacked.md5sums.endswith("  usr/bin/x\n")
    assert unpacked.package.name == "aa"
    assert unpacked.build_time == BUILD_TIME == read_build_time(path)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"!<arch>\n", id="no members"),
        pytest.param(b"#!/bin/sh\n", id="a script"),
        pytest.param(GOOD[:-40], id="truncated"),
        pytest.param(GOOD[:90], id="truncated header"),
        pytest.param(ar(("debian-binary", b"3.0\n"), ("control.tar", b""), ("data.tar", b"")), id="future format"),
        pytest.param(ar(("control.tar", b""), ("data.tar", b"")), id="no version"),
        pytest.param(ar(("debian-binary", b"2.0\n"), ("control.tar", b"")), id="no data"),
        pytest.param(ar(("debian-binary", b"2.0\n"), *[("data.tar", b"")] * 2, ("control.tar", b"")), id="two data"),
        pytest.param(ar(*[("x", b"")] * 40), id="too many members"),
        pytest.param(GOOD.replace(b"`\n", b"??", 1), id="damaged magic"),
        pytest.param(GOOD[:56] + b"9999999999" + GOOD[66:], id="member larger than the file"),
        pytest.param(GOOD[:56] + b"-1        " + GOOD[66:], id="negative size"),
        pytest.param(GOOD[:56] + b"0x10      " + GOOD[66:], id="size in hexadecimal"),
        pytest.param(
            ar(
                ("debian-binary", b"2.0\n"),
                ("control.tar", tar({"control": CONTROL.encode()})),
                ("data.tar.xz", b"\xfd7zXZ\0?"),
            ),
            id="damaged compression",
        ),
        pytest.param(
            ar(("debian-binary", b"2.0\n"), ("control.tar", tar({})), ("data.tar", tar({}))),
            id="no control file",
        ),
        pytest.param(
            ar(
                ("debian-binary", b"2.0\n"),
                ("control.tar", tar({"control": CONTROL.encode()})),
                ("data.tar", tar({"a/x": b""}).replace(b"a/x", b"../", 1)),
            ),
            id="climbs out of the root",
        ),
    ],
)
def test_a_damaged_package_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    """Never a traceback, never an endless read: an error that names the file."""
    path = tmp_path / "bad.deb"
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=r"bad\.deb: "):
        unpack(path, tmp_path / "spool")


def test_a_name_ends_at_the_slash() -> None:
    """GNU ar writes names with a slash at their end."""
    (member,) = read_ar(io.BytesIO(ar(("debian-binary/", b"2.0\n"))))
    assert member.name == "debian-binary"
