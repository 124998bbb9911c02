"""What differs at one path of two images: lines, what has no lines, folders."""

from __future__ import annotations

import os

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import quiet, silent
from tests.layer.archives import File, directory, file, hard_link, symlink, write_layer
from tests.layout.support import make_image

from jettison.engine.image_layers import open_image
from jettison.engine.path_diff import MAX_TEXT_BYTES, PathDiff, diff_path
from jettison.errors import NotFoundError
from jettison.layout.write import write_docker_archive
from jettison.model.entry import Entry, EntryType
from jettison.model.image_source import NamedImage
from jettison.report.diff_text import path_diff_lines

LARGE = os.urandom(1 << 16) * (MAX_TEXT_BYTES >> 16)
COMMON: list[Entry | File] = [file("same/large", LARGE + b"x"), directory("same"), symlink("way", "etc")]
OLD: list[Entry | File] = [
    *COMMON,
    directory("etc"),
    file("etc/a", b"one\ntwo\n"),
    file("etc/gone", b"1"),
    file("etc/latin", b"caf\xe9\n"),
    file("etc/mode", b"same\n"),
    file("etc/binary", b"\0one"),
    file("etc/large", LARGE + b"1"),
    symlink("etc/link", "a"),
    file("etc/turn", b"file\n"),
    Entry(path="etc/fifo", type=EntryType.FIFO, mode=0o600),
    hard_link("etc/other", "etc/a"),
    directory("etc/d"),
    file("etc/d/x", b"1"),
]
NEW: list[Entry | File] = [
    *COMMON,
    directory("etc", mode=0o700),
    file("etc/a", b"one\n2\n", mode=0o755),
    file("etc/new", b"n"),
    file("etc/latin", b"caf\xea\n"),
    file("etc/mode", b"same\n", mode=0o600, uid=5),
    file("etc/binary", b"\0two2"),
    file("etc/large", LARGE + b"22"),
    symlink("etc/link", "latin"),
    symlink("etc/turn", "a"),
    file("etc/fifo", b"f\n"),
    file("etc/other", b"one\ntwo\n"),
    file("etc/d", b"d\n"),
]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two archives."""
    folder = tmp_path_factory.mktemp("compared")
    for name, items in (("old", OLD), ("new", NEW)):
        with (folder / f"{name}.tar").open("wb") as out:
            write_docker_archive(out.write, [NamedImage(image=make_image(write_layer(*items)[0]))])
    return str(folder / "old.tar"), str(folder / "new.tar")


def compare(bench: Bench, images: tuple[str, str], path: str) -> PathDiff:
    machine = bench.machine(quiet)
    with (
        open_image(images[0], machine, progress=silent) as one,
        open_image(images[1], machine, progress=silent) as other,
    ):
        return diff_path(one, other, path)


def told(bench: Bench, images: tuple[str, str], path: str) -> list[str]:
    return [line.partition("\t")[0] for line in path_diff_lines(compare(bench, images, path))]


HEAD_OF_A = ["/etc/a: mode 0644 -> 0755", "--- /etc/a", "+++ /etc/a"]
CASES = {
    "/etc/a": [*HEAD_OF_A, "@@ -1,2 +1,2 @@", " one", "-two", "+2"],
    "etc/new": ["--- /dev/null", "+++ /etc/new", "@@ -0,0 +1 @@", "+n\n\\ No newline at end of file"],
    "etc/gone": ["--- /etc/gone", "+++ /dev/null", "@@ -1 +0,0 @@", "-1\n\\ No newline at end of file"],
    "etc/latin": ["--- /etc/latin", "+++ /etc/latin", "@@ -1 +1 @@", "-caf\udce9", "+caf\udcea"],
    "etc/mode": ["/etc/mode: mode 0644 -> 0600, owner 0:0 -> 5:0"],
    "etc/link": ["--- /etc/link", "+++ /etc/link", "@@ -1 +1 @@", "--> a", "+-> latin"],
    "etc/turn": ["/etc/turn: file -> link", "--- /etc/turn", "+++ /etc/turn", "@@ -1 +1 @@", "-file", "+-> a"],
    "etc/fifo": ["/etc/fifo: fifo -> file", "--- /etc/fifo", "+++ /etc/fifo", "@@ -0,0 +1 @@", "+f"],
    "etc/other": [],
    "same/large": [],
    "way/a": ["/way/a: mode 0644 -> 0755", "--- /way/a", "+++ /way/a", "@@ -1,2 +1,2 @@", " one", "-two", "+2"],
    "same": [],
}


@pytest.mark.parametrize("path", CASES)
def test_one_path(bench: Bench, images: tuple[str, str], path: str) -> None:
    """As diff -u tells lines; what else differs stands before them."""
    diff = compare(bench, images, path)
    assert [line.partition("\t")[0] for line in path_diff_lines(diff)] == CASES[path]
    assert bool(diff.changes) is bool(CASES[path])


@pytest.mark.parametrize(
    ("path", "sizes", "why"), [("etc/binary", (4, 5), "no text"), ("etc/large", (8388609, 8388610), "more than 8 MiB")]
)
def test_contents_without_lines_are_told_apart(
    bench: Bench, images: tuple[str, str], path: str, sizes: tuple[int, int], why: str
) -> None:
    """By size and digest: that they differ is an answer, not an error."""
    (line,) = told(bench, images, path)
    one, _, other = line.partition(" -> ")
    assert one.startswith(f"/{path}: {sizes[0]:,} bytes ")
    assert other.startswith(f"{sizes[1]:,} bytes ")
    assert f"({why}" in other


@pytest.mark.parametrize("path", ["etc", "/etc/", "way/../etc"])
def test_a_folder_is_compared_with_all_in_it(bench: Bench, images: tuple[str, str], path: str) -> None:
    """The lines are those of the whole comparison; so are those of a folder that became a file."""
    lines = told(bench, images, path)
    assert lines[0] == "C       0B  /etc/  mode 0755 -> 0700"
    assert {line.split()[2] for line in lines} >= {"/etc/a", "/etc/gone", "/etc/new", "/etc/link"}
    assert all("/etc" in line for line in lines)
    assert [line.split()[0] for line in told(bench, images, "etc/d")] == ["C", "D"]


def test_the_root_is_a_folder(bench: Bench, images: tuple[str, str]) -> None:
    """With everything."""
    assert len(compare(bench, images, "/").changes) == len(compare(bench, images, "etc").changes)


@pytest.mark.parametrize(
    ("path", "hint"), [("etc/aa", "jettison ls IMAGE /etc lists what is there"), ("ect/a", "did you mean /etc/a?")]
)
def test_what_neither_image_has_is_an_error(bench: Bench, images: tuple[str, str], path: str, hint: str) -> None:
    """With what may be meant."""
    with pytest.raises(NotFoundError, match=f"neither image has /{path}") as caught:
        compare(bench, images, path)
    assert (caught.value.hint or "").startswith(hint)
