"""Tables out of SQLite files, against SQLite itself."""

from __future__ import annotations

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packages.rpm_database import BASH, database

from jettison.errors import IntegrityError
from jettison.packages.sqlite_table import SqliteFile, Value


def rows_of(data: bytes, table: str) -> list[tuple[Value, ...]]:
    """All rows as our reader sees them."""

    def read(offset: int, size: int) -> bytes:
        if offset + size > len(data):
            raise IntegrityError("beyond the end")
        return data[offset : offset + size]

    return list(SqliteFile(read, len(data)).rows(table))


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1]),
            st.binary(max_size=200) | st.integers(0, 70_000).map(lambda size: b"x" * size),
            st.none() | st.text(max_size=20).map(lambda text: text.replace("\0", "")),
        ),
        max_size=60,
    ),
    page_size=st.sampled_from([512, 1024, 4096, 65536]),
)
def test_rows_are_those_that_sqlite_wrote(rows: list[tuple[int, bytes, str | None]], page_size: int) -> None:
    """Whatever the size of pages and rows: leaves, inner pages, overflow chains."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("CREATE TABLE t (number INTEGER, data BLOB, text TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    connection.commit()
    data = connection.serialize()
    connection.close()
    expected = [(number, blob, None if text is None else text.encode("utf-8")) for number, blob, text in rows]
    assert rows_of(data, "t") == expected


def test_damage_never_hangs_and_is_told_as_such() -> None:
    """Bytes changed at random give rows or an :class:`IntegrityError`, and nothing else."""
    chance = random.Random(7)
    whole = database([BASH + b"\0" * size for size in (0, 100, 9000, 30_000)], page_size=512)
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert len(rows_of(bytes(data), "Packages")) < 10_000
        except IntegrityError:
            continue


def test_a_table_that_is_not_there() -> None:
    """Is named."""
    with pytest.raises(IntegrityError, match="no table 'Other'"):
        rows_of(database([]), "Other")
