"""Many processes at once: builders never lose what they lease to one that prunes all the time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jettison.store import Store

_BUILDER = """
import sys
from pathlib import Path
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store import CacheRecord, Store

home, name = Path(sys.argv[1]), sys.argv[2]
with Store.open(home) as store:
    for number in range(25):
        with store.lease() as lease:
            # Half of the layers are shared with the other builders, half are this one's own.
            content = f"layer {number}" if number % 2 else f"layer {number} of {name}"
            diff_id = Digest.of(content.encode())
            key = Digest.of(b"key " + content.encode())
            lease.hold_layers([diff_id])
            with store.lock(content):
                record = store.cache.get(key)
                if record is None or not store.layers.has(diff_id):
                    assert store.blobs.put(content.encode()) == diff_id
                    with store.layers.new_tree_directory() as tree:
                        (tree / "file").write_text(content)
                        store.layers.adopt_tree(diff_id, tree)
                    store.layers.put_index(diff_id, content.encode())
                    store.cache.put(CacheRecord(key=key, kind="x", layers=(diff_id,), created_at=1.0))
            for _ in range(5):
                assert store.layers.has(diff_id)
                assert store.blobs.read(diff_id) == content.encode()
                assert (store.layers.tree(diff_id) / "file").read_text() == content
                assert store.layers.index_bytes(diff_id) == content.encode()
            config = ImageConfig(
                platform=Platform(os="linux", architecture="amd64"),
                author=name,
                diff_ids=(diff_id,),
                history=(HistoryEntry(created_by="RUN"),),
            )
            image_id = store.images.put(write_image_config(config))
            store.images.tag(Reference.parse(f"app:{name}-{number}"), image_id)
"""

_PRUNER = """
import sys
from pathlib import Path
from jettison.store import Store
with Store.open(Path(sys.argv[1])) as store:
    print("pruning", flush=True)
    while not Path(sys.argv[2]).exists():
        store.prune()
        store.prune(images=False, all=True)
"""


def test_builders_and_a_pruner_do_not_meet(home: Path, tmp_path: Path) -> None:
    Store.open(home).close()
    done = tmp_path / "done"
    pruner = subprocess.Popen([sys.executable, "-c", _PRUNER, home, done], stdout=subprocess.PIPE, text=True)
    assert pruner.stdout is not None
    assert pruner.stdout.readline() == "pruning\n"
    builders = [subprocess.Popen([sys.executable, "-c", _BUILDER, home, str(number)]) for number in range(3)]
    assert [builder.wait() for builder in builders] == [0, 0, 0]
    done.touch()
    pruner.communicate()
    assert pruner.returncode == 0
    with Store.open(home) as store:
        images = store.images.list()
        assert sum(len(image.tags) for image in images) == 75
        for image in images:
            assert store.images.config(image.image_id).diff_ids == image.diff_ids
            assert all(store.layers.has(diff_id) for diff_id in image.diff_ids)
        store.prune(all=True)
        assert list(store.blobs.all()) == []
        assert list(store.layers.all()) == []
    assert not list((home / "locks" / "keys").iterdir())
