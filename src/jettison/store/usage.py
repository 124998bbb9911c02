"""The table of disk usage, in the shape of docker's ``system df``."""

from __future__ import annotations

from collections.abc import Iterable

from jettison.frozen import dataclass
from jettison.store.containers import Containers, ContainerState
from jettison.store.database import Database
from jettison.store.graph import NOTHING, Graph, Thing, Things
from jettison.store.home import Home
from jettison.store.layers import Layers
from jettison.store.measure import disk_bytes
from jettison.store.mounts import Mounts
from jettison.store.packages import Packages
from jettison.store.sizes import measure_things
from jettison.store.sweep import Sweeper
from jettison.store.temporary import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """One line. No byte is in two lines: what an image and the cache share is the image's."""

    kind: str
    """images, containers, build cache, cache mounts, packages, unfinished, unreferenced."""
    total: int
    active: int
    """Those that a container or a running process uses."""
    size_bytes: int
    reclaimable_bytes: int
    """What pruning everything would free."""


class Usage:
    """Measures the store."""

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
    ) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._layers = layers
        self._mounts = mounts
        self._containers = containers
        self._packages = packages
        self._sweeper = sweeper

    def disk_usage(self) -> tuple[UsageRow, ...]:
        """One line a kind, always the same kinds in the same order."""
        present = self._sweeper.things()
        sizes = measure_things(present, self._database, self._layers, self._sweeper)
        with self._database.write() as connection:
            graph = Graph.read(connection, self._session.is_alive)

        def weigh(things: Iterable[Thing]) -> int:
            return sum(sizes.get(thing, 0) for thing in things)

        in_use = graph.leased.union(*graph.containers.values())
        of_images = in_use.union(*graph.images.values())
        of_cache = NOTHING.union(*graph.records.values()) - of_images
        return (
            UsageRow(
                kind="images",
                total=len(graph.images),
                active=len(graph.used_images & graph.images.keys()),
                size_bytes=weigh(of_images),
                reclaimable_bytes=weigh(of_images - in_use),
            ),
            self._container_row(),
            UsageRow(
                kind="build cache",
                total=len(graph.records),
                active=sum(bool(held & graph.leased) for held in graph.records.values()),
                size_bytes=weigh(of_cache),
                reclaimable_bytes=weigh(of_cache),
            ),
            self._mount_row(),
            self._packages_row(),
            self._unfinished_row(),
            self._unreferenced_row(present - of_images - of_cache, sizes),
        )

    def _container_row(self) -> UsageRow:
        sizes = {
            record: disk_bytes(self._containers.directory(record.container_id)) for record in self._containers.list()
        }
        active = [record for record in sizes if record.state is ContainerState.RUNNING]
        total_bytes = sum(sizes.values())
        return UsageRow(
            kind="containers",
            total=len(sizes),
            active=len(active),
            size_bytes=total_bytes,
            reclaimable_bytes=total_bytes - sum(sizes[record] for record in active),
        )

    def _mount_row(self) -> UsageRow:
        sizes = {mount: disk_bytes(mount.path) for mount in self._mounts.list()}
        active = [mount for mount in sizes if self._mounts.is_used(mount)]
        total_bytes = sum(sizes.values())
        return UsageRow(
            kind="cache mounts",
            total=len(sizes),
            active=len(active),
            size_bytes=total_bytes,
            reclaimable_bytes=total_bytes - sum(sizes[mount] for mount in active),
        )

    def _packages_row(self) -> UsageRow:
        found = self._packages.find()
        if found is None:
            return UsageRow(kind="packages", total=0, active=0, size_bytes=0, reclaimable_bytes=0)
        return UsageRow(
            kind="packages",
            total=found.total,
            active=found.total if found.is_used else 0,
            size_bytes=found.size_bytes,
            reclaimable_bytes=0 if found.is_used else found.size_bytes,
        )

    def _unfinished_row(self) -> UsageRow:
        sizes = {path.name: disk_bytes(path) for path in self._home.temporary.iterdir()}
        active = [name for name in sizes if self._session.is_alive(name)]
        total_bytes = sum(sizes.values())
        return UsageRow(
            kind="unfinished",
            total=len(sizes),
            active=len(active),
            size_bytes=total_bytes,
            reclaimable_bytes=total_bytes - sum(sizes[name] for name in active),
        )

    def _unreferenced_row(self, things: Things, sizes: dict[Thing, int]) -> UsageRow:
        size_bytes = sum(sizes[thing] for thing in things)
        return UsageRow(
            kind="unreferenced", total=len(things), active=0, size_bytes=size_bytes, reclaimable_bytes=size_bytes
        )
