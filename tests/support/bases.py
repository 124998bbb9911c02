"""A store with the base images of the examples, made once for all workers of a test run."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from demo.command import Jettison
from demo.course import make_bases

FOLDER_VARIABLE = "JETTISON_TEST_BASES"
"""Names the folder of the store. Whoever sets it keeps the base images from one test run to the next."""


def choose_folder(config: pytest.Config) -> None:
    """Choose the folder for this process and its workers, and remove it in the end; a folder that was given is kept."""
    if FOLDER_VARIABLE not in os.environ:
        folder = tempfile.mkdtemp(prefix="jettison-bases-")
        os.environ[FOLDER_VARIABLE] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder))


def open_base_store() -> Jettison:
    """The store with all base images; the first to come makes them, all others wait for it."""
    if shutil.which("mmdebstrap") is None:
        pytest.skip("mmdebstrap is not installed")
    folder = Path(os.environ[FOLDER_VARIABLE])
    jettison = Jettison(home=folder / "store", logs=folder / "logs")
    with _locked(folder / "lock"):
        jettison.logs.mkdir(exist_ok=True)
        make_bases(jettison)
    return jettison


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
