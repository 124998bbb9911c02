"""A store with an image and a container, and the program run on it as a user does."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from jettison.cli.context import Streams
from jettison.cli.main import main
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store import Store


@dataclass(frozen=True)
class Result:
    """What a command line did."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """``run("images", "-q")``: the program in this process, with its own streams and environment."""

    def run_line(*argv: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Result:
        out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
        streams = Streams(stdin=io.BytesIO(stdin), stdout=out, stderr=err)
        variables = {"HOME": str(home.parent), "JETTISON_HOME": str(home), "COLUMNS": "80"} | dict(environment or {})
        code = main(argv, variables, streams)
        out.flush()
        err.flush()
        return Result(code, _text(out), _text(err))

    return run_line


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@pytest.fixture
def stored(home: Path) -> Digest:
    """The image ``app:latest`` = ``quay.io/team/app:v1`` of two layers and three instructions; its id."""
    created = "2023-11-14T22:13:20Z"
    with Store.open(home) as store, store.lease():
        layers = [Digest.of(b"lower"), Digest.of(b"upper")]
        for diff_id, size_bytes in zip(layers, (7_000_000, 1234), strict=True):
            store.layers.put_index(diff_id, b"index", size_bytes=size_bytes)
        config = ImageConfig(
            platform=Platform.parse("linux/amd64"),
            created=created,
            run=RunConfig(cmd=("sh",), env=(("PATH", "/bin"), ("LANG", "C")), labels=(("team", "red"),)),
            diff_ids=tuple(layers),
            history=(
                HistoryEntry(created=created, created_by="ADD rootfs.tar /"),
                HistoryEntry(created=created, created_by="RUN " + "x" * 60, comment="buildkit.dockerfile.v0"),
                HistoryEntry(created=created, created_by='CMD ["sh"]', empty_layer=True),
            ),
        )
        image_id = store.images.put(
            write_image_config(config), sources=[Reference.parse(f"quay.io/team/app@{Digest.of(b'manifest')}")]
        )
        store.images.tag(Reference.parse("app"), image_id)
        store.images.tag(Reference.parse("quay.io/team/app:v1"), image_id)
    return image_id


@pytest.fixture
def container(home: Path, stored: Digest) -> str:
    """A container ``owl`` of the image; its id."""
    with Store.open(home) as store:
        return store.containers.create(stored, ["sh", "-c", "sleep 100000"], image_name="app", name="owl").container_id
