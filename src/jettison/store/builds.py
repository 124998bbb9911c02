"""How images were built, as far as somebody tells: the record of a build that ran here, the statement that came along.

What is told of an image outlives it as long as another one stands on it: the files of a base image have lines in its
Dockerfile, whether its name is still there or not.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import zlib
from collections.abc import Collection

from jettison.model.digest import Digest
from jettison.store.database import Database


class Builds:
    """What is told of the builds of images."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, image_id: Digest) -> bytes | None:
        """What the last build here kept of itself that made this image; None where none did."""
        return self._read("SELECT record FROM told_builds WHERE image_id = ?", image_id)

    def provenance(self, image_id: Digest) -> bytes | None:
        """The statement on its build that came with an image: a claim that nobody verified; None where none did."""
        statement = self._read("SELECT statement FROM told_builds WHERE image_id = ?", image_id)
        return None if statement is None else zlib.decompress(statement)

    def keep_provenance(self, image_id: Digest, statement: bytes) -> None:
        """Keep a statement on the build of an image, in place of the one that was kept before.

        The image need not be in the store, if one is soon that was built from it.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO told_builds (image_id, statement) VALUES (?, ?)"
                " ON CONFLICT (image_id) DO UPDATE SET statement = excluded.statement",
                (image_id, zlib.compress(statement)),
            )

    def _read(self, query: str, image_id: Digest) -> bytes | None:
        with self._database.read() as connection:
            row = connection.execute(query, (image_id,)).fetchone()
        return row[0] if row else None


def write_build(connection: sqlite3.Connection, image_id: Digest, record: bytes, ancestors: Collection[Digest]) -> None:
    """Keep the record of the build of an image, and those of the images that it was built from, and of theirs."""
    connection.execute(
        "INSERT INTO told_builds (image_id, record) VALUES (?, ?)"
        " ON CONFLICT (image_id) DO UPDATE SET record = excluded.record",
        (image_id, record),
    )
    connection.execute("DELETE FROM image_ancestors WHERE image_id = ?", (image_id,))
    for ancestor in ancestors:
        connection.execute(
            "INSERT OR IGNORE INTO image_ancestors (image_id, ancestor)"
            " SELECT ?1, ?2 UNION SELECT ?1, ancestor FROM image_ancestors WHERE image_id = ?2",
            (image_id, ancestor),
        )


def forget_builds(connection: sqlite3.Connection) -> None:
    """Drop what is told of images that are gone, and that no image of the store was built from."""
    connection.execute(
        "DELETE FROM told_builds WHERE image_id NOT IN"
        " (SELECT image_id FROM images UNION SELECT ancestor FROM image_ancestors)"
    )
