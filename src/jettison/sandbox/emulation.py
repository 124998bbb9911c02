"""Whether this machine runs programs of another architecture: tried for real, with the smallest program there is.

The kernel hands foreign programs to an interpreter that was registered with binfmt_misc, qemu as a rule, or runs them
itself (i386 on amd64). An interpreter that was registered with the flag F is opened once for all; another one is
looked for inside the root file system of the command.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jettison.errors import BuildError
from jettison.frozen import dataclass
from jettison.model.platform import Platform

HANDLERS = Path("/proc/sys/fs/binfmt_misc")

_BASE_ADDRESS = 0x400000
_TIMEOUT_SECONDS = 20
_PAGE_ALIGNMENT = 0x1000
_EXECUTABLE = 5
"""Readable and executable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """What an ELF file of an architecture begins with, and the code of a program that ends with success."""

    number: int
    code: bytes
    is_64: bool = True
    is_big_endian: bool = False
    flags: int = 0


_MACHINES = {
    "amd64": _Machine(number=62, code=bytes.fromhex("31ff b83c000000 0f05")),
    "386": _Machine(number=3, code=bytes.fromhex("31db b801000000 cd80"), is_64=False),
    "arm64": _Machine(number=183, code=bytes.fromhex("000080d2 a80b80d2 010000d4")),
    "arm": _Machine(number=40, code=bytes.fromhex("0000a0e3 0170a0e3 000000ef"), is_64=False, flags=0x05000000),
    "riscv64": _Machine(number=243, code=bytes.fromhex("13050000 9308d005 73000000")),
    "ppc64le": _Machine(number=21, code=bytes.fromhex("01000038 00006038 02000044"), flags=2),
    "s390x": _Machine(number=22, code=bytes.fromhex("a7290000 0a01"), is_big_endian=True),
    "mips64le": _Machine(number=8, code=bytes.fromhex("c2130224 25200000 0c000000"), flags=0x80000007),
    "loong64": _Machine(number=258, code=bytes.fromhex("04008003 0b748103 00002b00")),
}

_PACKAGES = "apt-get install qemu-user-static binfmt-support"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """An interpreter that the kernel knows for programs that begin in a certain way."""

    interpreter: str
    flags: str
    offset: int
    magic: bytes
    mask: bytes

    def takes(self, program: bytes) -> bool:
        """Whether the kernel gives this program to it."""
        start = program[self.offset : self.offset + len(self.magic)]
        mask = self.mask or b"\xff" * len(self.magic)
        return len(start) == len(self.magic) and all(
            one & bits == other & bits for one, other, bits in zip(start, self.magic, mask, strict=True)
        )


def check_runnable(
    platform: Platform, native: Platform, has: Callable[[str], bool], *, handlers: Path = HANDLERS
) -> None:
    """Raise :class:`BuildError` where commands of a platform cannot run on this machine.

    ``has`` says of an absolute path whether the root file system of the command has it.
    """
    if platform.os != native.os:
        raise BuildError(f"a command for {platform} cannot run on {native}")
    if platform.architecture == native.architecture:
        return
    hint = f"{_PACKAGES}; or compile for $TARGETARCH in a stage FROM --platform=$BUILDPLATFORM"
    program = tiny_program(platform.architecture)
    if program is None or not _runs(program):
        raise BuildError(
            f"a command for {platform} cannot run on {native}: the kernel knows no interpreter for it", hint=hint
        )
    handler = find_handler(program, handlers)
    if handler is not None and "F" not in handler.flags and not has(handler.interpreter):
        raise BuildError(
            f"a command for {platform} cannot run on {native}: the image does not have its interpreter"
            f" {handler.interpreter}, which was registered without the flag F",
            hint=hint,
        )


def tiny_program(architecture: str) -> bytes | None:
    """A program of the architecture that does nothing, with success; None where the architecture is not known."""
    machine = _MACHINES.get(architecture)
    if machine is None:
        return None
    order = ">" if machine.is_big_endian else "<"
    identity = bytes([0x7F, *b"ELF", 2 if machine.is_64 else 1, 2 if machine.is_big_endian else 1, 1]).ljust(16, b"\0")
    header_bytes, segment_bytes = (64, 56) if machine.is_64 else (52, 32)
    start = header_bytes + segment_bytes
    size = start + len(machine.code)
    word = "Q" if machine.is_64 else "I"
    header = identity + struct.pack(
        f"{order}HHI{word}{word}{word}IHHHHHH",
        *(2, machine.number, 1, _BASE_ADDRESS + start, header_bytes, 0),
        *(machine.flags, header_bytes, segment_bytes, 1, 0, 0, 0),
    )
    if machine.is_64:
        fields = (1, _EXECUTABLE, 0, _BASE_ADDRESS, _BASE_ADDRESS, size, size, _PAGE_ALIGNMENT)
        segment = struct.pack(f"{order}IIQQQQQQ", *fields)
    else:
        fields = (1, 0, _BASE_ADDRESS, _BASE_ADDRESS, size, size, _EXECUTABLE, _PAGE_ALIGNMENT)
        segment = struct.pack(f"{order}IIIIIIII", *fields)
    return header + segment + machine.code


def find_handler(program: bytes, folder: Path = HANDLERS) -> Handler | None:
    """The registered interpreter for a program; None where there is none, or the folder does not tell."""
    try:
        names = sorted(path for path in folder.iterdir() if path.name not in ("register", "status"))
        found = (parse_handler(path.read_text(encoding="utf-8", errors="replace")) for path in names)
        return next((handler for handler in found if handler is not None and handler.takes(program)), None)
    except OSError:  # not mounted, or not for us
        return None


def parse_handler(text: str) -> Handler | None:
    """One file of binfmt_misc; None for what is disabled or goes by the ending of names."""
    lines = text.splitlines()
    fields = dict(line.partition(" ")[::2] for line in lines[1:])
    if not lines or lines[0] != "enabled" or "magic" not in fields:
        return None
    return Handler(
        interpreter=fields.get("interpreter", ""),
        flags=fields.get("flags:", ""),
        offset=int(fields.get("offset", "0")),
        magic=bytes.fromhex(fields["magic"]),
        mask=bytes.fromhex(fields.get("mask", "")),
    )


@cache
def _runs(program: bytes) -> bool:
    import subprocess

    descriptor = os.memfd_create("tiny", 0)
    try:
        os.write(descriptor, program)
        os.fchmod(descriptor, 0o755)
        done = subprocess.run(
            [f"/proc/self/fd/{descriptor}"],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        os.close(descriptor)
    return done.returncode == 0
