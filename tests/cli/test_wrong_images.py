"""What the commands that look at images say to wrong ones: what is wrong, what to do, and the documented exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

NO_ARCHIVE = "this is no archive of an image: it seems to be a text"


@pytest.mark.parametrize(
    "command",
    ["weigh X", "diff X X", "squash X -t new", "ls X", "cat X /a", "cp X:/a .", "why-file X /a", "load -i X"],
)
def test_a_text_is_no_image(run: Run, tmp_path: Path, command: str) -> None:
    """Whatever was to be done with it, as a file and on standard input."""
    text = tmp_path / "notes.txt"
    text.write_text("Not to be forgotten:\n" * 50)
    done = run(*command.replace("X", str(text)).split())
    assert (done.code, done.out) == (5, "")
    assert f"jettison: {text}: {NO_ARCHIVE}\nhint: jettison save -o FILE IMAGE writes an archive" in done.err
    if command.count("X") == 1:
        line = "load" if command.startswith("load") else command.replace("X", "-")
        done = run(*line.split(), stdin=text.read_bytes())
        assert (done.code, done.out) == (5, "")
        assert f"jettison: standard input: {NO_ARCHIVE}\nhint: " in done.err
