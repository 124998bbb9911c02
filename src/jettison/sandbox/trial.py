"""Trying a sandbox for real: it runs a program of its own, made of nothing but this file."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from jettison.errors import JettisonError, SandboxError
from jettison.sandbox.interface import Sandbox
from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, RootSpec

TRIAL = "trial"
"""Image path of the program."""
EXPECTED_STATUS = 42
_NO_SUCH_PROGRAM = 127
_TIMEOUT_SECONDS = 30
_ANY_FOLDER = Path(__file__).parent
"""What the program's root is made of: a folder that is there. Nothing is written to it, nor read from it."""
_ADDRESS = 0x400000
_HEADERS_BYTES = 64 + 56

_EXIT_CODE = {
    "x86_64": (62, bytes.fromhex("b83c000000 bf2a000000 0f05")),  # mov eax, 60; mov edi, 42; syscall
    "aarch64": (183, bytes.fromhex("a80b80d2 400580d2 010000d4")),  # mov x8, #93; mov x0, #42; svc #0
}
"""ELF machine number, and instructions that call exit(42)."""


def try_sandbox(sandbox: Sandbox) -> None:
    """Run a command in it; raise :class:`SandboxError` with the reason where that fails."""
    program = trial_program(os.uname().machine)
    mounts = [MountSpec(kind=MountKind.FILE, target=TRIAL, content=program, mode=0o755)] if program else []
    try_root(sandbox, RootSpec(layers=(_ANY_FOLDER,)), mounts)


def try_root(sandbox: Sandbox, root: RootSpec, mounts: Sequence[MountSpec] = ()) -> None:
    """Run the program that ``root`` or ``mounts`` have at ``TRIAL``; raise as :func:`try_sandbox` does."""
    expected = EXPECTED_STATUS if trial_program(os.uname().machine) else _NO_SUCH_PROGRAM
    process = sandbox.start(root, mounts, CommandSpec(args=(f"/{TRIAL}",)))
    status = process.wait(_TIMEOUT_SECONDS)
    if status is None:
        process.kill()
        process.wait()
        raise SandboxError(f"a trial did not end within {_TIMEOUT_SECONDS} seconds")
    if status != expected:
        raise SandboxError(f"a trial ended with status {status} instead of {expected}")


def reason_of(error: JettisonError) -> str:
    """Why a trial failed, for a list of reasons."""
    return error.message.removeprefix("cannot run the command: ")


def trial_program(machine: str) -> bytes:
    """A statically linked program that exits with 42; empty for a machine whose instructions we do not know.

    There, a trial asks for a program that does not exist: that shows everything but the last step.
    """
    if machine not in _EXIT_CODE:
        return b""
    number, code = _EXIT_CODE[machine]
    size = _HEADERS_BYTES + len(code)
    entry = _ADDRESS + _HEADERS_BYTES
    identification = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<16sHHIQQQIHHHHHH", identification, 2, number, 1, entry, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _ADDRESS, _ADDRESS, size, size, 0x1000)
    return header + segment + code
