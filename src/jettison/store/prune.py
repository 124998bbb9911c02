"""Pruning: giving back space by a budget and least recent use, never what a tag or a running process needs.

First the rows that may go are removed, in one transaction; then whatever lost its last root is swept. A kill in
between leaves garbage that the next sweep finds.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections import Counter
from collections.abc import Callable

from jettison.frozen import dataclass
from jettison.recall.record import forget_all
from jettison.store.builds import forget_builds
from jettison.store.containers import ContainerRecord, Containers, ContainerState
from jettison.store.database import Database
from jettison.store.graph import Graph, Thing
from jettison.store.home import Home, is_there
from jettison.store.layers import Layers
from jettison.store.measure import disk_bytes
from jettison.store.mounts import MountRecord, Mounts
from jettison.store.packages import Packages
from jettison.store.sizes import measure_things
from jettison.store.sweep import Removed, Sweeper
from jettison.store.temporary import Session

_STARTING_SECONDS = 3600.0
"""A container created less than this long ago and never started may be about to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """What went."""

    removed: tuple[Removed, ...]

    @property
    def freed_bytes(self) -> int:
        """The space that came free."""
        return sum(item.size_bytes for item in self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """A cache record as pruning sees it."""

    number: int
    name: str
    last_used_at: float


class Pruner:
    """Decides what goes."""

    def __init__(
        self,
        *,
        home: Home,
        database: Database,
        session: Session,
        layers: Layers,
        mounts: Mounts,
        containers: Containers,
        packages: Packages,
        sweeper: Sweeper,
        clock: Callable[[], float],
    ) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._layers = layers
        self._mounts = mounts
        self._containers = containers
        self._packages = packages
        self._sweeper = sweeper
        self._clock = clock

    def prune(
        self,
        *,
        containers: bool = True,
        images: bool = True,
        cache: bool = True,
        all: bool = False,
        until: float | None = None,
        keep_bytes: int | None = None,
    ) -> PruneReport:
        """Remove what is not used, of the kinds asked for.

        *containers*: those that do not run. *images*: those without a tag, with ``all`` also the tagged ones, but never
        those of a container. *cache*: cache mounts, and cache records whose layers belong to no image, with ``all``
        every record, and the packages that ``base`` downloaded. ``until`` (seconds since the epoch) spares what was
        made, or for the cache used, after it; ``keep_bytes`` removes of the cache only the least recently used, until
        no more than that is left, and no packages.
        """
        forget_all(str(self._home.root))
        removed = self._remove_unfinished()
        if containers:
            removed += self._prune_containers(until)
        if images:
            removed += self._prune_images(until, include_tagged=all)
        if cache:
            removed += self._prune_cache(until, keep_bytes, include_shared=all)
        if cache and all and keep_bytes is None:
            removed += self._prune_packages(until)
        removed += self._sweeper.sweep()
        return PruneReport(removed=tuple(removed))

    def _remove_unfinished(self) -> list[Removed]:
        """What killed processes left: of no use to anybody, whatever the kinds asked for."""
        sizes = {path: disk_bytes(path) for path in self._session.leftovers()}
        self._session.reap()
        self._containers.reap()
        return [
            Removed(kind="unfinished", name=path.name, size_bytes=size_bytes)
            for path, size_bytes in sizes.items()
            if not is_there(path)
        ]

    def _prune_containers(self, until: float | None) -> list[Removed]:
        removed = []
        for record in self._containers.list():
            if not self._is_over(record) or (until is not None and record.created_at >= until):
                continue
            size_bytes = disk_bytes(self._containers.directory(record.container_id))
            if self._containers.try_remove(record.container_id):
                removed.append(Removed(kind="container", name=record.container_id, size_bytes=size_bytes))
        return removed

    def _is_over(self, record: ContainerRecord) -> bool:
        if record.state is ContainerState.CREATED:
            return record.created_at < self._clock() - _STARTING_SECONDS
        return record.state is ContainerState.EXITED

    def _prune_images(self, until: float | None, *, include_tagged: bool) -> list[Removed]:
        removed = []
        with self._database.write() as connection:
            spared = Graph.read(connection, self._session.is_alive).used_images
            if not include_tagged:
                tagged = "SELECT image_id FROM tags UNION SELECT image_id FROM tag_platforms"
                spared |= {image_id for (image_id,) in connection.execute(tagged)}
            for image_id, stored_at in connection.execute("SELECT image_id, stored_at FROM images").fetchall():
                if image_id in spared or (until is not None and stored_at >= until):
                    continue
                connection.execute("DELETE FROM images WHERE image_id = ?", (image_id,))
                removed.append(Removed(kind="image", name=image_id))
            forget_builds(connection)
        return removed

    def _prune_packages(self, until: float | None) -> list[Removed]:
        found = self._packages.find()
        if found is None or (until is not None and found.last_used_at >= until) or not self._packages.try_remove():
            return []
        return [Removed(kind="packages", name=f"{found.total} package files", size_bytes=found.size_bytes)]

    def _prune_cache(self, until: float | None, keep_bytes: int | None, *, include_shared: bool) -> list[Removed]:
        mounts = {mount: disk_bytes(mount.path) for mount in self._mounts.list()}
        free_mounts = [mount for mount in mounts if not self._mounts.is_used(mount)]
        things = measure_things(self._sweeper.things(), self._database, self._layers, self._sweeper)
        removed = []
        doomed_mounts = []
        with self._database.write() as connection:
            graph = Graph.read(connection, self._session.is_alive)
            pinned = graph.pinned()
            holders = Counter(thing for held in graph.records.values() for thing in held - pinned)
            kept_bytes = sum(things.get(thing, 0) for thing in holders) + sum(mounts.values())
            candidates: list[_Record | MountRecord] = [*_records(connection), *free_mounts]
            for candidate in sorted(candidates, key=lambda candidate: candidate.last_used_at):
                if keep_bytes is not None and kept_bytes <= keep_bytes:
                    break
                if until is not None and candidate.last_used_at >= until:
                    break
                if isinstance(candidate, MountRecord):
                    doomed_mounts.append(candidate)
                    kept_bytes -= mounts[candidate]
                    continue
                held = graph.records[candidate.number]
                if held & graph.leased or (held and held <= pinned and not include_shared):
                    continue
                connection.execute("DELETE FROM cache_records WHERE id = ?", (candidate.number,))
                removed.append(Removed(kind="cache record", name=candidate.name))
                kept_bytes -= _give_up(holders, held - pinned, things)
        return removed + [
            Removed(kind="cache mount", name=mount.mount_id, size_bytes=mounts[mount])
            for mount in doomed_mounts
            if self._mounts.try_remove(mount)
        ]


def _records(connection: sqlite3.Connection) -> list[_Record]:
    rows = connection.execute("SELECT id, name, key, last_used_at FROM cache_records")
    return [_Record(number=number, name=name or key, last_used_at=used) for number, name, key, used in rows]


def _give_up(holders: Counter[Thing], things: frozenset[Thing], sizes: dict[Thing, int]) -> int:
    """One holder less for each thing; the bytes of those that nobody holds any more."""
    freed = 0
    for thing in things:
        holders[thing] -= 1
        if holders[thing] == 0:
            freed += sizes.get(thing, 0)
    return freed
