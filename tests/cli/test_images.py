"""images, history, inspect, tag, rmi, ps, rm on a store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from jettison.model.digest import Digest
from jettison.model.reference import Reference
from jettison.store import Store

LISTED = "hint: `jettison images` lists what there is\n"


def lines(text: str) -> list[list[str]]:
    """Cells of a table without the times that pass."""
    return [line.split() for line in text.splitlines()]


def test_images_lists_each_name(run: Run, stored: Digest) -> None:
    """One line a name, with docker's columns."""
    head, *rows = lines(run("images").out)
    assert head == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    assert [(row[0], row[1], row[2], row[-1]) for row in rows] == [
        ("app", "latest", stored.short, "7MB"),
        ("quay.io/team/app", "v1", stored.short, "7MB"),
    ]


def test_images_with_digests_and_whole_ids(run: Run, stored: Digest) -> None:
    """The digest that a repository knows the image by."""
    rows = lines(run("image", "ls", "--digests", "--no-trunc").out)[1:]
    assert [row[2:4] for row in rows] == [["<none>", stored], [Digest.of(b"manifest"), stored]]


@pytest.mark.parametrize(
    ("argv", "names"),
    [
        ([], ["app:latest", "quay.io/team/app:v1"]),
        (["app"], ["app:latest"]),
        (["quay.io/team/app:v1"], ["quay.io/team/app:v1"]),
        (["--filter", "reference=*:latest"], ["app:latest"]),
        (["--filter", "reference=quay.io/*/app"], ["quay.io/team/app:v1"]),
        (["--filter", "reference=*app"], ["app:latest"]),
        (["--filter", "dangling=true"], []),
        (["--filter", "label=team"], ["app:latest", "quay.io/team/app:v1"]),
        (["--filter", "label=team=blue"], []),
        (["--filter", "before=app"], []),
    ],
)
def test_images_chooses(run: Run, stored: Digest, argv: list[str], names: list[str]) -> None:
    """By name, pattern, label."""
    assert run("images", "--format", "{{.Repository}}:{{.Tag}}", *argv).out.split() == names


def test_an_image_without_a_name_is_dangling(run: Run, home: Path, stored: Digest) -> None:
    """It is listed as <none>, and found by its id."""
    with Store.open(home) as store:
        for name in store.images.get(stored).names:
            store.images.untag(name)
    assert lines(run("images").out)[1][:3] == ["<none>", "<none>", stored.short]
    assert run("images", "-q", "--filter", "dangling=true").out == f"{stored.short}\n"
    assert run("rmi", stored.short).out == f"Deleted: {stored}\n"


def test_images_as_json(run: Run, stored: Digest) -> None:
    """One object a line with docker's fields."""
    first = json.loads(run("images", "--format", "json").out.splitlines()[0])
    assert {key: first[key] for key in ("Repository", "Tag", "ID", "Size", "Digest")} == {
        "Repository": "app", "Tag": "latest", "ID": stored.short, "Size": "7MB", "Digest": "<none>",
    }  # fmt: skip


def test_history_has_a_size_for_each_instruction(run: Run, stored: Digest) -> None:
    """The newest first."""
    rows = run("history", "app", "--format", "{{.ID}}|{{.Size}}|{{.CreatedBy}}|{{.Comment}}").out.splitlines()
    assert rows == [
        f'{stored.short}|0B|CMD ["sh"]|',
        f"<missing>|1.23kB|RUN {'x' * 40}…|buildkit.dockerfile.v0",
        "<missing>|7MB|ADD rootfs.tar /|",
    ]
    assert "x" * 60 in run("history", "--no-trunc", "app").out
    assert run("history", "-q", "app").out.split() == [stored.short, "<missing>", "<missing>"]


def test_inspect_prints_documents(run: Run, stored: Digest, container: str) -> None:
    """An array of images and containers; a template takes from each; what is missing is said and counts."""
    documents = json.loads(run("inspect", "app", "owl").out)
    assert documents[0]["Id"] == stored
    assert documents[0]["RepoTags"] == ["app:latest", "quay.io/team/app:v1"]
    assert documents[0]["Config"]["Env"] == ["PATH=/bin", "LANG=C"]
    assert documents[0]["Size"] == 7_001_234
    assert documents[1]["Id"] == container
    assert documents[1]["State"]["Status"] == "created"
    result = run("inspect", "-f", "{{.Config.Cmd}} {{json .Config.Labels}}", "nosuch", "app")
    assert (result.code, result.out) == (1, '[sh] {"team":"red"}\n')
    assert result.err == f"jettison: no such image or container: nosuch\n{LISTED}"
    assert run("inspect", "--type", "container", "app").code == 1
    assert json.loads(run("inspect", "app", "--format", "json").out)["Id"] == stored


def test_tag_and_rmi(run: Run, stored: Digest) -> None:
    """A tag more, a tag less, and with the last name goes the image."""
    assert run("tag", "app", "localhost:5000/x:y").code == 0
    assert run("rmi", "localhost:5000/x:y").out == "Untagged: localhost:5000/x:y\n"
    conflict = run("rmi", stored.short)
    assert conflict.code == 2
    assert "several names" in conflict.err
    assert run("rmi", "app", "appp").out == "Untagged: app:latest\n"
    assert run("rmi", "quay.io/team/app:v1").out == (
        f"Untagged: quay.io/team/app:v1\nUntagged: quay.io/team/app@{Digest.of(b'manifest')}\nDeleted: {stored}\n"
    )
    missing = run("rmi", "app")
    assert (missing.code, missing.err) == (1, f"jettison: no such image: app\n{LISTED}")
    assert run("tag", "app", "b").code == 1


def test_rmi_by_force_removes_all_names(run: Run, stored: Digest) -> None:
    """By id."""
    assert run("rmi", "-f", stored.short).out.splitlines()[-1] == f"Deleted: {stored}"
    assert run("images", "-q").out == ""


def test_an_image_in_use_stays(run: Run, stored: Digest, container: str) -> None:
    """A container keeps its image, unless -f; names may go."""
    assert run("rmi", "app").code == 0
    kept = run("rmi", "quay.io/team/app:v1")
    assert kept.code == 2
    assert "owl" in kept.err
    assert run("rm", "owl").out == "owl\n"
    assert run("rmi", "quay.io/team/app:v1").code == 0


def test_ps(run: Run, stored: Digest, container: str) -> None:
    """Running ones, or all."""
    assert lines(run("ps").out) == [["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]]
    template = "{{.ID}} {{.Image}} {{.Command}} {{.Status}} {{.Names}}"
    assert run("ps", "-a", "--format", template).out == f"{container[:12]} app \"sh -c 'sleep 100000'\" Created owl\n"
    assert run("ps", "-aq", "--no-trunc").out == f"{container}\n"
    assert run("ps", "-q", "-l").out == f"{container[:12]}\n"
    for text in ("status=created", "name=ow", f"id={container[:5]}", "ancestor=app"):
        assert run("ps", "-aq", "--filter", text).out != "", text
    assert run("ps", "-aq", "--filter", "status=running").out == ""
    assert run("container", "ls", "-aq").out == f"{container[:12]}\n"


def test_rm_kills_only_by_force(run: Run, home: Path, stored: Digest, container: str) -> None:
    """A running container stays without -f; with it its process is killed and it is gone."""
    watcher = (
        "import subprocess, sys\nfrom pathlib import Path\nfrom jettison.store import Store\n"
        "with Store.open(Path(sys.argv[1])) as store, subprocess.Popen(['sleep', '1000']) as process:\n"
        "    with store.containers.running(sys.argv[2], process.pid):\n"
        "        print(process.pid, flush=True)\n        store.containers.finish(sys.argv[2], process.wait())\n"
    )
    with subprocess.Popen([sys.executable, "-c", watcher, str(home), container], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert run("ps", "--format", "{{.Names}} {{.State}}").out == "owl running\n"
        refused = run("rm", "owl")
        assert refused.code != 0
        assert "running" in refused.err
        assert run("rm", "-f", "owl").out == "owl\n"
        assert process.wait() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert run("ps", "-aq").out == ""


def test_names_from_strangers_do_not_steer_the_terminal(run: Run, home: Path, stored: Digest) -> None:
    """A history entry with escape sequences is shown without them."""
    with Store.open(home) as store:
        config = store.blobs.read(stored).replace(b"ADD rootfs.tar", b"ADD \\u001b[2Jrootfs.tar")
        image_id = store.images.put(config)
        store.images.tag(Reference.parse("evil"), image_id)
    assert "\x1b" not in run("history", "evil").out


def test_names_for_completion(run: Run, tmp_path: Path, stored: Digest, container: str) -> None:
    """Images with and without :latest, containers; nothing where there is no home, and none is made."""
    assert run("__complete", "image").out.split() == ["app", "app:latest", "quay.io/team/app:v1"]
    assert run("__complete", "container").out == "owl\n"
    assert run("--home", str(tmp_path / "none"), "__complete", "image").out == ""
    assert not (tmp_path / "none").exists()
