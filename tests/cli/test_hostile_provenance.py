"""Whoever makes an image writes its provenance: whatever that says, answers are whole, quiet, and marked as a claim."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.layer.archives import file, write_layer
from tests.layout.support import make_image

from jettison.layout.write import write_docker_archive
from jettison.model.digest import Digest
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference
from jettison.store import Store

NASTY = "D\x1b[2J\u202eock:er\nfile\ud800:\x07"
DOCKERFILE = "FROM base\nCOPY b /b\nCOPY c /c\n"
CLAIM = "what is told of the build is what the provenance that came with the image claims: nobody verified it"

Edit = Callable[[dict[str, Any], tuple[Digest, ...]], None]


def steps_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = document["predicate"]["buildDefinition"]["internalParameters"]["buildConfig"][
        "llbDefinition"
    ]
    return steps


def source_of(document: dict[str, Any]) -> dict[str, Any]:
    source: dict[str, Any] = document["predicate"]["runDetails"]["metadata"]["buildkit_metadata"]["source"]
    return source


def statement(name: str = "docker.io/library/base:1", digest: str = "sha256:" + "1" * 64) -> dict[str, Any]:
    """Of an image of a base of one layer, and two copies."""

    def at(line: int) -> dict[str, Any]:
        return {"locations": [{"ranges": [{"start": {"line": line}, "end": {"line": line}}]}]}

    def copy(number: int, path: str) -> dict[str, Any]:
        action = {"Action": {"copy": {"src": f"/{path}", "dest": f"/{path}"}}, "secondaryInput": 1, "output": 0}
        operation = {"Op": {"file": {"actions": [action]}}}
        return {"id": f"step{number}", "op": operation, "inputs": [f"step{number - 1}:0", "step0:0"]}

    steps = [
        {"id": "step0", "op": {"Op": {"source": {"identifier": "local://context"}}}, "inputs": []},
        {"id": "step1", "op": {"Op": {"source": {"identifier": f"docker-image://{name}@{digest}"}}}, "inputs": []},
        copy(2, "b"),
        copy(3, "c"),
        {"id": "step4", "op": {}, "inputs": ["step3:0"]},
    ]
    metadata = {
        "source": {
            "infos": [{"filename": "Dockerfile", "data": base64.b64encode(DOCKERFILE.encode()).decode()}],
            "locations": {"step1": at(1), "step2": at(2), "step3": at(3)},
        }
    }
    return {
        "predicate": {
            "buildDefinition": {"internalParameters": {"buildConfig": {"llbDefinition": steps}}},
            "runDetails": {"metadata": {"buildkit_metadata": metadata}},
        }
    }


@pytest.fixture
def claim(run: Run, home: Path, tmp_path: Path) -> Callable[[bytes], str]:
    """Gives an image of three layers such provenance; its id."""
    path = tmp_path / "image.tar"
    layers = [write_layer(*items)[0] for items in ([file("a", b"1")], [file("b", b"22")], [file("c", b"333")])]
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=make_image(*layers), names=(Reference.parse("app:1"),))])
    assert run("load", "-q", "-i", str(path)).code == 0

    def give(data: bytes) -> str:
        with Store.open(home) as store:
            image_id = store.images.find("app:1").image_id
            store.builds.keep_provenance(image_id, data)
        return image_id

    return give


VIEWS = [
    ("why-file", "app:1", "/a"),
    ("why-file", "app:1", "/c"),
    ("why-file", "--format", "json", "app:1", "/c"),
    *(("weigh", "app:1", "--format", name) for name in ("text", "json", "html", "junit", "sarif", "github", "gitlab")),
    ("weigh", "app:1", "--format", "markdown", "--max-size", "1"),
    ("weigh", "app:1", "--by", "path"),
    ("ls", "-l", "app:1", "/"),
    ("ls", "--format", "json", "app:1", "/"),
    ("diff", "app:1", "app:1"),
    ("squash", "app:1", "-t", "flat:1"),
    ("inspect", "app:1"),
    ("history", "app:1"),
]


def look_at_everything(run: Run) -> dict[tuple[str, ...], str]:
    """Every view of the image, which is whole and steers no terminal."""
    told = {}
    for argv in VIEWS:
        done = run(*argv)
        assert done.code in ((0, 2) if argv[0] == "squash" else (0, 3)), (argv, done.err)
        said = done.out + done.err
        assert "this is a bug" not in said
        if "html" not in argv:
            steering = {
                char for char in said if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t"
            }
            assert not steering, (argv, steering)
        told[argv] = said
    return told


def test_a_claim_is_marked_as_one(run: Run, claim: Callable[[bytes], str]) -> None:
    """Where lines are told at all."""
    claim(json.dumps(statement()).encode())
    told = look_at_everything(run)
    assert "COPY c /c  (Dockerfile:3:1)" in told["why-file", "app:1", "/c"]
    assert told["why-file", "app:1", "/c"].endswith(f"note: {CLAIM}\n")
    assert f"note: {CLAIM}" in told["weigh", "app:1", "--format", "text"]
    assert json.loads(told["weigh", "app:1", "--format", "json"])["remarks"] == [CLAIM]


def nasty_names(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    source_of(document)["infos"][0]["filename"] = NASTY


def a_line_that_is_none(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    for place in source_of(document)["locations"].values():
        place["locations"][0]["ranges"][0]["start"]["line"] = 999_999


def a_line_of_another_file(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    for place in source_of(document)["locations"].values():
        place["locations"][0]["sourceIndex"] = 1 << 70


def a_dockerfile_of_nonsense(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    text = b"\x1b]0;x\x07 FROM \xff\xfe\nCOPY <<X /\n\x00\x1b[31m\n"
    source_of(document)["infos"][0]["data"] = base64.b64encode(text).decode()


def a_nasty_base(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    steps_of(document)[1]["op"]["Op"]["source"]["identifier"] = f"docker-image://{NASTY}@sha256:{'1' * 64}"


def a_nasty_context(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    steps_of(document)[0]["op"]["Op"]["source"]["identifier"] = f"local://{NASTY}"


def a_nasty_path(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    copy = steps_of(document)[3]["op"]["Op"]["file"]["actions"][0]["Action"]["copy"]
    copy |= {"src": f"/{NASTY}/../../../etc", "dest": "/c"}


def many_copies(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    file_op = steps_of(document)[3]["op"]["Op"]["file"]
    file_op["actions"] = file_op["actions"] * 5_000


def many_steps(document: dict[str, Any], layers: tuple[Digest, ...]) -> None:
    steps = steps_of(document)
    steps[1:1] = [
        {"id": f"x{number}", "op": {"Op": {"source": {"identifier": "local://x"}}}, "inputs": []}
        for number in range(20_000)
    ]


EDITS: list[Edit] = [
    nasty_names,
    a_line_that_is_none,
    a_line_of_another_file,
    a_dockerfile_of_nonsense,
    a_nasty_base,
    a_nasty_context,
    a_nasty_path,
    many_copies,
    many_steps,
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_claim_that_is_odd(run: Run, claim: Callable[[bytes], str], edit: Edit) -> None:
    """Nothing fails, nothing is printed that steers a terminal, and it stays a claim, or of no use."""
    document = statement()
    edit(document, ())
    claim(json.dumps(document).encode())
    told = look_at_everything(run)["why-file", "app:1", "/c"]
    assert CLAIM in told or "note: the provenance of the image is of no use" in told
    assert "999999" not in told


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 200_000, id="deep"),
        pytest.param(b'{"predicate": ' + b"1" * 100_000 + b"}", id="a long number"),
        pytest.param(b" " * (100 << 20) + b"{}", id="100 MB"),
        pytest.param(b'{"predicate": {"buildDefinition": null, "buildConfig": {"llbDefinition": 7}}}', id="no steps"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
    ],
)
def test_what_is_no_statement(run: Run, claim: Callable[[bytes], str], data: bytes) -> None:
    """The history is told, and that the provenance is of no use."""
    claim(data)
    told = look_at_everything(run)
    assert "note: the provenance of the image is of no use" in told["why-file", "app:1", "/c"]
    assert "note: the provenance of the image is of no use" in told["weigh", "app:1", "--format", "text"]


def test_bases_in_a_circle(run: Run, claim: Callable[[bytes], str]) -> None:
    """An image that says it stands on itself: it is told of once."""
    document = statement()
    image_id = claim(json.dumps(document).encode())
    for digest in (image_id, "sha256:" + "2" * 64):
        document = statement("app:1", digest)
        source = steps_of(document)
        del source[2:4]
        source[2]["inputs"] = ["step1:0"]
        claim(json.dumps(document).encode())
        assert CLAIM in look_at_everything(run)["why-file", "app:1", "/c"]
