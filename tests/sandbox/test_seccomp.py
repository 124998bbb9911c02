"""The system call filter: its program is run by an interpreter of classic BPF, for machines we are not on as well."""

from __future__ import annotations

import struct

import pytest

from jettison.sandbox import syscall_rules
from jettison.sandbox.defaults import CAPABILITIES, DEFAULT_CAPABILITIES
from jettison.sandbox.launcher import seccomp

AUDIT = {"x86_64": 0xC000003E, "x86": 0x40000003, "aarch64": 0xC00000B7, "arm": 0x40000028}
MACHINE = {"x86_64": "x86_64", "x86": "x86_64", "aarch64": "aarch64", "arm": "aarch64"}
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x50001, 0x50026
ARCHITECTURES = list(AUDIT)


def verdict(program: bytes, audit: int, number: int, argument: int = 0) -> int:
    """What the kernel would answer to a system call (linux/filter.h, linux/seccomp.h)."""
    data = struct.pack("<IIQQ", number, audit, 0, argument)
    instructions = list(struct.iter_unpack("=HBBI", program))
    accumulator = position = 0
    while True:
        code, yes, no, operand = instructions[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return int(operand)
        elif code == 0x05:
            position += operand
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}[
                code
            ]
            position += yes if holds else no


def ask(name: str, number: int, argument: int = 0, capabilities: tuple[str, ...] = DEFAULT_CAPABILITIES) -> int:
    return verdict(seccomp.assemble(MACHINE[name], capabilities), AUDIT[name], number, argument)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_listed_calls_are_refused_and_all_others_allowed(name: str) -> None:
    index = syscall_rules.ARCHITECTURES.index(name)
    denied = {
        numbers[index]
        for _, capability, numbers in syscall_rules.DENIED_SYSCALLS
        if capability not in DEFAULT_CAPABILITIES and numbers[index] >= 0
    }
    special = {
        syscall_rules.CLONE3_NUMBERS[index]: ENOSYS,
        syscall_rules.PERSONALITY_NUMBERS[index]: ALLOW,
    }
    for number in range(600):
        assert ask(name, number) == (EPERM if number in denied else special.get(number, ALLOW)), number


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_arguments_decide_where_a_call_has_two_faces(name: str) -> None:
    index = syscall_rules.ARCHITECTURES.index(name)
    clone = syscall_rules.CLONE_NUMBERS[index]
    assert ask(name, clone, 0x01200011) == ALLOW
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(name, clone, 0x11 | flag) == EPERM
    assert ask(name, syscall_rules.SOCKET_NUMBERS[index], 2) == ALLOW
    assert ask(name, syscall_rules.SOCKET_NUMBERS[index], 40) == EPERM
    personality = syscall_rules.PERSONALITY_NUMBERS[index]
    assert ask(name, personality, 0x0040000) == EPERM
    for allowed in syscall_rules.ALLOWED_PERSONALITIES:
        assert ask(name, personality, allowed) == ALLOW


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_capability_brings_its_calls_back(name: str) -> None:
    index = syscall_rules.ARCHITECTURES.index(name)
    numbers = {call: numbers[index] for call, _, numbers in syscall_rules.DENIED_SYSCALLS}
    assert ask(name, numbers["umount2"], capabilities=CAPABILITIES) == ALLOW
    assert ask(name, syscall_rules.CLONE3_NUMBERS[index], capabilities=CAPABILITIES) == ALLOW
    assert ask(name, syscall_rules.CLONE_NUMBERS[index], 0x10000000, capabilities=CAPABILITIES) == ALLOW
    assert ask(name, numbers["kexec_load"], capabilities=CAPABILITIES) == EPERM


def test_foreign_architectures_are_refused() -> None:
    for machine, foreign in (("x86_64", "aarch64"), ("aarch64", "x86_64"), ("aarch64", "x86")):
        program = seccomp.assemble(machine, DEFAULT_CAPABILITIES)
        assert verdict(program, AUDIT[foreign], 0) == EPERM


def test_the_x32_variant_of_calls_is_unknown() -> None:
    """Otherwise mount would be within reach by a second number."""
    assert ask("x86_64", 0x40000000 | 165) == ENOSYS


def test_the_program_fits_the_kernels_limits() -> None:
    for machine in ("x86_64", "aarch64"):
        assert len(seccomp.assemble(machine, ())) // 8 <= 4096
