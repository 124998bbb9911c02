"""What a process lacks that commands need, asked by processes that lack it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from jettison.sandbox.rights import find_lack

ASK = "from jettison.sandbox.rights import find_lack; print(*find_lack() or ['nothing'], sep='\\n')"
READING = "+dac_read_search"
"""Of the interpreter, wherever it lies."""
LACKS = {
    "a user": (
        ["setpriv", "--reuid=65534", "--clear-groups", f"--inh-caps={READING}", f"--ambient-caps={READING}"],
        "commands need root for now, and this is user 65534",
        "run it as root; what runs nothing (COPY, ADD",
    ),
    "root of a namespace": (
        ["unshare", "--user", "--map-root-user"],
        "commands need root of the machine, and this is root of a user namespace",
        "leave it (unshare -r, a rootless container)",
    ),
    "root without capabilities": (
        ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"],
        "commands need CAP_SYS_ADMIN, which root does not have here",
        "docker run --privileged",
    ),
}


@pytest.mark.root
@pytest.mark.parametrize("case", LACKS)
def test_what_is_missing_is_told(case: str) -> None:
    """Why commands do not work, and what to do about it."""
    wrapper, what, hint = LACKS[case]
    line = [*wrapper, sys.executable, "-c", ASK]
    answer = subprocess.run(line, capture_output=True, text=True, check=True, cwd="/")
    told = answer.stdout.splitlines()
    assert told[0] == what
    assert told[1].startswith(hint) or hint in told[1]


@pytest.mark.root
def test_root_of_the_machine_lacks_nothing() -> None:
    """Where something does not work all the same, this is not why."""
    assert os.geteuid() == 0
    assert find_lack() is None
