"""Deleting an image by a name or an id, by docker's rules (moby, daemon/images/image_delete.go).

A tag goes first; the image follows with its last name. An id with names in several repositories, or with several tags,
is refused unless forced. What a running container uses is never deleted, what a stopped one uses only by force.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.enums import StrEnum
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.model.digest import Digest
from jettison.model.reference import Reference
from jettison.store.builds import forget_builds
from jettison.store.containers import Containers, ContainerState
from jettison.store.database import Database
from jettison.store.graph import Graph, Thing
from jettison.store.images import ImageRecord, Images, is_id, may_be_id
from jettison.store.sweep import Sweeper


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
    """Deletes images, and in the end the layers that only they needed."""

    def __init__(self, database: Database, images: Images, containers: Containers, sweeper: Sweeper) -> None:
        self._database = database
        self._images = images
        self._containers = containers
        self._sweeper = sweeper
        self._left: set[Thing] = set()
        """What the deleted images needed."""

    def sweep(self) -> None:
        """Remove what only the deleted images needed, all of it at once."""
        left, self._left = self._left, set()
        if left:
            self._sweeper.sweep(left)

    def remove_image(self, text: str, *, force: bool = False) -> tuple[DeletionEvent, ...]:
        """Untag, and delete with the last name. What was done, in order; :meth:`sweep` does the rest.

        Raises :class:`NotFoundError` where there is no such image, :class:`UsageError` where a rule forbids it.
        """
        named = () if may_be_id(text) else self._images.named(Reference.parse(text).with_default_tag())
        record = None if named else self._images.find(text)
        only = None
        names: list[Reference] = []
        if record is not None and is_id(text, record):
            only = record.image_id
            named = ((only, record.names),)
            self._check_image(record, force=force)
            names += record.names
        else:
            reference = Reference.parse(text).with_default_tag()
            named = named or self._images.named(reference)
            for image_id, some in named:
                if _is_in_one_repository(some):
                    self._check_last_name(image_id, reference, force=force)
                names += _names_that_go(reference, some)
        events: list[DeletionEvent] = []
        for name in dict.fromkeys(names):
            self._images.untag(name, of=only)
            events.append(DeletionEvent(deed=Deed.UNTAGGED, name=name.familiar()))
        for image_id, _ in named:
            events += self._delete_nameless(image_id)
        return tuple(events)

    def _delete_nameless(self, image_id: Digest) -> list[DeletionEvent]:
        """Delete an image that has lost its last name."""
        if self._images.has_names(image_id) or self._running(image_id):
            return []
        with self._database.write() as connection:
            self._left |= Graph.things_of_image(connection, image_id)
            connection.execute("DELETE FROM images WHERE image_id = ?", (image_id,))
            forget_builds(connection)
        return [DeletionEvent(deed=Deed.DELETED, name=str(image_id))]

    def _running(self, image_id: Digest) -> bool:
        return any(user.state is ContainerState.RUNNING for user in self._containers.using(image_id))

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

    def _check_last_name(self, image_id: Digest, reference: Reference, *, force: bool) -> None:
        """Whether the last name of an image may go: not while a container uses it, or it would be left nameless."""
        users = self._containers.using(image_id)
        if users and not force:
            raise UsageError(
                f"cannot remove {reference.familiar()!r}: the container {users[0].short_id} uses its image "
                f"{image_id.short}",
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
