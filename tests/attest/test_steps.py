"""The steps of a build as LLB operations."""

from __future__ import annotations

from typing import Any

from jettison.attest.steps import build_steps, reachable
from jettison.frozen import replace
from jettison.model.digest import Digest
from jettison.model.mode import ModeChanges
from jettison.model.op import (
    ContextOp,
    CopyAction,
    ExecMount,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    Limit,
    MakeDirectory,
    MergeOp,
    MountKind,
    SecretVariable,
    Vertex,
)
from jettison.model.platform import Platform
from jettison.model.reference import Reference

AMD64 = Platform(os="linux", architecture="amd64")
PIN = f"sha256:{'1' * 64}"
IMAGE = ImageOp(reference=Reference.parse("alpine:3"), platform=AMD64, image_id=Digest.of(b""), diff_ids=())


def vertex(op: Any, *inputs: int | None) -> Vertex:
    return Vertex(op=op, inputs=inputs, name="")


def operation(op: Any, *inputs: int | None, pin: str = "") -> dict[str, Any]:
    """The document of an operation on top of others that do not matter."""
    below = max([number for number in inputs if number is not None], default=-1)
    vertices = [vertex(ContextOp(name=str(number))) for number in range(below + 1)]
    vertices.append(vertex(op, *inputs))
    steps = build_steps(vertices, below + 1, {below + 1: pin})
    found: dict[str, Any] = steps.document[-2]["op"]["Op"]
    return found


def test_only_what_the_result_needs_inputs_first() -> None:
    """Each step once, and one more that names the result; digests differ where anything below differs."""
    vertices = [
        vertex(IMAGE),
        vertex(ContextOp(name="context")),
        vertex(ContextOp(name="unused")),
        vertex(FileOp(actions=(CopyAction(input=1, sources=("a",), destination="/"),)), 0, 1),
        vertex(FileOp(actions=(CopyAction(input=1, sources=("b",), destination="/"),)), 3, 1),
    ]
    assert reachable(vertices, 4) == [0, 1, 3, 4]
    steps = build_steps(vertices, 4, {0: PIN})
    assert [step["id"] for step in steps.document] == ["step0", "step1", "step2", "step3", "step4"]
    assert [step.get("inputs", []) for step in steps.document] == [
        [],
        [],
        ["step0:0", "step1:0"],
        ["step2:0", "step1:0"],
        ["step3:0"],
    ]
    assert steps.document[-1]["op"] == {"Op": {}}
    assert sorted(steps.digests.values()) == ["step0", "step1", "step2", "step3", "step4"]
    assert not {*steps.digests} & {*build_steps(vertices, 4, {0: ""}).digests} - {
        digest for digest, name in steps.digests.items() if name == "step1"
    }
    assert build_steps(vertices, None, {}).document == ()


def test_a_deep_graph_is_no_recursion() -> None:
    """Of as many steps as anybody writes."""
    vertices = [vertex(IMAGE), *(vertex(FileOp(actions=()), number) for number in range(5000))]
    assert len(reachable(vertices, 5000)) == 5001


def test_sources() -> None:
    """Images are pinned to what their name meant; credentials are not told."""
    assert operation(IMAGE, pin=PIN)["source"]["identifier"] == f"docker-image://docker.io/library/alpine:3@{PIN}"
    http = operation(HttpOp(url="https://u:p@example.org/f?x", filename="f", checksum=Digest(PIN)))["source"]
    assert http == {
        "identifier": "https://example.org/f?x",
        "attrs": {"http.filename": "f", "http.checksum": PIN},
    }
    git = operation(GitOp(remote="https://t:p@example.org/r.git", ref="v1", subdir="d", submodules=False))["source"]
    assert git["identifier"] == "git://example.org/r.git#v1:d"
    assert git["attrs"] == {"git.fullurl": "https://example.org/r.git", "git.skipsubmodules": "true"}


def test_commands() -> None:
    """With everything that they were given, but for secrets and proxies."""
    op = ExecOp(
        args=("/bin/sh", "-c", "make"),
        env=(("A", "b"), ("https_proxy", "http://u:p@proxy")),
        working_dir="/w",
        user="me",
        mounts=(
            ExecMount(kind=MountKind.BIND, target="/src", input=1, source="sub", read_only=True),
            ExecMount(kind=MountKind.CACHE, target="/cache", id="c"),
            ExecMount(kind=MountKind.SECRET, target="/run/secrets/s", id="s", mode=0o400, required=True),
            ExecMount(kind=MountKind.SSH, target="/agent", id="default"),
            ExecMount(kind=MountKind.TMPFS, target="/t", size_bytes=10),
        ),
        secret_env=(SecretVariable(name="TOKEN", id="t", required=True),),
        network="host",
        insecure=True,
        extra_hosts=(("h", "10.0.0.1"),),
        limits=(Limit(name="nofile", soft=1, hard=2),),
        platform=AMD64,
    )
    found = operation(op, None, 0)["exec"]
    assert found == {
        "meta": {
            "args": ["/bin/sh", "-c", "make"],
            "env": ["A=b"],
            "cwd": "/w",
            "user": "me",
            "extraHosts": [{"Host": "h", "IP": "10.0.0.1"}],
            "ulimit": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
        },
        "mounts": [
            {"dest": "/", "input": -1},
            {"dest": "/cache", "input": -1, "mountType": 3, "output": -1, "cacheOpt": {"ID": "c"}},
            {"dest": "/src", "selector": "/sub", "readonly": True, "output": -1},
            {"dest": "/t", "input": -1, "mountType": 4, "output": -1, "TmpfsOpt": {"size": 10}},
            {"dest": "/run/secrets/s", "input": -1, "mountType": 1, "secretOpt": {"ID": "s", "mode": 256}},
            {"dest": "/agent", "input": -1, "mountType": 2, "SSHOpt": {"optional": True}},
        ],
        "network": 1,
        "security": 1,
        "secretenv": [{"ID": "t", "name": "TOKEN"}],
    }


def test_layers_on_layers() -> None:
    """``--link`` on a base, and on nothing."""
    assert operation(MergeOp(), 0, 1) == {"merge": {"inputs": [{}, {"input": 1}]}}
    assert operation(MergeOp(), None, 0) == {"merge": {"inputs": [{}]}}


def test_files() -> None:
    """A COPY of two sources is two actions, the second on the first; owners are numbers or names."""
    copy = CopyAction(input=1, sources=("a", "b"), destination="/d/", chown="1:wheel", mode=0o600, unpack=True)
    first, second = operation(FileOp(actions=(copy,)), None, 0)["file"]["actions"]
    assert (first["input"], first["secondaryInput"], first["output"]) == (-1, 0, -1)
    assert (second["input"], second["secondaryInput"], second["output"]) == (1, 0, 0)
    assert first["Action"]["copy"] == {
        "src": "/a",
        "dest": "/d/",
        "owner": {"user": {"User": {"byId": 1}}, "group": {"User": {"byName": {"name": "wheel"}}}},
        "mode": 0o600,
        "followSymlink": True,
        "dirCopyContents": True,
        "attemptUnpackDockerCompatibility": True,
        "createDestPath": True,
        "allowWildcard": True,
        "allowEmptyWildcard": True,
        "timestamp": -1,
    }
    parents = replace(
        copy, sources=("",), includes=("a/*",), excludes=("*.o",), mode=ModeChanges(text="u+x"), chown=None
    )
    (changed,) = operation(FileOp(actions=(parents,)), None, 0)["file"]["actions"]
    told = changed["Action"]["copy"]
    assert (told["include_patterns"], told["exclude_patterns"]) == (["a/*"], ["*.o"])
    assert (told["mode"], told["modeStr"]) == (-1, "u+x")
    (made,) = operation(FileOp(actions=(MakeDirectory(path="/w"),)), 0)["file"]["actions"]
    assert made["Action"]["mkdir"] == {"path": "/w", "mode": 0o755, "makeParents": True, "timestamp": -1}
    (inline,) = operation(InlineOp(filename="f", data=b"hi"))["file"]["actions"]
    assert inline["Action"]["mkfile"] == {"path": "/f", "mode": 0o644, "data": "aGk=", "timestamp": -1}
