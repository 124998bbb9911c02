"""Images: configs by their digest, and the names that lead to them.

An image is its config, a blob; the row beside it says what else belongs to it, so that lists and pruning need not parse
configs. Names follow docker: a tag points to one image; where an image was pulled from is remembered as
``repository@digest``.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from jettison.errors import IntegrityError, NotFoundError, UsageError
from jettison.frozen import dataclass
from jettison.model.config import ImageConfig
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.oci import Descriptor, parse_descriptor
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.patterns import late_pattern
from jettison.store.blobs import Blobs
from jettison.store.builds import forget_builds, write_build
from jettison.store.database import Database, storable
from jettison.store.leases import Leases

_ID_PREFIX = late_pattern(r"(?:sha256:)?([0-9a-f]{1,64})")
LISTED = "`jettison images` lists what there is"
_NO_OTHERS: Mapping[Platform, Digest] = MappingProxyType({})


class OtherPlatformError(NotFoundError):
    """An image is here, but for other platforms than the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """One image of the store, without its config: see :meth:`Images.config`."""

    image_id: Digest
    created: str | None
    """As the config says."""
    stored_at: float
    diff_ids: tuple[Digest, ...]
    manifest: Descriptor | None
    """The manifest that it was pulled or exported with; its bytes may be a blob of the store."""
    tags: tuple[Reference, ...]
    repo_digests: tuple[Reference, ...]
    """Where it was pulled from or pushed to: ``repository@digest``."""

    @property
    def names(self) -> tuple[Reference, ...]:
        """Tags first."""
        return self.tags + self.repo_digests


class Images:
    """All images of the store."""

    def __init__(self, database: Database, blobs: Blobs, leases: Leases, clock: Callable[[], float]) -> None:
        self._database = database
        self._blobs = blobs
        self._leases = leases
        self._clock = clock

    def put(
        self,
        config: bytes,
        *,
        manifest: Descriptor | None = None,
        sources: Iterable[Reference] = (),
        build: bytes | None = None,
        ancestors: Iterable[Digest] = (),
    ) -> Digest:
        """Store an image by its config; idempotent, later facts are added to earlier ones.

        ``sources`` are references with a digest: of the manifest, or of the index that led to it. ``build`` tells how
        it was built, in place of what was told before, and ``ancestors`` are the images that it was built from: see
        :class:`~jettison.store.builds.Builds`. Raises :class:`IntegrityError` where the config is none.
        """
        parsed = parse_image_config(config)
        image_id = Digest.of(config)
        with self._leases.new() as lease:  # until the row leads to the config, only this does
            lease.hold_blobs((image_id,))
            self._leases.protect_image(image_id)
            self._blobs.put(config)
            self._blobs.settle()
            self._insert(image_id, parsed, manifest, sources, build, tuple(ancestors))
        return image_id

    def config(self, image_id: Digest) -> ImageConfig:
        """The parsed and verified config. Raises :class:`NotFoundError`."""
        return parse_image_config(self._blobs.read(image_id), f"image {image_id}")

    def get(self, image_id: Digest) -> ImageRecord:
        """The image of exactly this id. Raises :class:`NotFoundError`."""
        with self._database.read() as connection:
            records = _load(connection, image_id.hex)
        if not records:
            raise NotFoundError(f"no such image: {image_id}")
        return records[0]

    def list(self) -> tuple[ImageRecord, ...]:
        """Every image, the newest first."""
        with self._database.read() as connection:
            records = _load(connection)
        return tuple(sorted(records, key=lambda record: (record.created or "", record.stored_at), reverse=True))

    def tag(self, reference: Reference, image_id: Digest, *, others: Mapping[Platform, Digest] = _NO_OTHERS) -> None:
        """Let the name lead to the image; a name that led to another one is moved. Without a tag, ``latest`` is meant.

        ``others`` are the images that it stands for on other platforms. Raises :class:`NotFoundError` where there is no
        such image, :class:`UsageError` for a name with a digest.
        """
        if reference.digest is not None:
            raise UsageError(
                f"cannot tag {reference.familiar()!r}: a name with a digest cannot be given to an image",
                hint="give it a tag: NAME:TAG",
            )
        named = reference.with_default_tag()
        with self._database.write() as connection:
            for wanted in (image_id, *others.values()):
                if not connection.execute("SELECT 1 FROM images WHERE image_id = ?", (wanted,)).fetchone():
                    raise NotFoundError(f"no such image: {wanted}")
            place = (named.repository, named.tag)
            connection.execute("DELETE FROM tags WHERE repository = ? AND tag = ?", place)
            connection.execute("INSERT INTO tags (repository, tag, image_id) VALUES (?, ?, ?)", (*place, image_id))
            connection.executemany(
                "INSERT INTO tag_platforms (repository, tag, platform, image_id) VALUES (?, ?, ?, ?)",
                [(*place, str(platform), other) for platform, other in others.items()],
            )

    def platforms(self, text: str) -> tuple[ImageRecord, ...]:
        """All images that a name stands for, one a platform; the one meant by default comes first. See :meth:`find`."""
        record = self.find(text)
        if is_id(text, record):
            return (record,)
        reference = Reference.parse(text).with_default_tag()
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT image_id FROM tag_platforms WHERE repository = ? AND tag = ? ORDER BY platform",
                (reference.repository, reference.tag),
            ).fetchall()
            return (record, *(found for (image_id,) in rows for found in _load(connection, Digest(image_id).hex)))

    def named(self, reference: Reference) -> tuple[tuple[Digest, tuple[Reference, ...]], ...]:
        """The images that a name with a tag or a digest stands for, with some of their names; empty where none does.

        Where there are more, two tags are among them, and two of the name's own repository: who takes a name away need
        not read thousands of others. All digests are there.
        """
        with self._database.read() as connection:
            first = _named(connection, str(reference), strict=True)
            if first is None:
                return ()
            others = connection.execute(
                "SELECT image_id FROM tag_platforms WHERE repository = ? AND tag = ? ORDER BY platform",
                (reference.repository, reference.tag),
            ).fetchall()
            ids = (first, *(Digest(image_id) for (image_id,) in others))
            return tuple((image_id, _some_names(connection, image_id, reference.repository)) for image_id in ids)

    def has_names(self, image_id: Digest) -> bool:
        """Whether a name leads to the image of this id."""
        with self._database.read() as connection:
            return bool(_some_names(connection, image_id, ""))

    def find_for(self, text: str, platform: Platform) -> ImageRecord:
        """The image that a name or an id means on a platform. :class:`OtherPlatformError` tells which there are."""
        records = self.platforms(text)
        known = {}
        for record in records:
            found = self.config(record.image_id).platform
            if platform.runs(found):
                return record
            known[str(found)] = record
        raise OtherPlatformError(
            f"no such image: {text} for {platform}", hint=f"it is here for {', '.join(known)}; --platform names one"
        )

    def untag(self, reference: Reference, *, of: Digest | None = None) -> None:
        """Forget one name, a tag or ``repository@digest``; the image stays. Raises :class:`NotFoundError`.

        Where the name stands for images of several platforms, all of them lose it, or only the one given by ``of``.
        """
        named = reference.with_default_tag()
        with self._database.write() as connection:
            if of is not None and named.digest is None and _untag_one(connection, named, of):
                return
            if named.digest is not None:
                cursor = connection.execute(
                    "DELETE FROM image_sources WHERE repository = ? AND digest = ?", (named.repository, named.digest)
                )
            else:
                cursor = connection.execute(
                    "DELETE FROM tags WHERE repository = ? AND tag = ?", (named.repository, named.tag)
                )
            if cursor.rowcount == 0:
                raise NotFoundError(f"no such image: {reference.familiar()}", hint=LISTED)

    def remove(self, image_id: Digest) -> None:
        """Forget the image and all its names; its blobs and layers go with the next prune. No such image is fine."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM images WHERE image_id = ?", (image_id,))
            forget_builds(connection)

    def find(self, text: str) -> ImageRecord:
        """The image that a user means: a name (tag ``latest`` by default), ``name@digest``, an id or its beginning.

        As with docker a name goes before an id. Raises :class:`NotFoundError` that tells what to look at,
        :class:`UsageError` for several ids that begin so and for what is no name at all.
        """
        prefix = _ID_PREFIX.fullmatch(text)
        with self._database.read() as connection:
            if not text.startswith("sha256:"):
                image_id = _named(connection, text, strict=prefix is None)
                if image_id is not None:
                    return _load(connection, image_id.hex)[0]
            if prefix is not None:
                records = _load(connection, prefix[1])
                if len(records) > 1:
                    raise UsageError(
                        f"{len(records)} images have an id that begins with {prefix[1]!r}",
                        hint="give more digits: " + ", ".join(record.image_id.short for record in records[:4]),
                    )
                if records:
                    return records[0]
        raise NotFoundError(f"no such image: {text}", hint=self.near(text) or LISTED)

    def near(self, text: str) -> str | None:
        """The hint that names images which may be meant by a name that leads to none; None where there are none."""
        from jettison.store.near_names import near_names

        with self._database.read() as connection:
            rows = connection.execute("SELECT repository, tag FROM tags").fetchall()
        return near_names(text, [_reference(repository, tag=tag) for repository, tag in rows])

    def _insert(
        self,
        image_id: Digest,
        config: ImageConfig,
        manifest: Descriptor | None,
        sources: Iterable[Reference],
        build: bytes | None,
        ancestors: tuple[Digest, ...],
    ) -> None:
        document = None if manifest is None else json.dumps(manifest.document())
        created = None if config.created is None else storable(config.created)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO images (image_id, created, stored_at, manifest) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (image_id) DO UPDATE SET manifest = coalesce(excluded.manifest, manifest)",
                (image_id, created, self._clock(), document),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO image_layers (image_id, position, diff_id) VALUES (?, ?, ?)",
                [(image_id, position, diff_id) for position, diff_id in enumerate(config.diff_ids)],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO image_sources (repository, digest, image_id) VALUES (?, ?, ?)",
                [(source.repository, source.digest, image_id) for source in sources if source.digest],
            )
            if build is not None:
                write_build(connection, image_id, build, ancestors)


def _untag_one(connection: sqlite3.Connection, named: Reference, image_id: Digest) -> bool:
    """Take one of several platforms from a name; False where the name has no other."""
    place = (named.repository, named.tag)
    one_other = "DELETE FROM tag_platforms WHERE repository = ? AND tag = ? AND image_id = ?"
    if connection.execute(one_other, (*place, image_id)).rowcount:
        return True
    heir = connection.execute(
        "SELECT image_id FROM tag_platforms WHERE repository = ? AND tag = ? ORDER BY platform LIMIT 1", place
    ).fetchone()
    if heir is None:
        return False
    connection.execute("UPDATE tags SET image_id = ? WHERE repository = ? AND tag = ?", (heir[0], *place))
    connection.execute(one_other, (*place, heir[0]))
    return True


def may_be_id(text: str) -> bool:
    """Whether a text could be an id, or the beginning of one."""
    return _ID_PREFIX.fullmatch(text) is not None


def is_id(text: str, record: ImageRecord) -> bool:
    """Whether a text that :meth:`Images.find` took to this image means it by its id, not by a name."""
    prefix = _ID_PREFIX.fullmatch(text)
    if prefix is None or not record.image_id.hex.startswith(prefix[1]):
        return False
    # A name made of the digits a to f and 0 to 9 goes before an id, as in `find`.
    return text.startswith("sha256:") or all(name.familiar_repository != text for name in record.tags)


def _named(connection: sqlite3.Connection, text: str, *, strict: bool) -> Digest | None:
    """The id that a name leads to. What is no name raises where ``strict``: it cannot be an id either."""
    try:
        reference = Reference.parse(text).with_default_tag()
    except (UsageError, IntegrityError):
        if strict:
            raise
        return None
    if reference.digest is None:
        query = "SELECT image_id FROM tags WHERE repository = ? AND tag = ?"
    else:
        # An index leads to one image a platform: the one stored last is the one pulled last.
        query = (
            "SELECT image_id FROM image_sources JOIN images USING (image_id)"
            " WHERE repository = ? AND digest = ? ORDER BY stored_at DESC LIMIT 1"
        )
    row = connection.execute(query, (reference.repository, reference.digest or reference.tag)).fetchone()
    return Digest(row[0]) if row else None


def _load(connection: sqlite3.Connection, prefix: str = "") -> list[ImageRecord]:
    """The records of the images whose id begins with these digits, in the order of their ids."""
    bounds = (f"sha256:{prefix}", f"sha256:{prefix}g")

    def group(query: str) -> dict[str, list[tuple[str, ...]]]:
        found: dict[str, list[tuple[str, ...]]] = {}
        for image_id, *values in connection.execute(query, bounds):
            found.setdefault(image_id, []).append(tuple(values))
        return found

    layers = group(
        "SELECT image_id, diff_id FROM image_layers WHERE image_id >= ? AND image_id < ? ORDER BY image_id, position"
    )
    tags = group(
        "SELECT image_id, repository, tag"
        " FROM (SELECT image_id, repository, tag FROM tags UNION SELECT image_id, repository, tag FROM tag_platforms)"
        " WHERE image_id >= ? AND image_id < ? ORDER BY repository, tag"
    )
    sources = group(
        "SELECT image_id, repository, digest FROM image_sources WHERE image_id >= ? AND image_id < ?"
        " ORDER BY repository, digest"
    )
    rows = connection.execute(
        "SELECT image_id, created, stored_at, manifest FROM images WHERE image_id >= ? AND image_id < ?", bounds
    )
    return [
        ImageRecord(
            image_id=Digest(image_id),
            created=created,
            stored_at=stored_at,
            diff_ids=tuple(Digest(diff_id) for (diff_id,) in layers.get(image_id, ())),
            manifest=_parse_manifest(manifest, image_id),
            tags=tuple(_reference(repository, tag=tag) for repository, tag in tags.get(image_id, ())),
            repo_digests=tuple(
                _reference(repository, digest=Digest(digest)) for repository, digest in sources.get(image_id, ())
            ),
        )
        for image_id, created, stored_at, manifest in rows
    ]


def _some_names(connection: sqlite3.Connection, image_id: Digest, repository: str) -> tuple[Reference, ...]:
    tags: dict[tuple[str, str], None] = {}
    for table in ("tags", "tag_platforms"):
        query = f"SELECT repository, tag FROM {table} WHERE image_id = ?"  # noqa: S608
        tags |= dict.fromkeys(connection.execute(f"{query} LIMIT 2", (image_id,)))
        tags |= dict.fromkeys(connection.execute(f"{query} AND repository = ? LIMIT 2", (image_id, repository)))
    query = "SELECT repository, digest FROM image_sources WHERE image_id = ? ORDER BY repository, digest"
    return (
        *(_reference(repository, tag=tag) for repository, tag in sorted(tags)),
        *(
            _reference(repository, digest=Digest(digest))
            for repository, digest in connection.execute(query, (image_id,))
        ),
    )


def _reference(repository: str, *, tag: str | None = None, digest: Digest | None = None) -> Reference:
    domain, _, path = repository.partition("/")
    return Reference(domain=domain, path=path, tag=tag, digest=digest)


def _parse_manifest(document: str | None, image_id: str) -> Descriptor | None:
    if document is None:
        return None
    return parse_descriptor(Node.parse(document.encode("ascii"), f"manifest of image {image_id}"))
