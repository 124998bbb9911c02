"""The quick way of reading ordinary headers says what the careful one says, or nothing."""

from __future__ import annotations

import io
import random

import pytest
from tests.layer.archives import archive, member, pax_header, with_field

from jettison.errors import IntegrityError
from jettison.layer.plain_header import decode_plain
from jettison.layer.tar_read import read_tar
from jettison.model.entry import EntryType

FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "flag": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "prefix": (345, 155),
}
NUMBERS = (
    *(b"0000644\x00", b"   644 \x00", b"644\x00    ", b"0000648\x00", b"\x80\x00\x00\x00\x00\x00\x01\x00"),
    *(b"\xff" * 8, b"\x80\xff\xff\xff\xff\xff\xff\xff", b"-000001\x00", b"00000644", b"0x00644\x00", bytes(8)),
)
TIMES = (
    *(b"14000000000\x00", b"00000000000 ", b"77777777777\x00", b"\xff" * 12, b"\x80" + bytes(7) + b"\x09\x00\x00\x01"),
    *(b"1234567890\x00\x00", b"  400000000\x00", b"40000000009\x00", bytes(12), b"00000000000\x01"),
)
VALUES = {
    "name": (
        *(b"a", b"a/b", b"a//b", b"./a", b"a/./b", b"a/../b", b"../a", b"/a", b"a/", b"a/.", b"a/..", b"..", b".", b""),
        *(
            b"/",
            b"a.",
            b"a/b.",
            b"\xff\xfe/\xfd",
            "ä/ö".encode(),
            b"a\x00b",
            b"d" * 100,
            b"n/" * 50,
            b".wh.a",
            b"a/.wh.b",
        ),
    ),
    "mode": NUMBERS,
    "uid": NUMBERS,
    "gid": NUMBERS,
    "size": (*TIMES[1:2], *TIMES[3:], b"00000000010\x00", b"00000000005\x00", b"0000000000a\x00"),
    "mtime": TIMES,
    "flag": (b"0", b"\x00", b"5", b"1", b"2", b"3", b"6", b"7", b"S", b"x", b"g", b"V", b"Z"),
    "link": (b"", b"a", b"\xff" * 100),
    "magic": (b"ustar\x0000", b"ustar  \x00", bytes(8), b"ustar\x0001"),
    "prefix": (b"", b"p", b"p/q", b"../p", b"/p", b"p/", b"\xff", b"d/" * 77, b"p".ljust(155, b"x"), bytes(10) + b"x"),
}


def told(stream: io.BytesIO, *, before: int = 0) -> object:
    """What a reader makes of an archive, None where it refuses it; offsets without what stands ``before`` it."""
    found = []
    try:
        for said in read_tar(stream):
            offset = said.entry.offset
            moved = offset and (offset - before if offset > 0 else offset + before)
            found.append((said.entry._replace(offset=moved), said.content.read()))
    except IntegrityError:
        return None
    return found


def headers() -> list[bytes]:
    """Members with every value in its field, and with several drawn ones."""
    chance = random.Random(5)
    whole = member(b"dir/file", b"hello")
    made = [changed(whole, {name: value}) for name, values in VALUES.items() for value in values]
    for _ in range(1500):
        names = chance.sample(sorted(FIELDS), chance.randint(2, 4))
        made.append(changed(whole, {name: chance.choice(VALUES[name]) for name in names}))
    return made


def changed(whole: bytes, values: dict[str, bytes]) -> bytes:
    """The member with these values in its fields, and a checksum that is right."""
    for name, value in values.items():
        start, size = FIELDS[name]
        whole = with_field(whole, start, value[:size].ljust(size, b"\x00"))
    return whole


def test_it_says_what_the_careful_reader_says() -> None:
    """A global header, if only with a comment, makes the reader look closely at all that follows."""
    nothing = pax_header((b"comment", b"nothing"), flag=b"g")
    plain = 0
    for header in headers():
        plain += decode_plain(header[:512]) is not None
        closely = told(archive(nothing, header), before=len(nothing))
        assert told(archive(header)) == closely
    assert plain > 100


@pytest.mark.parametrize("place", [0, 100, 124, 136, 150, 156, 200, 257, 400, 511])
def test_a_header_that_does_not_match_its_checksum_is_not_plain(place: int) -> None:
    """It is refused by who looks closely."""
    header = member(b"dir/file", b"hello")[:512]
    assert decode_plain(header) is not None
    broken = header[:place] + bytes([header[place] ^ 1]) + header[place + 1 :]
    assert decode_plain(broken) is None
    with pytest.raises(IntegrityError):
        list(read_tar(io.BytesIO(broken)))


def test_what_it_says() -> None:
    """All that an index holds of a file, and of a folder."""
    assert decode_plain(member(b"./a//b", b"hello")[:512]) == (
        "a/b",
        EntryType.FILE,
        0o644,
        0,
        0,
        5,
        1_600_000_000 * 10**9,
    )
    folder = decode_plain(member(b"a/b/", flag=b"5")[:512])
    assert folder is not None
    assert folder[:2] == ("a/b", EntryType.DIRECTORY)


@pytest.mark.parametrize("flag", [b"1", b"2", b"3", b"4", b"6", b"7", b"S", b"x", b"g", b"L"])
def test_all_other_types_are_left_to_others(flag: bytes) -> None:
    """Links, devices, extensions."""
    assert decode_plain(member(b"a", flag=flag, link=b"b")[:512]) is None


def test_a_header_that_is_cut_off_is_not_plain() -> None:
    """Whoever looks closely says where the archive ends."""
    assert decode_plain(member(b"a")[:511]) is None
