"""Go programs."""

from __future__ import annotations

import random
import struct

import pytest
from tests.packages.trees import scanned

MODULES = "path\texample.org/cmd\nmod\texample.org/App\t(devel)\t\ndep\tgolang.org/x/sys\tv0.1.0\th1:x=\ndep\ta.b/c\tv1\n=>\ta.b/fork\tv2\th1:y\ndep\ta.b/local\tv3\n=>\t./local\t(devel)\t\nbuild\tCGO=1\n"


def go_string(text: bytes) -> bytes:
    """A string with its length before it, as Go writes numbers."""
    size, out = len(text), b""
    while size >= 0x80:
        out += bytes([size & 0x7F | 0x80])
        size >>= 7
    return out + bytes([size]) + text


def go_program(modules: str = MODULES, *, flags: int = 2, order: str = "<", name: bytes = b".go.buildinfo") -> bytes:
    """A 64-bit ELF file with nothing but that section."""
    info = b"\xff Go buildinf:" + bytes([8, flags]) + b"\0" * 16
    info += go_string(b"go1.22.1") + go_string(b"\1" * 16 + modules.encode() + b"\2" * 16)
    names = b"\0.shstrtab\0" + name + b"\0"
    table = 64 + len(info) + len(names)
    header = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + b"\0" * 9
    header += struct.pack(f"{order}HHIQQQIHHHHHH", 2, 62, 1, 0, 0, table, 0, 64, 0, 0, 64, 3, 2)

    def section(name: int, kind: int, offset: int, size: int) -> bytes:
        return struct.pack(f"{order}IIQQQQIIQQ", name, kind, 0, 0, offset, size, 0, 0, 1, 0)

    sections = section(0, 0, 0, 0) + section(11, 1, 64, len(info)) + section(1, 3, 64 + len(info), len(names))
    return (header + info + names + sections).ljust(120_000, b"\0")


@pytest.mark.parametrize("order", ["<", ">"])
def test_modules_of_a_program(order: str) -> None:
    """The program's own module has the file; dependencies, replaced ones by what replaces them; the library."""
    catalog = scanned({"usr/bin/app": go_program(order=order), "usr/bin/other": b"\x7fELF" + b"\0" * 120_000}, 0o755)
    assert [(found.name, found.version, found.files) for found in catalog.packages] == [
        ("a.b/fork", "v2", ()),
        ("a.b/local", "v3", ()),
        ("example.org/App", "(devel)", ("usr/bin/app",)),
        ("golang.org/x/sys", "v0.1.0", ()),
        ("stdlib", "1.22.1", ()),
    ]
    assert catalog.unread == ()


def test_files_that_are_not_executable_are_not_looked_at() -> None:
    """A file that nobody can run is no program."""
    assert scanned({"a": go_program()}, 0o644).packages == ()


def test_old_programs_are_told() -> None:
    """Before Go 1.18 the information was spread over the program's data."""
    (gap,) = scanned({"a": go_program(flags=0)}, 0o755).unread
    assert "before 1.18" in gap.reason


def test_programs_without_modules() -> None:
    """Only the standard library is known of them."""
    assert [found.name for found in scanned({"a": go_program("")}, 0o755).packages] == ["stdlib"]


def test_damaged_programs_are_told() -> None:
    """Bytes changed at random give packages or a remark."""
    chance = random.Random(3)
    whole = go_program()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(700)] = chance.randrange(256)
        assert len(scanned({"a": bytes(data)}, 0o755).packages) < 10
