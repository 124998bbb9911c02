"""The table of disk usage, in the shape of docker's ``system df``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from jettison.frozen import dataclass
from jettison.model.digest import Digest
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
    """images, containers, build cache, cache mounts, packages, unfinished, unreferenced, store."""
    total: int
    active: int
    """Those that a container or a running process uses."""
    size_bytes: int
    reclaimable_bytes: int
    """What pruning everything would free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUsage:
    """What one image takes on disk: all forms of its layers that are here, its config and manifest."""

    image_id: Digest
    unique_bytes: int
    """What no other image needs."""
    shared_bytes: int
    """What others need too: it is in the line of each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage:
    """All of the store. The sizes of ``rows`` add up to what du(1) says of its folder when nobody uses it.

    The log that the database keeps beside it while somebody does is not in them: it goes with the last user.
    So do the unique bytes of all images, ``shared_bytes``, ``held_bytes``, and the rows but for that of images.
    """

    images: tuple[ImageUsage, ...]
    """The largest first."""
    shared_bytes: int
    """What several images need, each byte once."""
    held_bytes: int
    """What containers and running processes need, and no image."""
    rows: tuple[UsageRow, ...]

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return sum(row.size_bytes for row in self.rows)


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
        return self.whole().rows

    def whole(self) -> DiskUsage:
        """The same, and what each image takes."""
        present = self._sweeper.things()
        sizes = measure_things(present, self._database, self._layers, self._sweeper)
        database = self._database
        database.write_back()
        with database.read() if database.is_read_only else database.write() as connection:
            graph = Graph.read(connection, self._session.is_alive)

        def weigh(things: Iterable[Thing]) -> int:
            return sum(sizes.get(thing, 0) for thing in things)

        in_use = graph.leased.union(*graph.containers.values())
        imaged = NOTHING.union(*graph.images.values())
        of_images = in_use | imaged
        of_cache = NOTHING.union(*graph.records.values()) - of_images
        needed_by = Counter(thing for things in graph.images.values() for thing in things)
        shared = frozenset(thing for thing, count in needed_by.items() if count > 1)
        images = [
            ImageUsage(image_id=image_id, unique_bytes=weigh(things - shared), shared_bytes=weigh(things & shared))
            for image_id, things in graph.images.items()
        ]
        rows = (
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
            self._store_row(present),
        )
        return DiskUsage(
            images=tuple(sorted(images, key=lambda one: (-one.unique_bytes - one.shared_bytes, one.image_id))),
            shared_bytes=weigh(shared),
            held_bytes=weigh(of_images - imaged),
            rows=rows,
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

    def _store_row(self, things: Things) -> UsageRow:
        """The database, locks, remembered builds, and the folders that all else lies in."""
        others = [self._sweeper.path(thing) for thing in things]
        others += [self._containers.directory(record.container_id) for record in self._containers.list()]
        others += [mount.path for mount in self._mounts.list()]
        others += [self._home.packages, *self._home.temporary.iterdir(), *self._home.database_logs]
        size_bytes = disk_bytes(self._home.root, but_for={os.fspath(path) for path in others})
        return UsageRow(kind="store", total=1, active=1, size_bytes=size_bytes, reclaimable_bytes=0)
