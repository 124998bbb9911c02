"""Erasing: everything goes, nothing outside is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jettison.errors import StorageError
from jettison.store.erase import erase

_AS_NOBODY = """
import os, sys
from pathlib import Path
from jettison.store.erase import erase
os.setgroups([]); os.setgid(65534); os.setuid(65534)
erase(Path(sys.argv[1]))
"""


def _make_forbidding_tree(top: Path) -> None:
    (top / "work" / "work").mkdir(parents=True)
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed" / "inner" / "file").write_text("x")
    (top / "read-only" / "child" / "grandchild").mkdir(parents=True)
    (top / "work" / "work").chmod(0)
    (top / "closed" / "inner").chmod(0)
    (top / "closed").chmod(0)
    (top / "read-only" / "child").chmod(0o555)
    (top / "read-only").chmod(0o555)


def test_files_links_and_nothing(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    link = tmp_path / "link"
    link.symlink_to(target)
    erase(link)
    erase(tmp_path / "absent")
    assert os.listdir(tmp_path) == ["target"]
    erase(target)
    assert os.listdir(tmp_path) == []


def test_links_inside_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("kept")
    top = tmp_path / "top"
    top.mkdir()
    (top / "to-folder").symlink_to(outside)
    (top / "to-file").symlink_to(outside / "file")
    erase(top)
    assert not top.exists()
    assert sorted(os.listdir(outside)) == ["file", "folder"]


def test_names_that_are_not_utf8_and_our_own_names(tmp_path: Path) -> None:
    top = tmp_path / "top"
    strange = top / os.fsdecode(b"\xff\xfe")
    for folder in (strange / "\n" / ".erase-1", top / ".erase-1" / ".erase-1", top / ".erase-3"):
        folder.mkdir(parents=True)
    os.mkfifo(strange / "fifo")
    erase(top)
    assert os.listdir(tmp_path) == []


def test_nesting_deeper_than_any_path_or_stack(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    folder = os.open(top, os.O_RDONLY)
    for _ in range(5000):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    erase(top)
    assert not top.exists()


@pytest.mark.root
def test_modes_that_forbid_are_lifted_for_an_ordinary_user() -> None:
    with tempfile.TemporaryDirectory() as parent:
        top = Path(parent) / "top"
        _make_forbidding_tree(top)
        subprocess.run(["chown", "-R", "65534:65534", parent], check=True)
        subprocess.run([sys.executable, "-c", _AS_NOBODY, top], check=True)
        assert os.listdir(parent) == []


def test_modes_that_forbid_are_no_matter(tmp_path: Path) -> None:
    _make_forbidding_tree(tmp_path / "top")
    erase(tmp_path / "top")
    assert os.listdir(tmp_path) == []


@pytest.mark.root
def test_a_mount_inside_is_not_entered(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "precious").write_text("kept")
    point = tmp_path / "top" / "a" / "point"
    point.mkdir(parents=True)
    script = (
        'mount --bind "$1" "$2" && exec "$3" -c '
        '"import sys; from pathlib import Path; from jettison.store.erase import erase; erase(Path(sys.argv[1]))" "$4"'
    )
    command = [
        "unshare",
        "-m",
        "sh",
        "-c",
        script,
        "sh",
        str(source),
        str(point),
        sys.executable,
        str(tmp_path / "top"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "StorageError: cannot remove" in done.stderr
    assert (source / "precious").read_text() == "kept"


def test_what_the_kernel_refuses_is_a_clear_error() -> None:
    with pytest.raises(StorageError, match="cannot remove /proc/self/status"):
        erase(Path("/proc/self/status"))
