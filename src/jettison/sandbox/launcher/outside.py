"""Where a monitor is between two commands: outside of all that it made for the one before."""

from __future__ import annotations

import os

from jettison.sandbox.launcher import syscalls

_FIRST_DESCRIPTOR = 3


class Outside:
    """The namespaces and the root that this process is in when the object is made."""

    def __init__(self) -> None:
        self._mounts = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        self._processes = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def come_back(self, kept: int) -> None:
        """Be there again; no descriptor is left open but the standard streams and ``kept``.

        What was mounted meanwhile goes with its namespace.
        """
        close_others(kept, self._mounts, self._processes, self._root)
        syscalls.setns(self._processes, syscalls.CLONE_NEWPID)
        syscalls.setns(self._mounts, syscalls.CLONE_NEWNS)
        os.fchdir(self._root)
        os.chroot(".")  # entering a namespace has made its topmost directory the root
        os.chdir("/")


def close_others(*kept: int) -> None:
    """Close every descriptor but the standard streams and these."""
    start = _FIRST_DESCRIPTOR
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))
