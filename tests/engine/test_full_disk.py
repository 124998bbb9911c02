"""A store on a disk that is too small: the error says so, nothing half done stays, and with room the build is right."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.engine.bench import Bench

pytestmark = pytest.mark.root

SCRIPT = """
set -eu
mount -t tmpfs -o size=24m none "$HOME_DIR"
jettison() { "$PYTHON" -m jettison --home "$HOME_DIR/store" "$@"; }
jettison load -q -i "$BASE"
status=0
jettison build --progress=plain -t full "$CONTEXT" || status=$?
echo "status $status"
ls -A "$HOME_DIR/store/tmp"
mount -o remount,size=200m "$HOME_DIR"
jettison build -q -t full "$CONTEXT" > /dev/null
jettison run --rm full sh -c 'cat /made /big | wc -c'
"""


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM busybox:test\nRUN head -c 30000000 /dev/zero > /made\nRUN touch /big\n",
        "FROM busybox:test\nRUN head -c 15000000 /dev/zero > /made\nCOPY big /big\n",
    ],
)
def test_full_disk(bench: Bench, base_archive: object, dockerfile: str) -> None:
    """In a RUN, whose command fails, and in a COPY, whose layer does not fit: exit code 1 or that of storage."""
    bench.write({"Dockerfile": dockerfile, "big": bytes(15_000_000)})
    mount_point = bench.root / "small"
    mount_point.mkdir()
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", SCRIPT],
        check=False,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(bench.root),
            "HOME_DIR": str(mount_point),
            "PYTHON": sys.executable,
            "BASE": str(base_archive),
            "CONTEXT": str(bench.context),
        },
    )
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stderr or "exit code: 1" in done.stderr
    assert "Traceback" not in done.stderr
    status, count = done.stdout.split("\n")[-3:-1]
    assert status in ("status 1", "status 6")
    assert count.strip() == "30000000"
