"""What is taken off a root file system so that it is the same whenever it is made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jettison.base.tidy import tidy

NOW = 2_000_000_000


def put(root: Path, path: str, content: str = "x") -> Path:
    """A file with all its folders."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    return target


@pytest.mark.parametrize(
    "path",
    [
        "var/lib/dpkg/status-old",
        "var/cache/debconf/templates.dat-old",
        "var/lib/apt/lists/mirror_Packages",
        "var/cache/apt/archives/x.deb",
        "var/cache/ldconfig/aux-cache",
        "var/log/dpkg.log",
        "var/log/apt/history.log",
        "etc/passwd-",
        "etc/.pwd.lock",
        "etc/resolv.conf",
        "run/lock/x",
        "tmp/x",
        "usr/share/man/man1/x.1.gz",
        "usr/share/doc/x/README",
        "etc/apt/apt.conf.d/99mmdebstrap",
    ],
)
def test_traces_of_the_making_go(tmp_path: Path, path: str) -> None:
    """Logs, locks, lists, caches, backups and documentation are removed."""
    target = put(tmp_path, path)
    tidy(tmp_path, NOW)
    assert not target.exists()


@pytest.mark.parametrize(
    "path",
    [
        "var/lib/dpkg/status",
        "var/cache/debconf/templates.dat",
        "usr/share/doc/x/copyright",
        "etc/passwd",
        "usr/lib/run/x",
        "var/lib/dpkg/info/x.list",
        "etc/apt/sources.list.d/debian.sources",
    ],
)
def test_what_belongs_to_the_image_stays(tmp_path: Path, path: str) -> None:
    """Nothing else goes."""
    target = put(tmp_path, path)
    tidy(tmp_path, NOW)
    assert target.exists()


def test_folders_that_documentation_left_empty_go(tmp_path: Path) -> None:
    """A folder stays where a licence is in it, and where it always was empty."""
    put(tmp_path, "usr/share/doc/a/README")
    put(tmp_path, "usr/share/doc/b/copyright")
    (tmp_path / "srv").mkdir()
    (tmp_path / "var/log/empty").mkdir(parents=True)
    (tmp_path / "var/log/lastlog").touch()
    tidy(tmp_path, NOW)
    assert [path.name for path in (tmp_path / "usr/share/doc").iterdir()] == ["b"]
    assert (tmp_path / "srv").is_dir()
    assert sorted(path.name for path in (tmp_path / "var/log").iterdir()) == ["empty", "lastlog"]


def test_the_machine_gets_its_own_identity_later(tmp_path: Path) -> None:
    """/etc/machine-id is emptied: systemd makes one at the first start."""
    target = put(tmp_path, "etc/machine-id", "0123\n")
    tidy(tmp_path, NOW)
    assert target.read_text() == ""


def test_nothing_is_younger_than_the_limit(tmp_path: Path) -> None:
    """Older times stay, younger ones become the limit: of files, folders, links and of the root itself."""
    put(tmp_path, "a/b")
    (tmp_path / "link").symlink_to("a")
    old = put(tmp_path, "old")

    os.utime(old, (5, 5))
    tidy(tmp_path, 1000)
    times = {path.name: int(path.lstat().st_mtime) for path in [tmp_path, *tmp_path.rglob("*")]}
    assert times == {tmp_path.name: 1000, "a": 1000, "b": 1000, "link": 1000, "old": 5}


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link out of the root is a file like any other."""
    outside = put(tmp_path, "outside/machine-id", "keep")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "tmp").symlink_to(outside.parent)
    (root / "var").symlink_to(outside.parent)
    tidy(root, NOW)
    assert outside.read_text() == "keep"
    assert (root / "var").is_symlink()
    (root / "etc/machine-id").symlink_to(outside)
    tidy(root, NOW)
    assert outside.read_text() == "keep"


@pytest.mark.root
def test_devices_go_and_whiteouts_stay(tmp_path: Path) -> None:
    """The devices 0/0 of an overlay's upper directory are deletions, no devices."""

    os.mknod(tmp_path / "deleted", stat.S_IFCHR | 0o600, os.makedev(0, 0))
    os.mknod(tmp_path / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    tidy(tmp_path, NOW)
    assert (tmp_path / "deleted").is_char_device()
    assert not (tmp_path / "null").exists()
