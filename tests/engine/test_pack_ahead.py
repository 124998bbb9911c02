"""A large folder packed while it is walked is the layer that planning it first gives."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.dockerfile.ignore import IgnorePatterns
from jettison.engine.file_step import FileStep
from jettison.engine.inputs import EMPTY, ContextResult, Snapshot
from jettison.engine.layers import Layers
from jettison.errors import BuildError
from jettison.layer.index import LayerIndex
from jettison.model.mode import ModeChanges
from jettison.model.op import CopyAction, FileOp, MakeDirectory
from jettison.sources.local import MANY, LocalContext
from jettison.store.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many files, and names that a tar has in another order than a walk."""
    root = tmp_path_factory.mktemp("many")
    for number in range(MANY + 1500):
        path = root / "src" / f"d{number % 50}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number * (number % 100))
    for name in ("d1-more/deep-er/x", "d1-more/deep/y", "d1.js", "d10 /z", "ünïcode/ä", "large"):
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name * (100_000 if name == "large" else 1))
    (root / "src" / "link").symlink_to("d1.js")
    os.link(root / "src" / "d1.js", root / "src" / "d0" / "second name")
    os.link(root / "src" / "d1.js", root / "src" / "third name")
    (root / "README").write_text("not in src")
    return root


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store") as opened:
        yield opened


def quiet(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


def step_of(store: Store, context: LocalContext, action: CopyAction, parent: Snapshot = EMPTY) -> FileStep:
    inputs = (parent, ContextResult(context=context))
    return FileStep(FileOp(actions=(action,)), inputs, store=store, layers=Layers(store))


def planned(store: Store, context: LocalContext, action: CopyAction, parent: Snapshot = EMPTY) -> LayerIndex:
    step = step_of(store, context, action, parent)
    try:
        return step.write(step.plan(), quiet)
    finally:
        step.close()


def ahead(store: Store, context: LocalContext, action: CopyAction, parent: Snapshot = EMPTY) -> LayerIndex | None:
    step = step_of(store, context, action, parent)
    try:
        step.pack_ahead(lambda tar: None)
        _tree = context.tree
        return step.finish_ahead(quiet)
    finally:
        step.close()
        assert [thread.name for thread in threading.enumerate() if thread.name == "pack-ahead"] == []


COPIES = {
    "a folder": CopyAction(input=1, sources=("src",), destination="/app/src"),
    "everything": CopyAction(input=1, sources=("",), destination="/"),
    "into a folder": CopyAction(input=1, sources=("",), destination="/a/b/", unpack=True),
    "owner and mode": CopyAction(input=1, sources=("src",), destination="/x", chown="5:6", mode=0o640),
    "mode changes": CopyAction(input=1, sources=("src",), destination="/x", mode=ModeChanges(text="u=rwX,go=")),
}


@pytest.mark.parametrize("action", COPIES.values(), ids=COPIES)
def test_the_layer_is_the_planned_one(folder: Path, store: Store, action: CopyAction) -> None:
    """To the byte, and so is what is learned of the files."""
    alone, together = LocalContext(folder), LocalContext(folder)
    found = ahead(store, together, action)
    assert found is not None
    assert found == planned(store, alone, action)
    assert list(together.digests()) == list(alone.digests())


def test_what_is_left_out_is_left_out(folder: Path, store: Store) -> None:
    """Also where a directory is made for what a pattern takes back in."""
    ignore = IgnorePatterns(["src/d1*", "!src/d1-more/deep", "src/d20/f*"])
    action = COPIES["a folder"]
    found = ahead(store, LocalContext(folder, ignore), action)
    assert found is not None
    assert found == planned(store, LocalContext(folder, ignore), action)


def test_layers_below_count(folder: Path, store: Store) -> None:
    """Links in them are followed, and what they have of the way to the place is said again."""
    below = LocalContext(folder)
    made = FileStep(
        FileOp(actions=(MakeDirectory(path="/app", mode=0o711),)), (EMPTY,), store=store, layers=Layers(store)
    )
    with_app = EMPTY.on_top(made.write(made.plan(), quiet).diff_id)
    made.close()
    for destination in ("/app", "/app/src"):
        action = CopyAction(input=1, sources=("src",), destination=destination)
        found = ahead(store, LocalContext(folder), action, with_app)
        assert found is not None
        assert found == planned(store, below, action, with_app)
        full = with_app.on_top(found.diff_id)
        assert ahead(store, LocalContext(folder), action, full) is None


@pytest.mark.parametrize(
    ("action", "patterns"),
    [
        pytest.param(CopyAction(input=1, sources=("src/d1",), destination="/x"), [], id="a small folder"),
        pytest.param(CopyAction(input=1, sources=("README",), destination="/x"), [], id="a file"),
        pytest.param(CopyAction(input=1, sources=("gone",), destination="/x"), [], id="nothing"),
        pytest.param(CopyAction(input=1, sources=("src/*",), destination="/x"), [], id="a pattern"),
        pytest.param(CopyAction(input=1, sources=("src", "src"), destination="/x/"), [], id="two sources"),
        pytest.param(CopyAction(input=1, sources=("src",), destination="/x", excludes=("d1",)), [], id="excludes"),
        pytest.param(CopyAction(input=1, sources=("src",), destination="/x"), ["src"], id="ignored"),
    ],
)
def test_other_copies_are_planned(folder: Path, store: Store, action: CopyAction, patterns: list[str]) -> None:
    """Nothing is begun for what is no large folder, or is not taken whole."""
    context = LocalContext(folder, IgnorePatterns(patterns))
    assert ahead(store, context, action) is None
    assert not context.has_read


def copied(folder: Path, to: Path) -> Path:
    for path in sorted((folder / "src").rglob("*")):
        if path.is_file() and not path.is_symlink():
            place = to / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)
    return to


@pytest.mark.parametrize("name", [b"src/caf\xe9", b"src/zzz-link"])
def test_what_cannot_be_foreseen_is_planned(folder: Path, store: Store, tmp_path: Path, name: bytes) -> None:
    """A name whose bytes sort otherwise than its characters; a hard link to what is not copied."""
    root = copied(folder, tmp_path / "other")
    (root / "README").write_text("outside")
    if b"link" in name:
        os.link(root / "README", os.fsencode(root) + b"/" + name)
    else:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("Latin 1")
    action = COPIES["a folder"]
    context = LocalContext(root)
    step = step_of(store, context, action)
    try:
        step.pack_ahead(lambda tar: None)
        assert step.shape_key() is not None
        assert step.finish_ahead(quiet) is None
        step.prepare()
        assert step.write(step.plan(), quiet) == planned(store, LocalContext(root), action)
    finally:
        step.close()


def test_a_changed_file_is_told_by_the_plan(folder: Path, store: Store, tmp_path: Path) -> None:
    """Where packing ahead meets it first, the words are the same."""
    root = copied(folder, tmp_path / "other")
    context = LocalContext(root)
    step = step_of(store, context, COPIES["a folder"])
    try:
        step.pack_ahead(lambda tar: (root / "src" / "zzz").unlink())
        (root / "src" / "zzz").write_text("soon gone")
        _tree = context.tree
        assert step.finish_ahead(quiet) is None
        with pytest.raises(BuildError, match="cannot read 'src/zzz' in the build context: No such file"):
            step.write(step.plan(), quiet)
    finally:
        step.close()


def test_a_step_that_is_not_needed_leaves_nothing(folder: Path, store: Store) -> None:
    """Closed at any time, nothing of it is in the store."""
    context = LocalContext(folder)
    step = step_of(store, context, COPIES["everything"])
    opened = threading.Event()
    step.pack_ahead(lambda tar: opened.set())
    _tree = context.tree
    opened.wait()
    step.close()
    assert list(store.blobs.all()) == []
    assert not [path for path in (store.root / "tmp").rglob("*") if path.name.startswith("blob")]


def test_a_first_build_packs_ahead(folder: Path, bench: Bench) -> None:
    """A folder that was built from before is looked up first; the layer is the same either way, and found again."""
    file = bench.context / "Dockerfile"
    text = "FROM scratch\nCOPY src /app/src\n"
    first = bench.build(text, context=folder, dockerfile=file)
    assert first.ran == ["[1/1] COPY src /app/src"]
    again = bench.build(text, context=folder, dockerfile=file)
    assert again.ran == []
    moved = bench.build(f"\n{text}", context=folder, dockerfile=file, no_cache=True)
    assert moved.ran == ["[1/1] COPY src /app/src"]
    assert first.config.diff_ids == again.config.diff_ids == moved.config.diff_ids
