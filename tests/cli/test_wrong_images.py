"""What the commands that look at images say to wrong ones: what is wrong, what to do, and the documented exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.engine.test_missing_path import LAYERS
from tests.layout.support import make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference

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


WRONG = [
    # in the image
    ("cat app:1 /app/mian.py", 1, "no such file in the image: /app/mian.py", "did you mean /app/main.py?"),
    ("cat app:1 /app/later", 1, "no such file in the image: /app/later", "layer 4 deleted /app/later: COPY"),
    ("ls app:1 /app/old/a", 1, "/app/old/a: there is no /app/old", "jettison why-file IMAGE /app/old/a tells all"),
    ("cp app:1:/srv/later .", 1, "/srv/later: there is no /app/later, /srv is a link to /app", "layer 4 deleted"),
    ("why-file app:1 /app/old/b", 1, "no such file in the image: /app/old/b", "layer 2 deleted /app/old: COPY"),
    ("why-file app:1 /app/x/y", 1, "no such file in the image: /app/x/y", "/app has main.py, new"),
    ("cat app:1 /app", 2, "/app is a directory", "jettison ls lists it"),
    ("diff app:1 app:1 --path /app/later", 1, "neither image has /app/later", "layer 4 deleted"),
    # where the image and the path meet
    ("ls app:1:/app", 1, "no such image, folder or archive: app:1:/app", "an argument of its own, /app"),
    ("ls app:one/app", 1, "no such image, folder or archive: app:one/app", "app:one is an image: a path in it"),
    ("cp app:1 here", 1, "no such file in the image: /1", "a file of it is app:1:/PATH"),
    ("cp app:1:/app {}/image.tar", 2, "which is a file", "name a folder"),
    ("cp app:1:/app/new {}/image.tar/", 1, "no such directory: {}/image.tar/", "leave the slash at its end out"),
    # names of images
    ("save app:2", 1, "no such image: app:2", "the store has app:1, app:latest, app:one"),
    ("rmi app:2", 1, "no such image: app:2", "the store has app"),
    ("tag app:2 x", 1, "no such image: app:2", "the store has app"),
    ("history nobody/app:2", 1, "no such image: nobody/app:2", "the store has app"),
    ("inspect ap:1", 1, "no such image or container: ap:1", "did you mean app:1?"),
    ("push app:2", 1, "does not exist locally", "the store has app"),
    ("push quite-different", 1, "does not exist locally", "`jettison images` lists"),
    ("push -a ap", 1, "does not exist locally", "did you mean app?"),
    ("run --pull never ap:1", 125, "no such image: ap:1", "did you mean app:1?"),
    ("run localhost:1/team/app:1", 125, "cannot reach localhost:1", "the store has app"),
    (f"tag app:1 x@sha256:{'0' * 64}", 2, "a name with a digest cannot be given", "NAME:TAG"),
    # files in place of images
    ("save -o x.tar {}/image.tar", 2, "invalid reference", "jettison load -i {}/image.tar takes its images"),
    ("history {}/image.tar", 2, "invalid reference", "jettison load -i {}/image.tar"),
    ("inspect {}/image.tar", 2, "invalid reference", "jettison load -i {}/image.tar"),
    ("rmi {}/image.tar", 2, "invalid reference", "jettison load -i {}/image.tar"),
    ("tag {}/image.tar x", 2, "invalid reference", "jettison load -i {}/image.tar"),
    ("push {}/image.tar", 2, "invalid reference", "jettison load -i {}/image.tar"),
    ("load {}/image.tar", 2, "accepts no arguments", "jettison load -i FILE"),
    # files that are not there
    ("load -i {}/imgae.tar", 1, "there is no file {}/imgae.tar", "did you mean {}/image.tar?"),
    ("weigh {}/imgae.tar:app:1", 1, "no such image, folder or archive", "did you mean {}/image.tar?"),
    ("weigh nowhere.tar", 1, "no such image, folder or archive: nowhere.tar", "docker://nowhere.tar asks the registry"),
    ("diff app:1 {}/none/x", 1, "no such image, folder or archive", "there is no folder {}/none either"),
    ("weigh oci-layout://{}/imgae.tar", 1, "no such OCI layout or archive", "did you mean {}/image.tar?"),
    ("squash ./nowhere -t x", 1, "no such image, folder or archive: ./nowhere", "`jettison images` lists"),
    ("weigh {}/image.tar:app:3", 1, "there is no image 'app:3'", "it holds app:1"),
    ("save -o {}/none/x.tar app:1", 6, "the folder '{}/none' does not exist", "mkdir -p {}/none"),
    ("save -o {} app:1", 2, "--output: '{}' is a folder", "name a file, such as '{}/FILE'"),
    # platforms
    ("load -i {}/image.tar --platform linux/s390x", 1, "no image for linux/s390x", "it holds images for linux/amd64"),
    ("weigh app:1 --platform linux/s390x", 4, "is no image, folder", "it is here for linux/amd64"),
    ("push app:1 --platform linux/s390x", 1, "app:1 for linux/s390x", "it is here for linux/amd64"),
    # flags
    ("weigh app:1 --format xml", 2, "invalid argument 'xml' for --format", "it takes text, json, html"),
    ("weigh app:1 --format JSON", 2, "invalid argument 'JSON' for --format", "did you mean 'json'? it takes"),
    ("weigh app:1 --json", 2, "unknown flag: --json", "did you mean '--format json'?"),
    ("weigh app:1 --max-size big", 2, "--max-size: invalid size 'big'", "write 500MB"),
    ("weigh app:1 --max-waste 5pct", 2, "--max-waste: invalid size '5pct'", "a share such as 5%"),
    ("weigh app:1 --max-growth x%", 2, "--max-growth: invalid share 'x%'", "write 5%"),
    ("weigh app:1 --max-growth 5%", 2, "--max-growth and --against belong together", "--against IMAGE"),
    ("squash app:1 -t x --from two", 2, "invalid int value: 'two'", "write a whole number"),
    ("load -i", 2, "flag needs an argument: --input", "--input VALUE"),
]


@pytest.fixture
def image(run: Run, tmp_path: Path) -> Path:
    """``app:1`` = ``app:one`` = ``app:latest``, in the store and in ``image.tar`` of the folder that this is."""
    with (tmp_path / "image.tar").open("wb") as out:
        names = tuple(Reference.parse(f"app:{tag}") for tag in ("1",))
        write_docker_archive(out.write, [NamedImage(image=make_image(*LAYERS), names=names)])
    assert run("load", "-qi", str(tmp_path / "image.tar")).code == 0
    for tag in ("one", "latest"):
        assert run("tag", "app:1", f"app:{tag}").code == 0
    return tmp_path


@pytest.mark.parametrize(("line", "code", "message", "hint"), WRONG, ids=[line for line, *_ in WRONG])
def test_a_wrong_line_has_a_hint(
    run: Run, image: Path, line: str, code: int, message: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong, and what to type; nothing is made."""
    monkeypatch.chdir(image)
    before = sorted(image.iterdir())
    done = run(*line.format(image).split())
    assert done.code == code
    said, _, hinted = done.err.partition("\nhint: ")
    assert message.format(image) in said
    assert hint.format(image) in hinted
    assert sorted(image.iterdir()) == before
