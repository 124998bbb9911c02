"""What came with an image: the index that its manifest stood in, and the attestations about it there.

They are blobs of the store, kept as long as the image is, and belong to one manifest of it: whatever is said about an
image is said about exactly these bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from jettison.frozen import dataclass
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.oci import Descriptor, parse_descriptor
from jettison.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The companions of one manifest."""

    index: Descriptor | None = None
    """That it stood in."""
    attestations: tuple[Descriptor, ...] = ()
    """The manifests about it, as they stood in the index, all that they name being here."""
    parts: tuple[Descriptor, ...] = ()
    """What they name."""


class Companions:
    """The companions of all images."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, image_id: Digest, about: Digest, company: Company) -> None:
        """Note what came with a manifest of an image of the store, in place of what was noted before.

        The blobs are there, and the caller holds them.
        """
        index = () if company.index is None else (company.index,)
        rows: list[tuple[str, Descriptor]] = [("index", each) for each in index]
        rows += [("attestation", each) for each in company.attestations]
        rows += [("part", each) for each in company.parts]
        with self._database.write() as connection:
            connection.execute("DELETE FROM image_companions WHERE image_id = ? AND about = ?", (image_id, about))
            connection.executemany(
                "INSERT INTO image_companions (image_id, about, position, role, digest, descriptor)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (image_id, about, position, role, each.digest, json.dumps(each.document()))
                    for position, (role, each) in enumerate(rows)
                ],
            )

    def of(self, image_id: Digest, about: Digest) -> Company:
        """What came with a manifest of an image; nothing where nobody noted anything."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT role, descriptor FROM image_companions WHERE image_id = ? AND about = ? ORDER BY position",
                (image_id, about),
            ).fetchall()

        def having(role: str) -> Sequence[Descriptor]:
            return tuple(_parse(text) for found, text in rows if found == role)

        return Company(
            index=next(iter(having("index")), None),
            attestations=tuple(having("attestation")),
            parts=tuple(having("part")),
        )


def _parse(text: str) -> Descriptor:
    return parse_descriptor(Node.parse(text.encode("ascii"), "what came with an image"))
