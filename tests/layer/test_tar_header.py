"""The fields of a tar header."""

from __future__ import annotations

import pytest

from jettison.errors import IntegrityError
from jettison.layer.tar_header import decode_modes, decode_number, encode_header, is_header

NUMBERS = {
    b"0000644\x00": 0o644,
    b"0000644 ": 0o644,
    b"00000644": 0o644,
    b"   644 \x00": 0o644,
    b"644\x00\x00\x00\x00\x00": 0o644,
    b"644 \x00junk"[:8]: 0o644,
    b"        ": 0,
    bytes(8): 0,
    b"\x80\x00\x00\x00\x00\x00\x01\xff": 511,
    b"\xff\xff\xff\xff\xff\xff\xff\xfe": -2,
}
WRONG = (b"0000648\x00", b"-000644\x00", b"+000644\x00", b"0_00644\x00", b"0x00644\x00", b"0o00644 ", b"00 0644\x00")


@pytest.mark.parametrize("field", NUMBERS)
def test_numbers(field: bytes) -> None:
    """Octal digits however they are padded and ended, and GNU's base-256."""
    assert decode_number(field, "size", 0) == NUMBERS[field]


@pytest.mark.parametrize("field", WRONG)
def test_what_is_no_number(field: bytes) -> None:
    """Nothing that only Python takes for one."""
    with pytest.raises(IntegrityError, match=r"the size .* at byte 512 is not an octal number"):
        decode_number(field, "size", 512)


@pytest.mark.parametrize(("at", "what"), [(100, "mode"), (108, "uid"), (116, "gid")])
def test_a_wrong_field_is_named_each_time(at: int, what: str) -> None:
    """What files have in common is found once; what is wrong is told with its place."""
    header = encode_header(name=b"file", flag=b"0", mode=0o644, uid=1, gid=2)
    assert decode_modes(header, 0) == decode_modes(header, 512) == (0o644, 1, 2)
    wrong = header[:at] + b"sixteen\x00" + header[at + 8 :]
    for offset in (512, 1024):
        with pytest.raises(IntegrityError, match=f"the {what} .* at byte {offset} is not"):
            decode_modes(wrong, offset)


def test_what_begins_like_a_tar() -> None:
    """A block that keeps its checksum; not zeros, nor less than a block, nor text."""
    header = encode_header(name=b"file", flag=b"0")
    assert is_header(header)
    assert not is_header(header[:-1])
    assert not is_header(header[:-1] + b"x")
    assert not is_header(bytes(512))
    assert not is_header(b"{}" * 256)
