"""The memory of a context: an unchanged file is not read again, a changed one always is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.model.digest import Digest
from jettison.recall.stamp import packed_stamp
from jettison.store import Store

LATER_NS = 10_000_000_000


class Clock:
    """The time of the machine, moved by an offset."""

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns

    def __call__(self) -> float:
        return self.now_ns / 1e9


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    probe = tmp_path / "probe"
    probe.touch()
    return Clock(probe.stat().st_ctime_ns + LATER_NS)


@pytest.fixture
def store(home: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(home, clock=clock) as opened:
        yield opened


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    root.mkdir()
    (root / "file").write_bytes(b"content")
    return root


def _scan(store: Store, root: Path) -> int:
    """Walk the context as a build does; how many files had to be read."""
    memory = store.digests.load(root)
    read = 0
    known = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = str(path.relative_to(root))
        stamp = packed_stamp(path.stat())
        digest = memory.lookup(name, stamp)
        truth = Digest.of(path.read_bytes())
        if digest is None:
            read += 1
        else:
            assert digest == truth
        known.append(([name], stamp, bytes.fromhex(truth.hex)))
    memory.record(known)
    store.digests.save(memory)
    return read


def test_an_unchanged_file_is_read_once(store: Store, context: Path) -> None:
    assert [_scan(store, context) for _ in range(3)] == [1, 0, 0]


def test_names_that_are_not_utf8_are_remembered(store: Store, context: Path) -> None:
    for name in (b"\xff\xfe", "é ü\n".encode()):
        Path(os.fsdecode(os.fsencode(context) + b"/" + name)).write_bytes(name)
    assert [_scan(store, context) for _ in range(2)] == [3, 0]


def test_a_changed_file_is_read_again_even_with_size_and_mtime_kept(store: Store, context: Path) -> None:
    file = context / "file"
    _scan(store, context)
    status = file.stat()
    file.write_bytes(b"CONTENT")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _scan(store, context) == 1


def test_a_file_replaced_by_another_is_read_again(store: Store, context: Path) -> None:
    _scan(store, context)
    (context / "new").write_bytes(b"CONTENT")
    (context / "new").rename(context / "file")
    assert _scan(store, context) == 1


@pytest.mark.parametrize("age_ns", [-5, 0, 1_000_000])
def test_a_file_as_young_as_the_memory_is_not_trusted(store: Store, context: Path, clock: Clock, age_ns: int) -> None:
    clock.now_ns = (context / "file").stat().st_ctime_ns + age_ns
    assert [_scan(store, context) for _ in range(2)] == [1, 1]
    clock.now_ns += LATER_NS
    assert [_scan(store, context) for _ in range(2)] == [1, 0]


def test_a_clock_of_whole_seconds_is_distrusted_for_longer(store: Store, context: Path, clock: Clock) -> None:
    file = context / "file"
    fine = file.stat()
    coarse_ns = fine.st_ctime_ns // 1_000_000_000 * 1_000_000_000
    coarse = packed_stamp(
        os.stat_result(tuple(fine)[:10], {"st_ctime_ns": coarse_ns, "st_mtime_ns": coarse_ns, "st_dev": fine.st_dev})
    )
    clock.now_ns = coarse_ns + 1_000_000_000
    memory = store.digests.load(context)
    memory.record([(["file"], coarse, bytes(32))])
    store.digests.save(memory)
    assert store.digests.load(context).lookup("file", coarse) is None


def test_files_that_are_gone_are_forgotten(store: Store, context: Path) -> None:
    (context / "second").write_bytes(b"2")
    _scan(store, context)
    stamp = packed_stamp((context / "second").stat())
    (context / "second").unlink()
    _scan(store, context)
    memory = store.digests.load(context)
    assert memory.lookup("second", stamp) is None
    assert memory.lookup("file", packed_stamp((context / "file").stat())) is not None


def test_files_are_found_in_any_order(store: Store, context: Path) -> None:
    """Whatever came, went or moved since they were recorded."""
    for name in "abcd":
        (context / name).write_text(name)
    _scan(store, context)
    memory = store.digests.load(context)
    stamps = {name: packed_stamp((context / name).stat()) for name in "abcd"}
    asked = [("d", "d"), ("a", "a"), ("b", "a"), ("c", "c"), ("new", "d"), ("b", "b")]
    found = [memory.lookup(name, stamps[of]) for name, of in asked]
    assert found == [Digest.of(b"d"), Digest.of(b"a"), None, Digest.of(b"c"), None, Digest.of(b"b")]


def test_contexts_do_not_mix_and_the_oldest_are_forgotten(store: Store, tmp_path: Path, clock: Clock) -> None:
    roots = [tmp_path / f"context-{number}" for number in range(34)]
    for root in roots:
        root.mkdir()
        (root / "file").write_text(root.name)
        clock.now_ns += LATER_NS
        assert _scan(store, root) == 1
    assert _scan(store, roots[-1]) == 0
    assert _scan(store, roots[0]) == 1
