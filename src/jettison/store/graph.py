"""Who needs what: one consistent view of the roots of the store and of the files that each keeps.

Roots are images, cache records, containers and live leases. Files are *things*: the folder of a layer, or a blob.
Pruning, deleting and the table of disk usage all reckon with this view, so that they never disagree.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import json
from collections.abc import Callable, Iterable

from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.hints import TypeVar
from jettison.model.digest import Digest
from jettison.tuples import NamedTuple


class ThingKind(StrEnum):
    """What a thing is on disk."""

    LAYER = "layer"
    """``layers/<hex>``: index and tree."""
    BLOB = "blob"
    """``blobs/<algorithm>/<hex>``."""


class Thing(NamedTuple):
    """Something on disk that is kept or removed as a whole."""

    kind: ThingKind
    digest: Digest


K = TypeVar("K")
Things = frozenset[Thing]
NOTHING: Things = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Every root with the things it needs."""

    images: dict[Digest, Things]
    records: dict[int, Things]
    """By the row number of the cache record."""
    containers: dict[str, Things]
    container_images: dict[str, Digest]
    leased: Things
    leased_images: frozenset[Digest]

    @classmethod
    def read(cls, connection: sqlite3.Connection, is_alive: Callable[[str], bool]) -> Graph:
        """The view of the running transaction; ``is_alive`` says of a session whether its leases count."""
        encodings = _collect(connection.execute("SELECT diff_id, digest FROM encodings"))

        def layer(diff_id: str) -> Iterable[Thing]:
            digest = Digest(diff_id)
            yield Thing(ThingKind.LAYER, digest)
            yield Thing(ThingKind.BLOB, digest)
            for encoding in encodings.get(diff_id, ()):
                yield Thing(ThingKind.BLOB, Digest(encoding))

        def expand(kind: str, digest: str) -> Iterable[Thing]:
            return layer(digest) if kind == ThingKind.LAYER else (Thing(ThingKind.BLOB, Digest(digest)),)

        images: dict[Digest, set[Thing]] = {}
        for image_id, manifest in connection.execute("SELECT image_id, manifest FROM images"):
            images[Digest(image_id)] = set(expand(ThingKind.BLOB, image_id))
            if manifest:
                images[image_id].update(expand(ThingKind.BLOB, json.loads(manifest)["digest"]))
        for image_id, digest in connection.execute("SELECT image_id, digest FROM image_companions"):
            images[image_id].update(expand(ThingKind.BLOB, digest))
        for image_id, diff_id in connection.execute("SELECT image_id, diff_id FROM image_layers"):
            images[image_id].update(layer(diff_id))
        for image_id, digest in connection.execute("SELECT image_id, digest FROM image_sources"):
            images[image_id].update(expand(ThingKind.BLOB, digest))

        records: dict[int, set[Thing]] = {
            number: set() for (number,) in connection.execute("SELECT id FROM cache_records")
        }
        for number, kind, digest in connection.execute("SELECT record, kind, digest FROM cache_holds"):
            records[number].update(expand(kind, digest))

        containers: dict[str, set[Thing]] = {}
        container_images: dict[str, Digest] = {}
        for container_id, image_id in connection.execute("SELECT id, image_id FROM containers"):
            containers[container_id] = set(expand(ThingKind.BLOB, image_id))
            container_images[container_id] = Digest(image_id)
        for container_id, diff_id in connection.execute("SELECT container_id, diff_id FROM container_layers"):
            containers[container_id].update(layer(diff_id))

        leased: set[Thing] = set()
        leased_images: set[Digest] = set()
        alive: dict[str, bool] = {}
        for session, kind, digest in connection.execute("SELECT session, kind, digest FROM leases"):
            if session not in alive:
                alive[session] = is_alive(session)
            if not alive[session]:
                continue
            if kind == "image":
                leased_images.add(Digest(digest))
                leased |= images.get(Digest(digest), set())
            leased.update(expand(kind, digest))

        return cls(
            images=_freeze(images),
            records=_freeze(records),
            containers=_freeze(containers),
            container_images=container_images,
            leased=frozenset(leased),
            leased_images=frozenset(leased_images),
        )

    @classmethod
    def things_of_image(cls, connection: sqlite3.Connection, image_id: Digest) -> Things:
        """What one image needs, read without a look at the others."""
        queries = (
            "SELECT digest FROM image_companions WHERE image_id = ?",
            "SELECT digest FROM image_sources WHERE image_id = ?",
            "SELECT diff_id FROM image_layers WHERE image_id = ?",
            "SELECT encodings.digest FROM image_layers JOIN encodings USING (diff_id) WHERE image_id = ?",
        )
        blobs = {Digest(digest) for query in queries for (digest,) in connection.execute(query, (image_id,))}
        layers = {Digest(diff_id) for (diff_id,) in connection.execute(queries[2], (image_id,))}
        for (manifest,) in connection.execute("SELECT manifest FROM images WHERE image_id = ?", (image_id,)):
            blobs |= {image_id, *((Digest(json.loads(manifest)["digest"]),) if manifest else ())}
        return frozenset(Thing(ThingKind.BLOB, digest) for digest in blobs) | frozenset(
            Thing(ThingKind.LAYER, diff_id) for diff_id in layers
        )

    @property
    def used_images(self) -> frozenset[Digest]:
        """The images that a container was made from or that a running process leases."""
        return self.leased_images | frozenset(self.container_images.values())

    def pinned(self) -> Things:
        """What is needed even if the whole build cache goes."""
        return self.leased.union(*self.images.values(), *self.containers.values())

    def needed(self) -> Things:
        """What any root needs: all else is garbage."""
        return self.pinned().union(*self.records.values())


def _collect(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found


def _freeze(table: dict[K, set[Thing]]) -> dict[K, Things]:
    return {key: frozenset(things) for key, things in table.items()}
