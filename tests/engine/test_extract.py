"""Taking files out of an image: harmless, whole or not at all."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.analyze.support import folder, link, symlink

from jettison.engine.extract import extract
from jettison.engine.slices import Content
from jettison.engine.tree_files import OpenInLayer
from jettison.errors import NotFoundError, StorageError
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import tree_of


def file(path: str, content: bytes, mode: int = 0o644) -> Entry:
    """A file; its content is known by its path."""
    return Entry(path=path, type=EntryType.FILE, mode=mode, size=len(content), mtime_ns=10**18, uid=12345)


def opener(contents: Mapping[str, bytes]) -> OpenInLayer:
    """Opens contents by path."""

    def open_in_layer(number: int, entry: Entry) -> Content:
        return io.BytesIO(contents[entry.path])

    return open_in_layer


CONTENTS = {"etc/passwd": b"root", "etc/sub/run": b"#!", "lib": b"shared"}
TREE = tree_of(
    [
        folder("etc")._replace(mode=0o500),
        file("etc/passwd", b"root")._replace(xattrs=(("user.a", b"1"),)),
        folder("etc/sub"),
        file("etc/sub/run", b"#!", 0o6755),
        symlink("etc/out", "/tmp/nowhere"),
        file("lib", b"shared"),
        link("etc/lib", "lib"),
        Entry(path="etc/null", type=EntryType.CHAR_DEVICE, device=(1, 3), mode=0o666),
    ]
)


def names(folder: Path) -> set[str]:
    """What lies there, hidden files too."""
    return {path.name for path in folder.iterdir()}


def test_a_file(tmp_path: Path) -> None:
    """With its content, permissions and time; it belongs to whoever extracts it."""
    made = extract(TREE, "etc/passwd", tmp_path, opener(CONTENTS), root_name="root")
    assert made.place == tmp_path / "passwd"
    assert made.place.read_bytes() == b"root"
    status = made.place.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (os.geteuid(), 0o644, 10**18)
    assert os.listxattr(made.place) == []
    assert names(tmp_path) == {"passwd"}


def test_a_folder(tmp_path: Path) -> None:
    """All that is in it: links as they are, hard links to what is elsewhere as files; no devices, no set-user-id."""
    made = extract(TREE, "etc", tmp_path, opener(CONTENTS), root_name="root")
    assert names(tmp_path) == {"etc"}
    assert names(made.place) == {"passwd", "sub", "out", "lib"}
    assert os.readlink(made.place / "out") == "/tmp/nowhere"
    assert (made.place / "lib").read_bytes() == b"shared"
    assert stat.S_IMODE((made.place / "sub/run").stat().st_mode) == 0o755
    assert stat.S_IMODE(made.place.stat().st_mode) == 0o700
    assert [omission.path for omission in made.omissions] == ["etc/null"]


def test_the_whole_image(tmp_path: Path) -> None:
    """In a folder with a name of its own."""
    made = extract(TREE, "", tmp_path, opener(CONTENTS), root_name="root")
    assert names(tmp_path) == {"root"}
    assert names(made.place) == {"etc", "lib"}


def test_a_hard_link(tmp_path: Path) -> None:
    """Is the file that it means, under its own name."""
    made = extract(TREE, "etc/lib", tmp_path, opener(CONTENTS), root_name="root")
    assert made.place.read_bytes() == b"shared"


@pytest.mark.parametrize("path", ["etc", "etc/passwd", "etc/out"])
@pytest.mark.parametrize("there", ["file", "folder", "full folder", "link"])
def test_nothing_is_overwritten(path: str, there: str, tmp_path: Path) -> None:
    """Whatever is there, be it an empty folder or a link, stays as it is, and nothing else is left behind."""
    place = tmp_path / "into" / path.rpartition("/")[2]
    place.parent.mkdir()
    if there == "file":
        place.write_text("mine")
    elif there == "link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        if there == "full folder":
            (place / "mine").write_text("mine")
    before = [(each, each.lstat().st_mtime_ns) for each in (place, *place.parent.rglob("*"))]
    with pytest.raises(StorageError, match="nothing is overwritten"):
        extract(TREE, path, place.parent, opener(CONTENTS), root_name="root")
    assert [(each, each.lstat().st_mtime_ns) for each in (place, *place.parent.rglob("*"))] == before
    assert names(tmp_path) == {"into"}


def test_nothing_leaves_the_folder(tmp_path: Path) -> None:
    """A tree in which files lie below a link cannot be made, and does not write where the link leads."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "into").mkdir()
    tree = tree_of([folder("a"), symlink("a/b", str(outside)), file("a/b/c", b"evil")])
    extract(tree, "a", tmp_path / "into", opener({"a/b/c": b"evil"}), root_name="root")
    assert names(outside) == set()


def test_a_device_alone_is_left_out(tmp_path: Path) -> None:
    """And told of."""
    made = extract(TREE, "etc/null", tmp_path, opener(CONTENTS), root_name="root")
    assert [omission.path for omission in made.omissions] == ["null"]
    assert names(tmp_path) == set()


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """A content that cannot be read, a folder that is missing, a path that the tree has not."""

    def broken(number: int, entry: Entry) -> Content:
        raise StorageError("unreadable")

    with pytest.raises(StorageError, match="unreadable"):
        extract(TREE, "etc", tmp_path, broken, root_name="root")
    with pytest.raises(StorageError, match=r"cannot extract /lib to .*missing: No such file"):
        extract(TREE, "lib", tmp_path / "missing", opener(CONTENTS), root_name="root")
    with pytest.raises(NotFoundError):
        extract(TREE, "nothing", tmp_path, opener(CONTENTS), root_name="root")
    assert names(tmp_path) == set()


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Comes out as it is."""
    tree = tree_of([file("a\udcff\x1b", b"x")])
    made = extract(tree, "a\udcff\x1b", tmp_path, opener({"a\udcff\x1b": b"x"}), root_name="root")
    assert os.listdir(os.fsencode(tmp_path)) == [b"a\xff\x1b"]
    assert made.place.read_bytes() == b"x"
