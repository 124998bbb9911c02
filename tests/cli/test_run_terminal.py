"""``jettison run -t`` as somebody at a terminal meets it."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BUSYBOX = shutil.which("busybox") or ""

pytestmark = [pytest.mark.root, pytest.mark.skipif(not BUSYBOX, reason="busybox-static is not installed")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A store with the image ``box``."""
    context = tmp_path / "context"
    context.mkdir()
    shutil.copy(BUSYBOX, context / "busybox")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY busybox /bin/\n")
    variables = {**os.environ, "JETTISON_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "jettison", "build", "-q", "-t", "box", str(context)]
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)
    return variables


def seen_on_terminal(environment: dict[str, str], *argv: str) -> tuple[int, str]:
    """The exit code of the program, and all that a terminal showed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "jettison", *argv]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 1 << 16):
                shown += data
        except OSError:
            pass  # EIO: nobody has the other end open any more
        finally:
            os.close(ours)
    return process.returncode, shown.decode()


@pytest.mark.parametrize("isolation", ["namespaces", "oci"])
@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [("nowhere", 127, "executable file not found in $PATH"), ("/bin", 126, "permission denied")],
)
def test_a_command_that_cannot_be_started_is_told(
    environment: dict[str, str], isolation: str, command: str, code: int, reason: str
) -> None:
    """The exit code alone would not say what is missing."""
    if isolation == "oci" and not (shutil.which("runc") or shutil.which("crun")):
        pytest.skip("neither runc nor crun is installed")
    ended, shown = seen_on_terminal(environment, "run", "-it", "--rm", "--isolation", isolation, "box", command)
    assert ended == code
    assert f'exec: "{command}"' in shown
    assert reason in shown
