"""Programs of other architectures: what the kernel runs is found out by running it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jettison.errors import BuildError
from jettison.model.platform import Platform
from jettison.sandbox.emulation import _MACHINES, check_runnable, find_handler, parse_handler, tiny_program

NATIVE = Platform.normal(os="linux", architecture=os.uname().machine)

HANDLER = """\
enabled
interpreter /usr/bin/qemu-aarch64-static
flags: OCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
"""


def test_this_machine_runs_its_own_programs() -> None:
    """The tiny program ends with success, and nothing else is asked."""
    program = tiny_program(NATIVE.architecture)
    assert program is not None
    descriptor = os.memfd_create("tiny")
    try:
        os.write(descriptor, program)
        done = subprocess.run([f"/proc/self/fd/{descriptor}"], pass_fds=(descriptor,), check=False)
        assert done.returncode == 0
    finally:
        os.close(descriptor)
    check_runnable(NATIVE, NATIVE, lambda path: False)


@pytest.mark.parametrize("architecture", sorted(_MACHINES))
def test_every_program_is_an_elf_file(architecture: str) -> None:
    """With its magic, its class and its machine."""
    program = tiny_program(architecture)
    assert program is not None
    machine = _MACHINES[architecture]
    assert program[:4] == b"\x7fELF"
    assert program[4] == (2 if machine.is_64 else 1)
    assert int.from_bytes(program[18:20], "big" if machine.is_big_endian else "little") == machine.number
    assert program.endswith(machine.code)


def test_what_cannot_run_here() -> None:
    """Another system, an architecture that nobody knows: an error before anything is tried, with what to do."""
    with pytest.raises(BuildError, match="windows/amd64 cannot run on"):
        check_runnable(Platform.parse("windows/amd64"), NATIVE, lambda path: True)
    with pytest.raises(BuildError, match="the kernel knows no interpreter") as caught:
        check_runnable(Platform.parse("linux/pdp11"), NATIVE, lambda path: True)
    assert "apt-get install qemu-user-static binfmt-support" in str(caught.value.hint)
    assert "FROM --platform=$BUILDPLATFORM" in str(caught.value.hint)


def test_handlers(tmp_path: Path) -> None:
    """As the kernel lists them: found by the first bytes of a program; not what is disabled or goes by a name."""
    (tmp_path / "qemu-aarch64").write_text(HANDLER)
    (tmp_path / "jar").write_text("enabled\ninterpreter /usr/bin/java\nflags: \nextension .jar\n")
    (tmp_path / "status").write_text("enabled\n")
    program = tiny_program("arm64")
    assert program is not None
    found = find_handler(program, tmp_path)
    assert found is not None
    assert (found.interpreter, found.flags) == ("/usr/bin/qemu-aarch64-static", "OCF")
    other = tiny_program("riscv64")
    assert other is not None
    assert find_handler(other, tmp_path) is None
    assert parse_handler(HANDLER.replace("enabled", "disabled")) is None
    assert find_handler(program, tmp_path / "none") is None
