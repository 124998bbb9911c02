"""Removing garbage: the files that no root needs.

What goes is decided and renamed out of sight inside one write transaction. Leases are written by transactions too, so a
lease comes either before, and is seen, or after, and its holder finds the file missing. The slow part, giving the
space back, happens after the transaction: nobody waits for it.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Collection
from pathlib import Path

from jettison.frozen import dataclass
from jettison.store.blobs import Blobs
from jettison.store.database import Database
from jettison.store.erase import erase
from jettison.store.faults import storage_faults
from jettison.store.graph import Graph, Thing, ThingKind, Things
from jettison.store.home import Home
from jettison.store.layers import Layers
from jettison.store.measure import disk_bytes
from jettison.store.temporary import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One thing that was removed."""

    kind: str
    """container, image, cache record, cache mount, packages, layer, blob, unfinished."""
    name: str
    size_bytes: int = 0
    """The space that came free with it; 0 for images and cache records, whose layers and blobs are told apart."""


class Sweeper:
    """Removes garbage; the one place where layers and blobs go."""

    def __init__(self, home: Home, database: Database, session: Session, blobs: Blobs, layers: Layers) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._blobs = blobs
        self._layers = layers

    def things(self) -> Things:
        """All layers and blobs on disk."""
        return frozenset(Thing(ThingKind.BLOB, digest) for digest in self._blobs.all()) | frozenset(
            Thing(ThingKind.LAYER, diff_id) for diff_id in self._layers.all()
        )

    def path(self, thing: Thing) -> Path:
        """Where the thing lies, or would."""
        return self._home.layer(thing.digest) if thing.kind is ThingKind.LAYER else self._home.blob(thing.digest)

    def sweep(self, only: Collection[Thing] | None = None) -> tuple[Removed, ...]:
        """Remove what nothing needs, of ``only`` where it is given; idempotent."""
        with self._session.directory("trash") as trash:
            moved: list[tuple[Thing, Path]] = []
            with self._database.write() as connection:
                candidates = self.things() if only is None else frozenset(only)
                graph = Graph.read(connection, self._session.is_alive)
                for thing in sorted(candidates - graph.needed()):
                    target = trash / f"{thing.kind}-{thing.digest.hex}"
                    source = self.path(thing)
                    with storage_faults("remove", source):
                        try:
                            source.rename(target)
                        except FileNotFoundError:
                            continue
                    moved.append((thing, target))
                _forget(connection, [thing for thing, _ in moved], graph.needed())
            removed = []
            for thing, target in moved:
                size_bytes = disk_bytes(target)
                erase(target)
                removed.append(Removed(kind=thing.kind.value, name=str(thing.digest), size_bytes=size_bytes))
        return tuple(removed)


def _forget(connection: sqlite3.Connection, moved: Collection[Thing], needed: Things) -> None:
    """Remove the rows about layers that are gone altogether."""
    gone = [(thing.digest,) for thing in moved if Thing(ThingKind.LAYER, thing.digest) not in needed]
    connection.executemany("DELETE FROM layers WHERE diff_id = ?", gone)
    connection.executemany("DELETE FROM encodings WHERE diff_id = ?", gone)
