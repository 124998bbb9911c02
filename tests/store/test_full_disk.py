"""A disk that is full, read-only or forbidden is a clear error, and the store is intact afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.root

_PRELUDE = """
import os, sys
from pathlib import Path
from jettison.errors import StorageError
from jettison.model.digest import Digest
from jettison.store import CacheRecord, Store
disk = Path(sys.argv[1])
home = disk / "home"

def refused(action):
    try:
        action()
    except StorageError as error:
        assert error.hint, error
        return str(error)
    raise SystemExit("was not refused")

def fill_disk():
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(b"f" * 4096) == 4096:
                pass
        except OSError:
            pass
    return filler

"""


def _on_a_tiny_disk(disk: Path, script: str) -> str:
    """Run a script in a mount namespace of its own where ``disk`` is a file system of 3 MiB."""
    disk.mkdir()
    command = 'mount -t tmpfs -o size=3m none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, "sh", str(disk), sys.executable, _PRELUDE + script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_blob_too_large_is_refused_and_leaves_its_space(tmp_path: Path) -> None:
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
with Store.open(home) as store:
    small = store.blobs.put(b"small")
    def fill():
        with store.blobs.writer() as writer:
            for _ in range(64):
                writer.write(b"x" * 100_000)
            writer.commit()
    for _ in range(3):
        print(refused(fill))
    assert store.blobs.read(small) == b"small"
    with store.blobs.writer() as writer:
        writer.write(b"y" * 1_000_000)
        print(store.blobs.has(writer.commit()))
assert os.listdir(home / "tmp") == []
""",
    )
    assert out.count("No space left on device") == 3
    assert out.endswith("True\n")


def test_every_write_on_a_full_disk_is_refused_and_pruning_frees_it(tmp_path: Path) -> None:
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
store = Store.open(home)
kept = store.blobs.put(b"kept")
store.cache.put(CacheRecord(key=Digest.of(b"key"), kind="x", blobs=(kept,), created_at=1.0))
garbage = store.temporary_path()
garbage.write_bytes(b"g" * 500_000)
store.blobs.adopt(garbage, Digest.of(b"g" * 500_000))
fill_disk()
def many_rows():
    for number in range(10_000):
        store.cache.put(CacheRecord(key=Digest.of(b"%d" % number), kind="x", created_at=1.0, name="n" * 4096))
print(refused(many_rows))
print(refused(lambda: store.blobs.put(b"z" * 100_000)))
print(refused(lambda: store.layers.put_index(kept, b"z" * 100_000)))
assert store.cache.get(Digest.of(b"key")).blobs == (kept,)
assert store.blobs.read(kept) == b"kept"
report = store.prune(cache=False)
assert report.freed_bytes >= 500_000, report
store.blobs.put(b"z" * 100_000)
store.close()
with Store.open(home) as store:
    assert store.cache.get(Digest.of(b"key")).blobs == (kept,)
    print("intact")
""",
    )
    assert out.count("No space left on device") == 3
    assert out.endswith("intact\n")


def test_a_store_cannot_begin_on_a_full_disk_but_can_later(tmp_path: Path) -> None:
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
filler = fill_disk()
print(refused(lambda: Store.open(home)))
filler.unlink()
with Store.open(home) as store:
    print(store.blobs.read(store.blobs.put(b"works")))
""",
    )
    assert out.endswith("b'works'\n")


def test_a_read_only_disk_is_refused(tmp_path: Path) -> None:
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
with Store.open(home) as store:
    store.blobs.put(b"x")
assert os.system(f"mount -o remount,ro {disk}") == 0
def write():
    with Store.open(home) as store:
        store.blobs.put(b"y")
print(refused(write))
print(refused(lambda: Store.open(disk / "other")))
""",
    )
    assert "Read-only file system" in out


_SOMETHING = """
from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.platform import Platform
with Store.open(home) as store:
    kept = store.blobs.put(b"kept")
    store.layers.put_index(kept, b"index", size_bytes=5)
    config = ImageConfig(platform=Platform.parse("linux/amd64"), diff_ids=(kept,))
    image_id = store.images.put(write_image_config(config))

def read_all():
    with Store.open(home) as store, store.lease() as lease:
        lease.hold_image(image_id)
        lease.hold_layers([kept])
        assert store.blobs.read(kept) == b"kept"
        assert store.layers.index_bytes(kept) == b"index"
        assert [image.image_id for image in store.images.list()] == [image_id]
        assert store.whole_usage().images[0].image_id == image_id
        print(refused(lambda: store.cache.put(CacheRecord(key=kept, kind="x", created_at=1.0))))
"""


def test_a_read_only_disk_is_read(tmp_path: Path) -> None:
    """All that was finished; what would have to write is refused."""
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        _SOMETHING
        + """
assert os.system(f"mount -o remount,ro {disk}") == 0
read_all()
""",
    )
    assert "for writing" in out


@pytest.mark.parametrize("left", ["", '(home / "cache.db-shm").unlink()'], ids=["as it was left", "copied"])
def test_a_read_only_disk_with_changes_that_are_only_in_the_log_is_read(tmp_path: Path, left: str) -> None:
    """A killed process left them in SQLite's log: they are read, too, and the disk is as it was."""
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        _SOMETHING
        + f"""
if os.fork() == 0:
    Store.open(home).cache.put(CacheRecord(key=kept, kind="late", created_at=1.0))
    os._exit(0)
os.wait()
assert (home / "cache.db-wal").stat().st_size
{left}
before = {{path.name: path.read_bytes() for path in home.glob("cache.db*")}}
assert os.system(f"mount -o remount,ro {{disk}}") == 0
read_all()
with Store.open(home) as store:
    print(store.cache.get(kept).kind)
assert {{path.name: path.read_bytes() for path in home.glob("cache.db*")}} == before
""",
    )
    assert "for writing" in out or "readonly" in out
    assert out.endswith("late\n")


def test_a_full_disk_with_changes_that_are_only_in_the_log_is_refused(tmp_path: Path) -> None:
    """Somebody may free space and go on writing while it is read: better nothing than half of a change."""
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        _SOMETHING
        + """
if os.fork() == 0:
    Store.open(home).cache.put(CacheRecord(key=kept, kind="late", created_at=1.0))
    os._exit(0)
os.wait()
(home / "cache.db-shm").unlink()
fill_disk()
print(refused(lambda: Store.open(home)))
""",
    )
    assert "cache.db" in out


def test_a_full_disk_is_read(tmp_path: Path) -> None:
    """Without a free byte for the file that SQLite makes for whoever reads."""
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        _SOMETHING
        + """
fill_disk()
read_all()
""",
    )
    assert "cache.db" in out


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
Store.open(home).close()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(refused(lambda: Store.open(home)))
print(refused(lambda: Store.open(disk / "other")))
print(refused(lambda: Store.open(Path("/nobody-may-write-here"))))
""",
    )
    assert out.count("Permission denied") == 3


def test_prune_frees_a_disk_without_a_free_byte(tmp_path: Path) -> None:
    """What a killed build left goes first, for which no database is needed; with that space the rest can go too."""
    out = _on_a_tiny_disk(
        tmp_path / "disk",
        """
import io
from jettison.cli.context import Streams
from jettison.cli.main import main
with Store.open(home) as store:
    kept = store.blobs.put(b"kept")
    store.cache.put(CacheRecord(key=Digest.of(b"key"), kind="x", blobs=(kept,), created_at=1.0))
(home / "locks/sessions/1-dead").touch()
(home / "tmp/1-dead/trash-1").mkdir(parents=True)
(home / "tmp/1-dead/trash-1/file").write_bytes(b"g" * 500_000)
fill_disk()
with Store.open(home) as store:
    assert store.cache.get(Digest.of(b"key")).blobs == (kept,)
    print(refused(lambda: store.cache.put(CacheRecord(key=kept, kind="x", created_at=1.0))))
out = io.TextIOWrapper(io.BytesIO())
streams = Streams(stdin=io.BytesIO(), stdout=out, stderr=sys.stderr)
code = main(("prune", "-f", "-a"), {"HOME": str(disk), "JETTISON_HOME": str(home)}, streams)
out.flush()
assert code == 0
print(out.buffer.getvalue().decode())
assert os.listdir(home / "tmp") == os.listdir(home / "locks/sessions") == os.listdir(home / "blobs/sha256") == []
""",
    )
    assert "Total reclaimed space: 50" in out
