"""Rows of entries, and what is known of their contents."""

from __future__ import annotations

from jettison.layer.entry_columns import EntryColumns
from jettison.layer.rows import Rows
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


def test_unknown_contents_equal_nothing() -> None:
    """Not even each other: what is told apart by a checksum has no digest."""
    digest = Digest.of(b"content")
    said = (digest, digest, None, None)
    rows = Rows()
    rows.append(EntryColumns(Entry(f"f{n}", EntryType.FILE, digest=each) for n, each in enumerate(said)), 0)
    assert rows.is_same_content(0, 1)
    assert not any(rows.is_same_content(one, other) for one, other in ((0, 2), (2, 0), (2, 3)))
