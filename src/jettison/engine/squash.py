"""Fewer layers, the same files: the layers of an image above a given one become one layer.

Contents are read from the tars of the layers by the places that their indexes name, and written once; nothing is
unpacked and nothing asks for root. The new layer is read back, and the image is made only if it shows exactly the files
that it showed before. The same layers give the same bytes, and are squashed once.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.layers import Layers, Progress
from jettison.engine.read_ahead import ReadAhead
from jettison.engine.slices import Content, Expanded
from jettison.frozen import dataclass, replace
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.squash import prove_written, squashed_entries
from jettison.layer.tar_write import LayerWriter
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.pools import ThreadPoolExecutor
from jettison.solve.keys import key_of
from jettison.store.cache import CacheRecord
from jettison.store.store import Store

_KIND = "squashed"
_TOLD_BYTES = 1 << 18
_SMALL_BYTES = 1 << 18
"""Files of up to so many bytes are read at once: most are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the part of an image begins that is squashed."""

    layers: int
    """How many of the lowest layers stay."""
    history: int
    """How many entries of the history stay: those of the layers, and those without a layer that belong to them."""


def squash_layers(
    config: ImageConfig, cut: Cut, *, store: Store, layers: Layers, now: float, progress: Progress
) -> ImageConfig:
    """The config with one layer in place of all above the cut; none where they change nothing together.

    All layers are on this machine; the new one is in the store, and remembered for the next time.
    """
    if cut.layers >= len(config.diff_ids):
        return config
    kept = config.diff_ids[: cut.layers]
    made = _squash(config.diff_ids, cut.layers, store, layers, now, progress)
    folded = config.history[cut.history :]
    entry = HistoryEntry(
        created=config.created,
        created_by=f"squash of {len(config.diff_ids) - len(kept)} layers",
        comment="\n".join(one.created_by or one.comment for one in folded),
        empty_layer=made is None,
    )
    return replace(
        config,
        diff_ids=kept if made is None else (*kept, made),
        history=(*config.history[: cut.history], entry),
    )


def cut_at(config: ImageConfig, layers: int) -> Cut:
    """The cut below which exactly the history of the lowest ``layers`` layers stays."""
    position = seen = 0
    for position, entry in enumerate(config.history):
        if seen == layers and not entry.empty_layer:
            return Cut(layers=layers, history=position)
        seen += not entry.empty_layer
    return Cut(layers=layers, history=len(config.history))


def _squash(
    diff_ids: Sequence[Digest], kept: int, store: Store, layers: Layers, now: float, progress: Progress
) -> Digest | None:
    key = key_of({"kind": _KIND, "kept": str(kept)}, diff_ids)
    with store.lock(f"step {key}"):
        record = store.cache.get(key)
        if record is not None and all(store.layers.has(layer) for layer in record.layers):
            return record.layers[0] if record.layers else None
        entries, whole = squashed_entries([layers.columns(diff_id) for diff_id in diff_ids], kept)
        made = _write(entries, whole, diff_ids, store, layers, progress) if entries else None
        if made is not None:
            prove_written(entries, _read_back(made, store).entries)
            layers.add(made)
        found = () if made is None else (made.diff_id,)
        store.cache.put(CacheRecord(key=key, kind=_KIND, layers=found, created_at=now))
        return None if made is None else made.diff_id


def _write(
    entries: Sequence[Entry], whole: Tree, diff_ids: Sequence[Digest], store: Store, layers: Layers, progress: Progress
) -> LayerIndex:
    total = sum(entry.size for entry in entries)
    done = told = 0
    with (
        store.blobs.writer(hashed=False) as tar,
        ThreadPoolExecutor(1, thread_name_prefix="squash") as executor,
    ):
        writer = LayerWriter(tar.write, executor, exact_times=True)
        for entry in entries:
            if entry.type is EntryType.FILE:
                with layers.open_file(diff_ids[whole.layer_numbers[entry.path]], entry) as content:
                    _add_file(writer, entry, content)
            else:
                writer.add(entry)
            done += entry.size
            if writer.position - told >= _TOLD_BYTES:
                told = writer.position
                progress("squashing", done, total)
        progress("squashing", done, total)
        index = writer.finish()
        tar.commit(index.diff_id)
    return index


def _add_file(writer: LayerWriter, entry: Entry, content: Content) -> None:
    runs = content.runs if isinstance(content, Expanded) else None
    if runs is not None:
        writer.add_sparse(entry, content, runs)
    elif entry.size <= _SMALL_BYTES:
        path, _, mode, uid, gid, size, mtime_ns, _, xattrs, _, digest, _ = entry
        writer.add_small(path, mode, uid, gid, size, mtime_ns, xattrs, content.read(size + 1), digest)
    else:
        writer.add(entry, content)


def _read_back(written: LayerIndex, store: Store) -> LayerIndex:
    """The index of the tar as it lies on the disk: what is proved is proved of that."""
    diff_id = written.diff_id
    with store.blobs.open_verified(diff_id) as tar, ReadAhead(tar, "read back") as ahead:
        return index_layer(ahead, diff_id=diff_id)
