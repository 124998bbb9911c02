"""Layers without files younger than a given time: ``rewrite-timestamp=true``, for builds that can be repeated.

Only the layers that a build made are rewritten; those of its base image are what they are, and may be mounted or found
where they were pulled from. Source: BuildKit ``exporter/containerimage`` (``rewriteRemoteWithEpoch``).
"""

from __future__ import annotations

from jettison.engine.layers import Layers
from jettison.frozen import replace
from jettison.layer.tar_write import LayerWriter
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest
from jettison.model.entry import EntryType
from jettison.solve.keys import key_of
from jettison.store.cache import CacheRecord
from jettison.store.store import Store

_NS = 10**9
_KIND = "clamped"


def clamp_layers(
    config: ImageConfig, base: tuple[Digest, ...], epoch: int, *, store: Store, layers: Layers, now: float
) -> ImageConfig:
    """The config with layers whose files are no younger than ``epoch``, but for those that ``base`` has, too.

    The layers are on this machine; the new ones are in the store, and remembered for the next time.
    """
    kept = 0
    while kept < min(len(base), len(config.diff_ids)) and base[kept] == config.diff_ids[kept]:
        kept += 1
    made = tuple(_clamp(diff_id, epoch, store, layers, now) for diff_id in config.diff_ids[kept:])
    return replace(config, diff_ids=(*config.diff_ids[:kept], *made))


def _clamp(diff_id: Digest, epoch: int, store: Store, layers: Layers, now: float) -> Digest:
    index = layers.index(diff_id)
    limit_ns = epoch * _NS
    if all(entry.mtime_ns <= limit_ns for entry in index.entries):
        return diff_id
    key = key_of({"kind": _KIND, "epoch": str(epoch)}, [diff_id])
    with store.lock(f"step {key}"):
        record = store.cache.get(key)
        if record is not None and store.layers.has(record.layers[0]):
            return record.layers[0]
        with store.blobs.writer(hashed=False) as tar:
            writer = LayerWriter(tar.write)
            for entry in index.entries:
                clamped = entry._replace(mtime_ns=min(entry.mtime_ns, limit_ns))
                if entry.type is EntryType.FILE:
                    with layers.open_file(diff_id, entry) as content:
                        writer.add(clamped, content)
                else:
                    writer.add(clamped)
            written = writer.finish()
            tar.commit(written.diff_id)
        layers.add(written)
        store.cache.put(CacheRecord(key=key, kind=_KIND, layers=(written.diff_id,), created_at=now))
        return written.diff_id
