"""What this process lacks that commands need, said in words: asked where no rung works, to say why and what to do."""

from __future__ import annotations

import os
from pathlib import Path

from jettison.sandbox.machine import held_capabilities
from jettison.tuples import NamedTuple

_WITHOUT = "what runs nothing (COPY, ADD, weigh, diff, pull, push, …) works without"
_WHOLE_RANGE = ["0", "0", "4294967295"]
"""The map of a user namespace that is the machine's own."""
_NEEDED = ("CAP_SYS_ADMIN", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID")


class Lack(NamedTuple):
    """What is missing."""

    what: str
    """Ends a message: what commands need, and what this process is."""
    hint: str


def find_lack() -> Lack | None:
    """Why commands do not work here, as far as this process tells; None where it may do all that they need."""
    user = os.geteuid()
    if user != 0:
        return Lack(f"commands need root for now, and this is user {user}", f"run it as root; {_WITHOUT}")
    if _uid_map().split() != _WHOLE_RANGE:
        return Lack(
            "commands need root of the machine, and this is root of a user namespace",
            f"leave it (unshare -r, a rootless container), and run it as root; {_WITHOUT}",
        )
    held = held_capabilities("CapBnd")
    missing = [name for name in _NEEDED if name not in held]
    if missing:
        return Lack(
            f"commands need {', '.join(missing)}, which root does not have here",
            f"in a container: docker run --privileged, or securityContext.privileged; {_WITHOUT}",
        )
    return None


def _uid_map() -> str:
    """Where the user ids of this process lead to; that of the machine itself where /proc does not tell."""
    try:
        return Path("/proc/self/uid_map").read_text()
    except OSError:
        return " ".join(_WHOLE_RANGE)
