"""From all-powerful to what docker grants: capabilities, ids (capabilities(7), section "Effect of user ID changes")."""

from __future__ import annotations

import os

from jettison.sandbox.defaults import CAPABILITIES, LIMITS
from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def limit_resources(limits: list[list[int]]) -> None:
    """Set resource limits: number, soft and hard value."""
    for number, soft, hard in limits:
        with doing(f"setting the limit {LIMITS[number]} to {soft}:{hard}"):
            syscalls.set_limit(number, soft, hard)


def limit_bounding_set(names: Iterable[str]) -> None:
    """Give up every capability but these for good, also for setuid programs; the kernel may know more than we do."""
    kept = _numbers(names)
    last = int(paths.read_file("/proc/sys/kernel/cap_last_cap"))
    for number in range(last + 1):
        if number not in kept:
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)


def become(uid: int, gid: int, groups: list[int], names: list[str], held: frozenset[int], *, keep: bool) -> None:
    """Change to the user; root keeps exactly the named capabilities, anyone else none unless all ``keep`` them.

    ``held`` are those that this process has got.
    """
    syscalls.prctl(syscalls.PR_SET_KEEPCAPS, 1)
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    numbers = _numbers(names) & held if uid == 0 or keep else frozenset()
    syscalls.set_capabilities(numbers, inheritable=numbers if keep else frozenset())
    if keep:
        for number in numbers:
            syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_RAISE, number)
    syscalls.prctl(syscalls.PR_SET_KEEPCAPS, 0)


def held() -> frozenset[int]:
    """The capabilities that this process is permitted."""
    for line in paths.read_file("/proc/self/status").splitlines():
        if line.startswith(b"CapPrm:"):
            mask = int(line.split()[1], 16)
            return frozenset(number for number in range(64) if mask >> number & 1)
    return frozenset()


def _numbers(names: Iterable[str]) -> frozenset[int]:
    return frozenset(CAPABILITIES.index(name) for name in names)
