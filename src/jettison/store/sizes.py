"""The sizes of layers and blobs on disk; a tree, which never changes, is measured once and its size remembered."""

from __future__ import annotations

import os
from collections.abc import Iterable

from jettison.model.digest import Digest
from jettison.store.database import Database
from jettison.store.graph import Thing, ThingKind
from jettison.store.layers import Layers
from jettison.store.measure import disk_bytes
from jettison.store.sweep import Sweeper


def measure_things(things: Iterable[Thing], database: Database, layers: Layers, sweeper: Sweeper) -> dict[Thing, int]:
    """The space that each thing takes, in bytes. Not to be called inside a transaction: it may take seconds."""
    with database.read() as connection:
        known = dict(
            connection.execute("SELECT diff_id, tree_bytes FROM layers WHERE tree_bytes IS NOT NULL").fetchall()
        )
    sizes: dict[Thing, int] = {}
    measured: dict[Digest, int] = {}
    for thing in things:
        tree = layers.tree(thing.digest) if thing.kind is ThingKind.LAYER else None
        if tree is None:
            sizes[thing] = disk_bytes(sweeper.path(thing))
            continue
        if thing.digest not in known:
            known[thing.digest] = measured[thing.digest] = disk_bytes(tree)
        sizes[thing] = known[thing.digest] + disk_bytes(tree.parent, but_for={os.fspath(tree)})
    if measured and not database.is_read_only:
        with database.write() as connection:
            connection.executemany(
                "INSERT INTO layers (diff_id, tree_bytes) VALUES (?, ?)"
                " ON CONFLICT (diff_id) DO UPDATE SET tree_bytes = excluded.tree_bytes",
                list(measured.items()),
            )
    return sizes
