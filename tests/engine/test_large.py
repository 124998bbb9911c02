"""Large files and many files: what a build needs of memory does not grow with the bytes, and little with the names."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from jettison.layer.decompress import Decompressed
from jettison.layer.tar_read import read_tar

pytestmark = pytest.mark.slow

_LARGE_BYTES = (8 << 30) + 1
"""One more than the octal field of a ustar header holds."""


MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Between this process and the measured one: a process begins with the peak of the one that it was forked from."""


def peak_bytes(*command: str) -> int:
    """Run jettison to its success in a process of its own; the most memory that it ever had."""
    argv = [sys.executable, "-c", MEASURED, sys.executable, "-m", "jettison", *command]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.splitlines()[-1]) * 1024


@pytest.mark.timeout(1800)
def test_a_file_of_eight_gigabytes(tmp_path: Path) -> None:
    """It is built and exported as a gzip OCI archive in less than 300 MB of memory."""
    context, archive = tmp_path / "context", tmp_path / "out.tar"
    context.mkdir()
    with (context / "large").open("wb") as file:
        file.truncate(_LARGE_BYTES)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY large /large\n")
    home = ("--home", str(tmp_path / "home"))
    assert peak_bytes(*home, "build", "-q", "-o", f"type=oci,dest={archive}", str(context)) < 300 << 20
    with tarfile.open(archive) as layout:
        largest = max(layout.getmembers(), key=lambda member: member.size)
        blob = layout.extractfile(largest)
        assert blob is not None
        (member,) = read_tar(Decompressed(blob))
        assert (member.entry.path, member.entry.size) == ("large", _LARGE_BYTES)
    shutil.rmtree(tmp_path / "home")  # as large as the file


@pytest.mark.timeout(1800)
def test_many_files(tmp_path: Path) -> None:
    """A hundred thousand files are copied in less than 400 MB, the second time too."""
    context = tmp_path / "context"
    for folder in range(1000):
        (context / f"tree/folder-{folder}").mkdir(parents=True)
        for number in range(100):
            (context / f"tree/folder-{folder}/file-{number}.txt").write_bytes(b"%d" % number)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY tree /app/tree\n")
    for _ in range(2):
        used = peak_bytes("--home", str(tmp_path / "home"), "build", "-q", "-o", "type=cacheonly", str(context))
        assert used < 400 << 20
