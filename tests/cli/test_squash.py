"""``jettison squash``: what it prints, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.layout.support import layer_tar, make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage

Archive = Callable[[], Path]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of an image of three layers."""
    path = tmp_path / "image.tar"
    image = make_image(*(layer_tar({"same": bytes([n]) * 100, f"file{n}": b"x"}) for n in range(3)))
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    return path


def test_the_id_is_the_result(run: Run, archive: Path) -> None:
    """What was kept and folded is told beside it."""
    done = run("squash", str(archive), "--from", "2", "-t", "small")
    assert done.code == 0, done.err
    assert "kept: 1 of 3 layers" in done.err
    assert "folded: 2 layers into one, 303B -> 203B" in done.err
    (row,) = run("images", "-q", "--no-trunc").out.splitlines()
    assert done.out == f"{row}\n"


def test_quiet_says_nothing_else(run: Run, archive: Path) -> None:
    """Standard input is an image, too."""
    done = run("squash", "-q", "--all", "-", stdin=archive.read_bytes())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("sha256:")


def test_an_unknown_base_is_asked_for(run: Run, archive: Path) -> None:
    """With the layers by number."""
    done = run("squash", str(archive))
    assert done.code == 2
    assert "hint: --from N folds the layers from N on, --all every one:\n   1  COPY\n   2  COPY\n" in done.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--own", "--all"], "--own and --all exclude each other"),
        (["--from", "1", "--all"], "--from and --all exclude each other"),
        (["--from", "x"], "invalid argument for --from"),
        (["--from", "4"], "--from 4: "),
        (["-t", "UPPER", "--all"], "UPPER"),
    ],
)
def test_wrong_flags_are_refused(run: Run, archive: Path, flags: list[str], message: str) -> None:
    """Before anything is written."""
    done = run("squash", str(archive), *flags)
    assert done.code == 2
    assert message in done.err
    assert ("\nhint: --own folds" in done.err) is ("exclude" in message)
    assert run("images", "-q").out == ""
    assert "Traceback" not in done.err
    assert io.StringIO(done.out).read() == ""
