"""Leases: what a running build or container uses, and what therefore no other process may prune.

A lease counts while the lock of its session is held; when the process dies, the lease is dead with it.

The order is always *lease, then look*: pruning decides and removes inside one write transaction, so what a lease names
is either there and stays, or is gone already and is found missing by the look that follows.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Iterable

from jettison.model.digest import Digest
from jettison.store.database import Database
from jettison.store.temporary import Session


class Lease:
    """A set of layers, blobs and images kept from being pruned until :meth:`release`."""

    def __init__(self, leases: Leases, number: int) -> None:
        self._leases = leases
        self._number = number
        self._held: dict[str, set[Digest]] = {"layer": set(), "blob": set(), "image": set()}

    def hold_layers(self, diff_ids: Iterable[Digest]) -> None:
        """Keep the index, tree, tar and encodings of the layers. Look afterwards whether they are there."""
        self._hold("layer", diff_ids)

    def hold_blobs(self, digests: Iterable[Digest]) -> None:
        """Keep the blobs. Look afterwards whether they are there."""
        self._hold("blob", digests)

    def hold_image(self, image_id: Digest) -> None:
        """Keep the image: its record, config and layers, even if it is deleted. Look afterwards whether it is there."""
        self._hold("image", (image_id,))

    def release(self) -> None:
        """Give everything up; idempotent."""
        self._leases.release(self._number)

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _hold(self, kind: str, digests: Iterable[Digest]) -> None:
        held = self._held[kind]
        new = set(digests).difference(held)
        if new:
            self._leases.record(self._number, [(kind, digest) for digest in new])
            held |= new


class Leases:
    """The leases of one open store."""

    def __init__(self, database: Database, session: Session) -> None:
        self._database = database
        self._session = session
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._open: dict[int, Lease] = {}

    def new(self) -> Lease:
        """An open lease. All that this store writes while it is open is held by it, without being named."""
        lease = Lease(self, next(self._numbers))
        with self._guard:
            self._open[lease._number] = lease
        return lease

    def protect_layer(self, diff_id: Digest) -> None:
        """Hold a layer that is about to be written."""
        for lease in self._all():
            lease.hold_layers((diff_id,))

    def protect_blob(self, digest: Digest) -> None:
        """Hold a blob that is about to be written."""
        for lease in self._all():
            lease.hold_blobs((digest,))

    def protect_image(self, image_id: Digest) -> None:
        """Hold an image that is about to be written."""
        for lease in self._all():
            lease.hold_image(image_id)

    def record(self, number: int, things: Collection[tuple[str, Digest]]) -> None:
        """Write down what the lease of that number holds; in vain in a store that takes no more (``Database``).

        Reading goes on there: what somebody else removes meanwhile is found missing.
        """
        if self._database.is_read_only:
            return
        name = self._session.begin()
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO leases (session, number, kind, digest) VALUES (?, ?, ?, ?)",
                [(name, number, kind, digest) for kind, digest in things],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO leases (session, number, kind, digest)"
                " SELECT ?, ?, 'layer', diff_id FROM image_layers WHERE image_id = ?",
                [(name, number, digest) for kind, digest in things if kind == "image"],
            )

    def release(self, number: int) -> None:
        """Forget the lease of that number."""
        with self._guard:
            lease = self._open.pop(number, None)
        if lease is not None and self._session.is_open:
            with self._database.write() as connection:
                connection.execute(
                    "DELETE FROM leases WHERE session = ? AND number = ?", (self._session.begin(), number)
                )

    def forget_session(self, name: str) -> None:
        """Forget all leases of a session that is over."""
        with self._database.read() as connection:
            found = connection.execute("SELECT 1 FROM leases WHERE session = ? LIMIT 1", (name,)).fetchone()
        if found:
            with self._database.write() as connection:
                connection.execute("DELETE FROM leases WHERE session = ?", (name,))

    def _all(self) -> list[Lease]:
        with self._guard:
            return list(self._open.values())
