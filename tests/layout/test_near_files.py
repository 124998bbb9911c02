"""Files that may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.layout.near_files import is_file_name, means_file, near_file


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{}/imagr.tar", "did you mean {}/image.tar?"),
        ("{}/imagr.tar:app:v1", "did you mean {}/image.tar?"),
        ("{}/imagr.tar@sha256:00", "did you mean {}/image.tar?"),
        ("{}/quite-different", None),
        ("{}/none/image.tar", "there is no folder {}/none either"),
        ("{}/image.tar/x", None),
        ("/tnp", "did you mean /tmp?"),
    ],
)
def test_the_nearest_name_in_the_folder(tmp_path: Path, text: str, hint: str | None) -> None:
    """With the folder, so that it can be typed; a tag after it does not count."""
    (tmp_path / "image.tar").touch()
    assert near_file(text.format(tmp_path)) == (hint and hint.format(tmp_path))


def test_a_name_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is looked for in the current one."""
    (tmp_path / "image.tar").touch()
    monkeypatch.chdir(tmp_path)
    assert near_file("image.ta") == "did you mean image.tar?"


def test_names_of_archives() -> None:
    """As people call them; all else may be an image."""
    assert all(map(is_file_name, ("a.tar", "b/c.tar.gz", "d.tgz", "e.oci", "f.tar.zst")))
    assert not any(map(is_file_name, ("app", "tar", "app:v1.tar.x", "quay.io/a/b")))


def test_what_lies_behind_a_host_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is called, unless there is a folder of that name."""
    (tmp_path / "build.d").mkdir()
    monkeypatch.chdir(tmp_path)
    assert all(map(means_file, ("a.tar", "dist/a.tar", "build.d/a.tar")))
    assert not any(map(means_file, ("quay.io/team/a.tar", "localhost:5000/a.tgz", "dist/a", "a")))
