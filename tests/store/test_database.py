"""The database: migrated once, refused when it is damaged, foreign or from the future."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jettison.errors import IntegrityError, StorageError
from jettison.store import Store
from jettison.store.database import Database
from jettison.store.schema import MIGRATIONS

_OPENER = """
import sys
from pathlib import Path
from jettison.store import Store
sys.stdin.readline()
Store.open(Path(sys.argv[1])).close()
"""


def _open(path: Path, migrations: tuple[str, ...] = MIGRATIONS) -> Database:
    return Database(path, lock_path=path.with_suffix(".lock"), migrations=migrations)


def test_the_home_is_for_its_owner_alone(home: Path) -> None:
    Store.open(home / "deeper").close()
    assert stat.S_IMODE((home / "deeper").stat().st_mode) == 0o700


def test_a_home_whose_name_is_not_utf8_works_and_can_be_named_in_errors(tmp_path: Path) -> None:
    home = tmp_path / os.fsdecode(b"home-\xff")
    with Store.open(home) as store:
        assert store.blobs.read(store.blobs.put(b"x")) == b"x"
    (home / "cache.db").write_bytes(b"broken " * 1000)
    with pytest.raises(IntegrityError) as caught:
        Store.open(home)
    assert f"{caught.value.message}{caught.value.hint}".encode()
    (tmp_path / os.fsdecode(b"file-\xff")).touch()
    with pytest.raises(StorageError) as refused:
        Store.open(tmp_path / os.fsdecode(b"file-\xff"))
    assert refused.value.message.encode()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError, match="not a folder") as caught:
        Store.open(tmp_path / "home")
    assert caught.value.hint is not None


def test_processes_that_open_a_new_store_at_once_all_succeed(home: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _OPENER, home], stdin=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0] * 6


def test_missing_migrations_are_applied_in_order_and_data_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "db"
    first = ("CREATE TABLE a (x INTEGER) STRICT;",)
    database = _open(path, first)
    with database.write() as connection:
        connection.execute("INSERT INTO a VALUES (7)")
    database.close()
    database = _open(path, (*first, "ALTER TABLE a ADD COLUMN y INTEGER;", "UPDATE a SET y = x + 1;"))
    with database.read() as connection:
        assert connection.execute("SELECT x, y FROM a").fetchall() == [(7, 8)]
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "db"
    first = ("CREATE TABLE a (x INTEGER) STRICT;",)
    _open(path, first).close()
    with pytest.raises(StorageError):
        _open(path, (*first, "CREATE TABLE b (y INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"))
    database = _open(path, first)
    with database.read() as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("a",)]
    database.close()


def test_a_newer_store_is_refused_with_a_way_out(home: Path) -> None:
    Store.open(home).close()
    connection = sqlite3.connect(home / "cache.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StorageError, match="newer jettison") as caught:
        Store.open(home)
    assert "update jettison" in (caught.value.hint or "")


@pytest.mark.parametrize("content", [b"this is not a database, " * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_database_is_refused_with_a_way_out(home: Path, content: bytes) -> None:
    Store.open(home).close()
    (home / "cache.db").write_bytes(content)
    with pytest.raises(IntegrityError, match="damaged") as caught:
        Store.open(home)
    assert "move" in (caught.value.hint or "")


def test_the_database_of_another_program_is_left_alone(home: Path) -> None:
    home.mkdir()
    connection = sqlite3.connect(home / "cache.db")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(IntegrityError, match="another program"):
        Store.open(home)


def test_an_empty_database_file_is_a_new_store(home: Path) -> None:
    Store.open(home).close()
    for path in home.glob("cache.db*"):
        path.unlink()
    (home / "cache.db").touch()
    Store.open(home).close()


def test_a_transaction_that_raises_is_rolled_back(tmp_path: Path) -> None:
    database = _open(tmp_path / "db", ("CREATE TABLE a (x INTEGER) STRICT;",))
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute("INSERT INTO a VALUES (1)")
        raise ZeroDivisionError
    with pytest.raises(StorageError), database.write() as connection:
        connection.execute("INSERT INTO a VALUES ('not a number')")
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)
    database.close()


def test_many_threads_write_without_a_deadlock(tmp_path: Path) -> None:
    database = _open(tmp_path / "db", ("CREATE TABLE a (x INTEGER) STRICT;", "INSERT INTO a VALUES (0);"))

    def work() -> None:
        for _ in range(25):
            with database.write() as connection:
                (seen,) = connection.execute("SELECT x FROM a").fetchone()
                connection.execute("UPDATE a SET x = ?", (seen + 1,))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute("SELECT x FROM a").fetchone() == (200,)
    database.close()


def test_a_closed_store_says_that_it_is_closed(home: Path) -> None:
    store = Store.open(home)
    store.close()
    store.close()
    with pytest.raises(StorageError, match="after it was closed"):
        store.images.list()
    with pytest.raises(StorageError, match="after it was closed"):
        store.temporary_path()
