"""What several processes pack in batches is what one packs alone, and what goes wrong is told in the same words."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.engine.batches import MOST_FILE_BYTES, Batches
from jettison.engine.context_file import write_from
from jettison.errors import JettisonError
from jettison.layer.index import LayerIndex
from jettison.layer.plan import CopyRules, LayerPlan, Owner, PlannedEntry
from jettison.layer.reuse import Shared
from jettison.layer.tar_write import LayerWriter
from jettison.model.tree import Tree
from jettison.pools import ThreadPoolExecutor
from jettison.sources.local import LocalContext
from jettison.sources.pack_pool import PackPool

AS_IT_IS = CopyRules()
SIZES = (0, 1, 511, 512, 513, 70_000, MOST_FILE_BYTES, MOST_FILE_BYTES + 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A context of everything that a tar says in its own way, and of more than one batch."""
    root = tmp_path / "context"
    for number in range(800):
        path = root / f"d{number % 7}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SIZES[number % 5]))
    for size in SIZES:
        (root / f"size{size}").write_bytes(os.urandom(size))
    (root / ("long" * 20)).mkdir()
    (root / ("long" * 20) / ("name" * 40)).write_bytes(b"long")
    (root / "ünïcode").write_bytes(b"pax")
    os.utime(root / "size1", ns=(0, -5 * 10**9))
    (root / "link").symlink_to("ünïcode")
    os.link(root / "size511", root / "second name")
    (root / "empty").mkdir(mode=0o700)
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def pool() -> Iterator[PackPool]:
    """Two processes, however many the machine has a use for."""
    with PackPool(2) as made:
        yield made


def planned(context: LocalContext, rules: CopyRules = AS_IT_IS) -> list[PlannedEntry | Shared]:
    plan = LayerPlan(Tree(entries={}))
    plan.copy(context.tree, ("",), "/app/", rules, input=1)
    return [*plan.finish()]


def packed(
    context: LocalContext, pieces: list[PlannedEntry | Shared], pool: PackPool | None, here: list[str] | None = None
) -> tuple[LayerIndex, bytes]:
    """A layer of the pieces, and its tar. The paths of what this process packs are added to ``here``."""
    tar = bytearray()
    with ThreadPoolExecutor(1) as executor:
        writer = LayerWriter(tar.extend, executor)

        def write_one(piece: PlannedEntry | Shared) -> None:
            assert isinstance(piece, PlannedEntry)
            if here is not None:
                here.append(piece.entry.path)
            if piece.source is None:
                writer.add(piece.entry)
            else:
                write_from(context, writer, piece.entry, piece.source)

        if pool is None:
            for piece in pieces:
                write_one(piece)
        else:
            batches = Batches(pool, writer, lambda number: context, write_one)
            batches.add(pieces)
            batches.finish()
        index = writer.finish()
    return index, bytes(tar)


@pytest.mark.parametrize("rules", [CopyRules(), CopyRules(owner=Owner(5_000_000, 7), mode=0o640)], ids=["as is", "set"])
def test_a_pool_packs_the_same_bytes(folder: Path, pool: PackPool, rules: CopyRules) -> None:
    """And tells the same of them, to the index and to the context, which has then read every file."""
    alone, together = LocalContext(folder), LocalContext(folder)
    wanted = packed(alone, planned(alone, rules), None)
    here: list[str] = []
    found = packed(together, planned(together, rules), pool, here)
    assert found == wanted
    assert here == [f"app/size{MOST_FILE_BYTES + 1}"]
    assert together.knows(together.tree.entries.values())
    assert list(together.digests()) == list(alone.digests())


def test_known_digests_are_checked(folder: Path, pool: PackPool) -> None:
    """A file that is not what its digest says is refused, as without a pool."""
    context = LocalContext(folder)
    right, wrong = (list(context.fingerprint(context.tree.entries.values())) for _ in range(2))
    at = next(place for place, entry in enumerate(wrong) if entry.path == "size513")
    wrong[at] = wrong[at]._replace(digest=wrong[at - 1].digest)
    right_tree, wrong_tree = (Tree(entries={entry.path: entry for entry in entries}) for entries in (right, wrong))
    for tree, told in ((right_tree, None), (wrong_tree, "size513: its content has digest")):
        plan = LayerPlan(Tree(entries={}))
        plan.copy(tree, ("",), "/", CopyRules(), input=1)
        if told is None:
            assert packed(context, [*plan.finish()], pool) == packed(context, [*plan.finish()], None)
        else:
            with pytest.raises(JettisonError, match=told):
                packed(context, [*plan.finish()], pool)


@pytest.mark.parametrize("how", ["longer", "gone", "link", "whiteout"])
def test_a_failure_is_told_as_without_a_pool(folder: Path, how: str) -> None:
    """Whatever a worker meets is met again by the process that asked it, which says what it is."""
    messages = []
    for count in (0, 2):
        victim = folder / "d3" / (".wh.f" if how == "whiteout" else "victim")
        victim.unlink(missing_ok=True)
        victim.write_bytes(b"before")
        context = LocalContext(folder)
        pieces = planned(context)
        if how == "longer":
            victim.write_bytes(b"before, and more")
        elif how == "gone":
            victim.unlink()
        elif how == "link":
            victim.unlink()
            victim.symlink_to("/etc/passwd")
        with pytest.raises(JettisonError) as caught:
            if count:
                with PackPool(count) as pool:
                    packed(context, pieces, pool)
            else:
                packed(context, pieces, None)
        messages.append((type(caught.value), caught.value.message, caught.value.hint))
    assert messages[0] == messages[1]


def test_killed_workers_are_done_without(folder: Path, pool: PackPool) -> None:
    """The layer is whole all the same."""
    os.killpg(pool.process_id, signal.SIGKILL)
    context = LocalContext(folder)
    assert packed(context, planned(context), pool) == packed(context, planned(context), None)


def test_attributes_are_kept(folder: Path, pool: PackPool) -> None:
    """Extended attributes stand in the tar, in the index, and in what the context knows."""
    os.setxattr(folder / "d1" / "f1", "user.colour", b"blue")
    context = LocalContext(folder)
    index, _ = found = packed(context, planned(context), pool)
    assert found == packed(context, planned(context), None)
    assert [entry.xattrs for entry in index.entries if entry.xattrs] == [(("user.colour", b"blue"),)]
    (known,) = context.fingerprint([context.tree.entries["d1/f1"]])
    assert known.xattrs == (("user.colour", b"blue"),)
