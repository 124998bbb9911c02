"""The build cache: what a step with this key yielded, and of what the key was made.

A record is a promise about files, not the files: whoever takes one leases its layers and looks whether they are there.
A step that failed has no record.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import json
import zlib
from collections.abc import Callable, Iterable, Mapping

from jettison.frozen import dataclass, field
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.store.database import Database, storable

_TOUCH_SECONDS = 3600.0
"""How stale the time of last use may be: a build that hits the cache everywhere writes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRecord:
    """What one step yielded."""

    key: Digest
    kind: str
    """What the payload means: the caller's word."""
    name: str = ""
    """The vertex as it was displayed."""
    step: str = ""
    """What makes this *the same step* in another build: its place, not its inputs. See :meth:`Cache.latest`."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """JSON values."""
    layers: tuple[Digest, ...] = ()
    """The diff_ids that the record needs: kept from pruning as long as it is."""
    blobs: tuple[Digest, ...] = ()
    """The blobs that the record needs, likewise."""
    created_at: float
    duration_seconds: float = 0.0


class Cache:
    """All cache records of the store."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def get(self, key: Digest) -> CacheRecord | None:
        """The record under this key or alias; None where there is none. Counts as a use."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT record, key, kind, name, step, payload, created_at, duration_seconds, last_used_at"
                " FROM cache_lookup WHERE lookup_key = ? LIMIT 1",
                (key,),
            ).fetchone()
            if found is None:
                return None
            record = _record(connection, found[:8])
        last_used_at, now = found[8], self._clock()
        if now - last_used_at > _TOUCH_SECONDS:
            with self._database.write() as connection:
                connection.execute("UPDATE cache_records SET last_used_at = ? WHERE id = ?", (now, found[0]))
        return record

    def is_empty(self) -> bool:
        """Whether nothing can be found."""
        with self._database.read() as connection:
            return connection.execute("SELECT 1 FROM cache_records LIMIT 1").fetchone() is None

    def put(
        self, record: CacheRecord, *, components: Mapping[str, Any] | None = None, aliases: Iterable[Digest] = ()
    ) -> None:
        """Store a record, in place of one with the same key. ``components`` are what the key was made of, as JSON.

        An alias that led to another record leads to this one afterwards.
        """
        with self._database.write() as connection:
            connection.execute("DELETE FROM cache_records WHERE key = ?", (record.key,))
            (number,) = connection.execute(
                "INSERT INTO cache_records (key, kind, name, step, payload, created_at, last_used_at, duration_seconds)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (
                    record.key,
                    record.kind,
                    storable(record.name),
                    storable(record.step),
                    _dump(record.payload),
                    record.created_at,
                    self._clock(),
                    record.duration_seconds,
                ),
            ).fetchone()
            connection.executemany(
                "INSERT INTO cache_holds (record, kind, digest, position) VALUES (?, ?, ?, ?)",
                [(number, "layer", digest, position) for position, digest in enumerate(record.layers)]
                + [(number, "blob", digest, position) for position, digest in enumerate(record.blobs)],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO cache_aliases (key, record) VALUES (?, ?)",
                [(alias, number) for alias in aliases if alias != record.key],
            )
            if components is not None:
                connection.execute(
                    "INSERT INTO cache_components (record, document) VALUES (?, ?)",
                    (number, zlib.compress(_dump(components).encode("ascii"), 1)),
                )

    def components(self, key: Digest) -> Mapping[str, Any] | None:
        """What the key of that record was made of, as it was put; None where there is no record or it has none."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT document FROM cache_components JOIN cache_records ON id = record WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        components: Mapping[str, Any] = json.loads(zlib.decompress(row[0]))
        return components

    def latest(self, step: str) -> CacheRecord | None:
        """The newest record of the same step, whatever its key: what a miss is compared with."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT id, key, kind, name, step, payload, created_at, duration_seconds"
                " FROM cache_records WHERE step = ? ORDER BY created_at DESC, id DESC LIMIT 1",
                (storable(step),),
            ).fetchone()
            return None if found is None else _record(connection, found)

    def has_steps(self, first: str, end: str) -> bool:
        """Whether there is a record of a step whose identity is ``first`` or sorts behind it, and before ``end``."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT 1 FROM cache_records WHERE step >= ? AND step < ? LIMIT 1", (storable(first), storable(end))
            )
            return found.fetchone() is not None

    def remove(self, key: Digest) -> None:
        """Forget a record by its key, such as one whose layer turned out to be damaged; none is fine."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM cache_records WHERE key = ?", (key,))


def _record(connection: sqlite3.Connection, row: tuple[Any, ...]) -> CacheRecord:
    number, key, kind, name, step, payload, created_at, duration_seconds = row
    holds = connection.execute(
        "SELECT kind, digest FROM cache_holds WHERE record = ? ORDER BY kind, position", (number,)
    ).fetchall()
    return CacheRecord(
        key=Digest(key),
        kind=kind,
        name=name,
        step=step,
        payload=json.loads(payload),
        layers=tuple(Digest(digest) for held, digest in holds if held == "layer"),
        blobs=tuple(Digest(digest) for held, digest in holds if held == "blob"),
        created_at=created_at,
        duration_seconds=duration_seconds,
    )


def _dump(value: Mapping[str, Any]) -> str:
    """ASCII JSON, so that the surrogate escapes of names that are not UTF-8 survive."""
    return json.dumps(dict(value), separators=(",", ":"))
