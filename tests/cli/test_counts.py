"""What a build costs, counted and not timed: files opened, bytes read, processes started. strace is the witness."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from tests.cli.system_calls import Traced, trace

FILES = {f"src/part{number % 3}/file{number}": 100 * number for number in range(40)} | {"src/large": 3_000_000}
"""Path -> size. One is larger than what is read at once, one is empty."""
IGNORED = {"ignored/a": 10, "src/part0/b.log": 10}
DOCKERFILE = "FROM scratch\nCOPY src /src\nWORKDIR /src\nCOPY --from=0 /src/large /again\n"
READ_FOR_THE_BUILD = {"Dockerfile": 1, ".dockerignore": 1}

WAITING_LAUNCHER = 1
"""A build that may come to a RUN forks the process that would start it while it is small; it waits, and ends unused."""


class Place:
    """A folder with a build context and a store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.context = root / "context"
        for name, size in (FILES | IGNORED).items():
            path = self.context / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.urandom(size))
        (self.context / "Dockerfile").write_text("FROM scratch AS first\nCOPY src /src\n\n" + DOCKERFILE)
        (self.context / ".dockerignore").write_text("ignored\n**/*.log\nDockerfile\n.dockerignore\n")
        self.settle()

    def settle(self) -> None:
        """Let the clock of the file system go on: what is as young as a build is not trusted."""
        time.sleep(0.05)

    def build(self, *flags: str) -> Traced:
        """Build into an archive, and see what is asked of the kernel."""
        environment = {"JETTISON_HOME": str(self.root / "home")}
        traced = trace(
            self.root, "build", "-o", "type=oci,dest=out.tar", *flags, str(self.context), environment=environment
        )
        assert traced.code == 0, traced.err
        return traced

    def in_earnest(self) -> Traced:
        """The same by the ordinary way, which asks the cache step by step."""
        return self.build("--iidfile", "id")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A context that was never built."""
    return Place(tmp_path)


def test_a_cold_build_reads_each_file_once(place: Place) -> None:
    """Each selected file is opened once and each of its bytes read once; what is left out is not opened.

    The Dockerfile is looked at before: whether it has any RUN.
    """
    traced = place.build()
    assert traced.opened(place.context) == dict.fromkeys(FILES, 1) | READ_FOR_THE_BUILD | {"Dockerfile": 2}
    read = traced.read(place.context)
    assert {name: read.get(name, 0) for name in FILES} == FILES
    assert (traced.programs(), traced.processes()) == ([], WAITING_LAUNCHER)


def test_a_build_answered_from_memory_opens_nothing_of_the_context(place: Place) -> None:
    """Not even the Dockerfile; and no process is made."""
    place.build()
    remembered = place.build()
    assert remembered.opened(place.context) == {}
    assert (remembered.programs(), remembered.processes()) == ([], 0)


def test_a_warm_build_opens_no_file_whose_stat_is_unchanged(place: Place) -> None:
    """Asked in earnest, it reads the Dockerfile and what is to be left out, and writes what is missing."""
    place.build()
    for _ in range(2):
        asked = place.in_earnest()
        assert asked.opened(place.context) == READ_FOR_THE_BUILD
        assert (asked.programs(), asked.processes()) == ([], WAITING_LAUNCHER)


def test_of_changed_files_the_content_is_read(place: Place) -> None:
    """And that of no other: what is the same is taken from the layer that the same step made before, or an equal one:
    which of two equal steps is done is a matter of chance.
    """
    place.build()
    changed = place.context / "src" / "part1" / "file1"
    changed.touch()
    place.settle()
    assert place.in_earnest().opened(place.context) == {"src/part1/file1": 1} | READ_FOR_THE_BUILD
    changed.write_bytes(os.urandom(100))
    place.settle()
    edited = place.in_earnest()
    assert edited.opened(place.context).keys() == {"src/part1/file1"} | READ_FOR_THE_BUILD.keys()
    assert edited.programs() == []


def test_layers_go_into_an_archive_without_passing_through_the_program(place: Place) -> None:
    """What was just compressed is not read or hashed again; the kernel copies it. Older blobs are read with care."""
    traced = place.build()
    blobs = place.root / "home" / "blobs" / "sha256"
    compressed = {str(path): path.stat().st_size for path in blobs.iterdir() if path.read_bytes()[:2] == b"\x1f\x8b"}
    written = traced.written(str(place.root / ".out.tar"))
    assert written["copy_file_range"] == sum(compressed.values()) > 3_000_000
    assert sum(written.values()) == (place.root / "out.tar").stat().st_size
    read = traced.read(blobs)
    large = {Path(path).name: size for path, size in compressed.items() if size > 100_000}
    assert {name: read.get(name, 0) for name in large} == large  # the kernel's copy is the only reading
    again = place.in_earnest()
    assert again.written(str(place.root / ".out.tar"))["copy_file_range"] == 0
    assert sum(again.read(blobs).values()) >= sum(compressed.values())


def test_a_step_costs_the_same_however_many_are_below_it(place: Place) -> None:
    """Fifteen more steps look into the store, and open files there, about as often as the fifteen before them."""
    looked, opened = [], []
    for count in (5, 20, 35):
        copies = "".join(f"COPY src/part1/file{1 + 3 * (n % 13)} /{count}/{n}\n" for n in range(count))
        (place.context / "Dockerfile").write_text(f"FROM scratch\n{copies}")
        place.settle()
        shutil.rmtree(place.root / "home", ignore_errors=True)  # a layer that a step made before is looked at, too
        traced = place.build()
        looked.append(traced.looked(place.root / "home"))
        opened.append(sum(traced.opened(place.root / "home").values()))
    for counts in (looked, opened):
        assert counts[2] - counts[1] <= 1.3 * (counts[1] - counts[0])


@pytest.mark.root
def test_commands_share_one_launcher(place: Place) -> None:
    """With more RUN no more programs are started but those that they name."""
    shutil.copy(shutil.which("busybox") or "", place.context / "src" / "sh")
    programs = []
    for count in (1, 2, 5):  # the first build looks what the machine can do
        commands = "".join(f"RUN : {count} {number}\n" for number in range(count))
        (place.context / "Dockerfile").write_text(f"FROM scratch\nCOPY src/sh /bin/sh\n{commands}")
        place.settle()
        traced = place.build()
        programs.append(sum(call.name == "execve" for call in traced.calls))
    assert programs[2] - programs[1] == 3
