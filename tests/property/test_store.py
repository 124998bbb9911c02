"""Properties of the store: what is needed stays, what is not goes; what is remembered is what was recorded."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.recall.stamp import packed_stamp
from jettison.store import CacheRecord, Store
from jettison.store.erase import erase

LAYERS = [Digest.of(b"tar %d" % number) for number in range(6)]
some_layers = st.lists(st.sampled_from(range(6)), max_size=4, unique=True)


@settings(max_examples=25)
@given(images=st.lists(st.tuples(some_layers, st.booleans()), max_size=3), records=st.lists(some_layers, max_size=3))
def test_pruning_keeps_exactly_what_is_needed(images: list[tuple[list[int], bool]], records: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "home") as store:
        for number, diff_id in enumerate(LAYERS):
            store.blobs.put(b"tar %d" % number)
            store.layers.put_index(diff_id, b"index")
        for number, (layers, is_tagged) in enumerate(images):
            config = ImageConfig(
                platform=Platform(os="linux", architecture="amd64"),
                author=str(number),
                diff_ids=tuple(LAYERS[layer] for layer in layers),
                history=tuple(HistoryEntry() for _ in layers),
            )
            image_id = store.images.put(write_image_config(config))
            if is_tagged:
                store.images.tag(Reference.parse(f"app:{number}"), image_id)
        for number, layers in enumerate(records):
            key = Digest.of(b"key %d" % number)
            held = tuple(LAYERS[layer] for layer in layers)
            store.cache.put(CacheRecord(key=key, kind="x", layers=held, created_at=1.0))
        of_tagged = {layer for layers, is_tagged in images if is_tagged for layer in layers}
        of_cache = {layer for layers in records for layer in layers}
        store.prune(cache=False)
        assert {layer for layer in range(6) if store.layers.has(LAYERS[layer])} == of_tagged | of_cache
        store.prune(images=False, all=True)
        assert {layer for layer in range(6) if store.layers.has(LAYERS[layer])} == of_tagged
        store.prune(all=True)
        assert list(store.blobs.all()) == []


names = st.text(
    alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff/"),
    min_size=1,
    max_size=8,
)


@settings(max_examples=50)
@given(paths=st.lists(names, unique=True, max_size=20), number=st.integers(0, 2**62))
def test_a_context_remembers_what_was_recorded(paths: list[str], number: int) -> None:
    status = os.stat_result(
        (0o100644, number, 2**40, 1, 0, 0, number, 0, 0, 0), {"st_mtime_ns": -number, "st_ctime_ns": number - 2**61}
    )
    stamp = packed_stamp(status)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), clock=lambda: 4e9) as store:
        memory = store.digests.load(Path("/context"))
        memory.record(
            ([path], stamp, bytes.fromhex(Digest.of(path.encode("utf-8", "surrogateescape")).hex)) for path in paths
        )
        store.digests.save(memory)
        again = store.digests.load(Path("/context"))
        is_old = number - 2**61 < 3_900_000_000_000_000_000
        for path in paths:
            expected = Digest.of(path.encode("utf-8", "surrogateescape")) if is_old else None
            assert again.lookup(path, stamp) == expected
        assert again.lookup("another path", stamp) is None


file_names = st.binary(min_size=1, max_size=6).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)


@settings(max_examples=50)
@given(paths=st.lists(st.lists(file_names, min_size=1, max_size=4), max_size=12), modes=st.lists(st.integers(0, 0o777)))
def test_erasing_leaves_nothing(paths: list[list[bytes]], modes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "top"
        made = []
        for path in paths:
            place = top.joinpath(*map(os.fsdecode, path))
            place.mkdir(parents=True, exist_ok=True)
            (place / "file").write_text("x")
            made.append(place)
        for place, mode in zip(made, modes, strict=False):
            place.chmod(mode)
        erase(top)
        assert os.listdir(folder) == []
