"""Comparing images from anywhere: by file, instruction, package and setting."""

from __future__ import annotations

import gzip
import io
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import PLACES, Put, quiet, silent
from tests.layout.support import MemoryImage, make_image

from jettison.dockerfile.ignore import IgnorePatterns
from jettison.engine.image_diff import Counts, ImageDiff, diff_images, keep_for_diff
from jettison.engine.image_layers import open_image
from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage

STATUS = b"""Package: bash
Status: install ok installed
Version: %s
Architecture: all

Package: gone
Status: install ok installed
Version: 1
Architecture: all

"""


def layer(files: dict[str, bytes]) -> bytes:
    """A layer of files with the directories above them; names with a star are executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name.removesuffix("*"))
            info.mode = 0o755 if name.endswith("*") else 0o644
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def archive(bench: Bench, name: str, image: MemoryImage) -> str:
    path = bench.root / f"{name}.tar"
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    path.with_suffix(".tar.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    return str(path)


def compare(bench: Bench, old: str, new: str, *ignored: str, times: bool = False) -> ImageDiff:
    machine = bench.machine(quiet)
    with (
        open_image(old, machine, progress=silent, keep=keep_for_diff) as one,
        open_image(new, machine, progress=silent, keep=keep_for_diff) as other,
    ):
        ignore = IgnorePatterns(ignored) if ignored else None
        return diff_images(one, other, times=times, ignore=ignore)


@pytest.fixture
def old(bench: Bench) -> str:
    base = layer({"etc/a": b"one\ntwo\n", "opt/gone": b"x" * 100, "var/lib/dpkg/status": STATUS % b"1"})
    owned = layer({"bin/bash*": b"b" * 10, "var/lib/dpkg/info/bash.list": b"/bin/bash\n", "opt/same": b"s" * 30})
    return archive(bench, "old", make_image(base, owned))


@pytest.fixture
def new(bench: Bench) -> str:
    base = layer({"etc/a": b"one\n2\n", "var/lib/dpkg/status": (STATUS % b"2").partition(b"Package: gone")[0]})
    owned = layer(
        {"bin/bash*": b"b" * 25, "var/lib/dpkg/info/bash.list": b"/bin/bash\n", "srv/same*": b"s" * 30, "new": b"n"}
    )
    return archive(bench, "new", make_image(base, owned, label="other"))


@pytest.mark.parametrize("put", PLACES, ids=lambda put: str(put.__name__))
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_image_equals_itself_wherever_it_lies(put: Put, packed: bool, bench: Bench) -> None:
    """diff(A, A) is empty, whichever way each is stored."""
    image = make_image(layer({"a": b"1", "b/c*": b"2"}), layer({"b/.wh.c": b"", "b/d": b"3"}), packed=packed)
    other = archive(bench, "other", image)
    with ExitStack() as stack:
        name, stdin = put(image, bench, stack)
        one = stack.enter_context(open_image(name, bench.machine(quiet), progress=silent, stdin=stdin))
        two = stack.enter_context(open_image(other, bench.machine(quiet), progress=silent))
        diff = diff_images(one, two, times=True)
    assert diff.is_equal
    assert (diff.changes, diff.instructions, diff.packages, diff.config) == ((), (), (), ())
    assert diff.old.size_bytes == diff.new.size_bytes == 2


def test_files_are_told_by_kind(bench: Bench, old: str, new: str) -> None:
    """With the sizes of both images."""
    diff = compare(bench, old, new)
    assert [(change.kind.value, change.path, change.size_bytes) for change in diff.changes] == [
        ("changed", "bin/bash", 15),
        ("changed", "etc/a", -2),
        ("added", "new", 1),
        ("removed", "opt", 0),
        ("removed", "opt/gone", -100),
        ("added", "srv", 0),
        ("moved", "srv/same", 0),
        ("changed", "var/lib/dpkg/status", len(STATUS.partition(b"Package: gone")[0]) - len(STATUS)),
    ]
    assert diff.counts == Counts(
        added=2, removed=2, changed=3, moved=1, size_bytes=diff.new.size_bytes - diff.old.size_bytes
    )


def test_every_view_adds_up(bench: Bench, old: str, new: str) -> None:
    """By instruction and by package no byte is lost or told twice."""
    diff = compare(bench, old, new)
    total = diff.new.size_bytes - diff.old.size_bytes
    assert sum(change.size_bytes for change in diff.changes) == total
    assert sum(row.counts.size_bytes for row in diff.instructions) == total
    assert sum(row.counts.size_bytes for row in diff.packages) == total


def test_packages_are_told_with_versions(bench: Bench, old: str, new: str) -> None:
    """Also those that lost no file."""
    rows = {row.name: row for row in compare(bench, old, new).packages}
    assert (rows["bash"].old_versions, rows["bash"].new_versions) == (("1",), ("2",))
    assert rows["bash"].counts == Counts(changed=1, size_bytes=15)
    assert (rows["gone"].old_versions, rows["gone"].new_versions) == (("1",), ())
    assert rows[""].counts.removed == 2


def test_settings_are_told(bench: Bench, old: str, new: str) -> None:
    """One line a setting."""
    (change,) = compare(bench, old, new).config
    assert (change.what, change.old, change.new) == ("Label label", None, "other")


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (["var/lib", "**/bash"], ["etc/a", "new", "opt", "opt/gone", "srv", "srv/same"]),
        (["/opt", "new", "srv"], ["bin/bash", "etc/a", "var/lib/dpkg/status"]),
        (["**", "!etc"], ["etc/a"]),
        (["srv"], ["bin/bash", "etc/a", "new", "opt", "opt/gone", "srv/same", "var/lib/dpkg/status"]),
    ],
)
def test_paths_that_do_not_count(bench: Bench, old: str, new: str, ignored: list[str], left: list[str]) -> None:
    """As .dockerignore has them; what was moved counts unless both names match. Nothing is lost: it is counted apart."""
    diff = compare(bench, old, new, *ignored)
    assert [change.path for change in diff.changes] == left
    assert diff.counts.size_bytes + diff.ignored.size_bytes == diff.new.size_bytes - diff.old.size_bytes
    told = [sum(getattr(one, kind) for one in (diff.counts, diff.ignored)) for kind in ("added", "removed", "changed")]
    assert told == [2, 2, 3]


def test_images_that_differ_in_what_does_not_count_are_equal(bench: Bench, old: str) -> None:
    """But for versions of packages, which are told all the same."""
    image = make_image(layer({"etc/a": b"1", "etc/b.pyc": b"x"}))
    one = archive(bench, "one", image)
    two = archive(bench, "two", make_image(layer({"etc/a": b"1", "etc/b.pyc": b"yyy", "usr/c.pyc": b"zz"})))
    assert not compare(bench, one, two, "**/*.pyc").is_equal  # the folder usr is new
    diff = compare(bench, one, two, "**/*.pyc", "usr")
    assert diff.is_equal
    assert diff.ignored == Counts(added=2, changed=1, size_bytes=4)


def test_instructions_are_those_of_either_history(bench: Bench) -> None:
    """A file that another instruction overwrites is the loss of the one and the gain of the other."""
    bench.build("FROM busybox:test\nCOPY a.txt /x\n", {"a.txt": "a" * 10}, tags=())
    from jettison.model.reference import Reference

    bench.build("FROM busybox:test\nCOPY a.txt /x\n", {"a.txt": "a" * 10}, tags=(Reference.parse("one"),))
    bench.build("FROM busybox:test\nCOPY b.txt /x\n", {"b.txt": "b" * 4}, tags=(Reference.parse("two"),))
    rows = {row.instruction: row.counts for row in compare(bench, "one", "two").instructions}
    assert rows == {
        "COPY a.txt /x": Counts(size_bytes=-10),
        "COPY b.txt /x": Counts(changed=1, size_bytes=4),
    }


def test_what_cannot_be_read_is_told(bench: Bench, old: str) -> None:
    """The comparison by package is incomplete then, and says so."""
    broken = archive(bench, "broken", make_image(layer({"node_modules/a/package.json": b" " * (5 << 20)})))
    (gap,) = compare(bench, old, broken).gaps
    assert gap.startswith(f"{broken}: /node_modules/a/package.json: not read")
    assert Path(broken).exists()
