"""Files of outputs: whole, or not there; what is no file stays what it is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from jettison.engine.outputs import check_file
from jettison.engine.whole_file import whole_file
from jettison.errors import StorageError


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """What was there stays until then, and nothing lies beside it afterwards."""
    path = tmp_path / "out"
    path.write_text("before")
    with pytest.raises(ValueError, match="stop"), whole_file(path) as stream:
        stream.write(b"half")
        raise ValueError("stop")
    assert path.read_text() == "before"
    with whole_file(path) as stream:
        stream.write(b"whole")
    assert path.read_text() == "whole"
    assert os.listdir(tmp_path) == ["out"]


def test_links_are_followed(tmp_path: Path) -> None:
    """Also one to a file that is not there yet."""
    link = tmp_path / "link"
    link.symlink_to("file")
    with whole_file(link) as stream:
        stream.write(b"text")
    assert link.is_symlink()
    assert (tmp_path / "file").read_bytes() == b"text"


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """As /dev/null and /dev/stdout stay what they are."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    check_file(pipe, "--iidfile")
    with whole_file(pipe) as stream:
        stream.write(b"text")
    reader.join()
    assert found == [b"text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.root
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    """Root may replace it, and nobody wants that."""
    device = tmp_path / "null"
    os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    with whole_file(device) as stream:
        stream.write(b"text")
    assert stat.S_ISCHR(device.stat().st_mode)


def test_where_nobody_may_write() -> None:
    """It is told without the name of a temporary file."""
    with pytest.raises(StorageError, match=r"^cannot write '/proc/out': No such file"), whole_file(Path("/proc/out")):
        pass


@pytest.mark.root
def test_what_may_not_be_written_is_told_before_the_build() -> None:
    """A user who is not root names a file in a folder of root's."""
    child = os.fork()
    if child == 0:
        os.setresuid(65534, 65534, 65534)
        try:
            check_file(Path("/etc/out"), "--iidfile")
        except StorageError as error:
            os._exit(error.exit_code if "'/etc' may not be written to" in error.message else 1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == StorageError.exit_code
