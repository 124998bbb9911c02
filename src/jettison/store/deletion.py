"""Deleting an image by a name or an id, by docker's rules (moby, daemon/images/image_delete.go).

A tag goes first; the image follows with its last name. An id with names in several repositories, or with several tags,
is refused unless forced. What a running container uses is never deleted, what a stopped one uses only by force.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.enums import StrEnum
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.model.reference import Reference
from jettison.store.builds import forget_builds
from jettison.store.containers import Containers, ContainerState
from jettison.store.database import Database
from jettison.store.graph import Graph
from jettison.store.images import ImageRecord, Images, is_id
from jettison.store.sweep import Sweeper
from jettison.store.temporary import Session


class Deed(StrEnum):
    """What was done, in docker's words."""

    UNTAGGED = "Untagged"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionEvent:
    """One line of the answer to ``rmi``."""

    deed: Deed
    name: str

    def __str__(self) -> str:
        return f"{self.deed}: {self.name}"


class Deleter:
    """Deletes images together with the layers that only they needed."""

    def __init__(
        self, database: Database, session: Session, images: Images, containers: Containers, sweeper: Sweeper
    ) -> None:
        self._database = database
        self._session = session
        self._images = images
        self._containers = containers
        self._sweeper = sweeper

    def remove_image(self, text: str, *, force: bool = False) -> tuple[DeletionEvent, ...]:
        """Untag, and delete with the last name. What was done, in order.

        Raises :class:`NotFoundError` where there is no such image, :class:`UsageError` where a rule forbids it.
        """
        records = self._images.platforms(text)
        only = records[0].image_id if is_id(text, records[0]) else None
        names: list[Reference] = []
        if only is not None:
            self._check_image(records[0], force=force)
            names += records[0].names
        else:
            reference = Reference.parse(text).with_default_tag()
            for record in records:
                if _is_in_one_repository(record.names):
                    self._check_last_name(record, reference, force=force)
                names += _names_that_go(reference, record.names)
        events: list[DeletionEvent] = []
        for name in dict.fromkeys(names):
            self._images.untag(name, of=only)
            events.append(DeletionEvent(deed=Deed.UNTAGGED, name=name.familiar()))
        for record in records:
            events += self._delete_nameless(record)
        return tuple(events)

    def _delete_nameless(self, record: ImageRecord) -> list[DeletionEvent]:
        """Delete an image that has lost its last name."""
        if self._images.get(record.image_id).names or self._running(record):
            return []
        with self._database.write() as connection:
            things = Graph.read(connection, self._session.is_alive).images.get(record.image_id, frozenset())
            connection.execute("DELETE FROM images WHERE image_id = ?", (record.image_id,))
            forget_builds(connection)
        self._sweeper.sweep(things)
        return [DeletionEvent(deed=Deed.DELETED, name=str(record.image_id))]

    def _running(self, record: ImageRecord) -> bool:
        return any(user.state is ContainerState.RUNNING for user in self._containers.using(record.image_id))

    def _check_image(self, record: ImageRecord, *, force: bool) -> None:
        """Whether the image itself may go."""
        short = record.image_id.short
        users = self._containers.using(record.image_id)
        for user in users:
            if user.state is ContainerState.RUNNING:
                raise UsageError(
                    f"cannot delete the image {short}: the running container {user.short_id} uses it",
                    hint="stop the container first; --force does not help here",
                )
        if force:
            return
        if not _is_in_one_repository(record.names):
            raise UsageError(
                f"cannot delete the image {short}: it has several names: "
                + ", ".join(name.familiar() for name in record.names),
                hint="remove the names one by one, or use --force to remove them all",
            )
        if users:
            raise UsageError(
                f"cannot delete the image {short}: the stopped container {users[0].short_id} uses it",
                hint=f"remove the container with `jettison rm {users[0].name}`, or use --force",
            )

    def _check_last_name(self, record: ImageRecord, reference: Reference, *, force: bool) -> None:
        """Whether the last name of an image may go: not while a container uses it, or it would be left nameless."""
        users = self._containers.using(record.image_id)
        if users and not force:
            raise UsageError(
                f"cannot remove {reference.familiar()!r}: the container {users[0].short_id} uses its image "
                f"{record.image_id.short}",
                hint=f"remove the container with `jettison rm {users[0].name}`, or use --force",
            )


def _is_in_one_repository(names: Sequence[Reference]) -> bool:
    """Whether there is at most one tag, and nothing from another repository beside it."""
    tags = [name for name in names if name.digest is None]
    return len(tags) <= 1 and len({name.repository for name in names}) <= 1


def _names_that_go(reference: Reference, names: Sequence[Reference]) -> list[Reference]:
    """The name itself, and with the last tag of a repository also what was pulled from there."""
    rest = [name for name in names if name != reference and name.repository == reference.repository]
    if reference.digest is not None or any(name.digest is None for name in rest):
        return [reference]
    return [reference, *rest]
