"""Containers: named, found, running as long as somebody runs them, removed whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.errors import NotFoundError, UsageError
from jettison.model.digest import Digest
from jettison.store import ContainerState, Store

MakeImage = Callable[..., Digest]

_RUNNER = """
import os, sys
from pathlib import Path
from jettison.store import Store
with Store.open(Path(sys.argv[1])) as store, store.containers.running(sys.argv[2], os.getpid()):
    print("running", flush=True)
    sys.stdin.read()
"""


def test_the_life_of_a_container(store: Store, make_image: MakeImage, clock: Callable[[], float]) -> None:
    image_id = make_image(tags=("app",))
    record = store.containers.create(image_id, ["sh", "-c", "not UTF-8: \udcff"], image_name="app", name="first")
    assert record.state is ContainerState.CREATED
    assert record.command == ("sh", "-c", "not UTF-8: \udcff")
    assert (record.name, record.image_name, record.image_id) == ("first", "app", image_id)
    assert record.created_at == clock()
    assert store.containers.directory(record.container_id).is_dir()
    with store.containers.running(record.container_id, 4711):
        running = store.containers.get(record.container_id)
        assert (running.state, running.pid, running.exit_code) == (ContainerState.RUNNING, 4711, None)
        with pytest.raises(UsageError, match="running already"), store.containers.running(record.container_id, 1):
            pass
        with pytest.raises(UsageError, match="it is running"):
            store.containers.remove(record.container_id)
        store.containers.finish(record.container_id, 3)
    exited = store.containers.get(record.container_id)
    assert (exited.state, exited.pid, exited.exit_code) == (ContainerState.EXITED, None, 3)
    store.containers.remove(record.container_id)
    store.containers.remove(record.container_id)
    assert store.containers.list() == ()
    assert not store.containers.directory(record.container_id).exists()
    assert list((store.root / "locks" / "containers").iterdir()) == []


def test_names_are_unique_and_checked(store: Store, make_image: MakeImage) -> None:
    image_id = make_image()
    first = store.containers.create(image_id, ["sh"], name="web")
    with pytest.raises(UsageError, match=f"'web' is already in use by container {first.short_id}") as caught:
        store.containers.create(image_id, ["sh"], name="web")
    assert "jettison rm web" in (caught.value.hint or "")
    for name in ("", "-x", "a b", "a/b", "x"):
        with pytest.raises(UsageError, match="invalid container name"):
            store.containers.create(image_id, ["sh"], name=name)
    assert len({store.containers.create(image_id, ["sh"]).name for _ in range(30)}) == 30
    assert len(list((store.root / "containers").iterdir())) == 31


def test_a_container_needs_its_image(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.containers.create(Digest.of(b"nothing"), ["sh"])
    assert list((store.root / "containers").iterdir()) == []


def test_find_by_name_id_and_beginning(store: Store, make_image: MakeImage) -> None:
    image_id = make_image()
    records = [store.containers.create(image_id, ["sh"], name=f"c{number}") for number in range(17)]
    for text in (records[3].name, records[3].container_id, records[3].short_id):
        assert store.containers.find(text) == records[3]
    first = next(digit for digit in "0123456789abcdef" if sum(r.container_id.startswith(digit) for r in records) > 1)
    with pytest.raises(UsageError, match="begins with"):
        store.containers.find(first)
    for text in ("", "nobody", "%"):
        with pytest.raises(NotFoundError):
            store.containers.find(text)
    assert len(store.containers.using(image_id)) == 17


def test_a_killed_run_leaves_a_container_that_exited(store: Store, home: Path, make_image: MakeImage) -> None:
    image_id = make_image()
    kept = store.containers.create(image_id, ["sh"])
    passing = store.containers.create(image_id, ["sh"], auto_remove=True)
    for record in (kept, passing):
        with subprocess.Popen(
            [sys.executable, "-c", _RUNNER, home, record.container_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
            running = store.containers.get(record.container_id)
            assert (running.state, running.pid) == (ContainerState.RUNNING, process.pid)
            process.send_signal(signal.SIGKILL)
            process.wait()
        exited = store.containers.get(record.container_id)
        assert (exited.state, exited.exit_code) == (ContainerState.EXITED, 255)
    store.reap()
    assert [record.container_id for record in store.containers.list()] == [kept.container_id]
