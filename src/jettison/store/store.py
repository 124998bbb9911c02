"""The store: one folder that many processes use at once, each part of it an attribute.

See docs/architecture.md. Every file is written under ``tmp/``, made durable and renamed into place before a row tells
of it: a process may be killed at any moment, and what it had finished is there, what it had not is removed by the next.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from jettison.errors import JettisonError
from jettison.hints import TYPE_CHECKING
from jettison.store.blobs import Blobs
from jettison.store.builds import Builds
from jettison.store.cache import Cache
from jettison.store.companions import Companions
from jettison.store.database import Database
from jettison.store.digests import Digests
from jettison.store.home import Home, is_there
from jettison.store.images import Images
from jettison.store.layers import Layers
from jettison.store.leases import Lease, Leases
from jettison.store.locking import FileLock, held
from jettison.store.temporary import Session, erase_leftovers

if TYPE_CHECKING:
    from jettison.store.containers import Containers
    from jettison.store.deletion import Deleter, DeletionEvent
    from jettison.store.mounting import Mounting
    from jettison.store.mounts import Mounts
    from jettison.store.packages import Packages
    from jettison.store.prune import PruneReport
    from jettison.store.sweep import Removed, Sweeper
    from jettison.store.usage import DiskUsage, Usage, UsageRow


class Store:
    """An open store. Safe to use from many threads; not across a fork."""

    def __init__(self, home: Home, database: Database, clock: Callable[[], float]) -> None:
        """Use :meth:`open`."""
        self._home = home
        self._database = database
        self._session = Session(home, on_death=self._bury)
        self._leases = Leases(database, self._session)
        self.blobs = Blobs(home, self._session, self._leases)
        self.layers = Layers(home, database, self._session, self._leases, self.blobs)
        self.images = Images(database, self.blobs, self._leases, clock)
        self.builds = Builds(database)
        self.companions = Companions(database)
        self.cache = Cache(database, clock)
        self.digests = Digests(database, lambda: int(clock() * 1e9))
        self._clock = clock

    # What follows is loaded when it is used: a build needs none of it as a rule.

    @cached_property
    def mounts(self) -> Mounts:
        """The folders of cache mounts."""
        from jettison.store.mounts import Mounts

        return Mounts(self._home, self._database, self._session, self._clock)

    @cached_property
    def mounting(self) -> Mounting:
        """Whether this machine mounts layers, as it was found out before."""
        from jettison.store.mounting import Mounting

        return Mounting(self._home, self._session)

    @cached_property
    def containers(self) -> Containers:
        """Containers and their writable files."""
        from jettison.store.containers import Containers

        return Containers(self._home, self._database, self._session, self._clock)

    @cached_property
    def packages(self) -> Packages:
        """Packages of distributions."""
        from jettison.store.packages import Packages

        return Packages(self._home, self._session, self._clock)

    @cached_property
    def _sweeper(self) -> Sweeper:
        from jettison.store.sweep import Sweeper

        return Sweeper(self._home, self._database, self._session, self.blobs, self.layers)

    @cached_property
    def _usage(self) -> Usage:
        from jettison.store.usage import Usage

        return Usage(
            home=self._home,
            database=self._database,
            session=self._session,
            layers=self.layers,
            mounts=self.mounts,
            containers=self.containers,
            packages=self.packages,
            sweeper=self._sweeper,
        )

    @classmethod
    def open(cls, home: Path, *, clock: Callable[[], float] = time.time) -> Store:
        """Open the store in the folder ``home``, made with mode 0700 where it does not exist.

        Raises :class:`StorageError` where the disk refuses or the store is of a newer version,
        :class:`IntegrityError` where its database is damaged.
        """
        layout = Home(home.absolute())
        if not is_there(layout.database):
            layout.create()
        database = Database(layout.database, lock_path=layout.root / "locks" / "database")
        return cls(layout, database, clock)

    @staticmethod
    def erase_leftovers(home: Path) -> tuple[Removed, ...]:
        """Remove the files of processes that died; needs no open store, nor any space on the disk."""
        from jettison.store.sweep import Removed

        return tuple(
            Removed(kind="unfinished", name=path.name, size_bytes=size_bytes)
            for path, size_bytes in erase_leftovers(Home(home.absolute()))
        )

    def close(self) -> None:
        """Remove what was not finished, give up all leases, close the database; idempotent."""
        with ExitStack() as stack:
            stack.callback(self._database.close)
            stack.callback(self._session.close)
            if self._session.is_open:
                self._leases.forget_session(self._session.begin())

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def root(self) -> Path:
        """The folder of the store."""
        return self._home.root

    def lease(self) -> Lease:
        """Keep from other processes' pruning what is named to the lease, and all that this store writes meanwhile.

        To be opened before the first thing is looked up, and held until an image, a container or a cache record
        leads to what was made. A context manager.
        """
        return self._leases.new()

    def lock(self, key: str, *, cancelled: threading.Event | None = None) -> AbstractContextManager[None]:
        """Do a thing once: hold the lock of that name against every other process and thread.

        Whoever had to wait looks again whether the thing is done. Not reentrant. :class:`CancelledError` is raised
        when ``cancelled`` is set while waiting.
        """
        return held(self._key_lock(key), cancelled=cancelled)

    def try_lock(self, key: str) -> FileLock | None:
        """The same lock where it is free now, None where somebody holds it. Whoever gets it releases it."""
        return FileLock.try_acquire(self._key_lock(key))

    def _key_lock(self, key: str) -> Path:
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        return self._home.lock("keys", name)

    def temporary_directory(self) -> AbstractContextManager[Path]:
        """A new folder of mode 0700 on the store's file system, removed at the end whatever is in it."""
        return self._session.directory()

    def temporary_path(self) -> Path:
        """A path on the store's file system where nothing is yet; what is put there goes when the store is closed."""
        return self._session.new_path("file")

    def remove_image(self, text: str, *, force: bool = False) -> tuple[DeletionEvent, ...]:
        """Untag the image of that name or id, and delete it with its last name: see ``jettison.store.deletion``."""
        with self.deleting() as deleter:
            return deleter.remove_image(text, force=force)

    @contextmanager
    def deleting(self) -> Iterator[Deleter]:
        """Several deletions; what only the deleted images needed goes in the end."""
        from jettison.store.deletion import Deleter

        deleter = Deleter(self._database, self.images, self.containers, self._sweeper)
        try:
            yield deleter
        finally:
            deleter.sweep()

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
        """Give back space, of the kinds asked for: see :meth:`jettison.store.prune.Pruner.prune`."""
        from jettison.store.prune import Pruner

        pruner = Pruner(
            home=self._home,
            database=self._database,
            session=self._session,
            layers=self.layers,
            mounts=self.mounts,
            containers=self.containers,
            packages=self.packages,
            sweeper=self._sweeper,
            clock=self._clock,
        )
        return pruner.prune(
            containers=containers, images=images, cache=cache, all=all, until=until, keep_bytes=keep_bytes
        )

    def disk_usage(self) -> tuple[UsageRow, ...]:
        """One line a kind of what lies on disk, in the shape of docker's ``system df``."""
        return self._usage.disk_usage()

    def whole_usage(self) -> DiskUsage:
        """The same, with what each image takes by itself and together with others."""
        return self._usage.whole()

    def reap(self) -> None:
        """Remove now what dead processes left; the first write of a store does it in the background anyway."""
        self._session.reap()
        self.containers.reap()

    def faults(self) -> tuple[JettisonError, ...]:
        """Why leftovers of dead processes could not be removed, so far: nothing stops because of it."""
        return self._session.faults()

    def _bury(self, name: str) -> None:
        self._leases.forget_session(name)
        self.containers.reap()
