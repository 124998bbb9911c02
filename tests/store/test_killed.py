"""A process killed at any moment loses nothing that it had finished and leaves nothing that harms the next."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jettison.model.digest import Digest
from jettison.store import Store

_WORKER = """
import itertools, os, random, sys
from pathlib import Path
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store import CacheRecord, Encoding, Store

home, start = Path(sys.argv[1]), int(sys.argv[2])
with Store.open(home) as store:
    print("ready", flush=True)
    for number in itertools.count(start):
        with store.lease(), store.lock("step"):
            content = (b"%d " % number) * 5000
            with store.blobs.writer() as writer:
                writer.write(content)
                diff_id = writer.commit()
            with store.layers.new_tree_directory() as tree:
                for name in range(5):
                    (tree / f"folder-{name}").mkdir(mode=0o500)
                    (tree / f"file-{name}").write_bytes(b"%d" % number)
                store.layers.adopt_tree(diff_id, tree)
            store.layers.put_index(diff_id, b"index of %d" % number, size_bytes=number)
            encoded = store.blobs.put(b"encoded %d" % number)
            store.layers.record_encoding(
                Encoding(diff_id=diff_id, digest=encoded, media_type="x", size=1, codec="gzip", level=6)
            )
            key = Digest.of(b"key %d" % number)
            store.cache.put(CacheRecord(key=key, kind="x", layers=(diff_id,), created_at=1.0), components={"n": number})
            config = ImageConfig(
                platform=Platform(os="linux", architecture="amd64"),
                diff_ids=(diff_id,),
                history=(HistoryEntry(created_by="RUN"),),
            )
            image_id = store.images.put(write_image_config(config))
            store.images.tag(Reference.parse(f"app:{number}"), image_id)
            with store.mounts.cache_mount(f"mount {number % 3}", prepare=lambda path: (path / "seed").write_text("s")):
                pass
            container = store.containers.create(image_id, ["sh"])
            store.containers.remove(container.container_id)
            if number % 7 == 3:
                store.remove_image(f"app:{number}")
                store.cache.remove(key)
                store.prune(images=False, cache=False)
            else:
                print(number, flush=True)
"""


def _check(home: Path, finished: set[int]) -> None:
    with Store.open(home) as store:
        for number in finished:
            diff_id = Digest.of((b"%d " % number) * 5000)
            record = store.cache.get(Digest.of(b"key %d" % number))
            assert record is not None
            assert record.layers == (diff_id,)
            assert store.images.find(f"app:{number}").diff_ids == (diff_id,)
            assert store.layers.has(diff_id)
            assert store.layers.index_bytes(diff_id) == b"index of %d" % number
        for record_of_image in store.images.list():
            assert store.images.config(record_of_image.image_id).diff_ids == record_of_image.diff_ids
        for diff_id in store.layers.all():
            tree = store.layers.tree(diff_id)
            assert tree is None or len(list(tree.iterdir())) == 10
        for digest in store.blobs.all():
            store.blobs.read(digest)
        for mount in store.mounts.list():
            assert not mount.path.exists() or (mount.path / "seed").read_text() == "s"
        store.reap()
        assert store.faults() == ()
        store.prune(images=False, cache=False)
        store.prune(images=False, cache=False)
        for number in finished:
            assert store.layers.has(Digest.of((b"%d " % number) * 5000))
        folders = {path.name for path in (home / "containers").iterdir()}
        assert folders >= {container.container_id for container in store.containers.list()}
        store.containers.reap()
        folders = {path.name for path in (home / "containers").iterdir()}
        assert folders == {container.container_id for container in store.containers.list()}
    assert os.listdir(home / "tmp") == []
    assert os.listdir(home / "locks" / "sessions") == []
    connection = sqlite3.connect(home / "cache.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM leases").fetchone() == (0,)
    finally:
        connection.close()


def _run_and_kill(home: Path, start: int, seconds: float, workers: int) -> set[int]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, home, str(start + 1000 * worker)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for worker in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    for process in processes:
        process.send_signal(signal.SIGKILL)
    finished: set[int] = set()
    for process in processes:
        output, problems = process.communicate()
        assert problems == ""
        finished |= {int(line) for line in output.splitlines()}
    return finished


def test_killed_at_random_moments(home: Path) -> None:
    moments = random.Random(20240229)
    finished: set[int] = set()
    for round_number in range(8):
        finished |= _run_and_kill(home, round_number * 10_000, moments.uniform(0.0, 0.25), workers=2)
        _check(home, finished)


@pytest.mark.slow
def test_killed_at_fifty_random_moments(home: Path) -> None:
    moments = random.Random(19700101)
    finished: set[int] = set()
    for round_number in range(50):
        finished |= _run_and_kill(home, round_number * 10_000, moments.uniform(0.0, 0.4), workers=3)
        _check(home, finished)
    assert finished
