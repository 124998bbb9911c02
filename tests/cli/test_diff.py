"""``jettison diff``: what people and programs are told, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.layout.support import AMD64, ARM64, layer_tar, make_image
from tests.report.schema import faults

from jettison.cli.diff import EXIT_DIFFERENT
from jettison.layout.content import images_content
from jettison.layout.write import write_docker_archive, write_oci_layout
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference

TAG = Reference.parse("app:1")
BY_PLATFORM = {AMD64: layer_tar({"a": b"amd64"}), ARM64: layer_tar({"a": b"arm64"})}
SCHEMA: Mapping[str, Any] = json.loads((Path(__file__).parents[2] / "docs/diff.schema.json").read_text())


def archive(path: Path, *layers: bytes, label: str = "") -> str:
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=make_image(*layers, label=label))])
    return str(path)


@pytest.fixture
def images(tmp_path: Path) -> tuple[str, str]:
    """Two archives."""
    old = layer_tar({"etc/motd": b"hi\n", "opt/x/1": b"1" * 3000, "opt/x/2": b"2" * 400, "\x1b[31mred": b""})
    new = layer_tar({"etc/motd": b"hello\n", "srv/data": b"d" * 2_000_000})
    return archive(tmp_path / "old.tar", old), archive(tmp_path / "new.tar", new, layer_tar({"z": b""}), label="l")


def test_people_see_a_summary_and_folded_folders(run: Run, images: tuple[str, str]) -> None:
    """Signed sizes, docker's letters, nothing that steers a terminal."""
    done = run("diff", *images)
    assert done.code == EXIT_DIFFERENT == 3
    assert done.out == (
        f"{images[0]} -> {images[1]}\n"
        "files: 3.4kB -> 2MB (+2MB); 3 added, 5 removed, 1 changed\n"
        "layers: 1 -> 2\n"
        "\n"
        "SIZE  PATHS     INSTRUCTION\n"
        "+2MB  +3 -5 ~1  COPY\n"
        "\n"
        "SETTING\n"
        "Label label: (not set) -> l\n"
        "\n"
        "D       0B  /[31mred\n"
        "C      +3B  /etc/motd\n"
        "D   -3.4kB  /opt/ (4 paths)\n"
        "A     +2MB  /srv/ (2 paths)\n"
        "A       0B  /z\n"
    )


def test_every_path_is_shown_where_asked_for(run: Run, images: tuple[str, str]) -> None:
    """Without folding."""
    assert "D     -3kB  /opt/x/1\n" in run("diff", "--no-trunc", *images).out


def test_equal_images_are_equal(run: Run, images: tuple[str, str]) -> None:
    """Exit code 0, also where one comes from standard input."""
    done = run("diff", images[0], "-", stdin=Path(images[0]).read_bytes())
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("\nno difference: 3.4kB in the same files, and the same settings\n")


@pytest.mark.parametrize("same", [True, False])
def test_programs_get_what_the_schema_says(run: Run, images: tuple[str, str], same: bool) -> None:
    """``docs/diff.schema.json`` tells of every key."""
    done = run("diff", "--format", "json", images[0], images[0] if same else images[1])
    document = json.loads(done.out)
    assert list(faults(document, SCHEMA, SCHEMA)) == []
    assert document["equal"] is same is (done.code == 0)
    assert sum(file["size"] for file in document["files"]) == document["counts"]["size"]
    assert sum('"path": "/etc/motd", "size"' in line for line in done.out.splitlines()) == (not same)  # a line each


def test_the_page(run: Run, images: tuple[str, str], tmp_path: Path) -> None:
    """--html writes it beside the text, --format html to standard output; both are the same page."""
    place = tmp_path / "difference.html"
    done = run("diff", *images, "--html", str(place))
    assert done.code == EXIT_DIFFERENT
    assert done.out.startswith(f"{images[0]} -> {images[1]}\n")
    page = place.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert run("diff", *images, "--format", "html").out == page


def test_one_file_is_shown_as_diff_does(run: Run, images: tuple[str, str]) -> None:
    """With the names of the images."""
    done = run("diff", *images, "--path", "/etc/motd")
    assert done.code == EXIT_DIFFERENT
    assert done.out == f"--- /etc/motd\t{images[0]}\n+++ /etc/motd\t{images[1]}\n@@ -1 +1 @@\n-hi\n+hello\n"


def test_platforms_that_are_not_compared_are_told(run: Run, tmp_path: Path) -> None:
    """That two indexes are equal on one platform does not say that they are."""
    layers = layer_tar({"a": b"1"})
    for name, platforms in (("one", (AMD64,)), ("two", (AMD64, ARM64))):
        named = [NamedImage(image=make_image(layers, platform=platform), names=(TAG,)) for platform in platforms]
        write_oci_layout(tmp_path / name, images_content(named))
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    done = run("diff", "--platform", "linux/amd64", one, two)
    assert done.code == 0
    assert done.out.splitlines()[1] == f"of {two} linux/amd64 is compared; it has linux/arm64 too (--platform)"
    document = json.loads(run("diff", "--platform", "linux/arm64", "--format", "json", two, two).out)
    assert list(faults(document, SCHEMA, SCHEMA)) == []
    assert (document["new"]["platform"], document["new"]["other_platforms"]) == ("linux/arm64", ["linux/amd64"])
    assert run("load", "-q", "-i", two).code == 0
    done = run("diff", "--platform", "linux/arm64", str(TAG), two)
    assert done.out.splitlines()[1:3] == [
        f"of {name} linux/arm64 is compared; it has linux/amd64 too (--platform)" for name in (TAG, two)
    ]


def test_an_index_is_compared_on_the_platform_of_the_other_image(run: Run, tmp_path: Path) -> None:
    """Whichever is named first, and whatever this machine is."""
    for name, platforms in (("both", (AMD64, ARM64)), ("amd64", (AMD64,)), ("arm64", (ARM64,))):
        named = [NamedImage(image=make_image(BY_PLATFORM[each], platform=each), names=(TAG,)) for each in platforms]
        write_oci_layout(tmp_path / name, images_content(named))
    both = str(tmp_path / "both")
    for one in (str(tmp_path / "amd64"), str(tmp_path / "arm64")):
        assert run("diff", "-q", both, one).code == 0
        assert run("diff", "-q", one, both).code == 0
    done = run("diff", str(tmp_path / "amd64"), str(tmp_path / "arm64"))
    assert done.code == EXIT_DIFFERENT
    assert "Platform: linux/amd64 -> linux/arm64\n" in done.out


def test_what_is_ignored_is_counted_apart(run: Run, images: tuple[str, str], tmp_path: Path) -> None:
    """In the text, for programs, and on the page; where nothing else differs the answer is yes."""
    ignored = [word for pattern in ("opt", "srv", "*red", "z") for word in ("--ignore", pattern)]
    done = run("diff", *images, *ignored)
    assert "\nignored: +2MB; 3 added, 5 removed\n" in done.out
    assert "A " not in done.out
    document = json.loads(run("diff", "--format", "json", *images, *ignored).out)
    assert [file["path"] for file in document["files"]] == ["/etc/motd"]
    assert document["ignored"]["added"] == 3
    assert list(faults(document, SCHEMA, SCHEMA)) == []
    page = tmp_path / "page.html"
    done = run("diff", images[0], images[0], "--ignore", "etc", "--html", str(page))
    assert (done.code, "\nignored:" in done.out) == (0, False)
    other = archive(tmp_path / "other.tar", layer_tar({"etc/motd": b"other\n"}))
    third = archive(tmp_path / "third.tar", layer_tar({"etc/motd": b"third\n"}))
    done = run("diff", other, third, "--ignore", "etc", "--html", str(page))
    assert (done.code, done.out.splitlines()[1:]) == (0, ["no difference in what counts", "ignored: 0B; 1 changed"])
    assert '"ignored":1' in page.read_text().replace(" ", "")


def test_a_folder_and_a_binary_file_at_one_path(run: Run, tmp_path: Path) -> None:
    """Both are answers: exit code 3, and 0 for what is the same."""
    old = archive(tmp_path / "old.tar", layer_tar({"etc/a": b"\0", "etc/b": b"1", "usr/c": b"c"}))
    new = archive(tmp_path / "new.tar", layer_tar({"etc/a": b"\0\0", "etc/b": b"1", "usr/c": b"c"}))
    done = run("diff", old, new, "--path", "etc")
    assert (done.code, done.out, done.err) == (EXIT_DIFFERENT, "C      +1B  /etc/a\n", "")
    done = run("diff", old, new, "--path", "etc/a")
    assert done.code == EXIT_DIFFERENT
    assert done.out.startswith("/etc/a: 1 bytes ")
    assert done.out.endswith(" (no text)\n")
    done = run("diff", old, new, "--path", "usr")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_one_image_has_nothing_to_be_compared_with(run: Run, images: tuple[str, str]) -> None:
    """One container has."""
    done = run("diff", images[0])
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(
        "is an image: with what is it to be compared?\nhint: jettison diff takes two images, or one container\n"
    )


def test_quiet_answers_by_its_exit_code(run: Run, images: tuple[str, str]) -> None:
    """As cmp -s does."""
    done = run("diff", "-q", *images)
    assert (done.code, done.out, done.err) == (EXIT_DIFFERENT, "", "")


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["-", "-"], 2, "only one of the images can come from standard input"),
        ([], 2, "requires at least 1 argument"),
        (["a", "b", "--path", "x", "--format", "json"], 2, "--path shows lines of text"),
        (["a", "b", "--path", "x", "--html", "y"], 2, "--path shows lines of text: leave --html out"),
        (["a", "b", "--html", "missing/y"], 6, "--html: cannot write 'missing/y': the folder 'missing' does not exist"),
        (["a", "b", "--path", "x", "--ignore", "y"], 2, "--path shows lines of text: leave --ignore out"),
        (["a", "b", "--ignore", "[a"], 1, "[a"),
        (["a", "--ignore", "y"], 2, "--ignore is for two images: leave it out"),
        (["a", "--format", "json"], 2, "the changes of a container are text: leave --format out"),
        (["./Nowhere", "b"], 1, "no such image, folder or archive: ./Nowhere"),
    ],
)
def test_wrong_command_lines(run: Run, argv: list[str], code: int, message: str) -> None:
    """An error is never taken for a difference."""
    done = run("diff", *argv)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
