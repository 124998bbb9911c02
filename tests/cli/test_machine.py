"""What a command works with: the store is opened beside other work, and errors are those of the one or the other."""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

import pytest

from jettison.cli.context import Context, Streams
from jettison.cli.environment import read_settings
from jettison.cli.machine import open_machine
from jettison.errors import StorageError


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """That of a command whose store is not there yet."""
    streams = Streams(stdin=io.BytesIO(), stdout=sys.stdout, stderr=sys.stderr)
    return Context(settings=read_settings({"HOME": str(tmp_path)}, str(tmp_path / "home")), streams=streams)


def open_databases() -> list[str]:
    """What SQLite holds open of any store."""
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [link.name for link in links if link.name.startswith("cache.db")]


def test_other_work_goes_on_while_the_store_is_opened(context: Context) -> None:
    """By this thread, which a loader of modules wants; the store is there when both are done."""
    threads = []
    with open_machine(context, lambda event: None, meanwhile=lambda: threads.append(threading.current_thread())) as one:
        assert one.store.cache.is_empty()
    assert threads == [threading.main_thread()]


def test_an_error_of_the_other_work_leaves_no_store_open(context: Context) -> None:
    """It is raised, and what was opened meanwhile is closed."""

    def fail() -> None:
        raise KeyboardInterrupt

    before = open_databases()
    with pytest.raises(KeyboardInterrupt), open_machine(context, lambda event: None, meanwhile=fail):
        pass
    assert open_databases() == before


def test_an_error_of_the_store_is_raised_after_the_other_work(context: Context) -> None:
    """As without it."""
    context.settings.home.write_text("a file")
    worked = []
    with (
        pytest.raises(StorageError, match="not a folder"),
        open_machine(context, lambda event: None, meanwhile=lambda: worked.append(True)),
    ):
        pass
    assert worked == [True]
