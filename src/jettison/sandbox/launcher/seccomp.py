"""The system call filter as a BPF program (seccomp(2), kernel: userspace-api/seccomp_filter.rst).

Programs of the 32-bit architecture that the processor runs as well have a part of their own, with that architecture's
numbers; system calls of any other are refused.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct

from jettison.sandbox import syscall_rules
from jettison.sandbox.defaults import DEFAULT_CAPABILITIES
from jettison.sandbox.launcher import syscalls

_LOAD = 0x20
_JUMP = 0x05
_JUMP_EQUAL = 0x15
_JUMP_GREATER_EQUAL = 0x35
_JUMP_ANY_BIT = 0x45
_RETURN = 0x06

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1
"""EPERM, docker's answer."""
_UNKNOWN = 0x00050000 | 38
"""ENOSYS: libc then takes the older call, whose arguments a filter can read."""

_NUMBER_OFFSET = 0
_ARCHITECTURE_OFFSET = 4
_FIRST_ARGUMENT_OFFSET = 16
_X32_BIT = 0x40000000
_FILTER_MODE = 2

_AUDIT_NUMBERS = {"x86_64": 0xC000003E, "x86": 0x40000003, "aarch64": 0xC00000B7, "arm": 0x40000028}
_FAMILIES = {"x86_64": ("x86_64", "x86"), "aarch64": ("aarch64", "arm")}

_Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


def install(capabilities: list[str]) -> None:
    """Filter this process and all that come of it, for good; nothing on a machine that ``FILTERED_MACHINES`` lacks.

    Needs CAP_SYS_ADMIN, since it leaves setuid programs their powers (no ``no_new_privs``), as docker does.
    """
    machine = os.uname().machine
    if machine not in syscall_rules.FILTERED_MACHINES:
        return
    data = assemble(machine, tuple(capabilities))
    code = ctypes.create_string_buffer(data, len(data))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(data) // 8, ctypes.addressof(code)))
    syscalls.prctl(syscalls.PR_SET_SECCOMP, _FILTER_MODE, ctypes.c_void_p(ctypes.addressof(header)))


def prepare() -> None:
    """Assemble the program for docker's capabilities ahead of time, for all processes that are forked afterwards."""
    if os.uname().machine in syscall_rules.FILTERED_MACHINES:
        assemble(os.uname().machine, DEFAULT_CAPABILITIES)


@functools.cache
def assemble(machine: str, capabilities: tuple[str, ...]) -> bytes:
    """The program for a machine (x86_64 or aarch64) and a set of capabilities."""
    program: list[_Instruction] = [(_LOAD, 0, 0, _ARCHITECTURE_OFFSET)]
    for name in _FAMILIES[machine]:
        part = _part(name, capabilities)
        program += [(_JUMP_EQUAL, 1, 0, _AUDIT_NUMBERS[name]), (_JUMP, 0, 0, len(part)), *part]
    program.append((_RETURN, 0, 0, _REFUSE))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _part(name: str, capabilities: tuple[str, ...]) -> list[_Instruction]:
    """The filter of one architecture: it always returns."""
    index = syscall_rules.ARCHITECTURES.index(name)
    denied = set(syscall_rules.denied_names(capabilities))
    argument = (_LOAD, 0, 0, _FIRST_ARGUMENT_OFFSET)
    allow, refuse, unknown = ((_RETURN, 0, 0, answer) for answer in (_ALLOW, _REFUSE, _UNKNOWN))
    answers = {numbers[index]: [refuse] for call, _, numbers in syscall_rules.DENIED_SYSCALLS if call in denied}
    answers.pop(-1, None)
    if "CAP_SYS_ADMIN" not in capabilities:
        answers[syscall_rules.CLONE3_NUMBERS[index]] = [unknown]
        flags = _if(_JUMP_ANY_BIT, syscall_rules.NAMESPACE_FLAGS, [refuse])
        answers[syscall_rules.CLONE_NUMBERS[index]] = [argument, *flags, allow]
    family = _if(_JUMP_EQUAL, syscall_rules.AF_VSOCK, [refuse])
    answers[syscall_rules.SOCKET_NUMBERS[index]] = [argument, *family, allow]
    personalities = [
        instruction
        for personality in syscall_rules.ALLOWED_PERSONALITIES
        for instruction in _if(_JUMP_EQUAL, personality, [allow])
    ]
    answers[syscall_rules.PERSONALITY_NUMBERS[index]] = [argument, *personalities, refuse]
    ranges = _ranges(answers, [allow])
    if name == "x86_64":
        ranges.append((_X32_BIT, [unknown]))
    return [(_LOAD, 0, 0, _NUMBER_OFFSET), *_bisected(ranges)]


def _ranges(answers: dict[int, list[_Instruction]], other: list[_Instruction]) -> list[tuple[int, list[_Instruction]]]:
    """The first number of each range of system calls that are answered alike, from 0 on, and how they are."""
    starts = sorted({0, *answers, *(number + 1 for number in answers)})
    ranges: list[tuple[int, list[_Instruction]]] = []
    for start in starts:
        answer = answers.get(start, other)
        if not ranges or ranges[-1][1] != answer:
            ranges.append((start, answer))
    return ranges


def _bisected(ranges: list[tuple[int, list[_Instruction]]]) -> list[_Instruction]:
    """Find the range of the loaded number by halves, and answer as it says.

    The command waits while a filter is installed, and then the kernel asks it for each number that there is.
    """
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below = _bisected(ranges[:middle])
    return [(_JUMP_GREATER_EQUAL, len(below), 0, ranges[middle][0]), *below, *_bisected(ranges[middle:])]


def _if(test: int, operand: int, then: list[_Instruction]) -> list[_Instruction]:
    """``then``, jumped over where the test fails."""
    return [(test, 0, len(then), operand), *then]
