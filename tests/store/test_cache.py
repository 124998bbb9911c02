"""The build cache: found by key and alias, explained by components, touched rarely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jettison.model.digest import Digest
from jettison.store import CacheRecord, Store

KEY, OTHER_KEY, ALIAS = (Digest.of(text) for text in (b"key", b"other key", b"alias"))


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(home: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(home, clock=clock) as opened:
        yield opened


def _record(key: Digest = KEY, **changes: Any) -> CacheRecord:
    fields: dict[str, Any] = {
        "key": key,
        "kind": "exec",
        "name": "[2/5] RUN make",
        "step": "builder 2",
        "payload": {"diff_id": "sha256:x", "name": "not UTF-8: \udcff", "nested": [1, None, True]},
        "layers": (Digest.of(b"b"), Digest.of(b"a")),
        "blobs": (Digest.of(b"c"),),
        "created_at": 1_700_000_000.0,
        "duration_seconds": 1.5,
    }
    return CacheRecord(**{**fields, **changes})


def _last_used(home: Path, key: Digest) -> float:
    import sqlite3

    connection = sqlite3.connect(home / "cache.db")
    try:
        (value,) = connection.execute("SELECT last_used_at FROM cache_records WHERE key = ?", (key,)).fetchone()
        return float(value)
    finally:
        connection.close()


def test_it_tells_whether_it_is_empty(store: Store) -> None:
    """With the first record it is not any more."""
    assert store.cache.is_empty()
    store.cache.put(_record())
    assert not store.cache.is_empty()
    store.cache.remove(KEY)
    assert store.cache.is_empty()


def test_a_record_comes_back_as_it_was_put(store: Store) -> None:
    assert store.cache.get(KEY) is None
    store.cache.put(_record())
    assert store.cache.get(KEY) == _record()


def test_an_alias_leads_to_the_same_record(store: Store) -> None:
    store.cache.put(_record(), aliases=[ALIAS, KEY])
    assert store.cache.get(ALIAS) == _record()
    store.cache.put(_record(OTHER_KEY), aliases=[ALIAS])
    assert store.cache.get(ALIAS) == _record(OTHER_KEY)
    store.cache.remove(OTHER_KEY)
    assert store.cache.get(ALIAS) is None
    assert store.cache.get(KEY) == _record()


def test_a_record_with_the_same_key_takes_the_place_of_the_old_one(store: Store) -> None:
    store.cache.put(_record(), components={"command": "make"}, aliases=[ALIAS])
    store.cache.put(_record(layers=()))
    assert store.cache.get(KEY) == _record(layers=())
    assert store.cache.components(KEY) is None
    assert store.cache.get(ALIAS) is None


def test_components_are_kept_beside_the_key(store: Store) -> None:
    components = {"command": "make", "files": {"a\udcff": "sha256:1", "b": "sha256:2"}}
    store.cache.put(_record(), components=components)
    assert store.cache.components(KEY) == components
    assert store.cache.components(OTHER_KEY) is None


def test_the_latest_record_of_a_step_is_found_whatever_its_key(store: Store) -> None:
    assert store.cache.latest("builder 2") is None
    store.cache.put(_record(KEY, created_at=2.0))
    store.cache.put(_record(OTHER_KEY, created_at=1.0))
    store.cache.put(_record(ALIAS, created_at=9.0, step="builder 3"))
    latest = store.cache.latest("builder 2")
    assert latest is not None
    assert latest.key == KEY


def test_steps_are_found_by_how_they_begin(store: Store) -> None:
    """Also where what they begin with ends in what ends a string elsewhere."""
    assert not store.cache.has_steps("/app\0", "/app\1")
    store.cache.put(_record(step="/app/sub\0stage\0Dockerfile:1"))
    assert not store.cache.has_steps("/app\0", "/app\1")
    store.cache.put(_record(OTHER_KEY, step="/app\0stage\0Dockerfile:1"))
    assert store.cache.has_steps("/app\0", "/app\1")


def test_a_use_is_noted_at_most_once_an_hour(store: Store, home: Path, clock: Clock) -> None:
    store.cache.put(_record())
    put_at = clock.now
    clock.now += 3000
    store.cache.get(KEY)
    assert _last_used(home, KEY) == put_at
    clock.now += 700
    store.cache.get(KEY)
    assert _last_used(home, KEY) == clock.now
